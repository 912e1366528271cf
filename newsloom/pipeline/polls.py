"""One poll of one feed: ask, read in a worker, decide when to ask again."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from newsloom.config import CollectSettings
from newsloom.engine import LocalPool, Lost
from newsloom.extract import header_rights
from newsloom.fetch import Gets
from newsloom.pipeline import schedule, sitemaps, work
from newsloom.pipeline.linked import with_links
from newsloom.pipeline.minting import mint_all
from newsloom.rights import bare_entry, headline_only, strictest
from newsloom.store.keys import host_of
from newsloom.store.protocol import NewEntry, Polled
from newsloom.types import Feed, FeedDocument, Page, Rejected, Rights

ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.5"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """What a feed's body said; `times` are those of its entries."""

    document: FeedDocument | None = None
    entries: tuple[NewEntry, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    times: tuple[datetime, ...] = ()


async def poll(
    feed: Feed,
    web: Gets,
    pool: LocalPool,
    settings: CollectSettings,
    clock: Callable[[], datetime],
    dice: schedule.Dice,
) -> Polled:
    """What the feed says now, ready to be saved in one transaction; never raises for what the world does."""
    started = time.monotonic()
    page = await web.get(feed.url, etag=feed.etag, last_modified=feed.last_modified, accept=ACCEPT)
    read: Entries | Rejected | None = None
    digest = feed.digest
    if isinstance(page, Page) and page.status != 304 and (digest := digest_of(page)) != feed.digest:
        read = await read_entries(feed, page, web, pool, settings)
    now, took = clock(), int(1000 * (time.monotonic() - started))
    failed = page if isinstance(page, Rejected) else read if isinstance(read, Rejected) else None
    if failed is not None:
        after = schedule.feed_failed(feed, failed, now, settings, dice)
        return Polled(feed=after, rejected=(failed,), took_ms=took)
    assert isinstance(page, Page)
    fresh = read if isinstance(read, Entries) else Entries()
    if fresh.document is not None and sitemaps.is_index(fresh.document):
        page, digest = _always_asked(page), ""

    def decide(new: int) -> Feed:
        return schedule.feed_answered(feed, page, fresh.document, fresh.times, new, now, settings, dice, digest)

    return Polled(feed=decide(0), entries=fresh.entries, rejected=fresh.rejected, took_ms=took, decide=decide)


def digest_of(page: Page) -> str:
    """What tells a page's body from another."""
    return hashlib.blake2b(page.body, digest_size=16).hexdigest()


async def read_entries(
    feed: Feed, page: Page, web: Gets, pool: LocalPool, settings: CollectSettings
) -> Entries | Rejected:
    """What a feed's body says, ready to be stored: minted, and no more of it than its host permits."""
    read = await _read(feed, page, pool, settings)
    if isinstance(read, work.FeedRead) and sitemaps.is_index(read.document):
        read = await _followed(feed, read, page, web, pool, settings)
    if isinstance(read, Rejected):
        return read
    entries, rejected = mint_all(read.entries, feed)
    return Entries(
        document=with_links(read.document, page.headers),
        entries=await _permitted(entries, page, web),
        rejected=rejected,
        times=tuple(at for each, _ in read.entries if (at := each.published or each.updated)),
    )


async def _permitted(entries: Sequence[NewEntry], page: Page, web: Gets) -> tuple[NewEntry, ...]:
    """The entries with their headline alone where the feed's own host reserves mining, of the feed or of a page."""
    if not entries:
        return ()
    host = host_of(page.url)
    feeds_own = strictest((await web.reservation(page.url), header_rights(page)))
    kept = []
    for entry in entries:
        asked = feeds_own.analyse and host_of(entry.entry.link) == host
        rights = await web.reservation(entry.entry.link) if asked else feeds_own
        kept.append(entry if rights.analyse else _reserved(entry, rights))
    return tuple(kept)


def _reserved(entry: NewEntry, rights: Rights) -> NewEntry:
    return replace(entry, entry=bare_entry(entry.entry), article=headline_only(entry.article, rights))


async def _read(feed: Feed, page: Page, pool: LocalPool, settings: CollectSettings) -> work.FeedRead | Rejected:
    todo = work.FeedToRead(page=page, max_entries=settings.max_entries, url=feed.url)
    read = await asyncio.wrap_future(pool.submit(work.read_feed, todo))
    if isinstance(read, Lost):
        return Rejected(stage="feeds", reason=read.reason, detail=read.detail, url=feed.url, status=page.status)
    return read


async def _followed(
    feed: Feed, index: work.FeedRead, page: Page, web: Gets, pool: LocalPool, settings: CollectSettings
) -> work.FeedRead | Rejected:
    """What the newest sitemaps of an index say; an index inside of an index is not followed."""
    urls = sitemaps.worth_following([entry for entry, _ in index.entries], page.fetched)
    failed = Rejected(stage="feeds", reason="no-news", detail="an index without recent sitemaps", url=feed.url)
    found: list[work.FeedRead] = []
    for url in urls:
        child = await web.get(url, accept=ACCEPT)
        read = child if isinstance(child, Rejected) else await _read(feed, child, pool, settings)
        if isinstance(read, Rejected):
            failed = read
        elif not sitemaps.is_index(read.document):
            found.append(read)
    if not found:
        return failed
    title = next((read.document.title for read in found if read.document.title), index.document.title)
    entries = tuple(pair for read in found for pair in read.entries)[: settings.max_entries]
    return work.FeedRead(document=replace(index.document, title=title), entries=entries)


def _always_asked(page: Page) -> Page:
    """The page without validators: an index may stay as it is while the sitemaps that it names change."""
    return replace(page, headers={k: v for k, v in page.headers.items() if k not in ("etag", "last-modified")})
