"""The pages of new articles: claimed from the store, fetched, read in workers, saved in small batches."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import SplitResult, urlsplit

from newsloom.annotate import VERSION as ANNOTATE_VERSION
from newsloom.config import Settings
from newsloom.engine import LocalPool, Lost
from newsloom.extract import VERSION as READ_VERSION
from newsloom.fetch import Gets
from newsloom.pipeline import schedule, work
from newsloom.pipeline.desk import Desk
from newsloom.pipeline.weigh import Weigher
from newsloom.rights import RESERVED, WITHDRAWN, bare_entry
from newsloom.store.keys import link_key
from newsloom.store.protocol import Looked, PageJob, ReadResult, Store
from newsloom.types import Article, Page, Rejected, Rights

ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
LEASE_S = 300.0
HOSTS_IN_HAND = 4  # for each that may be asked at once: hosts with a long crawl-delay leave room to others
LOOKS_EVERY_S = 5.0  # how long nothing is looked for that could be looked at again, once there was nothing
MOST_REFUSED = 10_000
GATHER_S = 0.02  # results that end together are saved together
LED_HOME = "its address now leads to the outlet's home page"
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
        self._open: dict[asyncio.Task[ReadResult | Looked], PageJob] = {}
        self._refused: OrderedDict[str, tuple[str, Rejected]] = OrderedDict()
        self._no_looks_until = 0.0
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
        free = HOSTS_IN_HAND * self._settings.fetch.max_hosts - len(self._open)
        if free <= 0:
            return 0
        hosts = {job.host for job in self._open.values()}
        jobs = await self._desk(
            self._store.claim_pages, self._clock(), free, LEASE_S, version=READ_VERSION, busy_hosts=sorted(hosts)
        )
        for job in jobs:
            self._open[asyncio.create_task(self._read(job))] = job
        looks = await self._claim_looks(free - len(jobs), hosts | {job.host for job in jobs})
        return len(jobs) + looks

    async def _claim_looks(self, free: int, hosts: set[str]) -> int:
        """Pages that were read are looked at again where there is nothing new to read."""
        if free <= 0 or time.monotonic() < self._no_looks_until:
            return 0
        since = self._clock() - timedelta(days=self._settings.collect.look_days)
        jobs = await self._desk(
            self._store.claim_looks, self._clock(), free, LEASE_S, since=since, busy_hosts=sorted(hosts)
        )
        if not jobs and not hosts:
            self._no_looks_until = time.monotonic() + LOOKS_EVERY_S
        for job in jobs:
            self._open[asyncio.create_task(self._look(job))] = job
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
        reads = [each for each in results if isinstance(each, ReadResult)]
        await self._desk(self._store.save_reads, reads, self._clock())
        await self._desk(self._store.save_looks, [each for each in results if isinstance(each, Looked)])
        for result in reads:
            self._count(result)
        return len(results)

    async def _look(self, job: PageJob) -> ReadResult | Looked:
        """Whether a page that was read still stands, says the same and permits the same."""
        rights = await self._web.reservation(job.article.url)
        answer: Page | Rejected = _reserved(job, rights)
        if rights.analyse:
            answer = await self._web.get(job.article.url, etag=job.etag, last_modified=job.last_modified, accept=ACCEPT)
        if isinstance(answer, Page) and _leads_home(answer):
            answer = Rejected(stage="fetch", reason="http-404", detail=LED_HOME, url=job.article.url, status=404)
        passing = isinstance(answer, Rejected) and not _is_final(answer)
        if passing or (isinstance(answer, Page) and answer.status == 304):
            pause = schedule.LOOK_FAILED_S if passing else schedule.LOOK_S
            return Looked(article_id=job.article.id, token=job.token, look_at=self._in(pause))
        read = await self._worked(job, answer)
        if read.rejected is not None and not _is_final(read.rejected):  # a page of ours that says nothing now
            return Looked(article_id=job.article.id, token=job.token, look_at=self._in(schedule.LOOK_S))
        return await self._desk(self._result, job, read, answer)

    def _in(self, seconds: float) -> datetime:
        return self._clock() + timedelta(seconds=schedule.spread(seconds, self._dice))

    async def _read(self, job: PageJob) -> ReadResult:
        answer = await self._ask(job)
        return await self._desk(self._result, job, await self._worked(job, answer), answer)

    async def _worked(self, job: PageJob, answer: Page | Article | Rejected) -> work.PageRead:
        todo = work.PageToRead(
            known=job.article,
            entry=job.entry,
            answer=answer,
            annotate=self._settings.annotate,
            least=self._settings.collect.min_chars,
        )
        read = await asyncio.wrap_future(self._pool.submit(work.read_page, todo))
        for entry in (job.entry, bare_entry(job.entry)):  # the page hurt its reader; the entry's text may do so too
            if not isinstance(read, Lost):
                return read
            lost = Rejected(stage="extract", reason=read.reason, detail=read.detail, url=job.article.url)
            todo = replace(todo, entry=entry, answer=lost)
            read = await asyncio.wrap_future(self._pool.submit(work.read_page, todo))
        return await asyncio.to_thread(work.read_page, todo) if isinstance(read, Lost) else read

    async def _ask(self, job: PageJob) -> Page | Article | Rejected:
        """The page; or what it was read to, or refused for, when another source listed it before."""
        url = job.article.url
        if not url.startswith(("http://", "https://")):
            return Rejected(stage="fetch", reason="no-link", detail="the entry names no page", url=url)
        key = link_key(url)
        asked_by, refused = self._refused.get(key, ("", None))
        if refused is not None and asked_by != job.article.id:
            return refused
        twin = await self._desk(self._store.twin, job.article.id, url)
        if twin is not None:
            return twin
        rights = await self._web.reservation(url)
        answer = await self._web.get(url, accept=ACCEPT) if rights.analyse else _reserved(job, rights)
        if isinstance(answer, Rejected) and not schedule.is_passing(answer):
            self._refused[key] = (job.article.id, answer)
            while len(self._refused) > MOST_REFUSED:
                self._refused.popitem(last=False)
        return answer

    def _result(self, job: PageJob, read: work.PageRead, answer: Page | Article | Rejected) -> ReadResult:
        now = self._clock()
        headers = answer.headers if isinstance(answer, Page) else {}
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
            look_at=self._in(schedule.LOOK_S) if read.article.origin == "page" else None,
            etag=headers.get("etag", "")[:1_000],
            last_modified=headers.get("last-modified", "")[:100],
            cited=read.cited,
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


def _reserved(job: PageJob, rights: Rights) -> Rejected:
    """Why a page is not asked for where its host reserves mining."""
    return Rejected(stage="fetch", reason=RESERVED, detail="; ".join(rights.evidence), url=job.article.url)


def _is_final(rejected: Rejected) -> bool:
    """Whether a page that was read must give up what we keep of it."""
    return rejected.reason == RESERVED or rejected.status in WITHDRAWN


def _leads_home(page: Page) -> bool:
    """Whether an article's address was redirected to its site's home page, as many sites say that it is gone."""
    asked, found = urlsplit(page.requested_url), urlsplit(page.url)
    return _is_home(found) and not _is_home(asked) and _same_site(asked.hostname or "", found.hostname or "")


def _is_home(url: SplitResult) -> bool:
    return not url.query and url.path.lower() in ("", "/", "/index.html", "/index.php")


def _same_site(one: str, other: str) -> bool:
    one, other = one.removeprefix("www."), other.removeprefix("www.")
    return one == other or one.endswith("." + other) or other.endswith("." + one)
