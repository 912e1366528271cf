"""What an outlet hangs on many of its headlines ("Live –", "– the latest on the war") tells the column, not the event.

A part of a headline (between dashes or bars) that one outlet has printed with `WORN` other headlines says nothing of
the next one and is left out of its words. Known is what was seen before, in the order of the stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import xxhash

from newsloom.annotate.counted import Counted
from newsloom.annotate.terms import tally

WORN = 3
MOST_KNOWN = 200_000  # parts remembered before those seen once are let go


class Affixes:
    """Parts of headlines by outlet. Not safe between threads; `strip` learns, so its order matters."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}

    def strip(self, source_id: str, counted: Counted) -> Counted:
        """The article's words without the parts of its headline that are worn; all stay where all are worn."""
        parts = counted.title_parts
        if len(parts) < 2 or not source_id:
            return counted
        keys = [_key(source_id, part) for part in parts]
        kept = [part for key, part in zip(keys, parts, strict=True) if self._seen.get(key, 0) < WORN]
        for key in keys:
            self._seen[key] = self._seen.get(key, 0) + 1
        if len(self._seen) > MOST_KNOWN:
            self._seen = {key: count for key, count in self._seen.items() if count > 1}
        if not kept or len(kept) == len(parts):
            return counted
        title = tuple(word for part in kept for word in part)
        headline = sum(map(len, parts))
        head, every = title + counted.head[headline:], title + counted.all[headline:]
        tallied = tally((every, head, title), counted.named)
        return replace(counted, title=title, head=head, all=every, tally=tallied)


def _key(source_id: str, part: Sequence[str]) -> int:
    return xxhash.xxh3_64_intdigest("\0".join((source_id, *part)).encode("utf-8", "surrogatepass"))
