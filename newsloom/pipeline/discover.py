"""From an address that somebody typed to a source: the feed itself, one that the page names, one in a usual place."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urljoin

from newsloom.engine import LocalPool, Lost
from newsloom.feeds import WELL_KNOWN_PATHS
from newsloom.fetch import Gets
from newsloom.pipeline import work
from newsloom.pipeline.catalogue import from_opml, from_toml, root_of
from newsloom.pipeline.polls import ACCEPT
from newsloom.store.keys import host_of, source_id_for
from newsloom.types import EditionSpec, FeedDocument, FeedLink, Page, Rejected, Source

R = TypeVar("R")

TRIED = 8  # addresses asked before we give up
LIST_BYTES = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A feed that answered."""

    url: str
    document: FeedDocument


async def find_source(url: str, edition: EditionSpec, web: Gets, pool: LocalPool) -> Source | Rejected:
    """The source at an address with its feed, or why there is none."""
    url = url.strip() if "://" in url else f"https://{url.strip()}"
    page = await web.get(url, accept=f"text/html, {ACCEPT}")
    if isinstance(page, Rejected):
        return page
    found = await _as_feed(page, pool)
    if isinstance(found, Found):
        return _source(found, _own_homepage(found), edition)
    none: tuple[FeedLink, ...] = ()
    candidates = await _ask(pool.submit(work.look_for_feeds, page), none)
    usual = (urljoin(page.url, path) for path in WELL_KNOWN_PATHS)
    named = (link.url for link in sorted(candidates, key=lambda link: -link.score))
    first = await _first_feed((*named, *usual), web, pool)
    if first is not None:
        return _source(first, root_of(page.url), edition)
    return Rejected(stage="sources", reason="no-feed", detail="the page names no feed that can be read", url=url)


async def check_feed(url: str, web: Gets, pool: LocalPool) -> FeedDocument | Rejected:
    """What a feed says now."""
    page = await web.get(url, accept=ACCEPT)
    if isinstance(page, Rejected):
        return page
    found = await _as_feed(page, pool)
    return found if isinstance(found, Rejected) else found.document


async def fetch_list(url: str, web: Gets) -> bytes | Rejected:
    """An OPML or TOML file from the web."""
    page = await web.get(url, max_bytes=LIST_BYTES, obey_robots=False)
    return page if isinstance(page, Rejected) else page.body


def read_list(body: bytes, where: str) -> list[Source] | Rejected:
    """The sources of an OPML or TOML file. Raises WrongUse where a TOML list is wrong."""
    if body.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"<"):
        links = work.look_at_opml(body)
        return links if isinstance(links, Rejected) else from_opml(links)
    return from_toml(body.decode("utf-8-sig", "replace"), where)


async def _first_feed(urls: Iterable[str], web: Gets, pool: LocalPool) -> Found | None:
    for url in list(dict.fromkeys(urls))[:TRIED]:
        page = await web.get(url, accept=ACCEPT)
        found = await _as_feed(page, pool) if isinstance(page, Page) else page
        if isinstance(found, Found):
            return found
    return None


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
