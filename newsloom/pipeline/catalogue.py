"""Lists of sources: TOML and OPML in and out, and the catalogues that ship."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from importlib import resources
from typing import Any, get_args
from urllib.parse import urlsplit

from newsloom.errors import WrongUse
from newsloom.feeds import write_opml
from newsloom.store.keys import host_of, source_id_for
from newsloom.store.protocol import Store
from newsloom.types import FeedLink, Kind, Source

MOST_SOURCES = 100_000
BLANK = "blank"  # the meta key of sources without a feed
_KEYS = {f.name for f in fields(Source)} | {"sure"}
_SURE = ("high", "medium", "low")  # how sure the one who wrote the entry is of its addresses; for people, not stored
_LISTS = ("languages", "feeds")


def from_toml(text: str, where: str) -> list[Source]:
    """The `[[source]]` tables of a catalogue. Raises WrongUse, naming the table, where one is wrong."""
    try:
        tables = tomllib.loads(text).get("source", [])
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise WrongUse(f"{where} is neither OPML nor TOML: {str(error)[:200]}") from error
    if not isinstance(tables, list) or not tables:
        raise WrongUse(f"{where} lists no [[source]]")
    return merged(from_table(table, f"{where}, source {n}") for n, table in enumerate(tables, start=1))


def from_opml(links: Iterable[FeedLink]) -> list[Source]:
    """The feeds of an OPML file; those of one homepage are one source."""
    return merged(
        Source(
            id=source_id_for(link.homepage or root_of(link.url)),
            name=link.title or host_of(link.url),
            homepage=link.homepage or root_of(link.url),
            languages=(link.language,) if link.language else (),
            folder=link.folder,
            feeds=(link.url,),
        )
        for link in links
    )


def to_toml(sources: Iterable[Source]) -> str:
    """The sources as a catalogue that `from_toml` reads; an outlet known from imported articles alone has no place."""
    return "\n".join(table_of(source) for source in sources if source.homepage or source.feeds)


def to_opml(sources: Iterable[Source]) -> str:
    """The sources' feeds as OPML."""
    document = write_opml(
        "Newsloom",
        tuple(
            FeedLink(
                url=url,
                title=source.name,
                homepage=source.homepage,
                folder=source.folder or source.country,
                language=source.languages[0] if source.languages else "",
            )
            for source in sources
            for url in source.feeds
        ),
    )
    return document.decode("utf-8")


def shipped(country: str) -> list[Source]:
    """The catalogue of a country that comes with the package; empty where there is none."""
    return merged(from_table(table, country) for table in shipped_tables(country))


def shipped_tables(country: str) -> list[dict[str, Any]]:
    """The tables of a country's catalogue as they are written."""
    file = resources.files("newsloom.sources") / f"{country}.toml"
    return list(tomllib.loads(file.read_text("utf-8"))["source"]) if file.is_file() else []


def countries() -> list[str]:
    """The countries with a catalogue that comes with the package."""
    files = resources.files("newsloom.sources").iterdir()
    return sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))


def merged(sources: Iterable[Source]) -> list[Source]:
    """One source an id, in the order of first sight, with the feeds of all."""
    found: dict[str, Source] = {}
    for source in sources:
        known = found.get(source.id)
        if known is not None:
            source = replace(known, feeds=tuple(dict.fromkeys((*known.feeds, *source.feeds))))
        found[source.id] = source
        if len(found) > MOST_SOURCES:
            raise WrongUse(f"more than {MOST_SOURCES} sources in one list")
    return list(found.values())


def put(store: Store, sources: Sequence[Source], edition: str, now: Any) -> int:
    """Add sources to an edition; feeds that a known source already has stay. How many sources are new."""
    known = {source.id: source for source in store.sources()}
    new = 0
    for source in sources:
        new += store.put_source(_added(source, known.get(source.id)), (edition,), now)
    blank = [source.id for source in sources if not (source.feeds or (source.id in known and known[source.id].feeds))]
    note_blank(store, dict.fromkeys(blank, ""))
    return new


def blanks(store: Store) -> dict[str, str]:
    """Sources whose feed nobody knows yet, and when it was last looked for ("" for never)."""
    said = json.loads(store.get_meta(BLANK) or "{}")
    return {str(source): str(at) for source, at in said.items()}


def note_blank(store: Store, more: Mapping[str, str], found: Collection[str] = ()) -> None:
    """Keep in mind which sources have no feed yet, and forget those where one was found."""
    if more or found:
        known = blanks(store) | dict(more)
        store.put_meta(BLANK, json.dumps({each: at for each, at in known.items() if each not in found}))


def root_of(url: str) -> str:
    """The homepage that an address's host suggests."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _added(source: Source, known: Source | None) -> Source:
    if known is None:
        return source
    given = {f.name: getattr(source, f.name) or getattr(known, f.name) for f in fields(Source)}
    return Source(**{**given, "feeds": tuple(dict.fromkeys((*known.feeds, *source.feeds)))})


def from_table(table: object, where: str) -> Source:
    """One table of a catalogue. Raises WrongUse, naming it, where it is wrong."""
    if not isinstance(table, dict):
        raise WrongUse(f"{where} is no table")
    unknown = sorted(set(table) - _KEYS)
    if unknown:
        raise WrongUse(f"{where}: unknown key {unknown[0]}; known: {', '.join(sorted(_KEYS))}")
    wrong = [k for k, v in table.items() if not _fits(k, v)]
    if wrong:
        raise WrongUse(f"{where}: {wrong[0]} does not fit: {table[wrong[0]]!r}")
    homepage = table.get("homepage") or root_of((table.get("feeds") or [""])[0])
    given: dict[str, Any] = {k: tuple(v) if k in _LISTS else v for k, v in table.items() if k != "sure"}
    if not given.get("name") or not host_of(homepage):
        raise WrongUse(f"{where} needs a name and a homepage or feed")
    return Source(**{"id": source_id_for(homepage), **given, "homepage": homepage})


def _fits(key: str, value: object) -> bool:
    if key in _LISTS:
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    if key == "kind":
        return value in get_args(Kind)
    if key == "sure":
        return value in _SURE
    return isinstance(value, str)


def table_of(source: Source, sure: str = "") -> str:
    """A source as a table that `from_table` reads."""
    lines = ["[[source]]"]
    for f in fields(Source):
        value = getattr(source, f.name)
        if value:
            said = f"[{', '.join(map(_quoted, value))}]" if f.name in _LISTS else _quoted(value)
            lines.append(f"{f.name} = {said}")
    if sure:
        lines.append(f'sure = "{sure}"')
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = "".join(f"\\u{ord(c):04x}" if ord(c) < 32 or c in '"\\' or ord(c) == 127 else c for c in text)
    return f'"{escaped}"'
