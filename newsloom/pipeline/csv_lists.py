"""Lists of sources as CSV, for people who keep theirs in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import cast, get_args

from newsloom.errors import WrongUse
from newsloom.feeds.links import absolute
from newsloom.pipeline.catalogue import MOST_SOURCES, merged, root_of
from newsloom.store.keys import host_of, source_id_for
from newsloom.types import Kind, Source

COLUMNS = ("name", "homepage", "feed", "country", "language", "owner", "kind", "folder")
LONGEST_CELL = 4_000

_CALLED = {
    "name": ("name", "title", "outlet", "source"),
    "homepage": ("homepage", "site", "website", "htmlurl", "domain"),
    "feed": ("feed", "feeds", "rss", "xmlurl", "url", "link", "address"),
    "country": ("country",),
    "language": ("language", "languages", "lang"),
    "owner": ("owner", "publisher"),
    "kind": ("kind",),
    "folder": ("folder", "category", "group"),
}
# Spreadsheets take cells that begin so for formulas.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def looks_like_csv(text: str) -> bool:
    """Whether the first line is a head that names feeds or homepages."""
    head = [cell.strip().lower() for cell in next(_rows(text[:10_000]), [])]
    known = set(_CALLED["feed"] + _CALLED["homepage"])
    return bool(known & set(head)) and not text.lstrip().startswith("[")


def from_csv(text: str, where: str) -> tuple[list[Source], list[str]]:
    """The sources of a table, and what is wrong with the lines that name none. Raises WrongUse where nothing fits."""
    rows = _rows(text)
    head = [cell.strip().lower() for cell in next(rows, [])]
    places = {name: head.index(called) for name, names in _CALLED.items() for called in names if called in head}
    if not {"feed", "homepage"} & places.keys():
        raise WrongUse(f"{where} has no column for feeds or homepages; known: {', '.join(COLUMNS)}")
    sources, wrong = [], []
    for number, row in enumerate(rows, start=2):
        if number > MOST_SOURCES:
            raise WrongUse(f"{where} has more than {MOST_SOURCES} lines")
        said = {name: _cell(row[at]) for name, at in places.items() if at < len(row)}
        if not any(said.values()):
            continue
        made = _source(said)
        sources += [made] if made else []
        wrong += [] if made else [f"line {number}: neither a feed nor a homepage on the web"]
    if not sources:
        raise WrongUse(f"{where} names no source" + (f"; {wrong[0]}" if wrong else ""))
    return merged(sources), wrong


def to_csv(sources: Iterable[Source]) -> str:
    """The sources as a table, a line a feed; no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for source in sources:
        for feed in source.feeds or ("",):
            language = source.languages[0] if source.languages else ""
            outlet = (source.name, source.homepage, feed, source.country, language, source.owner, source.kind)
            writer.writerow([_harmless(cell) for cell in (*outlet, source.folder)])
    return out.getvalue()


def _source(said: dict[str, str]) -> Source | None:
    feed = absolute(said.get("feed", ""))
    site = said.get("homepage", "")
    homepage = absolute(site if "://" in site or not site else f"https://{site}/") or (root_of(feed) if feed else "")
    if not host_of(homepage):
        return None
    kind = said.get("kind", "").lower()
    return Source(
        id=source_id_for(homepage),
        name=said.get("name", "") or host_of(homepage),
        homepage=homepage,
        country=said.get("country", "").lower()[:2],
        languages=tuple(said.get("language", "").lower().split())[:5],
        owner=said.get("owner", ""),
        kind=cast("Kind", kind) if kind in get_args(Kind) else "",
        folder=said.get("folder", ""),
        feeds=(feed,) if feed else (),
    )


def _rows(text: str) -> Iterator[list[str]]:
    """The lines of the table; what is quoted without an end is one long cell."""
    first = text.partition("\n")[0]
    sign = max(",;\t", key=first.count)
    try:
        yield from csv.reader(io.StringIO(text), delimiter=sign)
    except csv.Error as error:
        raise WrongUse(f"a table that can't be read: {error}") from error


def _cell(text: str) -> str:
    """A cell's words without control characters, and without the sign that kept it from being a formula."""
    words = " ".join("".join(c if c.isprintable() else " " for c in text[:LONGEST_CELL]).split())
    return words[1:] if words[:1] == "'" and words[1:2] in _FORMULA else words


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
