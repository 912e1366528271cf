"""Front pages as they were last made, so that the most asked page costs one small query."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime, timedelta

PAGES = 100
# What the stamp of the store does not tell (a headline changed, a report more) waits no longer than this, which is
# half of what browsers may keep a page.
FRESH = timedelta(seconds=30)


class Kept:
    """Pages by all that they were made of; bounded, in this process's memory."""

    def __init__(self) -> None:
        self._pages: dict[Hashable, tuple[datetime, bytes]] = {}

    def get(self, key: Hashable, now: datetime) -> bytes | None:
        """The page of this key where it is fresh."""
        at, content = self._pages.get(key, (None, b""))
        return content if at is not None and timedelta() <= now - at < FRESH else None

    def put(self, key: Hashable, now: datetime, content: bytes) -> bytes:
        """Keep a page; the oldest goes where there are too many."""
        self._pages[key] = (now, content)
        while len(self._pages) > PAGES:
            self._pages.pop(next(iter(self._pages)), None)
        return content
