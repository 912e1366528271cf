"""Sketches of an article's text that tell how much of it another article carries.

The smallest hashes of its 5-word shingles (Broder 1997, bottom-k): two sketches estimate containment without the
texts, exactly for texts of up to `SIZE` different shingles. Where every third word was put in others no shingle is
left, yet of the pairs of words that stand close by each other nearly half are: the second sketch is of these, as far
as they are not quoted, since what somebody said stands in many reports that were written apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from newsloom.hashing import hash_of

SIZE = 96
WORDS = 5
LEAST_WORDS = 12  # shorter texts say too little to call one a copy of another
SKIPS = 96
FAR = 3  # words apart, of a pair at the most

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


def skips(words: Sequence[str]) -> list[int]:
    """The sketch of what follows soon on what: `SKIPS` hashes of pairs at most, ascending unsigned 16-bit.

    Which of two words comes first counts, how far apart they are does not.
    """
    if len(words) < LEAST_WORDS:
        return []
    hashes = np.fromiter(map(hash_of, words), dtype=np.uint64, count=len(words))
    mixed = np.concatenate([hashes[:-far] * _FACTORS[0] + hashes[far:] * _FACTORS[1] for far in range(1, FAR + 1)])
    mixed ^= mixed >> np.uint64(33)
    mixed *= _MIX
    smallest: list[int] = np.unique((mixed >> np.uint64(48)).astype(np.uint16))[:SKIPS].tolist()
    return smallest
