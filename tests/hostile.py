"""A small web server on loopback that does what servers should not: raw bytes, slowly, wrongly, or never."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Asked:
    """One request as it came in, with the loop's time at its start and end."""

    path: str
    headers: dict[str, str]
    start: float
    end: float = 0.0


@dataclass
class Server:
    """`routes`: path to raw answer or function; `asked`: every request in order; `most_open`: at the same time."""

    host: str
    port: int = 0
    routes: dict[str, bytes | Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    most_open: int = 0
    writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def base(self) -> str:
        return f"http://{self.host}:{self.port}"

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while await self._one(reader, writer):
                pass
        writer.close()
        self.writers.discard(writer)

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if (first := await reader.readexactly(1)) == b"\x16":  # somebody speaks TLS
            writer.write(response(400))
            return False
        lines = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:] if line)}
        loop = asyncio.get_running_loop()
        asked = Asked(lines[0].split(" ")[1], headers, loop.time())
        self.asked.append(asked)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            return await self._answer(asked.path, headers, writer)
        finally:
            self.open -= 1
            asked.end = loop.time()

    async def _answer(self, path: str, headers: dict[str, str], writer: asyncio.StreamWriter) -> bool:
        answer = self.routes.get(path, self.routes.get("*", response(404, b"nothing here")))
        if isinstance(answer, bytes):
            writer.write(answer)
            await writer.drain()
            return b"content-length" in answer.lower() and headers.get("connection") != "close"
        await answer(writer)
        return False


@asynccontextmanager
async def serve(routes: dict[str, bytes | Answer] | None = None, host: str = "127.0.0.1") -> AsyncIterator[Server]:
    """A server for the block; robots.txt is 404 unless routed."""
    server = Server(host, routes=routes or {})
    listening = await asyncio.start_server(server, host, 0, limit=1 << 20)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for writer in list(server.writers):
            writer.transport.abort()


def response(status: int, body: bytes = b"", **headers: str) -> bytes:
    """An honest answer; underscores in header names become hyphens."""
    said = {"content-type": "text/html", "content-length": str(len(body)), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in said.items())
    return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode("latin-1") + body


def redirect(to: str, status: int = 302) -> bytes:
    return response(status, location=to)


def ok(body: bytes = b"<p>news", **headers: str) -> bytes:
    return response(200, body, **headers)


def raw(*pieces: bytes, pause: float = 0.0, forever: bool = False) -> Answer:
    """Writes the pieces with pauses between them, the last one for ever if asked."""

    async def write(writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
        while forever and not writer.is_closing():
            writer.write(pieces[-1])
            await writer.drain()
            await asyncio.sleep(pause)

    return write


def slow(answer: bytes, seconds: float) -> Answer:
    """The answer after a while."""

    async def write(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        writer.write(answer)
        await writer.drain()

    return write


def silent(seconds: float = 5.0) -> Answer:
    """Never answers (for as long as a test lasts)."""
    return slow(b"", seconds)


def reset(before: bytes = b"") -> Answer:
    """Writes a little and drops the connection with RST."""

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(before)
        await writer.drain()
        peer: socket.socket = writer.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return write


def bomb(megabytes: int) -> bytes:
    """A gzip member of so many megabytes of nothing, a few thousandths of it long."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


def members(count: int) -> bytes:
    """Empty gzip members in a row."""
    return gzip.compress(b"") * count
