"""Rounds of collecting over real HTTP on loopback, for the tests that look at what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from newsloom.config import Settings, load
from newsloom.engine import LocalPool
from newsloom.pipeline import work
from newsloom.pipeline.collector import Collector, Tally
from newsloom.pipeline.stories_writer import put_editions
from newsloom.store import SqlStore, open_store
from newsloom.types import Source
from tests.outlets import Outlets


def collecting(folder: Path, **more: object) -> Settings:
    """Settings for rounds on loopback with a store in the folder."""
    said: dict[str, object] = {
        "store.url": str(folder / "news.db"),
        "fetch.allow": "127.0.0.0/8",
        "fetch.delay_s": 0.0,
        "fetch.timeout_s": 8.0,  # a busy machine is no hostile server
    }
    return load({"NEWSLOOM_CONFIG": "/dev/null"}, **said | more)


def add(store: SqlStore, settings: Settings, web: Outlets) -> None:
    """The outlets of the web as sources."""
    put_editions(store, settings)
    for source in web.sources():
        store.put_source(source, ("us",), datetime.now(UTC))


@contextmanager
def nine_outlets(settings: Settings, now: datetime) -> Iterator[SqlStore]:
    """A store with `o0` to `o8`, which have no feeds."""
    store = open_store(settings.store)
    put_editions(store, settings)
    for n in range(9):
        store.put_source(Source(id=f"o{n}", name=f"Outlet {n}"), ["us"], now)
    yield store
    store.close()


def pool() -> LocalPool:
    """Workers for as many rounds as a test likes."""
    return LocalPool(2, work.DEADLINE_S, work.WARM)


def collect(store: SqlStore, settings: Settings, workers: LocalPool, later_s: float = 0.0) -> Tally:
    """One round, as if it were so many seconds later."""
    return asyncio.run(_once(store, settings, workers, lambda: datetime.now(UTC) + timedelta(seconds=later_s)))


async def _once(store: SqlStore, settings: Settings, workers: LocalPool, clock: Callable[[], datetime]) -> Tally:
    async with Collector(store, settings, clock, workers) as collector:
        return await collector.once()
