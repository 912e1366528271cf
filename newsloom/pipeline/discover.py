"""From an address that somebody typed to a source: the feed itself, one that the page names, one in a usual place, the
site's news sitemap, the page's own list of articles."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urljoin

from newsloom.engine import LocalPool, Lost
from newsloom.feeds import INDEX, NEWS_SITEMAPS, PAGE_MARK, WELL_KNOWN_PATHS, is_of_comments, sitemaps_in_robots
from newsloom.fetch import Gets
from newsloom.pipeline import sitemaps, work
from newsloom.pipeline.catalogue import root_of
from newsloom.pipeline.polls import ACCEPT
from newsloom.store.keys import host_of, source_id_for
from newsloom.types import EditionSpec, FeedDocument, FeedLink, Page, Rejected, Source

R = TypeVar("R")

TRIED = 8  # addresses asked before we give up
_SITEMAPS = (INDEX, sitemaps.SITEMAP)
# What says that there is nothing at an address, but perhaps at another of the same name.
_NOT_THERE = ("dns", "connect", "tls", "timeout", "protocol", "cut", "http-404", "http-410", "bad-url")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A feed that answered."""

    url: str
    document: FeedDocument


async def find_source(url: str, edition: EditionSpec, web: Gets, pool: LocalPool) -> Source | Rejected:
    """The source at an address with its feed, else its news sitemap, else its page's links to articles; or why there
    is none. `url` may be a bare domain."""
    page = await _first_page(url.strip(), web)
    if isinstance(page, Rejected):
        return page
    found = await _as_feed(page, pool)
    if isinstance(found, Found):
        return _source(found, _own_homepage(found), edition)
    home = root_of(page.url)
    asked = await _section(page, pool) if url.strip().endswith(PAGE_MARK) else None
    first = asked or await _named_feed(page, web, pool) or await _sitemap(home, web, pool) or await _section(page, pool)
    if first is not None:
        return _source(first, home, edition)
    return Rejected(stage="sources", reason="no-feed", detail="no feed, news sitemap or list of articles", url=page.url)


async def _first_page(url: str, web: Gets) -> Page | Rejected:
    """The page at an address; of a bare domain whichever of its usual addresses answers."""
    if "://" in url:
        return await web.get(url, accept=f"text/html, {ACCEPT}")
    tried = (f"https://{url}", f"https://www.{url}", f"http://{url}")
    first = page = await web.get(tried[0], accept=f"text/html, {ACCEPT}")
    for other in tried[1:]:
        if not isinstance(page, Rejected) or page.reason not in _NOT_THERE:
            break
        page = await web.get(other, accept=f"text/html, {ACCEPT}")
    return page if isinstance(page, Page) else first


async def _named_feed(page: Page, web: Gets, pool: LocalPool) -> Found | None:
    none: tuple[FeedLink, ...] = ()
    candidates = await _ask(pool.submit(work.look_for_feeds, page), none)
    named = (link.url for link in candidates)
    usual = (urljoin(page.url, path) for path in WELL_KNOWN_PATHS)
    return await _first_feed((*named, *usual), web, pool)


async def _sitemap(home: str, web: Gets, pool: LocalPool) -> Found | None:
    """A news sitemap that robots.txt names, or one in a usual place."""
    robots = await web.get(urljoin(home, "/robots.txt"), accept="text/plain, */*;q=0.1", obey_robots=False)
    text = robots.body.decode("utf-8", "replace") if isinstance(robots, Page) else ""
    usual = (urljoin(home, path) for path in NEWS_SITEMAPS)
    for url in list(dict.fromkeys((*sitemaps_in_robots(text, home), *usual)))[:TRIED]:
        page = await web.get(url, accept=ACCEPT)
        found = await _as_feed(page, pool) if isinstance(page, Page) else page
        if isinstance(found, Found) and await _has_news(found, page, web, pool):
            return Found(url=url, document=found.document)
    return None


