"""The commands that look into the store: articles, stories, similar, explain, search, stats."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsloom.cli import inputs, output

if TYPE_CHECKING:
    from newsloom.store import SqlStore
    from newsloom.store.reading.records import Linked

AsJson = Annotated[bool, typer.Option("--json", help="One object a line.")]
Limit = Annotated[int, typer.Option(metavar="N", help="At most so many; 0: all (50 on a terminal).")]
Article = Annotated[str, typer.Argument(metavar="URL|ID", help="An article's address or id.")]
ON_TERMINAL = 50


def register(app: typer.Typer) -> None:
    """Hang this file's commands on the command line."""
    app.command(epilog="Example: newsloom articles --source example.org --json")(articles)
    app.command(epilog="Example: newsloom stories --limit 10")(stories)
    app.command(epilog="Example: newsloom similar https://example.org/news/1")(similar)
    app.command(epilog="Example: newsloom explain https://example.org/news/1")(explain)
    app.command(epilog="Example: newsloom search power cut")(search)
    app.command()(stats)


def articles(
    context: typer.Context,
    source: Annotated[str, typer.Option(metavar="S", help="Of this outlet, by id or name.")] = "",
    limit: Limit = 0,
    as_json: AsJson = False,
) -> int:
    """The articles in the store, newest first."""
    from newsloom.store.lookup import list_articles

    with _store(context) as store:
        if output.wants_json(as_json):
            return output.write_lines(list_articles(store.reader, source, limit))
        rows = list_articles(store.reader, source, limit or ON_TERMINAL)
        output.write_table(
            ("published", "outlet", "id", "title"),
            ((_time(r["shown_at"]), r["source"], r["id"], r["title"]) for r in rows),
        )
    return 0


def stories(
    context: typer.Context,
    limit: Limit = 0,
    corrections: Annotated[
        bool, typer.Option("--corrections", help="Instead the pairs of articles that people's corrections judge.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """The stories in the store, those with the latest report first."""
    from newsloom.store.lookup import list_pairs, list_stories

    with _store(context) as store:
        if corrections:
            return _pairs(itertools.islice(list_pairs(store.reader), limit or None), as_json)
        if output.wants_json(as_json):
            return output.write_lines(list_stories(store.reader, limit))
        rows = list_stories(store.reader, limit or ON_TERMINAL)
        output.write_table(
            ("last report", "reports", "copies", "id", "title"),
            ((_time(r["last_seen"]), r["reports"], r["copies"], r["id"], r["title"]) for r in rows),
        )
    return 0


def _pairs(pairs: Iterator[dict[str, Any]], as_json: bool) -> int:
    if output.wants_json(as_json):
        return output.write_lines(pairs)
    output.write_table(
        ("correction", "event", "article", "other article"),
        ((p["kind"], "same" if p["same"] else "apart", p["a"]["title"], p["b"]["title"]) for p in pairs),
    )
    return 0


def similar(context: typer.Context, article: Article, as_json: AsJson = False) -> int:
    """What other outlets report on the same event, and what is merely related, with the evidence."""
    from newsloom.store.lookup import find_article
    from newsloom.store.reading import Reading

    with _store(context) as store:
        record = Reading(store.reader).article(find_article(store.reader, article))
    if record is None:
        return output.write_lines([{"id": article, "error": "not-found: no article of this address or id"}])
    rows = [_linked(article, link) for link in (*record.members, *record.links)]
    if output.wants_json(as_json):
        return output.write_lines(rows)
    output.write_table(
        ("kind", "score", "outlet", "published", "title"),
        ((r["kind"], r["score"] or "", r["source"], _time(r["published"]), r["title"]) for r in rows),
    )
    return 0


def explain(context: typer.Context, article: Article, as_json: AsJson = False) -> int:
    """Where an article stands in every stage, and why it is not shown where it is not."""
    from newsloom.store.lookup import explain as told

    with _store(context) as store:
        record = told(store.reader, article)
    if not record["found"] and not record["declined"] and "forgotten" not in record:
        return output.write_lines([{"id": article, "error": "not-found: never seen in any feed or import"}])
    if output.wants_json(as_json):
        return output.write_lines([record])
    print(json.dumps(record, ensure_ascii=False, indent=2))
    return 0


def search(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORDS...", help="Articles that hold all of them.")],
    edition: Annotated[str, typer.Option("--edition", metavar="E", help="In this edition only.")] = "",
    limit: Limit = 0,
    as_json: AsJson = False,
) -> int:
    """Articles that hold all the words, best first."""
    with _store(context) as store:
        json_wanted = output.wants_json(as_json)
        rows = itertools.islice(
            _found(store, " ".join(words), edition), limit or (None if json_wanted else ON_TERMINAL)
        )
        if json_wanted:
            return output.write_lines(rows)
        output.write_table(
            ("published", "outlet", "id", "title"),
            ((_time(r["published"]), r["source"], r["id"], r["title"]) for r in rows),
        )
    return 0


def stats(context: typer.Context, as_json: AsJson = False) -> int:
    """How much is in the store, and where it stands."""
    from dataclasses import asdict

    from newsloom.pipeline.work import now
    from newsloom.store.lookup import stages
    from newsloom.store.reading import Reading

    with _store(context) as store:
        reading = Reading(store.reader)
        record: dict[str, Any] = {**asdict(reading.counts()), "latency": asdict(reading.latency(now()))}
        record |= stages(store.reader)
    if output.wants_json(as_json):
        return output.write_lines([record])
    output.write_table(("what", "how much"), ((k.replace("_", " "), _flat(v)) for k, v in record.items()))
    return 0


def _found(store: SqlStore, words: str, edition: str) -> Iterator[dict[str, Any]]:
    from newsloom.store.reading import Reading

    reading, page = Reading(store.reader), 1
    while True:
        found = reading.search(words, edition, page=page)
        yield from (
            {"id": r.id, "url": r.url, "source": r.outlet, "title": r.headline, "published": r.shown_at.isoformat(),
             "story": r.story_id or None, "copy_of": r.copy_of or None}
            for r in found.reports
        )  # fmt: skip
        if not found.more:
            return
        page += 1


def _linked(asked: str, link: Linked) -> dict[str, Any]:
    r, why = link.report, link.evidence
    return {
        "of": asked, "id": r.id, "url": r.url, "source": r.outlet, "title": r.headline,
        "published": r.shown_at.isoformat(), "kind": link.kind,
        "score": round(link.score, 4) if link.score is not None else None,
        "why": {"names": why.names, "numbers": why.numbers, "terms": why.terms, "hours": why.hours} if why else None,
    }  # fmt: skip


@contextmanager
def _store(context: typer.Context) -> Iterator[SqlStore]:
    from newsloom.pipeline.start import open_existing

    store = open_existing(inputs.settings(context).store)
    try:
        yield store
    finally:
        store.close()


def _time(value: str | None) -> str:
    return value[:16].replace("T", " ") if value else "-"


def _flat(value: Any) -> str:
    return ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else f"{value}"
