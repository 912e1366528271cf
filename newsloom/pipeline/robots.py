"""What hosts said of robots, of mining and of waiting, kept in the store between runs and in memory meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from newsloom.fetch import RobotsInMemory, RobotsRecord
from newsloom.store.protocol import RobotsRow, Store


def hosts_file(store: Store) -> Path:
    """The file beside the store by which its processes tell each other whom they ask."""
    return Path(store.where + "-hosts")


class StoredRobots:
    """A memory of hosts that survives a restart. `later` runs a write elsewhere: requests must not wait for it."""

    def __init__(self, store: Store, later: Callable[[Callable[[], None]], None], now: datetime) -> None:
        self._store = store
        self._later = later
        self._near = RobotsInMemory()
        for host, until in store.waits(now).items():
            self._near.put_wait(host, until)

    def get(self, host_key: str) -> RobotsRecord | None:
        """The host's record, however old; None where there is none."""
        near = self._near.get(host_key)
        if near is None and (row := self._store.robots(host_key)) is not None:
            near = _record(row)
            self._near.put(near)
        return near

    def put(self, record: RobotsRecord) -> None:
        """Keeps the record in place of the host's earlier one."""
        self._near.put(record)
        self._later(lambda: self._store.put_robots(_row(record)))

    def reservation(self, host_key: str) -> RobotsRecord | None:
        """What the host's tdmrep.json said, however old."""
        near = self._near.reservation(host_key)
        if near is None and (row := self._store.reservation(host_key)) is not None:
            near = _record(row)
            self._near.put_reservation(near)
        return near

    def put_reservation(self, record: RobotsRecord) -> None:
        """Keeps the record of tdmrep.json in place of the host's earlier one."""
        self._near.put_reservation(record)
        self._later(lambda: self._store.put_reservation(_row(record)))

    def wait_until(self, host: str) -> datetime | None:
        """Until when a host asked us to leave it alone."""
        return self._near.wait_until(host)

    def put_wait(self, host: str, until: datetime) -> None:
        """Leave a host alone until then."""
        self._near.put_wait(host, until)
        self._later(lambda: self._store.put_wait(host, until))


def _record(row: RobotsRow) -> RobotsRecord:
    return RobotsRecord(host=row.host, status=row.status, body=row.body, fetched=row.fetched, reason=row.reason)


def _row(record: RobotsRecord) -> RobotsRow:
    return RobotsRow(
        host=record.host, status=record.status, body=record.body, fetched=record.fetched, reason=record.reason
    )
