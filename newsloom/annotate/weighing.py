"""What terms weigh: in C (`_weighing.c`) where that was compiled, else here; the same to the last bit."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from math import exp, fsum, log, sqrt

import numpy as np
import numpy.typing as npt

from newsloom.annotate.counting import Tally
from newsloom.annotate.terms import ALL_TERMS, HEAD_TERMS, TEXT_WORDS, TITLE_TERMS
from newsloom.compiled import compiled
from newsloom.types import Terms

VERSION = 1  # of what `_weighing.c` takes and gives; a compiled one of another version is left alone
NAMED = 1.5
EARLY = 60  # words after which being early has lost most of its worth
LONGEST = TEXT_WORDS + 500  # words: a headline has fewer than 500

Keys = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.uint32]
Shares = npt.NDArray[np.float64]

_COUNTED = np.array([1.0 + log(max(n, 1)) for n in range(LONGEST)])
_EARLY = np.array([1.0 + exp(-place / EARLY) for place in range(LONGEST)])
_WIDTHS = ALL_TERMS, HEAD_TERMS, TITLE_TERMS


KERNEL = compiled("newsloom.annotate._weighing", VERSION)


def weigh(tallied: Tally, idfs: bytes) -> tuple[Terms, Terms, Terms]:
    """Headline and text, headline and first words, and the headline: the heaviest terms of each, as unit vectors.

    A term weighs (1 + log count) * idf, half as much again where it is part of a name, and up to twice as much the
    earlier it first stands: what an event is, news tells in names and first. Ties go by term. `idfs`: a double for
    each of the tally's terms.
    """
    return weigh_fields(tallied, idfs, _WIDTHS)


def weigh_fields(tallied: Tally, idfs: bytes, most: Sequence[int]) -> tuple[Terms, Terms, Terms]:
    """The same with other widths."""
    fields = tuple((*span, width) for span, width in zip(tallied.spans, most, strict=True))
    if KERNEL:
        found: tuple[Terms, Terms, Terms] = KERNEL.weigh(
            tallied.terms, idfs, tallied.named, tallied.order, fields, _COUNTED, _EARLY, NAMED
        )
        return found
    one, two, three = (_heaviest(tallied, array("d", idfs), *field) for field in fields)
    return one, two, three


def _heaviest(tallied: Tally, idfs: Sequence[float], start: int, end: int, most: int) -> Terms:
    counts: dict[int, int] = {}
    first: dict[int, int] = {}
    for place, term in enumerate(array("H", tallied.order)[start:end]):
        counts[term] = counts.get(term, 0) + 1
        first.setdefault(term, place)
    weights = {
        n: float(_COUNTED[count]) * idfs[n] * (NAMED if tallied.named[n] else 1.0) * float(_EARLY[first[n]])
        for n, count in counts.items()
    }
    kept = [n for n in sorted(weights, key=lambda n: (-weights[n], n))[:most] if weights[n] > 0]
    length = sqrt(fsum([weights[n] * weights[n] for n in kept]))  # exact, whatever the order
    terms = tallied.terms
    return tuple([(terms[n], weights[n] / length) for n in kept]) if length else ()


def add(keys: Keys, counts: Numbers, hashes: Keys, more: Numbers) -> int:
    """Count hashes in a table, each as often as `more` says; how many are new there.

    A table is two arrays of one length, a power of two: keys, 0 where nothing is, and what belongs to them. There must
    be room.
    """
    if KERNEL:
        fresh: int = KERNEL.add(keys, counts, hashes, more)
        return fresh
    fresh = 0
    for key, count in zip(hashes.tolist(), more.tolist(), strict=True):
        at = _place(keys, key)
        fresh += not keys[at]
        keys[at] = key or 1
        counts[at] += count
    return fresh


def idfs(
    hashes: bytes,
    known: tuple[Keys, Shares],
    counted: tuple[Keys, Numbers],
    weight: float,
    documents: float,
    unseen: float,
) -> bytes:
    """The idf (>= 0, natural log) of each hash as a double: from shares that stand for `weight` articles, blended with
    what was counted in `documents`; `unseen`: the share of what has none."""
    if KERNEL:
        found: bytes = KERNEL.idfs(hashes, *known, *counted, weight, documents, unseen)
        return found
    told = array("d")
    for key in array("Q", hashes):
        at, there = _place(known[0], key), _place(counted[0], key)
        guess = weight * (float(known[1][at]) if known[0][at] else unseen)
        share = (guess + (int(counted[1][there]) if counted[0][there] else 0)) / (weight + documents)
        told.append(max(0.0, -log(share)))
    return told.tobytes()


def _place(keys: Keys, key: int) -> int:
    mask = len(keys) - 1
    key = key or 1
    at = key & mask
    while (there := int(keys[at])) and there != key:
        at = (at + 1) & mask
    return at
