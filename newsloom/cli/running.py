"""The commands that run: demo, run, collect, serve."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsloom.cli import inputs, output

if TYPE_CHECKING:
    from newsloom.config import Settings
    from newsloom.pipeline.collector import Collector, Tally
    from newsloom.store import SqlStore

Port = Annotated[int | None, typer.Option("--port", metavar="P", help="Serve on this port.")]
DEMO_EDITIONS = "us,gb,se"
DEMO_PORTS = 100


def register(app: typer.Typer) -> None:
    """Hang this file's commands on the command line."""
    app.command(epilog="Example: newsloom demo --port 8080")(demo)
    app.command(epilog="Example: newsloom run --edition gb")(run)
    app.command(epilog="Example: newsloom --db news.db collect --once")(collect)
    app.command(epilog="Example: newsloom serve --port 8080 --db news.db")(serve)


def demo(context: typer.Context, port: Port = None) -> int:
    """Collect a small made-up newsroom over real HTTP on this machine, and serve its editions."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="newsloom-demo-") as folder:
        store = None if context.find_root().obj else f"{folder}/demo.db"
        return _main(_demo(context, port, store))


def run(
    context: typer.Context,
    edition: Annotated[str | None, typer.Option(metavar="E", help="The edition to make, as us or ch-fr.")] = None,
    port: Port = None,
    once: Annotated[bool, typer.Option("--once", help="One round, no serving.")] = False,
) -> int:
    """Collect and serve; an empty store begins with the edition's own catalogue of sources."""
    from newsloom.pipeline.start import with_catalogue
    from newsloom.store import open_store

    settings = inputs.settings(context, **{"editions.configured": edition, "site.port": port})
    store = open_store(settings.store)
    try:
        added = with_catalogue(store, settings)
        if added:
            output.say(f"added the {added} sources of the catalogue; `newsloom sources` shows and changes them")
        return _main(_once(store, settings) if once else _collect_and_serve(store, settings))
    finally:
        store.close()


def collect(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="One round over every feed that is not in back-off.")] = False,
) -> int:
    """Fetch, read, annotate, group and rank from the sources in the store; serve nothing."""
    from newsloom.store import open_store

    settings = inputs.settings(context)
    store = open_store(settings.store)
    try:
        return _main(_once(store, settings) if once else _collect(store, settings))
    finally:
        store.close()


def serve(context: typer.Context, port: Port = None) -> int:
    """Serve the editions from the store; collect nothing, write nothing."""
    from newsloom.pipeline.start import open_existing

    settings = inputs.settings(context, **{"site.port": port})
    store = open_existing(settings.store)
    try:
        return _main(_serve_only(store, settings))
    finally:
        store.close()


async def _demo(context: typer.Context, port: int | None, store_url: str | None) -> None:
    from newsloom.pipeline.start import catalogue_sources, sample_newsroom
    from newsloom.pipeline.work import now
    from newsloom.store import open_store

    async with sample_newsroom(now()) as newsroom:
        settings = inputs.settings(
            context,
            **{
                "fetch.allow": newsroom.addresses,
                "fetch.delay_s": 0.0,
                "editions.configured": DEMO_EDITIONS,
                "store.url": store_url,
                "site.port": port,
            },
        )
        store = open_store(settings.store)
        try:
            from newsloom.cli.web import free_socket, listening

            listener = (
                listening(settings.site.host, port)
                if port is not None
                else free_socket(settings.site.host, settings.site.port, DEMO_PORTS)
            )
            catalogue_sources(store, newsroom, settings, now())
            async with _collector(store, settings) as collector:
                async with _shown(collector):
                    await collector.once()
                output.say(_summary(collector.tally))
                await _serve_beside(store, settings, collector, listener)
        finally:
            store.close()


async def _once(store: SqlStore, settings: Settings) -> None:
    async with _collector(store, settings) as collector, _shown(collector):
        tally = await collector.once()
    output.say(_summary(tally))
    if not tally.feeds:
        output.say("no feed to ask: all are in back-off, or there is no source yet (newsloom sources add URL)")


async def _collect(store: SqlStore, settings: Settings) -> None:
    async with _collector(store, settings) as collector, _shown(collector):
        await collector.forever()


async def _collect_and_serve(store: SqlStore, settings: Settings) -> None:
    from newsloom.cli.web import listening

    listener = listening(settings.site.host, settings.site.port)
    async with _collector(store, settings) as collector:
        await _serve_beside(store, settings, collector, listener)


async def _serve_beside(store: SqlStore, settings: Settings, collector: Collector, listener: Any) -> None:
    """The site and the collector in one process; whichever fails ends both."""
    from newsloom.cli.web import serve_site
    from newsloom.pipeline.collector import together
    from newsloom.pipeline.newsroom import Newsroom
    from newsloom.pipeline.work import now

    newsroom = Newsroom(store, collector, now)
    async with together() as group:
        group.create_task(collector.forever())
        group.create_task(serve_site(store, settings, listener, newsroom, newsroom.fetch_image))


async def _serve_only(store: SqlStore, settings: Settings) -> None:
    from newsloom.cli.web import listening, serve_site

    await serve_site(store, settings, listening(settings.site.host, settings.site.port), None, None)


def _collector(store: SqlStore, settings: Settings) -> Collector:
    from newsloom.pipeline.collector import Collector

    return Collector(store, settings)


@asynccontextmanager
async def _shown(collector: Collector) -> AsyncIterator[None]:
    """The round's progress on a terminal's stderr while the block runs."""
    with output.waiting("starting") as show:

        async def keep_showing() -> None:
            while True:
                show(_summary(collector.tally))
                await asyncio.sleep(0.2)

        task = asyncio.create_task(keep_showing())
        try:
            yield
        finally:
            task.cancel()


def _summary(tally: Tally) -> str:
    parts = [
        f"{tally.polled} of {tally.feeds} feeds",
        f"{tally.new} new articles",
        f"{tally.pages.read} pages read",
        f"{tally.grouped} articles grouped",
    ]
    if tally.unchanged:
        parts.insert(1, f"{tally.unchanged} unchanged")
    if tally.failed:
        parts.insert(1, f"{tally.failed} failed")
    if tally.pages.entry + tally.pages.later:
        parts.append(f"{tally.pages.entry + tally.pages.later} pages not to be had")
    return ", ".join(parts)


def _main(work: Coroutine[Any, Any, None]) -> int:
    """Run until it ends or until somebody wants it to: Ctrl-C and TERM are a clean end."""
    import signal

    async def until_stopped() -> None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):  # no such handlers on Windows
                loop.add_signal_handler(each, task.cancel)
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(until_stopped())
    return 0
