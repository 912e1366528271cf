"""What an outlet hangs on many of its headlines ("Live –", "– the latest on the war") tells the column, not the event.

A part of a headline (between dashes or bars) that one outlet has printed with `WORN` other headlines says nothing of
the next one and is left out of its words. Known is what was seen before, in the order of the stream.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

import xxhash

from newsloom.annotate.counted import Counted
from newsloom.annotate.counting import Tally
from newsloom.hashing import key

WORN = 3
MOST_KNOWN = 200_000  # parts remembered before those seen once are let go


class Affixes:
    """Parts of headlines by outlet. Not safe between threads; `strip` learns, so its order matters."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}

    def strip(self, source_id: str, counted: Counted) -> Counted:
        """The article's words without the parts of its headline that are worn; all stay where all are worn."""
        sizes = counted.tally.sizes[:-2]
        if len(sizes) < 2 or not source_id:
            return counted
        parts = [_part(source_id, part) for part in _parts(counted.tally, sizes)]
        worn = [self._seen.get(part, 0) >= WORN for part in parts]
        for part in parts:
            self._seen[part] = self._seen.get(part, 0) + 1
        if len(self._seen) > MOST_KNOWN:
            self._seen = {part: count for part, count in self._seen.items() if count > 1}
        if all(worn) or not any(worn):
            return counted
        return replace(counted, tally=counted.tally.without(worn))


def _parts(tally: Tally, sizes: Sequence[int]) -> Iterator[tuple[str, ...]]:
    ends = (0, *accumulate(sizes))
    return map(tally.words, pairwise(ends))


def _part(source_id: str, part: Sequence[str]) -> int:
    return xxhash.xxh3_64_intdigest("\0".join((source_id, *map(key, part))).encode("utf-8", "surrogatepass"))
