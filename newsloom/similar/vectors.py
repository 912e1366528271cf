"""Annotations as short arrays: each term is a bucket of a hash, each field a fixed row of buckets and weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import xxhash

from newsloom.types import Annotations, Terms

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Words = npt.NDArray[np.uint32]

BUCKETS = 1 << 22  # two of an article's 100 terms meet with a chance of one in a thousand
NONE = 0  # the bucket of an empty place; its weight is 0
WIDTHS = {"terms": 100, "head": 40, "title": 16}
SIGNATURE = 96
NO_HASH = np.uint32(0xFFFFFFFF)


@dataclass(frozen=True, slots=True, eq=False)
class Vector:
    """One article for comparison: buckets and unit-length weights of its three fields, heaviest first."""

    terms: Ints
    terms_w: Floats
    head: Ints
    head_w: Floats
    title: Ints
    title_w: Floats
    signature: Words
    shingles: int


def vector(annotations: Annotations) -> Vector:
    """The arrays of an article's annotations; longer fields are cut, so that a row is a row."""
    terms, terms_w = _field(annotations.terms, WIDTHS["terms"])
    head, head_w = _field(annotations.head, WIDTHS["head"])
    title, title_w = _field(annotations.title, WIDTHS["title"])
    signature = np.array(annotations.signature[:SIGNATURE], dtype=np.uint32)
    return Vector(terms, terms_w, head, head_w, title, title_w, signature, annotations.shingles)


@lru_cache(maxsize=200_000)
def bucket(term: str) -> int:
    """The bucket of a term, 1 .. BUCKETS-1. Terms that hold a digit have even buckets, others odd ones."""
    place = xxhash.xxh3_64_intdigest(term.encode("utf-8", "surrogatepass")) % (BUCKETS // 2 - 1) + 1
    return 2 * place if any(char.isdigit() for char in term) else 2 * place - 1


def _field(terms: Terms, width: int) -> tuple[Ints, Floats]:
    kept = terms[:width]
    buckets = np.fromiter((bucket(term) for term, _ in kept), dtype=np.int32, count=len(kept))
    weights = np.fromiter((weight for _, weight in kept), dtype=np.float32, count=len(kept))
    return buckets, weights
