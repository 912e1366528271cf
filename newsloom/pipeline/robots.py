"""What hosts said of robots, kept in the store between runs and in memory between requests."""

from __future__ import annotations

from collections.abc import Callable

from newsloom.fetch import RobotsInMemory, RobotsRecord
from newsloom.store.protocol import RobotsRow, Store


class StoredRobots:
    """A memory of robots.txt that survives a restart. `later` runs a write elsewhere: requests must not wait for it."""

    def __init__(self, store: Store, later: Callable[[Callable[[], None]], None]) -> None:
        self._store = store
        self._later = later
        self._near = RobotsInMemory()

    def get(self, host_key: str) -> RobotsRecord | None:
        """The host's record, however old; None where there is none."""
        near = self._near.get(host_key)
        if near is not None:
            return near
        row = self._store.robots(host_key)
        if row is None:
            return None
        record = RobotsRecord(host=row.host, status=row.status, body=row.body, fetched=row.fetched, reason=row.reason)
        self._near.put(record)
        return record

    def put(self, record: RobotsRecord) -> None:
        """Keeps the record in place of the host's earlier one."""
        self._near.put(record)
        row = RobotsRow(
            host=record.host, status=record.status, body=record.body, fetched=record.fetched, reason=record.reason
        )
        self._later(lambda: self._store.put_robots(row))
