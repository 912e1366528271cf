"""Records of an archive -> articles with their counted words: in worker processes, in the order of the file."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any

from newsloom.annotate import Counted
from newsloom.archive import At, Bad, Found, Item, Passed, Saved
from newsloom.config import Settings
from newsloom.engine import LocalPool, Lost
from newsloom.pipeline import work
from newsloom.pipeline.group_lines import line_article, line_time
from newsloom.types import Article, Page, Rejected

TOGETHER = 16  # lines that make one job: a pipe's round trip costs as much as counting one
TOGETHER_CHARS = 400_000
NAMED = 1_000  # bad records of a file that are named; further ones are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """One article: what it is called in the file, its outlet ("" unknown), its words (None: counting was lost).

    `saved`: it is a page and not a line. `digest` tells a page without an address from others.
    """

    at: At
    own: str
    article: Article
    outlet: str
    counted: Counted | None
    saved: bool = False
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A record that makes no article; `where` names it in the file."""

    at: At
    where: Mapping[str, Any]
    error: str
    rejected: Rejected | None = None


@dataclass(slots=True, kw_only=True)
class Tallied:
    """Records that are only counted, up to a place: those of no news by kind and reason, and failed ones unnamed."""

    at: At
    passed: Counter[str] = field(default_factory=Counter)
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What went to a worker: one page, or some lines."""

    found: tuple[Found, ...]
    articles: tuple[Article, ...] = ()
    digest: str = ""


Outcome = Brought | Failed | Tallied


def bring(items: Iterator[Item], pool: LocalPool, settings: Settings, now: datetime) -> Iterator[Outcome]:
    """What becomes of each record, in their order; only a few are held at a time, whatever the file holds."""
    waiting: deque[Outcome | _Job] = deque()
    for result in pool.map(work.bring, _Jobs(items, settings, now, waiting)):
        while not isinstance(job := waiting.popleft(), _Job):
            yield job
        yield from _page(job, result) if job.digest else _lines(job, result, pool, settings)
    yield from (each for each in waiting if not isinstance(each, _Job))


class _Jobs:
    """Reads ahead of the workers: jobs for them, and into `waiting` everything in its order."""

    def __init__(
        self, items: Iterator[Item], settings: Settings, now: datetime, waiting: deque[Outcome | _Job]
    ) -> None:
        self._items, self._settings, self._now, self._waiting = items, settings, now, waiting
        self._lines: list[tuple[Found, Article]] = []
        self._chars = self._bad = 0

    def __iter__(self) -> Iterator[work.PageToBring | work.ToCount]:
        for item in self._items:
            if isinstance(item, Found) and not isinstance(item.content, Saved):
                article = _line_article(item.content)
                self._lines.append((item, article))
                self._chars += sum(map(len, article.paragraphs))
                if len(self._lines) < TOGETHER and self._chars < TOGETHER_CHARS:
                    continue
            yield from self._close()
            if isinstance(item, Found) and isinstance(item.content, Saved):
                yield self._page(item, item.content)
            elif not isinstance(item, Found):
                self._tell(item)
        yield from self._close()

    def _close(self) -> Iterator[work.ToCount]:
        if self._lines:
            found, articles = zip(*self._lines, strict=True)
            self._waiting.append(_Job(found=found, articles=articles))
            self._lines, self._chars = [], 0
            yield work.ToCount(articles=articles, annotate=self._settings.annotate)

    def _page(self, found: Found, saved: Saved) -> work.PageToBring:
        digest = blake2b(saved.body, digest_size=6).hexdigest()
        slim = replace(found, content={"url": saved.url})  # the bytes are the worker's now
        self._waiting.append(_Job(found=(slim,), digest=digest))
        page = Page(
            requested_url=saved.url,
            url=saved.url,
            status=200,
            headers=saved.headers,
            body=saved.body,
            fetched=saved.when or self._now,
        )
        least, most = self._settings.collect.min_chars, self._settings.fetch.max_bytes
        return work.PageToBring(page=page, annotate=self._settings.annotate, least=least, most=most)

    def _tell(self, item: Passed | Bad) -> None:
        self._bad += isinstance(item, Bad)
        if isinstance(item, Bad) and self._bad <= NAMED:
            self._waiting.append(Failed(at=item.at, where=item.where, error=item.error))
            return
        if not self._waiting or not isinstance(self._waiting[-1], Tallied):
            self._waiting.append(Tallied(at=item.at))
        last = self._waiting[-1]
        assert isinstance(last, Tallied)
        last.at = item.at
        if isinstance(item, Bad):
            last.failed += 1
        else:
            last.passed[item.reason] += 1


def _page(job: _Job, result: Any) -> Iterator[Outcome]:
    (found,) = job.found
    where = {"url": found.name} if found.name else {}
    if isinstance(result, Lost):
        result = Rejected(stage="extract", reason=result.reason, detail=result.detail, url=found.name)
    if isinstance(result, Rejected):
        error = f"{result.reason}: {result.detail}" if result.detail else result.reason
        yield Failed(at=found.at, where=where, error=error, rejected=replace(result, url=found.name))
        return
    article, counted = result
    name = article.site_name
    yield Brought(
        at=found.at, own=found.name, article=article, outlet=name, counted=counted, saved=True, digest=job.digest
    )


def _lines(job: _Job, result: Any, pool: LocalPool, settings: Settings) -> Iterator[Outcome]:
    if isinstance(result, Lost):
        # One of them hurt its worker: each alone, so that only that one stays without words.
        alone = pool.map(work.bring, (work.ToCount(articles=(a,), annotate=settings.annotate) for a in job.articles))
        result = [each[0] if isinstance(each, list) else None for each in alone]
    for found, article, counted in zip(job.found, job.articles, result, strict=True):
        yield Brought(
            at=found.at, own=article.id, article=replace(article, id="", source_id=""), outlet=article.source_id,
            counted=counted,
        )  # fmt: skip


def _line_article(line: Mapping[str, Any]) -> Article:
    """The article of a line; its `source_id` is still the outlet's name."""
    article = line_article(dict(line))
    article = replace(article, source_id=article.source_id.strip(), date_published=line_time(line.get("date")))
    if article.date_published is not None:
        article = replace(article, published_certainty="exact" if "T" in str(line["date"]) else "day")
    return article
