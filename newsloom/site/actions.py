"""What the site may ask of whoever runs it: the operator's few actions, and when news last came in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
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

    def refreshed(self) -> datetime | None:
        """When the last round ended."""
        ...

    def next_round(self) -> datetime | None:
        """When the next round starts; None where nothing refreshes by itself."""
        ...
