"""What the site may ask of whoever collects: `site.actions.Actions`, over a running Collector."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from newsloom.config import edition_spec
from newsloom.pipeline import catalogue
from newsloom.pipeline.collector import Collector
from newsloom.pipeline.discover import find_source
from newsloom.store.protocol import Store
from newsloom.types import Page, Rejected

IMAGE_BYTES = 5_000_000


class Newsroom:
    """The operator's few actions. A source that is added here is collected at once."""

    def __init__(self, store: Store, collector: Collector, clock: Callable[[], datetime]) -> None:
        self._store, self._collector, self._clock = store, collector, clock
        self.next: datetime | None = None

    async def add_source(self, url: str, edition: str) -> str | Rejected:
        """Find the feeds of `url` and add them to the edition; the new source's id, or why not."""
        source = await find_source(url, edition_spec(edition), self._collector.web, self._collector.pool)
        if isinstance(source, Rejected):
            return source
        await self._collector.desk(catalogue.put, self._store, [source], edition, self._clock())
        return source.id

    async def remove_source(self, source_id: str) -> bool:
        """Stop collecting a source; False where there is none of that id."""
        return await self._collector.desk(self._store.remove_source, source_id, self._clock())

    async def split_story(self, story_id: str, article_ids: Sequence[str]) -> bool:
        """These articles of the story, with their copies, are one of their own; False where nothing would be left."""
        return await self._collector.desk(self._store.split_story, story_id, article_ids, self._clock()) > 0

    async def merge_stories(self, story_id: str, other_id: str) -> bool:
        """The two stories are one; False where one of them is not there."""
        return await self._collector.desk(self._store.merge_stories, story_id, other_id, self._clock()) > 0

    async def part_article(self, article_id: str) -> bool:
        """The article does not belong with the others of its story; False where it is alone."""
        return await self._collector.desk(self._store.part_article, article_id, self._clock()) > 0

    async def withdraw_correction(self, seq: int) -> bool:
        """Undo a correction: the machine decides again. False where there is none that stands."""
        return await self._collector.desk(self._store.withdraw_correction, seq, self._clock())

    async def fetch_image(self, url: str) -> Page | Rejected:
        """An outlet's lead image, through the guarded fetcher."""
        return await self._collector.web.get(url, accept="image/*", max_bytes=IMAGE_BYTES)

    def refreshed(self) -> datetime | None:
        """When the last round ended."""
        return self._collector.refreshed

    def next_round(self) -> datetime | None:
        """When the next feed comes due."""
        return self._collector.next_poll
