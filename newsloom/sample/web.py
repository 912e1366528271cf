"""The newsroom as a small real web on loopback: every outlet a site of its own, with feed, pages and images.

    async with serving(datetime.now(UTC)) as newsroom:
        newsroom.catalogue()

Outlets live on 127.2.0.1, 127.2.0.2, ... on one port. Where only 127.0.0.1 can be bound (macOS), each has a
port of its own there.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from newsloom.sample import Broken, OutletKind, Sample, SampleCopyKind, load
from newsloom.sample.server import application
from newsloom.sample.sites import Site

_TRIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """An outlet as a source to add: addresses are absolute, `country` and `language` as in `Outlet`."""

    id: str
    name: str
    homepage: str
    feed: str
    country: str
    language: str
    owner: str
    kind: OutletKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """What is true of the article at an address. `copy_of`: the original's address, None where it is one."""

    id: str
    outlet: str
    story: str
    copy_of: str | None
    copy_kind: SampleCopyKind | None
    broken: Broken | None


class Newsroom:
    """The outlets of a sample, served over HTTP between `start` and `stop`."""

    def __init__(self, sample: Sample | None = None) -> None:
        self.sample = load() if sample is None else sample
        self.sites: dict[str, Site] = {}
        self._runners: list[web.AppRunner] = []

    async def start(self, now: datetime, port: int = 0, *, one_address: bool | None = None) -> None:
        """Listen, on loopback only. `now`: aware, what `hours_ago` counts from. `port` 0: a free one.

        `one_address`: all outlets on 127.0.0.1, on `port` and those after it (0: free ones); None: only where
        127.2.0.1 cannot be bound. Raises OSError where a port is taken.
        """
        if now.tzinfo is None:
            raise ValueError("now must be aware of its time zone")
        listeners = _listeners(len(self.sample.outlets), port, one_address)
        try:
            for outlet, listener in zip(self.sample.outlets, listeners, strict=True):
                host, bound = listener.getsockname()
                articles = [article for article in self.sample.articles if article.outlet == outlet.id]
                site = Site(
                    outlet=outlet,
                    base=f"http://{host}:{bound}",
                    now=now.astimezone(UTC),
                    articles=tuple(sorted(articles, key=lambda a: (a.hours_ago, a.id))),
                )
                runner = web.AppRunner(application(site), access_log=None, shutdown_timeout=1.0)
                await runner.setup()
                self._runners.append(runner)
                await web.SockSite(runner, listener).start()
                self.sites[outlet.id] = site
        except BaseException:
            await self.stop()
            for listener in listeners:
                listener.close()
            raise

    async def stop(self) -> None:
        """Stop listening; harmless when nothing listens."""
        while self._runners:
            await self._runners.pop().cleanup()
        self.sites.clear()

    def catalogue(self) -> list[CatalogueEntry]:
        """Every outlet with its present addresses, the dead one too."""
        return [
            CatalogueEntry(
                id=site.outlet.id,
                name=site.outlet.name,
                homepage=f"{site.base}/",
                feed=site.feed_url,
                country=site.outlet.country,
                language=site.outlet.language,
                owner=site.outlet.owner,
                kind=site.outlet.kind,
            )
            for site in self.sites.values()
        ]

    def gold(self) -> dict[str, Gold]:
        """Address of every article -> its story and what it is a copy of."""
        urls = {a.id: self.sites[a.outlet].url(a) for a in self.sample.articles}
        return {
            urls[a.id]: Gold(
                id=a.id,
                outlet=a.outlet,
                story=a.story,
                copy_of=urls[a.copy_of] if a.copy_of else None,
                copy_kind=a.copy_kind,
                broken=a.broken,
            )
            for a in self.sample.articles
        }


@asynccontextmanager
async def serving(
    now: datetime, port: int = 0, *, one_address: bool | None = None, sample: Sample | None = None
) -> AsyncIterator[Newsroom]:
    """The newsroom, listening inside the block; arguments as in `Newsroom.start`."""
    newsroom = Newsroom(sample)
    await newsroom.start(now, port, one_address=one_address)
    try:
        yield newsroom
    finally:
        await newsroom.stop()


def _listeners(count: int, port: int, one_address: bool | None) -> Sequence[socket.socket]:
    if one_address:
        return _bind([("127.0.0.1", port + i if port else 0) for i in range(count)])
    hosts = [f"127.2.{i // 250}.{i % 250 + 1}" for i in range(count)]
    for attempt in range(_TRIES):
        first: list[socket.socket] = []
        try:
            first = _bind([(hosts[0], port)])
            chosen = first[0].getsockname()[1]
            return first + _bind([(host, chosen) for host in hosts[1:]])
        except OSError as error:
            for listener in first:
                listener.close()
            if error.errno == errno.EADDRNOTAVAIL and one_address is None:
                return _listeners(count, port, True)
            # A free port of the first address may be taken on a later one.
            if port or error.errno != errno.EADDRINUSE or attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop above returns or raises")


def _bind(addresses: Sequence[tuple[str, int]]) -> list[socket.socket]:
    bound: list[socket.socket] = []
    try:
        for address in addresses:
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            bound.append(listener)
            if os.name == "posix":  # elsewhere it would let two processes share the port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            # Only a listening socket holds its address against others that set SO_REUSEADDR too.
            listener.listen(128)
    except OSError:
        for listener in bound:
            listener.close()
        raise
    return bound
