"""The stages one by one: parse, extract, annotate, group."""

from __future__ import annotations

from typing import Annotated

import typer

from newsloom.cli import inputs, output

Files = Annotated[list[str] | None, typer.Argument(metavar="[FILE]...", help="Files, .gz too; none: lines on stdin.")]
Workers = Annotated[int, typer.Option(metavar="N", help="Processes; 0: as many as fit. The output is the same.")]


def register(app: typer.Typer) -> None:
    """Hang this file's commands on the command line."""
    app.command(epilog="Example: newsloom parse feed.xml --url https://example.org/feed.xml")(parse)
    app.command(epilog="Example: newsloom extract page.html.gz --url https://example.org/news/1")(extract)
    app.command(epilog="Example: newsloom annotate < articles.jsonl")(annotate)
    app.command(epilog="Example: newsloom group --window 10 < articles.jsonl")(group)


def parse(
    context: typer.Context,
    files: Files = None,
    url: Annotated[str, typer.Option(metavar="BASE", help="The feed's address, base of relative links.")] = "",
    workers: Workers = 0,
) -> int:
    """Feeds as JSON: {"feed", "entries"} a file. Lines on stdin: {"file", "url", "headers"}."""
    from newsloom.pipeline import batch

    inputs.settings(context)
    asked = batch.asked(files or (), url, None if files else inputs.stdin_lines("feeds"))
    return output.write_lines(batch.run(batch.parse_one, asked, workers))


def extract(
    context: typer.Context,
    files: Files = None,
    url: Annotated[str, typer.Option(metavar="URL", help="The page's address.")] = "",
    workers: Workers = 0,
) -> int:
    """Pages as articles: title, text, authors, dates, image. Lines on stdin: {"id", "file", "url"}."""
    from newsloom.pipeline import batch

    inputs.settings(context)
    asked = batch.asked(files or (), url, None if files else inputs.stdin_lines("pages"))
    return output.write_lines(batch.run(batch.extract_one, asked, workers))


def annotate(context: typer.Context, files: Files = None, workers: Workers = 0) -> int:
    """Language, names, numbers, terms and key passages of article lines."""
    from newsloom.pipeline import batch

    settings = inputs.settings(context)
    lines = inputs.article_lines(files or ())
    return output.write_lines(batch.run(batch.Annotate(settings.annotate), lines, workers))


def group(
    context: typer.Context,
    files: Files = None,
    window: Annotated[float | None, typer.Option(metavar="DAYS", help="Days apart that are still compared.")] = None,
    live: Annotated[bool, typer.Option("--live", help="Print each as it is assigned; no second look.")] = False,
    workers: Workers = 0,
) -> int:
    """Article lines into stories: {"id", "story", "copy_of", "similar"} an article."""
    from newsloom.pipeline import batch

    settings = inputs.settings(context, **{"similar.window_days": window})
    return output.write_lines(batch.group(inputs.article_texts(files or ()), settings, live=live, workers=workers))
