"""Thousands of made-up feeds on loopback, each on an address of its own: `python -m tests.many FEEDS`.

Of twenty feeds ten are unchanged from round to round, five have something new, two are slow, one is broken and two are
hostile (one of them a real attack, the other a page where a feed should be). 127.200.0.1 tells and is told:
`/round/N` begins a round, after `/forgetful` nobody knows its own validators, `/stats` says what was asked, `/gold`
which items a collector must have by now.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator

HUB = "127.200.0.1"
ITEMS = 3
SLOW_S = 0.4
QUIET = 0  # the round in which nothing at all changed

_OK = "HTTP/1.1 200 OK\r\n"
_HEAD = "{status}Content-Type: {kind}\r\n{more}Content-Length: {length}\r\nConnection: close\r\n\r\n"
_ATTACKS = ("silent", "drip", "endless", "bomb", "headers", "laughs", "entries", "deep")
_BROKEN = ("500", "404", "garbage", "cut", "html")


def address(n: int) -> str:
    """The feed's address."""
    return f"127.{20 + n // 62_500}.{n // 250 % 250}.{n % 250 + 1}"


def kind(n: int) -> str:
    """What the feed is like."""
    at = n % 20
    if at < 10:
        return "unchanged"
    if at < 15:
        return "new"
    if at < 17:
        return "slow"
    return "broken" if at == 17 else "hostile"


