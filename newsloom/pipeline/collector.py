"""Collecting: feeds, pages and stories side by side, in rounds or for as long as the process lives.

    async with Collector(store, settings) as collector:
        await collector.once()

Feeds are polled first come, first served over all hosts; pages are read as soon as a feed has named them; stories
are grouped every second meanwhile, so that what was read is visible without waiting for the round.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Self

from newsloom.config import Settings
from newsloom.engine import LocalPool, give_back
from newsloom.fetch import Fetcher
from newsloom.pipeline import work
from newsloom.pipeline.blanks import Blanks
from newsloom.pipeline.desk import Desk
from newsloom.pipeline.hubs import Hubs
from newsloom.pipeline.pages import HOSTS_IN_HAND, Pages, PageTally
from newsloom.pipeline.polls import poll
from newsloom.pipeline.quiet import Quiet, is_quiet
from newsloom.pipeline.robots import StoredRobots, hosts_file
from newsloom.pipeline.scout import Scout
from newsloom.pipeline.stories_writer import StoriesWriter, put_editions
from newsloom.pipeline.weigh import Weigher
from newsloom.store.protocol import PollCounts, Store
from newsloom.types import Feed

FEED_LEASE_S = 1_800.0
CLAIMED_AT_ONCE = 64
GATHER_S = 0.05
TICK_S = 1.0
HUBS_S = 60.0
LOOK_AGAIN_S = 180.0
EXPIRE_S = 3_600.0
SCOUT_S = 1_800.0
BLANKS_S = 60.0


@dataclass(slots=True)
class Tally:
    """How a round goes, for whoever watches."""

    feeds: int = 0
    polled: int = 0
    failed: int = 0
    unchanged: int = 0
    entries: int = 0
    new: int = 0
    grouped: int = 0
    pages: PageTally = field(default_factory=PageTally)


class Collector:
    """Joins fetcher, workers and store; one a process."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        clock: Callable[[], datetime] = work.now,
        pool: LocalPool | None = None,
    ) -> None:
        """`pool`: workers of the caller's, left running at the end; by default the collector has its own."""
        self._store, self._settings, self._clock = store, settings, clock
        self.desk, self._bench = Desk("store"), Desk("stories")
        self._dice = random.random
        self._polls: set[asyncio.Task[None]] = set()
        self._given = pool
        self.refreshed: datetime | None = None
        self.next_poll: datetime | None = None

    async def __aenter__(self) -> Self:
        give_back()
        put_editions(self._store, self._settings)
        self.pool = self._given or LocalPool(
            max(2, (os.cpu_count() or 1) - 1),
            work.DEADLINE_S,
            work.warm_pages(self._settings.annotate),
            job_bytes=work.JOB_BYTES,
        )
        robots = StoredRobots(self._store, self.desk.later, self._clock())
        fetcher = Fetcher(self._settings.fetch, robots=robots, clock=self._clock, hosts_file=hosts_file(self._store))
        self.web = await fetcher.__aenter__()
        self._weigher = Weigher(self._store, self._clock())
        self._pages = Pages(
            self._store, self.web, self.pool, self.desk, self._weigher, self._settings, self._clock, self._dice
        )
        self._hubs = Hubs(self._store, self.web, self.pool, self.desk, self._settings, self._clock)
        self._blanks = Blanks(self._store, self.web, self.pool, self.desk, self._settings.editions, self._clock)
        self._quiet = Quiet(lambda polls: self.desk(self._store.save_quiet, polls, self._clock()))
        self._scout = Scout(self._store, self.web, self.pool, self.desk, self._settings.editions, self._clock)
        self.stories = StoriesWriter(self._store, self._settings, self._clock)
        self.tally = Tally(pages=self._pages.tally)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pages.cancel()
        await self.web.__aexit__(kind, error, trace)
        if self._given is None:
            await asyncio.to_thread(self.pool.close)
        self.desk.close()
        self._bench.close()
        if error is None or isinstance(error, (asyncio.CancelledError, KeyboardInterrupt)):
            self.stories.release()

    async def once(self) -> Tally:
        """One round over every feed not in back-off, due or not, to its last page and story."""
        known = await self.desk(self._store.feeds)
        self.tally.feeds = sum(not feed.gone for feed in known)
        await self._hubs.apply()
        async with together() as group:
            group.create_task(self._blanks.fill())
            polling = group.create_task(self._poll_round())
            reading = group.create_task(self._read_while(lambda: not polling.done()))
            group.create_task(self._group_until(reading))
        await self._bench(self.stories.finish)
        await self._bench(self.stories.release)
        await self._housekeeping()
        self.refreshed = self._clock()
        return self.tally

    async def forever(self) -> None:
        """Poll feeds as they come due, read, group and rank, until cancelled."""
        async with together() as group:
            self._group = group
            group.create_task(_every(TICK_S, self._poll_due))
            group.create_task(_every(TICK_S, self._pages.drain))
            group.create_task(_every(TICK_S, self._hubs.apply))
            group.create_task(_every(HUBS_S, self._hubs.subscribe))
            group.create_task(_every(TICK_S, self._group_and_rank))
            group.create_task(_every(LOOK_AGAIN_S, self._look_again))
            group.create_task(_every(EXPIRE_S, self._housekeeping))
            group.create_task(_every(BLANKS_S, self._blanks.fill))
            group.create_task(_every(SCOUT_S, self._scout.look))

    async def _start_polls(self, group: asyncio.TaskGroup, now: datetime, *, due_only: bool) -> int:
        """Start polls of as many hosts as there is room for; a host that waits for its turn leaves room to others."""
        free = HOSTS_IN_HAND * self._settings.fetch.max_hosts - len(self._polls)
        if free <= 0:
            return 0
        most = min(free, CLAIMED_AT_ONCE)
        feeds = await self.desk(self._store.claim_feeds, now, most, FEED_LEASE_S, due_only=due_only)
        for feed in feeds:
            task = group.create_task(self._poll(feed))
            self._polls.add(task)
            task.add_done_callback(self._polled)
        return len(feeds)

    async def _poll_due(self) -> None:
        """Start the polls that are due; a slow feed holds up no other."""
        started = await self._start_polls(self._group, self._clock(), due_only=True)
        if started or self.next_poll is None:
            self.next_poll = await self.desk(self._store.next_poll_at)

    def _polled(self, task: asyncio.Task[None]) -> None:
        self._polls.discard(task)
        if not self._polls:
            self.refreshed = self._clock()

    async def _poll_round(self) -> None:
        """Poll every feed that is not in back-off, each once, as many at a time as there are hosts asked."""
        begun = self._clock()
        async with together() as group:
            while True:
                started = await self._start_polls(group, begun, due_only=False)
                if not self._polls:
                    return
                first = asyncio.ALL_COMPLETED if started else asyncio.FIRST_COMPLETED
                await asyncio.wait(self._polls, timeout=GATHER_S if started else None, return_when=first)

    async def _poll(self, feed: Feed) -> None:
        polled = await poll(feed, self.web, self.pool, self._settings.collect, self._clock, self._dice)
        self.tally.polled += 1
        if is_quiet(polled, feed.url):
            await self._quiet.put(polled)
            counts = PollCounts()
        else:
            counts = await self.desk(self._store.save_poll, polled, self._clock())
        self.tally.failed += polled.feed.failures > 0
        self.tally.unchanged += polled.feed.status == 304
        self.tally.entries += counts.seen
        self.tally.new += counts.new

    async def _read_while(self, more: Callable[[], bool]) -> None:
        while more():
            await self._pages.drain()
            await asyncio.sleep(0.1)
        await self._pages.drain()

    async def _group_until(self, reading: asyncio.Task[None]) -> None:
        while not reading.done():
            await asyncio.wait({reading}, timeout=TICK_S)
            await self._group_and_rank()

    async def _group_and_rank(self) -> None:
        while await self._bench(self.stories.step):
            self.tally.grouped = self.stories.grouped
        await self._bench(self.stories.quote)
        await self._bench(self.stories.rank)

    async def _look_again(self) -> None:
        await self._bench(self.stories.look_again)
        await self._bench(self.stories.rank, anew=True)

    async def _housekeeping(self) -> None:
        await self.desk(self._weigher.save)
        await self.desk(self._store.expire, self._clock())


@asynccontextmanager
async def together() -> AsyncIterator[asyncio.TaskGroup]:
    """A task group that fails with the first error itself, not with a group of one."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors


async def _every(seconds: float, work: Callable[[], Awaitable[object]]) -> None:
    while True:
        await work()
        await asyncio.sleep(seconds)
