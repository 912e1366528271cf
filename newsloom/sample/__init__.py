"""A small made-up newsroom: outlets and their articles as data, for `newsloom demo` and the tests.

`outlets*.toml` names the outlets, `events/NN-slug.toml` holds one event each with its articles. Every name is
invented. `newsloom.sample.web` serves it over HTTP on loopback.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Literal, TypeVar

OutletKind = Literal["agency", "newspaper", "broadcaster", "magazine", "local", "specialist"]
FeedFormat = Literal["rss", "atom", "rdf", "jsonfeed"]
Layout = Literal["jsonld", "opengraph", "plain"]
SampleCopyKind = Literal["identical", "wire", "revision", "excerpt"]
Broken = Literal["404", "truncated", "empty", "binary"]

_Record = TypeVar("_Record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One outlet. `country`: ISO 3166 alpha-2, lower case; `language`: BCP 47; `dead`: feed answers 500."""

    id: str
    name: str
    country: str
    language: str
    owner: str
    kind: OutletKind
    feed: FeedFormat
    layout: Layout
    tagline: str = ""
    state: Literal["ok", "dead"] = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleArticle:
    """One article as written. Hours count back from the newsroom's `now`.

    `text` has blank lines between paragraphs; `copy_of` is the id of the article whose text this one carries,
    `broken` how its page fails when asked for.
    """

    id: str
    outlet: str
    story: str
    hours_ago: float
    headline: str
    text: str
    lead: str = ""
    modified_hours_ago: float | None = None
    authors: tuple[str, ...] = ()
    section: str = ""
    copy_of: str | None = None
    copy_kind: SampleCopyKind | None = None
    broken: Broken | None = None

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The text's paragraphs, each on one line."""
        return tuple(" ".join(block.split()) for block in self.text.split("\n\n") if block.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleEvent:
    """What happened, in one line, and who reported it. `look_alike_of` names a story that must stay apart."""

    story: str
    about: str
    look_alike_of: str | None = None
    articles: tuple[SampleArticle, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The whole newsroom, in the order of its files."""

    outlets: tuple[Outlet, ...]
    events: tuple[SampleEvent, ...]

    @property
    def articles(self) -> tuple[SampleArticle, ...]:
        """Every event's articles."""
        return tuple(article for event in self.events for article in event.articles)


def load() -> Sample:
    """Read the newsroom from the package's data. Raises ValueError, naming file or id, where it is wrong."""
    here = resources.files(__name__)
    outlets = tuple(
        outlet for file in _toml_files(here) if file.name.startswith("outlets") for outlet in _read_outlets(file)
    )
    sample = Sample(outlets=outlets, events=tuple(_read_event(file) for file in _toml_files(here / "events")))
    _check(sample)
    return sample


def _toml_files(folder: Traversable) -> list[Traversable]:
    return sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)


def _read_outlets(file: Traversable) -> Iterator[Outlet]:
    for table in _parse(file)["outlet"]:
        yield _record(file, Outlet, table)


def _read_event(file: Traversable) -> SampleEvent:
    table = _parse(file)
    story = table.get("story", "")
    articles = tuple(
        _record(file, SampleArticle, {**a, "story": story, "authors": tuple(a.get("authors", ()))})
        for a in table.pop("article")
    )
    return _record(file, SampleEvent, {**table, "articles": articles})


def _parse(file: Traversable) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{file.name}: {error}") from error


def _record(file: Traversable, shape: type[_Record], table: dict[str, Any]) -> _Record:
    try:
        return shape(**table)
    except TypeError as error:
        raise ValueError(f"{file.name}: {table.get('id', '')} {error}") from error


def _check(sample: Sample) -> None:
    outlets = Counter(outlet.id for outlet in sample.outlets)
    articles = Counter(article.id for article in sample.articles)
    stories = Counter(event.story for event in sample.events)
    wrong = [f"{key} occurs {n} times" for c in (outlets, articles, stories) for key, n in c.items() if n > 1]
    for article in sample.articles:
        if article.outlet not in outlets:
            wrong.append(f"{article.id} names an unknown outlet {article.outlet}")
        if article.copy_of is not None and article.copy_of not in articles:
            wrong.append(f"{article.id} is a copy of the unknown {article.copy_of}")
    wrong += [
        f"{event.story} looks like the unknown {event.look_alike_of}"
        for event in sample.events
        if event.look_alike_of is not None and event.look_alike_of not in stories
    ]
    if wrong:
        raise ValueError("; ".join(wrong))
