"""What `_kernel.c` does, in numpy: the same numbers to the last bit, for where nothing was compiled, and slower."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from newsloom.similar.runs import COARSE_SHIFT, ROW_SHIFT, Rows, posted
from newsloom.similar.vectors import BUCKET_BITS, Bytes, Words

Parts = tuple[Any, ...]
Longs = npt.NDArray[np.int64]

SCORE_SHIFT = 3
_MASK = (1 << BUCKET_BITS) - 1


def candidates(
    runs: tuple[Parts, ...],
    terms: Words,
    weights: Bytes,
    time: float,
    window: float,
    most: int,
    newest: int,
    posted_terms: int,
    scratch: Words,
    out: Longs,
) -> int:
    """Numbers of the rows within `window` of `time` that share most of `terms`, best first, into `out`; how many.

    A term finds its `newest` latest rows. Scores are sums of products of weights; ties go to the earlier row.
    """
    quota = dict.fromkeys((terms & _MASK).tolist(), newest)
    hefts = dict(zip((terms & _MASK).tolist(), _heft(weights).tolist(), strict=True))
    found: list[Longs] = []
    scores: list[Longs] = []
    for run in reversed(runs):
        base, times = int(run[0]), run[2]
        rows, products = _hits(run, hefts, quota)
        different, where = np.unique(rows, return_inverse=True)
        totals = np.zeros(len(different), dtype=np.int64)
        np.add.at(totals, where, products)
        near = np.isfinite(times[different]) & (np.abs(times[different] - time) <= window)
        found.append(different[near] + base)
        scores.append(totals[near])
    rows, totals = np.concatenate([np.zeros(0, np.int64), *found]), np.concatenate([np.zeros(0, np.int64), *scores])
    best = np.lexsort((rows, -totals))[:most]
    out[: len(best)] = rows[best]
    return len(best)


def sums(runs: tuple[Parts, ...], rows: Longs, places: Words, weights: Bytes, fields: int, out: Longs) -> None:
    """For each row its sums with one article's own `places` and `weights`, into `out`.

    products [F][F], my weight where theirs is too [F][F], theirs where mine is too [F][F], all of theirs [F], its
    squares [F], their numbers, numbers of both; field by field, mine first.
    """
    buckets, own = _unpacked(places, weights, fields)
    order = np.argsort(buckets)
    for k, row in enumerate(rows.tolist()):
        run = next((run for run in reversed(runs) if run[0] <= row), None)
        out[k] = 0
        if run is not None and row - run[0] < run[1]:
            out[k] = _pair_sums(buckets[order], own[order], *_row(run, row - run[0], fields))


def _hits(run: Parts, hefts: dict[int, int], quota: dict[int, int]) -> tuple[Longs, Longs]:
    """Rows of one run and what each shared term adds to them; `quota` is used up."""
    rows: list[Longs] = [np.zeros(0, dtype=np.int64)]
    products: list[Longs] = [np.zeros(0, dtype=np.int64)]
    for term, heft in hefts.items():
        at, weight = _term_rows(run, term) if len(run) > 7 else _newest_rows(run, term)
        taken = min(quota[term], len(at))
        quota[term] -= taken
        if taken:
            rows.append(at[-taken:])
            products.append(heft * _heft(weight[-taken:]))
    return np.concatenate(rows), np.concatenate(products)


def _term_rows(run: Parts, term: int) -> tuple[Longs, Bytes]:
    coarse, terms, offsets, postings = run[7:]
    low, high = int(coarse[term >> COARSE_SHIFT]), int(coarse[(term >> COARSE_SHIFT) + 1])
    at = low + int(np.searchsorted(terms[low:high], term))
    if at == high or terms[at] != term:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint8)
    hits = postings[offsets[at] : offsets[at + 1]]
    return (hits >> np.uint32(ROW_SHIFT)).astype(np.int64), hits.astype(np.uint8)


def _newest_rows(run: Parts, term: int) -> tuple[Longs, Bytes]:
    _, size, times, starts, places, weight_starts, weights = run
    none = np.zeros(size + 1, dtype=np.uint32)
    held = Rows(times[:size], starts[: size + 1], places, weight_starts[: size + 1], weights, none, none[:0], none[:0])
    row_of, found, heavy = posted(held)
    hit = (found & np.uint32(_MASK)) == term
    return row_of[hit].astype(np.int64), heavy[hit].astype(np.uint8)


def _heft(weights: Bytes) -> Longs:
    squares = weights.astype(np.int64)
    heft: Longs = np.maximum(squares * squares >> SCORE_SHIFT, 1)
    return heft


def _row(run: Parts, row: int, fields: int) -> tuple[Longs, Longs]:
    _, _, _, starts, places, weight_starts, weights = run[:7]
    own_weights = weights[weight_starts[row] : weight_starts[row + 1]]
    return _unpacked(places[starts[row] : starts[row + 1]], own_weights, fields)


def _unpacked(places: Words, weights: Bytes, fields: int) -> tuple[Longs, Longs]:
    """Buckets, and the squared weights by entry and field, 0 where the field has it not."""
    has = (places[:, None] >> (BUCKET_BITS + np.arange(fields, dtype=np.uint32))) & 1 > 0
    squares = np.zeros(has.shape, dtype=np.int64)
    squares[has] = weights.astype(np.int64) ** 2
    return (places & _MASK).astype(np.int64), squares


def _pair_sums(buckets: Longs, mine: Longs, their_buckets: Longs, theirs: Longs) -> Longs:
    at = np.searchsorted(buckets, their_buckets)
    shared = np.flatnonzero(buckets[np.minimum(at, len(buckets) - 1)] == their_buckets) if len(buckets) else at[:0]
    a, b = mine[at[shared]], theirs[shared]
    number = (theirs[:, 0] > 0) & (their_buckets % 2 == 0)
    return np.concatenate(
        [
            (a.T @ b).ravel(),
            (a.T @ (b > 0)).ravel(),
            ((a > 0).T.astype(np.int64) @ b).ravel(),
            theirs.sum(axis=0),
            (theirs * theirs).sum(axis=0),
            [number.sum(), (number[shared] & (a[:, 0] > 0)).sum()],
        ]
    )
