"""What is known of an outlet's pages: selectors as data, a file a host in `sources/rules`, each layout with its time.

    host = "example.org"            # and what stands under it
    [[layout]]
    from = 2024-01-01               # of the articles that it holds for; either may be left out
    until = 2025-06-30
    text = ["div.story p"]          # where the text stands; drop, headline, lead, authors, published: the same
    date_format = "%d.%m.%Y %H:%M"  # of `published`, where it is not told by itself; zone = "Europe/Vienna"

A layout speaks where the page was published in its time; what its selectors do not find is read as on any page.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from importlib.resources import files
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from selectolax.lexbor import LexborNode

from newsloom.extract.blocks import blocks_of
from newsloom.extract.head import Head
from newsloom.extract.moments import Moment, moment
from newsloom.extract.people import people_in
from newsloom.extract.plain import line
from newsloom.extract.prose import paragraphs

FOLDER = "rules"
MOST_FOUND = 400
_LISTS = ("text", "drop", "headline", "lead", "authors", "published")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One layout of an outlet's pages: selectors, and the days of the articles that have it."""

    since: date = date.min
    until: date = date.max
    text: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    headline: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    date_format: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a layout's selectors found on a page, each empty where they found nothing."""

    text: tuple[str, ...] = ()
    headline: str = ""
    lead: str = ""
    authors: tuple[str, ...] = ()
    published: Moment | None = None


def layouts_of(url: str) -> tuple[Layout, ...]:
    """The layouts known of the outlet at `url`, in the file's order."""
    try:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ()
    labels = host.split(".")
    names = (".".join(labels[start:]) for start in range(len(labels) - 1))
    return next((known for name in names if (known := _known().get(name))), ())


def at(layouts: tuple[Layout, ...], day: date) -> Layout | None:
    """The first layout in whose time `day` is."""
    return next((each for each in layouts if each.since <= day <= each.until), None)


def apply(layout: Layout, head: Head, now: datetime) -> Told:
    """What the layout finds on the page. Takes what it drops out of `head.tree`."""
    for selector in layout.drop:
        for node in head.tree.css(selector)[:MOST_FOUND]:
            node.decompose()
    title = next((line(node.text(), 500) for node in _nodes(head, layout.headline)), "")
    lead = next((line(node.text(separator=" "), 2_000) for node in _nodes(head, layout.lead)), "")
    lines = [block.text for node in _nodes(head, layout.text) for block in blocks_of(node, lenient=True)[0]]
    people = [name for node in _nodes(head, layout.authors) for name in people_in(node.text(separator=" "))]
    said = next(iter(_nodes(head, layout.published)), None)
    when = _when(said, layout, now) if said else None
    return Told(paragraphs(lines, title), title, lead, tuple(dict.fromkeys(people)), when)


def _nodes(head: Head, selectors: tuple[str, ...]) -> list[LexborNode]:
    return [node for selector in selectors for node in head.tree.css(selector)[:MOST_FOUND]]


def _when(node: LexborNode, layout: Layout, now: datetime) -> Moment | None:
    attributes = node.attributes
    written = attributes.get("datetime") or attributes.get("content") or line(node.text(), 100)
    if not layout.date_format:
        return moment(written, now)
    try:
        found = datetime.strptime(written, layout.date_format)  # the zone follows
    except ValueError:
        return None
    zone = ZoneInfo(layout.zone) if layout.zone else UTC
    exact = bool(layout.zone) and "%H" in layout.date_format
    told = found if found.tzinfo else found.replace(tzinfo=zone)
    return Moment(told, "exact" if exact else "day" if "%H" not in layout.date_format else "guessed")


@lru_cache(maxsize=1)
def _known() -> dict[str, tuple[Layout, ...]]:
    read = (tomllib.loads(file.read_text("utf-8")) for file in files("newsloom.sources").joinpath(FOLDER).iterdir()
            if file.name.endswith(".toml"))  # fmt: skip
    return {rules["host"]: tuple(_layout(row) for row in rules["layout"]) for rules in read}


def _layout(row: dict[str, object]) -> Layout:
    named: dict[str, object] = {"since" if name == "from" else name: value for name, value in row.items()}
    for name in _LISTS:
        if name in named:
            named[name] = tuple(named[name])  # type: ignore[arg-type]
    return Layout(**named)  # type: ignore[arg-type]
