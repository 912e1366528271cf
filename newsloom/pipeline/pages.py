"""The pages of new articles: claimed from the store, fetched, read in workers, saved in small batches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from newsloom.annotate import VERSION as ANNOTATE_VERSION
from newsloom.config import Settings
from newsloom.engine import LocalPool, Lost
from newsloom.extract import VERSION as READ_VERSION
from newsloom.fetch import Gets
from newsloom.pipeline import schedule, work
from newsloom.pipeline.desk import Desk
from newsloom.pipeline.weigh import Weigher
from newsloom.store.protocol import PageJob, ReadResult, Store
from newsloom.types import Page, Rejected

ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
LEASE_S = 300.0
GATHER_S = 0.02  # results that end together are saved together
IDLE_S = 0.5  # feeds may have brought new pages meanwhile


@dataclass(slots=True)
class PageTally:
    """How the pages of a round went: `read` from the page, `entry` from the feed's own text, `later` to be retried."""

    read: int = 0
    entry: int = 0
    later: int = 0


class Pages:
    """Reads pages as long as there are any; one host is never asked for two at once."""

    def __init__(
        self,
        store: Store,
        web: Gets,
        pool: LocalPool,
        desk: Desk,
        weigher: Weigher,
        settings: Settings,
        clock: Callable[[], datetime],
        dice: schedule.Dice,
    ) -> None:
        self._store, self._web, self._pool, self._desk, self._weigher = store, web, pool, desk, weigher
        self._settings, self._clock, self._dice = settings, clock, dice
        self._open: dict[asyncio.Task[ReadResult], PageJob] = {}
        self.tally = PageTally()

    async def drain(self) -> int:
        """Read until nothing is left to claim; how many pages that were."""
        done = 0
        while True:
            claimed = await self._claim()
            if not self._open:
                return done
            done += await self._finish_some(GATHER_S if claimed else IDLE_S)

    async def cancel(self) -> None:
        """Drop what is under way and give its claims back."""
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        tokens = [job.token for job in self._open.values()]
        self._open.clear()
        if tokens:
            await self._desk(self._store.release, tokens)

    async def _claim(self) -> int:
        free = self._settings.fetch.max_hosts - len(self._open)
        if free <= 0:
            return 0
        hosts = sorted({job.host for job in self._open.values()})
        jobs = await self._desk(
            self._store.claim_pages, self._clock(), free, LEASE_S, version=READ_VERSION, busy_hosts=hosts
        )
        for job in jobs:
            self._open[asyncio.create_task(self._read(job))] = job
        return len(jobs)

    async def _finish_some(self, wait_s: float) -> int:
        """Save what has ended, after a short wait for what is about to."""
        await asyncio.wait(self._open, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        if not any(task.done() for task in self._open):
            return 0
        await asyncio.sleep(GATHER_S)
        ended = [task for task in self._open if task.done()]
        results = [task.result() for task in ended]
        for task in ended:
            del self._open[task]
        await self._desk(self._store.save_reads, results, self._clock())
        for result in results:
            self._count(result)
        return len(results)

    async def _read(self, job: PageJob) -> ReadResult:
        todo = work.PageToRead(
            known=job.article,
            entry=job.entry,
            answer=await self._ask(job),
            annotate=self._settings.annotate,
            least=self._settings.collect.min_chars,
        )
        read = await asyncio.wrap_future(self._pool.submit(work.read_page, todo))
        if isinstance(read, Lost):
            lost = Rejected(stage="extract", reason=read.reason, detail=read.detail, url=job.article.url)
            read = await asyncio.to_thread(work.read_page, replace(todo, answer=lost))
        return await self._desk(self._result, job, read)

    async def _ask(self, job: PageJob) -> Page | Rejected:
        url = job.article.url
        if not url.startswith(("http://", "https://")):
            return Rejected(stage="fetch", reason="no-link", detail="the entry names no page", url=url)
        return await self._web.get(url, accept=ACCEPT)

    def _result(self, job: PageJob, read: work.PageRead) -> ReadResult:
        now = self._clock()
        rejected, retry_at = read.rejected, None
        if rejected is not None:
            most = self._settings.collect.page_attempts
            retry_at = schedule.page_retry(rejected, job.attempts, most, now, self._dice)
        return ReadResult(
            article=read.article,
            annotations=self._weigher.annotations(
                read.article.id, read.article.source_id, read.counted, job.first_seen
            ),
            token=job.token,
            first_seen=job.first_seen,
            rejected=rejected,
            retry_at=retry_at,
            read_version=READ_VERSION,
            annotate_version=ANNOTATE_VERSION,
        )

    def _count(self, result: ReadResult) -> None:
        if result.rejected is None:
            self.tally.read += 1
        elif result.retry_at is None:
            self.tally.entry += 1
        else:
            self.tally.later += 1
