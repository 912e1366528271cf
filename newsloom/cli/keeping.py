"""What is kept and how: import, forget, settings."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from newsloom.cli import inputs, output


def register(app: typer.Typer) -> None:
    """Hang this file's commands on the command line."""
    app.command("import", epilog="Example: newsloom import archive.jsonl.gz page.html")(bring)
    app.command(epilog="Example: newsloom forget https://example.org/news/1")(forget)
    app.command(epilog="Example: NEWSLOOM_FETCH_DELAY_S=2 newsloom settings")(settings)


def bring(
    context: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help=".jsonl, .warc, .parquet or .html; .gz too.")],
    group: Annotated[bool, typer.Option(" /--no-group", help="Leave grouping and ranking to the next round.")] = True,
    again: Annotated[bool, typer.Option("--again", help="From the start, where an import was broken off.")] = False,
) -> int:
    """Bring archives of news into the store; prints one line a file with its counts, and one for each bad record."""
    from newsloom.pipeline.imports import import_files
    from newsloom.pipeline.stories_writer import StoriesWriter, put_editions
    from newsloom.pipeline.work import now
    from newsloom.store import open_store

    asked = inputs.settings(context)
    store = open_store(asked.store)
    try:
        put_editions(store, asked)
        with output.going_through(files, "articles") as taken:
            code = output.write_lines(import_files(files, store, asked, now, taken, again=again))
        if group:
            writer = StoriesWriter(store, asked, now)
            with output.waiting("grouping"):
                finished = writer.finish()
            writer.release()
            if not finished:
                output.say("another process writes stories at the moment; it will group what came in")
    finally:
        store.close()
    return code


def forget(
    context: typer.Context,
    urls: Annotated[list[str], typer.Argument(metavar="URL...", help="Addresses of articles.")],
    reason: Annotated[str, typer.Option(help="Kept with the tombstone.")] = "",
) -> int:
    """Take articles down for good: nothing of them stays, and they are never collected again."""
    from newsloom.pipeline.work import now
    from newsloom.store import open_store

    store = open_store(inputs.settings(context).store)
    try:
        output.write_lines({"id": url, "forgotten": store.forget(url, now(), reason)} for url in urls)
    finally:
        store.close()
    return 0


def settings(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The documentation's page.")] = False,
) -> int:
    """Every setting: its value, where that comes from, and what it does."""
    from newsloom.config import describe

    if markdown:
        print(_markdown(), end="")
        return 0
    told = describe(os.environ, **{"store.url": context.find_root().obj})
    if output.wants_json(as_json):
        return output.write_lines(
            {"id": t.name, "env": t.env, "value": t.value, "default": t.default, "origin": t.origin, "help": t.help}
            for t in told
        )
    output.write_table(
        ("setting", "value", "from", "what it does"), ((t.name, _said(t.value), t.origin, t.help) for t in told)
    )
    return 0


def _markdown() -> str:
    from newsloom.config import describe

    lines = [
        "# Settings",
        "",
        "Made by `newsloom settings --markdown`; do not edit. Each is also `section.key` in `newsloom.toml`",
        "(`NEWSLOOM_CONFIG` names another file). `NEWSLOOM_DB` is short for `NEWSLOOM_STORE_URL`.",
        "",
        "| setting | environment | default | what it does |",
        "| --- | --- | --- | --- |",
    ]
    # Without a settings file of whoever makes the page.
    for t in describe({"NEWSLOOM_CONFIG": os.devnull}):
        lines.append(f"| `{t.name}` | `{t.env}` | {_said(t.default) or 'empty'} | {t.help} |")
    return "\n".join(lines) + "\n"


def _said(value: object) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else f"{value}"
