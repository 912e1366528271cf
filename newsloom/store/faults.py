"""The one place where the database's errors become Newsloom's: one clear line that says what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from newsloom.errors import StoreDamaged, StoreError

DAMAGED = "restore a backup of it, or move it away to start empty"

_LINES = {
    sqlite3.SQLITE_BUSY: "the store {where} is locked by another process; end that one or raise store.busy_s",
    sqlite3.SQLITE_LOCKED: "the store {where} is locked by another process; end that one or raise store.busy_s",
    sqlite3.SQLITE_FULL: "no room left for the store {where}: free some disk space and start again",
    sqlite3.SQLITE_READONLY: "the store {where} is read-only: give this user the right to write it and its folder",
    sqlite3.SQLITE_PERM: "the store {where} may not be opened by this user",
    sqlite3.SQLITE_CANTOPEN: "the store {where} can't be opened: does its folder exist, and may this user write it?",
    sqlite3.SQLITE_IOERR: "reading or writing the store {where} failed: is the disk full or broken?",
}
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@contextmanager
def faults(where: str) -> Iterator[None]:
    """Turn whatever the database raises inside into a StoreError that names the store `where`."""
    try:
        yield
    except sa.exc.TimeoutError as error:
        raise StoreError(f"the store {where} is busy: no connection came free in time; raise store.busy_s") from error
    except sa.exc.DBAPIError as error:
        raise _told(error.orig or error, where) from error
    except (sqlite3.Error, sa.exc.SQLAlchemyError, OSError) as error:
        raise _told(error, where) from error


def damaged(where: str, said: str) -> StoreDamaged:
    """The error for a file that is no sound database; `said` is what was found."""
    return StoreDamaged(f"the store {where} is damaged ({_line(said)}): {DAMAGED}")


def _told(error: BaseException, where: str) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte; the rest tells kinds of I/O error apart
    if code in _DAMAGE:
        return damaged(where, str(error))
    if code in _LINES:
        return StoreError(_LINES[code].format(where=where))
    return StoreError(f"the store {where} failed: {_line(str(error))}")


def _line(said: str) -> str:
    return " ".join(said.split())[:200]
