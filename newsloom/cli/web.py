"""Serving the site: a socket of our own, uvicorn behind it, its end in our hands."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import os
import secrets
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from newsloom.cli import output
from newsloom.config import in_force
from newsloom.errors import CannotRun, PortInUse
from newsloom.pipeline.work import now
from newsloom.site.app import make_app
from newsloom.store.reading import Reading

if TYPE_CHECKING:
    import uvicorn

    from newsloom.config import Settings
    from newsloom.site.actions import Actions, FetchImage
    from newsloom.store import SqlStore

LAST_ANSWERS_S = 2


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises PortInUse where another does, CannotRun for any other reason."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP: else asyncio leaves Nagle's algorithm on, and on a kept connection each answer waits some 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except (OSError, OverflowError) as error:
        listener.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise PortInUse(f"port {port} of {host} is in use; choose another with --port") from error
        raise CannotRun(f"can't serve on port {port} of {host}: {getattr(error, 'strerror', None) or error}") from error
    return listener


def free_socket(host: str, first: int, tries: int) -> socket.socket:
    """A socket on the first free port from `first` on."""
    for port in range(first, first + tries):
        with contextlib.suppress(PortInUse):
            return listening(host, port)
    raise PortInUse(f"no free port between {first} and {first + tries - 1} of {host}; choose one with --port")


async def serve_site(
    store: SqlStore,
    settings: Settings,
    listener: socket.socket,
    actions: Actions | None,
    fetch_image: FetchImage | None,
) -> None:
    """Serve until cancelled; prints the address on a line of its own."""
    import uvicorn

    told = in_force(settings, os.environ)
    token = settings.site.operator_token or secrets.token_urlsafe(16)
    settings = replace(settings, site=replace(settings.site, operator_token=token))
    app = make_app(settings, Reading(store.reader), actions, now, fetch_image, told, store)
    # What stands from the start is not looked through again at each full collection, which held up a page for 60 ms.
    gc.collect()
    gc.freeze()
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # whose forwarding headers are believed is `site.proxies` to say
        timeout_graceful_shutdown=LAST_ANSWERS_S,
    )
    server = _server(config)
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    print(f"http://{shown}:{port}/", flush=True)
    if actions is not None:
        output.say(f"add sources and see their health at /operator; from elsewhere with the token {token}")
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise
    finally:
        listener.close()


def _server(config: uvicorn.Config) -> uvicorn.Server:
    """A server that leaves signals to us: whoever started it ends it."""
    import uvicorn

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    return Server(config)