def how(n: int) -> str:
    """In which way a broken or hostile feed is so."""
    if n % 20 == 19:
        return "html"
    return (_BROKEN if n % 20 == 17 else _ATTACKS)[n // 20 % len(_BROKEN if n % 20 == 17 else _ATTACKS)]


def items(n: int, round_: int) -> Iterator[tuple[str, str]]:
    """(guid, link) of a feed's items in a round; the first ones have no page of their own."""
    yield from ((f"feed-{n}-item-{k}", "") for k in range(ITEMS))
    if kind(n) == "new":
        yield from ((f"feed-{n}-round-{r}", f"/page/{r}") for r in range(2, round_ + 1))


class Web:
    """All feeds in one process."""

    def __init__(self, feeds: int) -> None:
        self.feeds, self.round, self.loud = feeds, 1, 1
        self.by_address = {address(n): n for n in range(feeds)}
        self.forgetful = False
        self.open: Counter[int] = Counter()
        self.most_open = 0
        self.most_together = 0
        self.statuses: Counter[int] = Counter()
        self.asked: Counter[str] = Counter()
        self.port = 0

    async def serve(self) -> None:
        global PORT
        servers = []
        for host in (HUB, *self.by_address):
            servers.append(await asyncio.start_server(self._handle, host, self.port, backlog=16))
            self.port = PORT = self.port or servers[0].sockets[0].getsockname()[1]
        print(self.port, flush=True)
        await asyncio.Event().wait()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = writer.get_extra_info("sockname")[0]
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            path = head.split(" ", 2)[1]
            if host == HUB:
                writer.write(self._told(path))
            else:
                await self._counted(self.by_address[host], path, head, reader, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, IndexError):
            pass
        finally:
            writer.close()

    async def _counted(
        self, n: int, path: str, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.open[n] += 1
        self.most_open = max(self.most_open, self.open[n])
        self.most_together = max(self.most_together, self.open.total())
        self.asked[path.split("/")[1]] += 1
        answering = asyncio.create_task(self._answer(n, path, head, writer))
        leaving = asyncio.create_task(reader.read(1))  # whoever goes away has no request open
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.open[n] -= 1
            answering.cancel()
            leaving.cancel()

    async def _answer(self, n: int, path: str, head: str, writer: asyncio.StreamWriter) -> None:
        if path.startswith("/page/"):
            self._say(writer, _page(n, path), "text/html")
        elif path != "/feed.xml":
            self._say(writer, b"", "text/plain", "404 Not Found")
        elif kind(n) in ("broken", "hostile"):
            await _MISDEEDS[how(n)](writer)
        else:
            if kind(n) == "slow":
                await asyncio.sleep(SLOW_S)
            self._feed(n, head, writer)

    def _feed(self, n: int, head: str, writer: asyncio.StreamWriter) -> None:
        body = _feed(n, self.loud)
        tag = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
        if tag in head and not self.forgetful:
            self.statuses[304] += 1
            writer.write(f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\nConnection: close\r\n\r\n".encode())
            return
        self._say(writer, body, "application/rss+xml", more=f"ETag: {tag}\r\n")

    def _say(
        self, writer: asyncio.StreamWriter, body: bytes, kind: str, status: str = "200 OK", more: str = ""
    ) -> None:
        self.statuses[int(status[:3])] += 1
        head = _HEAD.format(status=f"HTTP/1.1 {status}\r\n", kind=kind, more=more, length=len(body))
        writer.write(head.encode() + body)

    def _told(self, path: str) -> bytes:
        if path.startswith("/round/"):
            self.round = int(path.rpartition("/")[2])
            self.loud = self.round or self.loud
            self.statuses.clear()
            self.asked.clear()
        self.forgetful = self.forgetful or path == "/forgetful"
        said: object = {"asked": self.asked, "statuses": self.statuses, "most_open": self.most_open,
                        "most_together": self.most_together}  # fmt: skip
        if path == "/gold":
            well = (n for n in range(self.feeds) if kind(n) in ("unchanged", "new", "slow"))
            said = [guid for n in well for guid, _ in items(n, self.loud)]
        body = json.dumps(said).encode()
        return _HEAD.format(status=_OK, kind="application/json", more="", length=len(body)).encode() + body


def _feed(n: int, round_: int) -> bytes:
    said = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><title>Report {guid} of outlet {n}</title>"
        + (f"<link>http://{address(n)}:{{port}}{link}</link>".format(port=PORT) if link else "")
        + f"<description>What outlet {n} says in {guid}, in a sentence or two of its own.</description></item>"
        for guid, link in items(n, round_)
    )
    return f"<rss version='2.0'><channel><title>Outlet {n}</title>{said}</channel></rss>".encode()


def _page(n: int, path: str) -> bytes:
    text = "".join(f"<p>Paragraph {k} of outlet {n} on {path}, long enough to be read as text.</p>" for k in range(5))
    return f"<html><head><title>{path} of outlet {n}</title></head><body><article>{text}</article></body>".encode()


Misdeed = Callable[[asyncio.StreamWriter], "asyncio.Future[None]"]


async def _forever(writer: asyncio.StreamWriter, piece: bytes, pause: float = 0.0) -> None:
    while not writer.is_closing():
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(pause)


def _raw(body: bytes, more: str = "", kind: str = "application/rss+xml") -> bytes:
    return _HEAD.format(status=_OK, kind=kind, more=more, length=len(body)).encode() + body


def _says(answer: Callable[[], bytes]):  # type: ignore[no-untyped-def]
    async def misdeed(writer: asyncio.StreamWriter) -> None:
        writer.write(answer())
        await writer.drain()

    return misdeed


def _goes_on(start: bytes, piece: bytes, pause: float = 0.0):  # type: ignore[no-untyped-def]
    async def misdeed(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        await _forever(writer, piece, pause)

    return misdeed


def _bomb() -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(100)) + packer.flush()


_BOMB = _raw(_bomb(), "Content-Encoding: gzip\r\n")
_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(12))
_START = b"<rss version='2.0'><channel>"
_MISDEEDS = {
    "silent": _goes_on(b"", b"", 0.5),
    "drip": _goes_on(f"{_OK}\r\n".encode(), b" ", 0.1),
    "endless": _goes_on(f"{_OK}\r\n".encode() + _START, b"<item><title>more</title></item>" * 2_000),
    "bomb": _says(lambda: _BOMB),
    "headers": _goes_on(_OK.encode(), b"X: y\r\n" * 1_000),
    "laughs": _says(
        lambda: _raw(f"<!DOCTYPE x [{_LAUGHS}]><rss><channel><title>&l11;</title></channel></rss>".encode())
    ),
    "entries": _says(lambda: _raw(
        gzip.compress(_START + b"<item><title>x</title></item>" * 200_000, 1), "Content-Encoding: gzip\r\n"
    )),
    "deep": _says(lambda: _raw(_START + b"<a>" * 200_000)),
    "500": _says(lambda: b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"),
    "404": _says(lambda: b"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n"),
    "garbage": _says(lambda: b"\x00\x01 garbage \r\n\r\n"),
    "cut": _says(lambda: f"{_OK}Content-Length: 9999\r\n\r\n<rss>".encode()),
    "html": _says(lambda: _raw(b"<html><title>Parked</title></html>", kind="text/html")),
}  # fmt: skip

PORT = 0


def main() -> None:
    web = Web(int(sys.argv[1]))

    asyncio.run(web.serve())


if __name__ == "__main__":
    main()
