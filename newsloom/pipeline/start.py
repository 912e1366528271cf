"""How a store begins: opened, given the catalogue of its edition, or the sample newsroom's outlets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from newsloom.config import Settings, StoreSettings, edition_specs, store_url
from newsloom.errors import StoreError
from newsloom.pipeline import updating
from newsloom.pipeline.stories_writer import put_editions
from newsloom.pipeline.work import now
from newsloom.sample.web import CatalogueEntry, serving
from newsloom.store import SqlStore, open_store
from newsloom.store.protocol import Store
from newsloom.types import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleNewsroom:
    """The made-up outlets while they can be asked. `addresses`: what `fetch.allow` must say."""

    entries: tuple[CatalogueEntry, ...]
    addresses: str


@asynccontextmanager
async def sample_newsroom(at: datetime) -> AsyncIterator[SampleNewsroom]:
    """Serve the sample newsroom on loopback while the block runs."""
    async with serving(at) as newsroom:
        entries = tuple(newsroom.catalogue())
        hosts = dict.fromkeys(urlsplit(entry.homepage).netloc for entry in entries)
        yield SampleNewsroom(entries=entries, addresses=",".join(hosts))


def catalogue_sources(store: Store, newsroom: SampleNewsroom, settings: Settings, at: datetime) -> None:
    """Put the sample's outlets into the editions of their countries."""
    put_editions(store, settings)
    editions = {spec.country: spec.id for spec in edition_specs(settings.editions)}
    for entry in newsroom.entries:
        source = Source(
            id=entry.id,
            name=entry.name,
            homepage=entry.homepage,
            country=entry.country,
            languages=(entry.language,),
            owner=entry.owner,
            kind=entry.kind,
            feeds=(entry.feed,),
        )
        store.put_source(source, (editions[entry.country],), at)


def with_catalogue(store: Store, settings: Settings) -> int:
    """Give an empty store the catalogues of its editions; how many sources that added."""
    put_editions(store, settings)
    if store.sources():
        return 0
    return sum(updating.begin(store, spec.id, spec.country, now()) for spec in edition_specs(settings.editions))


def open_existing(settings: StoreSettings) -> SqlStore:
    """The store, as long as there is one. Raises StoreError where there is none."""
    url = store_url(settings)
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        raise StoreError(f"there is no store at {url.removeprefix('sqlite:///')}; `newsloom run` makes one")
    return open_store(settings)
