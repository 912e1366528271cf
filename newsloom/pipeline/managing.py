"""Sources as the command line manages them: added, imported, checked, one record each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from newsloom.config import Settings, edition_spec
from newsloom.engine import LocalPool, Lost
from newsloom.fetch import Fetcher
from newsloom.health import advice, tell
from newsloom.pipeline import catalogue, lists, updating, work
from newsloom.pipeline.discover import check_feed, find_source
from newsloom.pipeline.lists import fetch_list
from newsloom.pipeline.robots import StoredRobots, hosts_file
from newsloom.pipeline.stories_writer import put_editions
from newsloom.store.protocol import PollLine, Store
from newsloom.types import Feed, Rejected, Source

Record = dict[str, Any]
T = TypeVar("T")
R = TypeVar("R")
CHECKED_AT_ONCE = 32
HISTORY = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Manager:
    """What managing sources needs; see `managing`."""

    store: Store
    web: Fetcher
    pool: LocalPool
    edition: str
    allow: str = ""

    async def add(self, urls: Sequence[str]) -> list[Record]:
        """Find and add the source at each address; a record each, in their order."""
        return [await self._add(url) for url in urls]

    async def bring(self, names: Sequence[str]) -> list[Record]:
        """Add all sources of OPML, TOML or CSV lists (files or addresses), each read whole before it is stored."""
        return [await self._bring(name) for name in names]

    async def update(self, name: str) -> Record:
        """Take a newer catalogue from a file or an address."""
        body = await fetch_list(name, self.web)
        found = body if isinstance(body, str) else await self._apart(updating.read_apart, (body, name))
        if isinstance(found, str):
            return {"file": name, "error": found}
        return {"file": name} | updating.update(self.store, found, work.now())

    async def check_catalogue(self, found: Sequence[Source], sure: Mapping[str, str]) -> list[Record]:
        """Ask every outlet of a catalogue now, those without a feed for one; a record each address, in their order."""
        free = asyncio.Semaphore(CHECKED_AT_ONCE)

        async def one(source: Source) -> list[Record]:
            async with free:
                told = {"id": source.id, "source": source.name, "country": source.country, "sure": sure[source.id]}
                asked = [told | {"url": url} | await self._asked(url) for url in source.feeds]
                return asked or [told | await self._looked_for(source)]

        return [record for each in await asyncio.gather(*map(one, found)) for record in each]

    async def check(self, feeds: Sequence[Feed]) -> list[Record]:
        """Ask every feed now; a record each, in their order."""
        free = asyncio.Semaphore(CHECKED_AT_ONCE)

        async def one(feed: Feed) -> Record:
            async with free:
                return await self._check(feed)

        return list(await asyncio.gather(*map(one, feeds)))

    async def _add(self, url: str) -> Record:
        source = await find_source(url, edition_spec(self.edition), self.web, self.pool)
        if isinstance(source, Rejected):
            return {"id": url, "error": _said(source)}
        new = catalogue.put(self.store, [source], self.edition, work.now())
        return {
            "id": url, "source": source.id, "name": source.name, "feeds": list(source.feeds),
            "edition": self.edition, "new": bool(new),
        }  # fmt: skip

    async def _bring(self, name: str) -> Record:
        body = await fetch_list(name, self.web)
        found = body if isinstance(body, str) else await self._apart(lists.read_apart, (body, name, self.allow))
        if isinstance(found, str):
            return {"file": name, "error": found}
        new = catalogue.put(self.store, found.sources, self.edition, work.now())
        feeds = sum(len(source.feeds) for source in found.sources)
        told = {"file": name, "sources": len(found.sources), "feeds": feeds, "new": new, "edition": self.edition}
        return told | ({"skipped": list(found.skipped)} if found.skipped else {})

    async def _apart(self, function: Callable[[T], R | str], todo: T) -> R | str:
        """Have a worker read what a stranger wrote; what it costs, it costs the worker."""
        read = await asyncio.wrap_future(self.pool.submit(function, todo))
        return f"{read.reason}: {read.detail}" if isinstance(read, Lost) else read

    async def _check(self, feed: Feed) -> Record:
        return {"id": feed.id, "source": feed.source_id, "url": feed.url} | await self._asked(feed.url)

    async def _asked(self, url: str) -> Record:
        said = await check_feed(url, self.web, self.pool)
        if isinstance(said, Rejected):
            return {"error": _said(said), "todo": advice(said.reason)}
        newest = max((at for e in said.entries if (at := e.published or e.updated)), default=None)
        return {"title": said.title, "format": said.format, "entries": len(said.entries), "newest": newest}

    async def _looked_for(self, source: Source) -> Record:
        """What discovery finds for an outlet whose feed nobody knows."""
        found = await find_source(source.homepage, edition_spec(self.edition), self.web, self.pool)
        if isinstance(found, Rejected):
            return {"url": source.homepage, "error": _said(found), "todo": advice(found.reason)}
        return {"url": source.homepage, "found": list(found.feeds)}


@asynccontextmanager
async def managing(store: Store, settings: Settings, edition: str) -> AsyncIterator[Manager]:
    """A Manager with a fetcher and a worker; `edition` "" is the first configured, another is made known."""
    chosen = edition.lower() or settings.editions.configured.split(",")[0].strip()
    edition_spec(chosen)
    configured = ",".join(dict.fromkeys([*settings.editions.configured.split(","), chosen]))
    put_editions(store, replace(settings, editions=replace(settings.editions, configured=configured)))
    robots = StoredRobots(store, lambda write: write(), work.now())
    with LocalPool(1, work.DEADLINE_S, work.WARM, job_bytes=work.JOB_BYTES) as pool:
        async with Fetcher(settings.fetch, robots=robots, hosts_file=hosts_file(store)) as web:
            yield Manager(store=store, web=web, pool=pool, edition=chosen, allow=settings.fetch.allow)


def listed(store: Store, edition: str) -> list[Record]:
    """Every source with its feeds and their health."""
    feeds: dict[str, list[Record]] = {}
    histories, now = store.histories(HISTORY), work.now()
    for feed in store.feeds():
        feeds.setdefault(feed.source_id, []).append(_feed(feed, histories.get(feed.id, []), now))
    return [_source(source, feeds.get(source.id, [])) for source in store.sources(edition)]


def _source(source: Source, feeds: Sequence[Record]) -> Record:
    return {
        "id": source.id, "name": source.name, "homepage": source.homepage, "country": source.country,
        "languages": list(source.languages), "owner": source.owner, "kind": source.kind,
        "folder": source.folder,
        "feeds": list(feeds),
    }  # fmt: skip


def _feed(f: Feed, history: Sequence[PollLine], now: datetime) -> Record:
    told = tell(f, now)
    return {
        "id": f.id, "url": f.url, "state": told.state, "words": told.words, "todo": told.todo,
        "status": f.status, "failing": f.error, "failing_since": _time(f.failing_since), "failures": f.failures,
        "last_polled": _time(f.last_polled), "last_success": _time(f.last_success), "next_poll": _time(f.next_poll),
        "interval_s": f.interval_s, "articles_a_day": f.pace, "moves_to": f.moved_to, "hub": f.hub,
        "hub_until": _time(f.push_until), "gone": f.gone,
        "history": [
            {"at": _time(p.at), "status": p.status, "error": p.error, "entries": p.entries, "new": p.new,
             "took_ms": p.took_ms}
            for p in history
        ],
    }  # fmt: skip


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _said(rejected: Rejected) -> str:
    return f"{rejected.reason}: {rejected.detail}" if rejected.detail else rejected.reason
