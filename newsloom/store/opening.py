"""Opening a store: is the file there, whole, ours, and of this release; then its schema and its claims in order."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import sqlalchemy as sa

from newsloom.store.faults import damaged

_MAGIC = b"SQLite format 3\0"
CHECKED_BYTES = 64_000_000
"""Files up to this size are checked as a whole at each opening (some tenths of a second), larger ones by their head."""


def prepare(path: Path) -> None:
    """Make the folder of a new store; raise StoreDamaged where a file is there that is no whole database."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        return
    with path.open("rb") as file:
        head = file.read(100)
    if not head:
        return
    if not head.startswith(_MAGIC) or len(head) < 100:
        raise damaged(str(path), "it is not an SQLite database")
    _check_length(path, head)


def check(engine: sa.Engine, path: Path) -> None:
    """Let SQLite check a small file; raises StoreDamaged."""
    if not path.exists() or not 0 < path.stat().st_size <= CHECKED_BYTES:
        return
    with engine.connect() as connection:
        found = connection.execute(sa.text("PRAGMA quick_check(1)")).scalar()
    if found != "ok":
        raise damaged(str(path), str(found))


def _check_length(path: Path, head: bytes) -> None:
    """A file shorter than it says of itself was cut, unless a journal still holds the rest."""
    page_size, pages = struct.unpack(">H", head[16:18])[0], struct.unpack(">I", head[28:32])[0]
    wal = Path(f"{path}-wal")
    if wal.exists() and wal.stat().st_size:
        return
    if os.path.getsize(path) < pages * (65536 if page_size == 1 else page_size):
        raise damaged(str(path), "the end of the file is missing")