async def _has_news(found: Found, page: Page | Rejected, web: Gets, pool: LocalPool) -> bool:
    """Whether a sitemap, or the first that an index names, lists recent news."""
    if not isinstance(page, Page):
        return False
    if not sitemaps.is_index(found.document):
        return any(sitemaps.is_news(entry, page.fetched) for entry in found.document.entries)
    for url in sitemaps.worth_following(found.document.entries, page.fetched)[:1]:
        child = await web.get(url, accept=ACCEPT)
        inner = await _as_feed(child, pool) if isinstance(child, Page) else child
        if isinstance(inner, Found) and not sitemaps.is_index(inner.document):
            return await _has_news(inner, child, web, pool)
    return False


async def _section(page: Page, pool: LocalPool) -> Found | None:
    """The page itself as a list of articles."""
    none: FeedDocument | Rejected = Rejected(stage="feeds", reason="crashed", url=page.url)
    document = await _ask(pool.submit(work.look_at_section, page), none)
    if isinstance(document, Rejected):
        return None
    url = page.url.partition("#")[0]
    return Found(url=(root_of(url) if root_of(url) == url + "/" else url) + PAGE_MARK, document=document)


async def check_feed(url: str, web: Gets, pool: LocalPool) -> FeedDocument | Rejected:
    """What a feed (or a page that serves as one) says now."""
    page = await web.get(url, accept=ACCEPT)
    if isinstance(page, Rejected):
        return page
    if url.endswith(PAGE_MARK):
        none: FeedDocument | Rejected = Rejected(stage="feeds", reason="crashed", url=page.url)
        return await _ask(pool.submit(work.look_at_section, page), none)
    found = await _as_feed(page, pool)
    return found if isinstance(found, Rejected) else found.document


async def _first_feed(urls: Iterable[str], web: Gets, pool: LocalPool) -> Found | None:
    """The first that answers with entries; an empty one where none has any. Never one of comments."""
    empty = None
    for url in list(dict.fromkeys(urls))[:TRIED]:
        page = await web.get(url, accept=ACCEPT)
        found = await _as_feed(page, pool) if isinstance(page, Page) else page
        if isinstance(found, Rejected) or is_of_comments(found.url, found.document.title):
            continue
        if found.document.entries and found.document.format not in _SITEMAPS:
            return found
        empty = empty or found
    return empty


async def _as_feed(page: Page, pool: LocalPool) -> Found | Rejected:
    asked = pool.submit(work.look_at_feed, (page.body, page.url, dict(page.headers)))
    lost: FeedDocument | Rejected = Rejected(stage="feeds", reason="crashed", url=page.url)
    document = await _ask(asked, lost)
    return document if isinstance(document, Rejected) else Found(url=page.url, document=document)


async def _ask(future: Future[R | Lost], otherwise: R) -> R:
    """A worker's answer, or `otherwise` where it was lost."""
    result = await asyncio.wrap_future(future)
    return otherwise if isinstance(result, Lost) else result


def _own_homepage(found: Found) -> str:
    """The homepage that a feed names, where it is on the feed's own domain: nobody speaks for another outlet."""
    said, own = host_of(found.document.link), host_of(found.url)
    return found.document.link if said and _domain(said) == _domain(own) else root_of(found.url)


def _domain(host: str) -> str:
    """The last two labels of a name; all of an address."""
    name = host.rpartition(":")[0] or host
    try:
        return str(ipaddress.ip_address(name.strip("[]"))) + host
    except ValueError:
        return ".".join(name.split(".")[-2:])


def _source(found: Found, homepage: str, edition: EditionSpec) -> Source:
    document = found.document
    return Source(
        id=source_id_for(homepage),
        name=document.title or host_of(homepage),
        homepage=homepage,
        country=edition.country,
        languages=(document.language or edition.language,),
        feeds=(found.url,),
    )
