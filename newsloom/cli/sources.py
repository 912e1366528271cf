"""`newsloom sources`: list, add, remove, import, export, check, catalogue, update, proposed."""

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
    from newsloom.types import Source

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
    group.command()(catalogue)
    group.command()(update)
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
    names: Annotated[
        list[str], typer.Argument(metavar="FILE|URL...", help="OPML, TOML with [[source]] tables, or CSV.")
    ],
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
    csv: Annotated[bool, typer.Option("--csv", help="A table for spreadsheets.")] = False,
) -> int:
    """The sources as OPML (or TOML, or CSV) on stdout."""
    from newsloom.pipeline.catalogue import to_opml, to_toml
    from newsloom.pipeline.csv_lists import to_csv

    with _store(context) as store:
        sources = store.sources(edition)
    print((to_toml if toml else to_csv if csv else to_opml)(sources), end="")
    return 0


def catalogue(
    context: typer.Context,
    country: Annotated[str, typer.Option("--country", metavar="CC", help="Of one country only, as us.")] = "",
    toml: Annotated[bool, typer.Option("--toml", help="As one file that `sources update` reads.")] = False,
    as_json: AsJson = False,
) -> int:
    """The outlets that editions begin with: what ships, or what `sources update` brought since."""
    from newsloom.pipeline import updating

    with _store(context) as store:
        found = updating.in_force(store)
    if toml:
        print(updating.to_toml(found), end="")
        return 0
    chosen = found.of(country.lower()) if country else found.sources
    rows = [{"id": s.id, **_told(s), "sure": found.sure[s.id], "version": found.version} for s in chosen]
    if output.wants_json(as_json):
        return output.write_lines(rows)
    output.say(f"version {found.version}, {len(rows)} outlets")
    output.write_table(
        ("name", "country", "kind", "owner", "languages", "feed", "sure"),
        (
            (r["name"], r["country"], r["kind"], r["owner"], " ".join(r["languages"]), " ".join(r["feeds"]), r["sure"])
            for r in rows
        ),
    )
    return 0


def update(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="FILE|URL", help="TOML: a version and [[source]] tables; .gz too.")],
) -> int:
    """Take a newer catalogue: editions that began from it get its new outlets. Wrong entries are skipped and told."""

    async def one(manager: Manager) -> list[dict[str, Any]]:
        return [await manager.update(name)]

    return _managed(context, "", one)


def check(
    context: typer.Context,
    edition: Edition = "",
    all_of_it: Annotated[
        bool, typer.Option("--catalogue", help="The outlets of the catalogue (of the edition's country, else all).")
    ] = False,
    report: Annotated[str, typer.Option("--report", metavar="FILE", help="Write what was found as Markdown.")] = "",
    pages: Annotated[
        bool, typer.Option("--pages", help="Of the pages that were read: where reading went bad.")
    ] = False,
) -> int:
    """Ask every feed now and say what it answers; stores nothing."""
    if pages:
        return _check_pages(context, edition)

    async def ask(manager: Manager) -> list[dict[str, Any]]:
        return await (_of_catalogue(manager, edition) if all_of_it else _of_store(manager, edition))

    def told(records: list[dict[str, Any]]) -> None:
        if report:
            _write_report(report, "The catalogue" if all_of_it else "Sources", records)

    return _managed(context, edition, ask, told)


def _check_pages(context: typer.Context, edition: str) -> int:
    """Every source: how long its texts are lately and were before, what has no date, what stands in all of them."""
    from newsloom.pipeline.page_health import page_health

    with _store(context) as store:
        return output.write_lines(page_health(store, edition))


async def _of_store(manager: Manager, edition: str) -> list[dict[str, Any]]:
    wanted = {source.id for source in manager.store.sources(edition)}
    return await manager.check([feed for feed in manager.store.feeds() if feed.source_id in wanted])


async def _of_catalogue(manager: Manager, edition: str) -> list[dict[str, Any]]:
    from newsloom.config import edition_spec
    from newsloom.pipeline import updating

    found = updating.in_force(manager.store)
    chosen = found.of(edition_spec(edition).country) if edition else found.sources
    return await manager.check_catalogue(chosen, found.sure)


def _write_report(name: str, title: str, records: list[dict[str, Any]]) -> None:
    from pathlib import Path

    from newsloom.errors import CannotRun
    from newsloom.pipeline.report import check_report
    from newsloom.pipeline.work import now

    try:
        Path(name).write_text(check_report(records, title, now()), encoding="utf-8")
    except OSError as error:
        raise CannotRun(f"{name} can't be written: {error.strerror}") from error
    output.say(f"report written to {name}")


def _told(source: Source) -> dict[str, Any]:
    from dataclasses import asdict

    return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(source).items()}


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


def _managed(
    context: typer.Context,
    edition: str,
    work: Callable[[Manager], Awaitable[list[dict[str, Any]]]],
    told: Callable[[list[dict[str, Any]]], None] = lambda records: None,
) -> int:
    from newsloom.pipeline.managing import managing

    async def run(store: Store) -> list[dict[str, Any]]:
        async with managing(store, inputs.settings(context), edition) as manager:
            return await work(manager)

    with _store(context) as store:
        records = asyncio.run(run(store))
    told(records)
    return output.write_lines(records)


@contextmanager
def _store(context: typer.Context) -> Iterator[Store]:
    from newsloom.store import open_store

    store = open_store(inputs.settings(context).store)
    try:
        yield store
    finally:
        store.close()
