"""Polls that brought nothing, saved together: most polls end so, and one transaction serves many of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from newsloom.store.protocol import Polled

GATHER_S = 0.05


class Quiet:
    """Gathers what comes within a moment and hands it to `save`."""

    def __init__(self, save: Callable[[Sequence[Polled]], Awaitable[object]]) -> None:
        self._save = save
        self._waiting: list[Polled] = []
        self._task: asyncio.Task[None] | None = None

    async def put(self, polled: Polled) -> None:
        """Returns once it is saved."""
        self._waiting.append(polled)
        if self._task is None:
            self._task = asyncio.create_task(self._gathered())
        await asyncio.shield(self._task)

    async def _gathered(self) -> None:
        await asyncio.sleep(GATHER_S)
        batch, self._waiting, self._task = self._waiting, [], None
        await self._save(batch)


def is_quiet(polled: Polled, asked: str) -> bool:
    """Whether a poll of the feed at `asked` brought nothing but news of the feed itself."""
    return not polled.entries and polled.feed.url == asked
