"""A sketch of an article's text that tells how much of it another article carries.

The smallest hashes of its 5-word shingles (Broder 1997, bottom-k): two sketches estimate containment without the
texts, exactly for texts of up to `SIZE` different shingles.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import xxhash

SIZE = 96
WORDS = 5
LEAST_WORDS = 12  # shorter texts say too little to call one a copy of another

_FACTORS = np.array([0x9E3779B97F4A7C15 ** (k + 1) & (2**64 - 1) | 1 for k in range(WORDS)], dtype=np.uint64)
_MIX = np.uint64(0xFF51AFD7ED558CCD)


def sketch(words: Sequence[str]) -> tuple[tuple[int, ...], int]:
    """The sketch of a text's words, ascending unsigned 32-bit, and how many different shingles it has."""
    if len(words) < LEAST_WORDS:
        return (), 0
    hashes = np.fromiter(map(hash_of, words), dtype=np.uint64, count=len(words))
    rows = len(words) - WORDS + 1
    mixed = np.zeros(rows, dtype=np.uint64)
    for k in range(WORDS):
        mixed += hashes[k : k + rows] * _FACTORS[k]
    mixed ^= mixed >> np.uint64(33)
    mixed *= _MIX
    different = np.unique((mixed >> np.uint64(32)).astype(np.uint32))
    return tuple(different[:SIZE].tolist()), len(different)


@lru_cache(maxsize=20_000)
def hash_of(word: str) -> int:
    """A word's 64-bit hash."""
    return xxhash.xxh3_64_intdigest(word.encode("utf-8", "surrogatepass"))
