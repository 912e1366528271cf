"""`newsloom sources`: list, add, remove, import, export, check."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsloom.cli import inputs, output

if TYPE_CHECKING:
    from newsloom.pipeline.managing import Manager
    from newsloom.store.protocol import Store

Edition = Annotated[str, typer.Option("--edition", metavar="E", help="As us or ch-fr; the first configured.")]
AsJson = Annotated[bool, typer.Option("--json", help="One object a line.")]


def register(app: typer.Typer) -> None:
    """Hang this file's commands on the command line."""
    group = typer.Typer(
        help="The outlets that are collected.",
        epilog="Example: newsloom sources add https://example.org --edition us",
        rich_markup_mode=None,
    )
    group.callback(invoke_without_command=True)(_alone)
    group.command("list")(show)
    group.command()(add)
    group.command()(remove)
    group.command("import")(bring)
    group.command()(export)
    group.command()(check)
    group.command()(proposed)
    app.add_typer(group, name="sources")


def _alone(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        show(context)


def show(context: typer.Context, edition: Edition = "", as_json: AsJson = False) -> int:
    """Every source with its feeds: how each does, since when, when it is asked next, and what to do."""
    from newsloom.pipeline.managing import listed

    with _store(context) as store:
        rows = listed(store, edition)
    if output.wants_json(as_json):
        return output.write_lines(rows)
    output.write_table(
        ("source", "name", "country", "feed", "state"),
        (
            (r["id"], r["name"], r["country"], f["url"], " ".join(filter(None, (f["words"], f["todo"]))))
            for r in rows
            for f in r["feeds"]
        ),
    )
    return 0


def add(
    context: typer.Context,
    urls: Annotated[list[str], typer.Argument(metavar="URL...", help="A feed, or any page that names one.")],
    edition: Edition = "",
) -> int:
    """Add sources by address; feeds are found by themselves."""
    return _managed(context, edition, lambda manager: manager.add(urls))


def bring(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="FILE|URL...", help="OPML, or TOML with [[source]] tables.")],
    edition: Edition = "",
) -> int:
    """Add all sources of a list."""
    return _managed(context, edition, lambda manager: manager.bring(names))


def remove(
    context: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="As `newsloom sources list` tells them.")],
) -> int:
    """Stop collecting sources; their articles stay until they expire."""
    from newsloom.pipeline.work import now

    with _store(context) as store:
        return output.write_lines(
            {"id": each, "removed": True} if store.remove_source(each, now()) else {"id": each, "error": "not-found"}
            for each in ids
        )


def export(
    context: typer.Context,
    edition: Edition = "",
    toml: Annotated[bool, typer.Option("--toml", help="TOML, with all that is known, instead of OPML.")] = False,
) -> int:
    """The sources as OPML (or TOML) on stdout."""
    from newsloom.pipeline.catalogue import to_opml, to_toml

    with _store(context) as store:
        sources = store.sources(edition)
    print(to_toml(sources) if toml else to_opml(sources), end="")
    return 0


def check(context: typer.Context, edition: Edition = "") -> int:
    """Ask every feed now and say what it answers; stores nothing."""
    with _store(context) as store:
        wanted = {source.id for source in store.sources(edition)}
        feeds = [feed for feed in store.feeds() if feed.source_id in wanted]
    return _managed(context, edition, lambda manager: manager.check(feeds))


def proposed(context: typer.Context, as_json: AsJson = False) -> int:
    """Sites that many articles link to and that have a feed: sources that you may want to add."""
    from dataclasses import asdict

    with _store(context) as store:
        rows = [{"id": each.host, **asdict(each)} for each in store.proposals()]
    if output.wants_json(as_json):
        return output.write_lines(rows)
    output.write_table(
        ("site", "name", "linked by", "articles", "feed"),
        ((r["host"], r["name"], f"{r['sources']} sources", r["articles"], r["feed"]) for r in rows),
    )
    return 0


def _managed(context: typer.Context, edition: str, work: Callable[[Manager], Awaitable[list[dict[str, Any]]]]) -> int:
    from newsloom.pipeline.managing import managing

    async def run(store: Store) -> list[dict[str, Any]]:
        async with managing(store, inputs.settings(context), edition) as manager:
            return await work(manager)

    with _store(context) as store:
        return output.write_lines(asyncio.run(run(store)))


@contextmanager
def _store(context: typer.Context) -> Iterator[Store]:
    from newsloom.store import open_store

    store = open_store(inputs.settings(context).store)
    try:
        yield store
    finally:
        store.close()
