"""When to look at a story again: soon after something changed near it, and after minutes and hours."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from newsloom.segments import AnyArray, word_arrays, words_of
from newsloom.stories.saving import micros, moments

AFTER = tuple(timedelta(minutes=minutes) for minutes in (2, 20, 120, 720))
MOST = 200_000  # looks waiting; a story that is crowded out is looked at when its next report comes


class Relooks:
    """Stories with the times at which they are due. Time is the stream's."""

    def __init__(self) -> None:
        self._due: list[tuple[datetime, str]] = []
        self._waits: dict[str, list[datetime]] = {}

    def __len__(self) -> int:
        return len(self._due)

    def note(self, story: str, now: datetime) -> None:
        """Something came to the story: look at it again after minutes and hours. Times near to one that waits do."""
        waits = self._waits.setdefault(story, [])
        for n, after in enumerate(AFTER):
            slack = AFTER[n - 1] if n else timedelta(0)
            if len(self._due) < MOST and not any(now + after - slack <= at <= now + after for at in waits):
                waits.append(now + after)
                heapq.heappush(self._due, (now + after, story))

    def due(self, now: datetime | None, most: int) -> list[str]:
        """Up to `most` stories whose time has come, each once; with no `now` all that wait."""
        found: dict[str, None] = {}
        while self._due and len(found) < most and (now is None or self._due[0][0] <= now):
            at, story = heapq.heappop(self._due)
            waits = self._waits.get(story)
            if waits and at in waits:
                waits.remove(at)
                if not waits:
                    del self._waits[story]
            found[story] = None
        return list(found)

    def renamed(self, stories: Iterable[tuple[str, str]], now: datetime) -> None:
        """Stories that went into others: those are looked at in their place."""
        for old, new in stories:
            if self._waits.pop(old, None):
                self.note(new, now)

    def saved(self) -> dict[str, AnyArray]:
        """All that waits, for `restore`."""
        waits = [(at, story) for story, times in self._waits.items() for at in times]
        arrays: dict[str, AnyArray] = {}
        for name, told in (("due", self._due), ("waits", waits)):
            arrays[name] = micros(at for at, _ in told)
            arrays |= word_arrays(f"{name}.stories", [story for _, story in told])
        return arrays

    def restore(self, kept: Mapping[str, AnyArray]) -> None:
        """Go on, with nothing that waits so far, from what was saved. Raises KeyError or ValueError."""

        def told(name: str) -> list[tuple[datetime, str]]:
            return list(zip(moments(kept[name]), words_of(kept, f"{name}.stories"), strict=True))

        self._due = told("due")
        for at, story in told("waits"):
            self._waits.setdefault(story, []).append(at)
