"""The outlets that imported articles belong to: known ones by name or site, others made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from newsloom.config import Settings
from newsloom.store.keys import article_id, guid_key, host_of, source_id_for
from newsloom.store.protocol import Store
from newsloom.types import Source


class Outlets:
    """The sources that imported articles belong to, made where they are not known yet.

    An article without a source stays one of an unknown outlet of its own: two of them are never one voice.
    """

    def __init__(self, store: Store, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock
        self._edition = settings.editions.configured.split(",")[0].strip()
        known = store.sources()
        self._named = {source.name.casefold(): source.id for source in known}
        self._sites = {_site(source.homepage): source.id for source in known if source.homepage}

    def named(self, name: str) -> str:
        """The id of the outlet of this name or domain."""
        known = self._named.get(name.casefold())
        if known is None:
            domain = "." in name and " " not in name
            homepage = f"https://{name}/" if domain else ""
            known = source_id_for(homepage) if domain else "named-" + article_id("", guid_key(name.casefold()))
            self._add(Source(id=known, name=name, homepage=homepage))
        return known

    def of_page(self, url: str, name: str) -> str:
        """The id of the outlet whose page it is: its site tells, `name` is what the page calls it."""
        site = _site(url)
        known = self._sites.get(site)
        if known is None:
            homepage = f"https://{site}/"
            known = source_id_for(homepage)
            self._add(Source(id=known, name=name or site, homepage=homepage))
        return known

    def _add(self, source: Source) -> None:
        self._store.put_source(source, (self._edition,), self._clock())
        self._named.setdefault(source.name.casefold(), source.id)
        if source.homepage:
            self._sites.setdefault(_site(source.homepage), source.id)


def unknown(own: str) -> str:
    """The id of the outlet of one article of which nothing is known."""
    return "unknown-" + article_id("", guid_key(own))


def _site(url: str) -> str:
    return host_of(url).removeprefix("www.")
