"""Annotations as short arrays: each term is a bucket of a hash, its weights in the fields that hold it one byte each.

A term that stands in several fields is kept once: its bucket, with a flag for each field, in `places`. `weights` has
the fields one after another, each in the order of the places that have its flag. A byte stands for the square of what
it says, so that light terms keep their proportions, and sums of products are whole numbers that no order of adding
changes.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from newsloom.hashing import key_hash
from newsloom.similar.coding import BUCKET_BITS, BUCKETS, Bytes, Halves, Words
from newsloom.similar.kernel import KERNEL
from newsloom.types import Annotations, Terms

FIELDS = ("terms", "head", "title")  # a field's place is its flag's; the first is what candidates are found by
WIDTHS = {"terms": 100, "head": 40, "title": 16}
SIGNATURE = 96
SKIPS = 96
LONG_TITLE = 8  # terms of a headline beyond those of the title field
REMEMBERED = 500_000  # terms whose buckets are kept at hand


@dataclass(frozen=True, slots=True, eq=False)
class Vector:
    """One article for comparison. Terms come first and heaviest first, then what only the head or title has."""

    places: Words
    weights: Bytes
    signature: Halves
    shingles: int
    skips: Halves


def vector(annotations: Annotations) -> Vector:
    """The arrays of an article's annotations; longer fields are cut, so that a row is bounded."""
    places, weights = packed([getattr(annotations, name)[:width] for name, width in WIDTHS.items()])
    skips = np.frombuffer(array("H", annotations.skips[:SKIPS]), dtype=np.uint16)
    return Vector(places, weights, halves(annotations.signature), annotations.shingles, skips)


def is_bare(own: Vector) -> bool:
    """Whether a headline is all that there was: what it says beyond the title field is what that had no room for."""
    if len(own.places) > WIDTHS["title"] + LONG_TITLE:
        return False
    flags = own.places >> np.uint32(BUCKET_BITS)
    titled = int(np.count_nonzero(flags & np.uint32(1 << FIELDS.index("title"))))
    beyond = len(flags) - titled
    if not beyond:
        return True
    headed = int(np.count_nonzero(flags & np.uint32(1 << FIELDS.index("head"))))
    return titled >= WIDTHS["title"] and headed == len(flags) and beyond <= LONG_TITLE


def halves(signature: Sequence[int], kernel: ModuleType = KERNEL) -> Halves:
    """The upper halves of a sketch's hashes, each once, ascending; of a hundred one may meet another by chance."""
    return np.frombuffer(kernel.halves(tuple(signature), SIGNATURE), dtype=np.uint16)


def packed(fields: Sequence[Terms], kernel: ModuleType = KERNEL) -> tuple[Words, Bytes]:
    """Terms by field as places and weights; of two terms that meet in a bucket, the heavier stays."""
    places, weights = kernel.pack(tuple(map(tuple, fields)), bucket)
    return np.frombuffer(places, dtype=np.uint32), np.frombuffer(weights, dtype=np.uint8)


class _Buckets(dict[str, int]):
    """Buckets by term, forgotten all at once when they are many."""

    def __missing__(self, term: str) -> int:
        if len(self) >= REMEMBERED:
            self.clear()
        place = key_hash(term) % (BUCKETS // 2 - 1) + 1
        found = self[term] = 2 * place if any(char.isdigit() for char in term) else 2 * place - 1
        return found


_buckets = _Buckets()


def bucket(term: str) -> int:
    """The bucket of a term, 1 .. BUCKETS-1. Terms that hold a digit have even buckets, others odd ones."""
    return _buckets[term]
