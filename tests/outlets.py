"""A small web of made-up outlets on loopback that counts what is asked of it and can be told to misbehave.

    with Outlets(outlets=3, articles=5) as web:
        web.source(0)          # the Source to add
        web.say["/n/0-1"] = lambda: web.answer(503)

Every outlet has an address of its own (127.3.0.1, ...) on one port; it runs in a thread.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from types import TracebackType
from typing import Self

from aiohttp import web

from newsloom.types import Source

WORDS = (
    "harbour council bridge engine winter market river budget strike teacher island museum signal forest "
    "minister court vaccine storm railway festival orchard reactor glacier parliament pipeline satellite "
    "hospital election reservoir tunnel ferry archive senate quarry turbine border treaty stadium"
).split()
NAMES = "Halden Orvik Tessaly Brannock Quillon Marwick Ostrava Delcourt Fenwick Ysolde Karpov Lindqvist".split()


class Outlets:
    """The web. `hits[host][path]` counts requests, `most_open` the most open at one host at the same time."""

    def __init__(self, outlets: int = 3, articles: int = 5, *, latency_s: float = 0.0, now: datetime | None = None):
        self.count, self.per_outlet, self.latency_s = outlets, articles, latency_s
        self.now = now or datetime.now(UTC)
        self.hits: dict[str, Counter[str]] = defaultdict(Counter)
        self.statuses: Counter[int] = Counter()
        self.most_open: Counter[str] = Counter()
        self.open: Counter[str] = Counter()
        self.say: dict[str, Callable[[], web.StreamResponse]] = {}
        self.extra: dict[int, list[str]] = defaultdict(list)
        self.port = 0
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)

    def host(self, n: int) -> str:
        return f"127.3.0.{n + 1}"

    def base(self, n: int) -> str:
        return f"http://{self.host(n)}:{self.port}"

    def source(self, n: int) -> Source:
        return Source(
            id=f"outlet-{n}", name=f"Outlet {n}", homepage=self.base(n) + "/", feeds=(self.base(n) + "/feed.xml",)
        )

    def sources(self) -> list[Source]:
        return [self.source(n) for n in range(self.count)]

    def articles(self, n: int) -> list[str]:
        return [f"/n/{n}-{i}" for i in range(self.per_outlet)] + self.extra[n]

    def urls(self) -> set[str]:
        return {self.base(n) + path for n in range(self.count) for path in self.articles(n)}

    def pages_asked(self) -> Counter[str]:
        return Counter({h + p: n for h, paths in self.hits.items() for p, n in paths.items() if p.startswith("/n/")})

    @staticmethod
    def answer(status: int, body: str = "", **headers: str) -> web.Response:
        return web.Response(status=status, text=body, headers=headers)

    async def _serve(self) -> None:
        self._stop, self._loop = asyncio.Event(), asyncio.get_running_loop()
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1)
        await runner.setup()
        for n in range(self.count):
            site = web.TCPSite(runner, self.host(n), self.port)
            await site.start()
            self.port = self.port or runner.addresses[0][1]
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._handle)
        return app

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        host = request.host.partition(":")[0]
        self.hits[host][request.path] += 1
        self.open[host] += 1
        self.most_open[host] = max(self.most_open[host], self.open[host])
        try:
            await asyncio.sleep(self.latency_s)
            response = self._respond(request, int(host.rpartition(".")[2]) - 1)
            self.statuses[response.status] += 1
            return response
        finally:
            self.open[host] -= 1

    def _respond(self, request: web.Request, n: int) -> web.StreamResponse:
        told = self.say.get(f"{n}{request.path}") or self.say.get(request.path)
        if told is not None:
            return told()
        if request.path == "/robots.txt":
            return web.Response(text="User-agent: *\nDisallow: /private/\n")
        if request.path == "/feed.xml":
            return _with_validator(request, self._feed(n), "application/rss+xml")
        if request.path in self.articles(n):
            return _with_validator(request, self.page(n, request.path), "text/html")
        if request.path == "/":
            head = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
            return web.Response(
                text=f"<html><head>{head}</head><body>Outlet {n}</body></html>", content_type="text/html"
            )
        return web.Response(status=404, text="not here")

    def _feed(self, n: int) -> str:
        items = "".join(
            f"<item><guid isPermaLink='false'>{n}:{path}</guid><title>{self.title(n, path)}</title>"
            f"<link>{self.base(n)}{path}</link><pubDate>{self._at(path):%a, %d %b %Y %H:%M:%S +0000}</pubDate>"
            f"<description>{self._sentence(Random(path + 'lead'))}</description></item>"
            for path in self.articles(n)
        )
        return (
            f"<rss version='2.0'><channel><title>Outlet {n}</title><link>{self.base(n)}/</link>{items}</channel></rss>"
        )

    def page(self, n: int, path: str) -> str:
        random = Random(path)
        paragraphs = "".join(
            f"<p>{' '.join(self._sentence(random) for _ in range(4))}</p>" for _ in range(random.randint(3, 6))
        )
        title = self.title(n, path)
        return (
            f"<html lang='en'><head><title>{title} | Outlet {n}</title>"
            f"<meta property='article:published_time' content='{self._at(path).isoformat()}'></head>"
            f"<body><article><h1>{title}</h1>{paragraphs}</article></body></html>"
        )

    def title(self, n: int, path: str) -> str:
        random = Random(path + "title")
        return f"{random.choice(NAMES)} {random.choice(WORDS)} {random.choice(WORDS)} {path.rpartition('/')[2]}"

    def _at(self, path: str) -> datetime:
        return self.now - timedelta(minutes=int(hashlib.sha256(path.encode()).hexdigest()[:6], 16) % 2_000)

    @staticmethod
    def _sentence(random: Random) -> str:
        words = [random.choice(WORDS) for _ in range(random.randint(8, 14))]
        return f"{random.choice(NAMES)} {' '.join(words)} {random.randint(2, 900)}."


def _with_validator(request: web.Request, body: str, kind: str) -> web.Response:
    tag = hashlib.sha256(body.encode()).hexdigest()[:16]
    if request.headers.get("If-None-Match") == f'"{tag}"':
        return web.Response(status=304, headers={"ETag": f'"{tag}"'})
    return web.Response(text=body, content_type=kind, headers={"ETag": f'"{tag}"'})
