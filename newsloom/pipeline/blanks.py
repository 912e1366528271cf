"""Outlets that came without a feed, as many of the catalogue do: one is looked for on their site, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from newsloom.config import EditionsSettings, edition_specs
from newsloom.engine import LocalPool
from newsloom.fetch import Gets
from newsloom.pipeline import catalogue
from newsloom.pipeline.desk import Desk
from newsloom.pipeline.discover import find_source
from newsloom.store.protocol import Store
from newsloom.types import Rejected, Source

AT_ONCE = 8
AGAIN = timedelta(days=7)


class Blanks:
    """Fills in the feeds that nobody knew; see `fill`."""

    def __init__(
        self,
        store: Store,
        web: Gets,
        pool: LocalPool,
        desk: Desk,
        editions: EditionsSettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._web, self._pool, self._desk, self._clock = store, web, pool, desk, clock
        self._edition = edition_specs(editions)[0]

    async def fill(self) -> int:
        """Look for the feeds of a few outlets, those never looked at first; how many were found."""
        now = self._clock()
        known = await self._desk(catalogue.blanks, self._store)
        due = sorted((at, each) for each, at in known.items() if not at or datetime.fromisoformat(at) <= now - AGAIN)
        if not due:
            return 0
        present = {source.id: source for source in await self._desk(self._store.sources)}
        wanted = [present[each] for _, each in due if each in present and not present[each].feeds][:AT_ONCE]
        # What was removed, or has a feed by now, is no longer looked for.
        settled = {each for _, each in due if each not in present or present[each].feeds}
        found = await asyncio.gather(*map(self._look, wanted))
        settled |= {source.id for source, has_feed in zip(wanted, found, strict=True) if has_feed}
        looked = {source.id: now.isoformat() for source in wanted}
        await self._desk(catalogue.note_blank, self._store, looked, settled)
        return sum(found)

    async def _look(self, source: Source) -> bool:
        if not source.homepage:
            return False
        found = await find_source(source.homepage, self._edition, self._web, self._pool)
        if isinstance(found, Source) and found.feeds:
            await self._desk(self._store.put_source, replace(source, feeds=found.feeds), (), self._clock())
            return True
        reason = found.reason if isinstance(found, Rejected) else "no-feed"
        why = Rejected(stage="sources", reason=reason, detail="no feed, sitemap or list found", url=source.homepage)
        await self._desk(self._store.reject, [why], self._clock(), source.id)
        return False
