"""The catalogue in force: what ships with the package, or a newer one that was brought in without it.

A catalogue is data with a version of its own: one TOML file, `version = "2026-11-24"` and `[[source]]` tables. The
store keeps the newest; editions that began from the catalogue get its new outlets, and nothing that somebody removed.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from newsloom.config import COUNTRIES
from newsloom.errors import WrongUse
from newsloom.pipeline import catalogue
from newsloom.sources import VERSION
from newsloom.store.protocol import Store
from newsloom.types import Source

KEPT = "catalogue"
MOST_SOURCES = 50_000

_VERSION = re.compile(r"\d{1,4}(?:[.-]\d{1,4}){0,4}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Outlets of all countries. `skipped`: what is wrong with tables that were left out; `sure` by source id."""

    version: str
    sources: tuple[Source, ...]
    sure: dict[str, str]
    skipped: tuple[str, ...] = ()

    def of(self, country: str) -> list[Source]:
        """The outlets of one country."""
        return [source for source in self.sources if source.country == country]


def read_catalogue(text: str, where: str) -> Catalogue:
    """A catalogue, wrong tables left out with a reason. Raises WrongUse where it is none."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise WrongUse(f"{where} is no TOML: {str(error)[:200]}") from error
    version, tables = data.get("version"), data.get("source")
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise WrongUse(f'{where} has no version; a catalogue begins with version = "2026-11-24"')
    if not isinstance(tables, list) or not tables or len(tables) > MOST_SOURCES:
        raise WrongUse(f"{where} lists no [[source]], or more than {MOST_SOURCES}")
    sources: dict[str, Source] = {}
    sure, skipped = {}, []
    for number, table in enumerate(tables, start=1):
        try:
            source = catalogue.from_table(table, f"source {number}")
        except WrongUse as error:
            skipped.append(str(error))
            continue
        if source.country not in COUNTRIES or source.id in sources:
            what = "named twice" if source.id in sources else f"no country {source.country!r}"
            skipped.append(f"source {number}, {source.name}: {what}")
            continue
        sources[source.id], sure[source.id] = source, str(table.get("sure", ""))
    if not sources:
        raise WrongUse(f"{where} holds no source that can be read: {skipped[0]}")
    return Catalogue(version=version, sources=tuple(sources.values()), sure=sure, skipped=tuple(skipped))


def shipped() -> Catalogue:
    """What comes with the package."""
    tables = [table for country in catalogue.countries() for table in catalogue.shipped_tables(country)]
    sources = [catalogue.from_table(table, f"source {n}") for n, table in enumerate(tables, start=1)]
    sure = {source.id: str(table.get("sure", "")) for source, table in zip(sources, tables, strict=True)}
    return Catalogue(version=VERSION, sources=tuple(sources), sure=sure)


def in_force(store: Store) -> Catalogue:
    """The newest of what ships and what was brought in."""
    kept = store.get_meta(KEPT)
    if kept:
        try:
            found = read_catalogue(kept, "the store's catalogue")
        except WrongUse:  # written by a later release
            return shipped()
        if _is_newer(found.version, VERSION):
            return found
    return shipped()


def begin(store: Store, edition: str, country: str, now: datetime) -> int:
    """Give an edition the catalogue of its country; how many sources are new."""
    found = in_force(store).of(country)
    new = catalogue.put(store, found, edition, now)
    _note(store, edition, (source.id for source in found))
    return new


def read_apart(todo: tuple[bytes, str]) -> Catalogue | str:
    """What a worker does with a catalogue's file: what it says, or why it is none."""
    body, where = todo
    try:
        return read_catalogue(body.decode("utf-8-sig"), where)
    except (WrongUse, UnicodeDecodeError) as error:
        return str(error)


def update(store: Store, found: Catalogue, now: datetime) -> dict[str, Any]:
    """Take a catalogue if it is newer; what it brought."""
    before = in_force(store).version
    told = {"version": found.version, "was": before, "sources": len(found.sources), "skipped": list(found.skipped)}
    if not _is_newer(found.version, before):
        return told | {"added": {}, "note": "not newer than what is in force: left as it was"}
    store.put_meta(KEPT, to_toml(found))
    added = {spec.id: _grown(store, spec.id, found.of(spec.country), now) for spec in store.editions()}
    return told | {"added": {edition: new for edition, new in added.items() if new is not None}}


def to_toml(found: Catalogue) -> str:
    """The catalogue as one file, which `update` reads."""
    tables = (catalogue.table_of(source, found.sure.get(source.id, "")) for source in found.sources)
    return f'version = "{found.version}"\n\n' + "\n".join(tables)


def _grown(store: Store, edition: str, sources: list[Source], now: datetime) -> int | None:
    """What an edition that began from the catalogue gains; None for one that did not."""
    given = _noted(store, edition)
    if given is None:
        return None
    present = {source.id for source in store.sources()}
    # What was given once and is not there any more, somebody removed.
    wanted = [source for source in sources if source.id not in given or source.id in present]
    new = catalogue.put(store, wanted, edition, now)
    _note(store, edition, (*given, *(source.id for source in wanted)))
    return new


def _note(store: Store, edition: str, ids: Iterable[str]) -> None:
    store.put_meta(f"{KEPT}:{edition}", json.dumps(sorted(set(ids))))


def _noted(store: Store, edition: str) -> list[str] | None:
    said = store.get_meta(f"{KEPT}:{edition}")
    return [str(each) for each in json.loads(said)] if said else None


def _is_newer(one: str, other: str) -> bool:
    return _numbers(one) > _numbers(other)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]
