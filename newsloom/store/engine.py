"""Engines for SQLite: one connection that writes, a pool of others that only read.

pysqlite's own transaction handling is switched off: a transaction starts where we begin it, BEGIN IMMEDIATE for
the writer, so that two processes queue up at the start and never fail half-way.
"""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.pool import QueuePool

from newsloom.config import StoreSettings
from newsloom.errors import WrongUse

READERS = 8
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def make_engine(url: str, settings: StoreSettings, *, readonly: bool = False) -> sa.Engine:
    """An engine on the store at `url`; a read-only one never creates the file and cannot change it.

    Errors of its connections are the database's own: use it inside `faults.faults`. Raises WrongUse for an
    address that is no SQLite file.
    """
    path = store_path(url)
    mode = "rw" if readonly else "rwc"
    address = f"file:{quote(str(path))}?mode={mode}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            address, uri=True, timeout=settings.busy_s, isolation_level=None, check_same_thread=False,
            cached_statements=512,
        )  # fmt: skip
        try:
            _prepare(connection, settings.busy_s, readonly)
        except BaseException:
            connection.close()
            raise
        return connection

    engine = sa.create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=READERS if readonly else 1,
        max_overflow=READERS if readonly else 0,
        pool_timeout=max(settings.busy_s, 0.1),
        json_serializer=_json,
    )
    begin = "BEGIN" if readonly else "BEGIN IMMEDIATE"
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def store_path(url: str) -> Path:
    """The file of an SQLite address. Raises WrongUse for any other."""
    try:
        parsed: URL = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise WrongUse(f"{url!r} is neither a path nor an SQLAlchemy address") from error
    if parsed.get_backend_name() != "sqlite":
        raise WrongUse(f"this release keeps its store in SQLite, not in {parsed.get_backend_name()}")
    if parsed.database in (None, "", ":memory:"):
        raise WrongUse("the store must be a file: sqlite:///path, or just the path")
    return Path(str(parsed.database)).absolute()


def _json(value: object) -> str:
    said = _encode(value)
    return said if said.isascii() else said.encode("utf-8", "replace").decode("utf-8")


def _prepare(connection: sqlite3.Connection, busy_s: float, readonly: bool) -> None:
    run = connection.execute
    if readonly:
        run("PRAGMA query_only=ON")
        run("PRAGMA mmap_size=268435456")
        run("PRAGMA cache_size=-8000")
    else:
        _use_wal(connection, busy_s)
        run("PRAGMA synchronous=FULL")
        run("PRAGMA cache_size=-16000")
        run("PRAGMA journal_size_limit=67108864")
    run("PRAGMA temp_store=MEMORY")


def _use_wal(connection: sqlite3.Connection, busy_s: float) -> None:
    """Switch the file to WAL; SQLite does not wait by itself while another process does the same."""
    until = time.monotonic() + busy_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.05)
