"""What the site may ask of whoever runs it: the operator's few actions, and when news last came in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from newsloom.types import Page, Rejected

Clock = Callable[[], datetime]
FetchImage = Callable[[str], Awaitable[Page | Rejected]]


class Actions(Protocol):
    """Implemented where the pipeline is at hand (`newsloom run`); `serve` alone has none."""

    async def add_source(self, url: str, edition: str) -> str | Rejected:
        """Find the feeds of `url` and add them to the edition; the new source's id, or why not."""
        ...

    async def remove_source(self, source_id: str) -> bool:
        """Stop collecting a source; False where there is none of that id."""
        ...

    async def split_story(self, story_id: str, article_ids: Sequence[str]) -> bool:
        """These articles of the story, with their copies, are one of their own; False where nothing would be left."""
        ...

    async def merge_stories(self, story_id: str, other_id: str) -> bool:
        """The two stories are one; False where one of them is not there."""
        ...

    async def part_article(self, article_id: str) -> bool:
        """The article does not belong with the others of its story; False where it is alone."""
        ...

    async def withdraw_correction(self, seq: int) -> bool:
        """Undo a correction: the machine decides again. False where there is none that stands."""
        ...

    def refreshed(self) -> datetime | None:
        """When the last round ended."""
        ...

    def next_round(self) -> datetime | None:
        """When the next round starts; None where nothing refreshes by itself."""
        ...
