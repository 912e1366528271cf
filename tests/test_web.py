"""The socket that the site is served on."""

from __future__ import annotations

import asyncio
import socket

import pytest

from newsloom.cli.web import listening
from newsloom.errors import CannotRun, PortInUse


async def test_no_answer_waits_for_an_acknowledgement() -> None:
    accepted: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        accepted.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    listener = listening("127.0.0.1", 0)
    async with await asyncio.start_server(answer, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname())
        assert await asyncio.wait_for(accepted, 10)
        writer.close()
        await writer.wait_closed()


def test_a_port_in_use_is_told() -> None:
    with listening("127.0.0.1", 0) as first, pytest.raises(PortInUse, match="in use"):
        listening("127.0.0.1", first.getsockname()[1])
    with pytest.raises(CannotRun, match="can't serve on port 70000"):
        listening("127.0.0.1", 70_000)
