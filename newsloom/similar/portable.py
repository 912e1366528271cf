"""What `_kernel.c` does, in numpy: the same numbers to the last bit, for where nothing was compiled, and slower."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from newsloom.similar.coding import (
    BUCKET,
    BUCKET_BITS,
    COARSE,
    COARSE_SHIFT,
    HEAVIEST,
    LIGHTEST,
    MOST_ROWS,
    POSTED,
    POSTING,
    ROW_SHIFT,
    SCORE_SHIFT,
    Bytes,
    Halves,
    Words,
)
from newsloom.similar.packing import row, rows_of, sketches, spans, unrow, unsketch
from newsloom.types import Terms

__all__ = [
    "answer", "ask", "candidates", "compare", "features", "halves", "numbers", "overlap", "pack", "post", "row",
    "shared", "sketches", "sums", "unrow", "unsketch",
]  # fmt: skip

Parts = tuple[Any, ...]
Longs = npt.NDArray[np.int64]
Column = npt.NDArray[np.float64]


def pack(fields: tuple[Terms, ...], bucket: Callable[[str], int]) -> tuple[bytes, bytes]:
    """Terms with weights, field by field -> (places, weights) as bytes."""
    places: dict[int, int] = {}
    weights: list[list[tuple[int, int]]] = [[] for _ in fields]
    for field, terms in enumerate(fields):
        flag = 1 << (BUCKET_BITS + field)
        for term, weight in terms:
            where = bucket(term)
            if not places.get(where, 0) & flag:
                places[where] = places.get(where, 0) | flag
                code = round(sqrt(max(weight, 0.0)) * HEAVIEST)
                weights[field].append((where, min(max(code, LIGHTEST), HEAVIEST)))
    order = {where: n for n, where in enumerate(places)}
    return (
        np.array([where | flags for where, flags in places.items()], dtype=np.uint32).tobytes(),
        bytes([weight for each in weights for _, weight in sorted(each, key=lambda pair: order[pair[0]])]),
    )


def halves(hashes: tuple[int, ...], most: int) -> bytes:
    """The upper halves of ascending hashes, `most` of them, each once."""
    upper = (np.array(hashes[:most], dtype=np.uint32) >> np.uint32(16)).astype(np.uint16)
    return (upper[np.append(True, upper[1:] != upper[:-1])] if len(upper) else upper).tobytes()


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
    order = np.argsort(terms & BUCKET)
    asked, hefts = (terms & BUCKET)[order].astype(np.int64), _heft(weights)[order]
    quota = np.full(len(asked), newest, dtype=np.int64)
    found: list[Longs] = []
    scores: list[Longs] = []
    for run in reversed(runs):
        base, times = int(run[0]), run[2]
        rows, products = _hits(run, asked, hefts, quota)
        different, where = np.unique(rows, return_inverse=True)
        totals = np.bincount(where, weights=products, minlength=len(different)).astype(np.int64)
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
    squares [F], their numbers, numbers of both; field by field, mine first. The last of `out` is
    the article's with itself.
    """
    own = _unpacked(places, weights, fields)
    order = np.argsort(own.buckets)
    out[:] = 0
    out[-1] = _pair_sums(own.buckets[order], own.squares[order], own, 1)[0]
    bases = np.array([run[0] for run in runs], dtype=np.int64)
    of_run = np.searchsorted(bases, rows, side="right") - 1
    for at in np.unique(of_run[of_run >= 0]).tolist():
        run = runs[at]
        asked = np.flatnonzero((of_run == at) & (rows - run[0] < run[1]))
        theirs = _gathered(run, rows[asked] - run[0], fields)
        out[asked] = _pair_sums(own.buckets[order], own.squares[order], theirs, len(asked))


def features(told: Longs, weights: Column, bias: float, out: Column) -> None:
    """The sums of some pairs, the article's own last -> a column of each feature and one of log-odds, into `out`."""
    sums = _Sums(told[:-1], told[-1])
    here, there = sums.mine_within(_TERMS), sums.theirs_within(_TERMS)
    out[:-1] = (
        sums.cosine(_TITLE),
        sums.cosine(_HEAD),
        sums.cosine(_TERMS),
        np.maximum(here, there),
        np.minimum(here, there),
        sums.numbers(),
        (sums.mine_within(_HEAD) + sums.theirs_within(_HEAD)) / 2,
        (sums.mine_within(_TITLE) + sums.theirs_within(_TITLE)) / 2,
    )
    out[-1] = bias
    for weight, column in zip(weights.tolist(), out[:-1], strict=True):
        out[-1] += weight * column


def compare(
    runs: tuple[Parts, ...],
    rows: Longs,
    places: Words,
    weights: Bytes,
    model: Column,
    bias: float,
    off: float,
    least: float,
    least_terms: float,
) -> list[tuple[int, float, float]]:
    """(row, log-odds less `off`, cosine of all terms) of rows, the likeliest first, ties by row.

    Of those alone whose log-odds are more than `least` or whose cosine is `least_terms` at least.
    """
    told = np.empty((len(rows) + 1, 3 * _F * _F + 2 * _F + 2), dtype=np.int64)
    columns = np.empty((len(model) + 1, len(rows)), dtype=np.float64)
    sums(runs, rows, places, weights, _F, told)
    features(told, model, bias, columns)
    logits, terms = columns[-1] - off, columns[TERMS]
    return [
        (int(rows[k]), float(logits[k]), float(terms[k]))
        for k in np.lexsort((rows, -logits)).tolist()
        if logits[k] > least or terms[k] >= least_terms
    ]


Ranked = list[tuple[int, float, float]]


def ask(
    runs: tuple[Parts, ...],
    places: Words,
    weights: Bytes,
    time: float,
    window: float,
    most: int,
    newest: int,
    posted_terms: int,
    scratch: Words,
    model: Column,
    bias: float,
    off: float,
    least: float,
    least_terms: float,
    left_out: int,
) -> Ranked:
    """Candidates and their comparison, for `answer`; `left_out`: a row that is not compared, -1 for none."""
    asked = places[:posted_terms]
    terms = asked[asked >> np.uint32(BUCKET_BITS) & np.uint32(1) > 0]
    out: Longs = np.zeros(most, dtype=np.int64)
    found = candidates(runs, terms, weights[: len(terms)], time, window, most, newest, posted_terms, scratch, out)
    rows = out[:found]
    return compare(runs, rows[rows != left_out], places, weights, model, bias, off, least, least_terms)


def answer(asked: Ranked) -> Ranked:
    """What was asked for, as `compare` gives it."""
    return asked


def overlap(a: Halves, a_cut: bool, b: Halves, b_cut: bool) -> tuple[int, int, int]:
    """Two ascending sketches -> how many of each lie within the reach of both, and how many are the same.

    A sketch that is cut reaches to its last hash.
    """
    reach = min([np.uint16(0xFFFF), *(part[-1] for part, cut in ((a, a_cut), (b, b_cut)) if cut and len(part))])
    a, b = a[a <= reach], b[b <= reach]
    return len(a), len(b), len(np.intersect1d(a, b, assume_unique=True))


def numbers(a: Words, b: Words) -> tuple[int, int, int]:
    """Two articles' places -> how many numbers each has, and how many are the same."""
    mine, theirs = ({place for place in (part & BUCKET).tolist() if place and place % 2 == 0} for part in (a, b))
    return len(mine), len(theirs), len(mine & theirs)


def shared(terms: tuple[Any, ...], least: float, places: Words, bucket: Callable[[str], int]) -> list[str]:
    """Terms, or those of pairs of at least this weight, that another article has too by its places."""
    theirs = set((places & BUCKET).tolist())
    heavy = (term if isinstance(term, str) else term[0] for term in terms if isinstance(term, str) or term[1] >= least)
    return [term for term in heavy if bucket(term) in theirs]


NEWEST_PARTS = 7  # of the run that grows
TERMS = 2  # the column of the cosine of all terms
_TERMS, _HEAD, _TITLE = range(_F := 3)


class _Sums:
    """Whole-number sums of one article with others; fields are numbered as in `vectors.FIELDS`."""

    def __init__(self, told: Longs, own: Longs) -> None:
        square = _F * _F
        shape = (len(told), _F, _F)
        self._products = told[:, :square].reshape(shape)
        self._mine = told[:, square : 2 * square].reshape(shape)
        self._theirs = told[:, 2 * square : 3 * square].reshape(shape)
        self._mass, self._norms = told[:, 3 * square :][:, :_F], told[:, 3 * square + _F :][:, :_F]
        self._numbers = told[:, -2:]
        self._own_mass, self._own_norms, self._own_numbers = (
            own[3 * square :][:_F],
            own[3 * square + _F :][:_F],
            own[-2],
        )

    def cosine(self, field: int) -> Column:
        """Of one field with the same of the other."""
        lengths = np.sqrt(self._norms[:, field].astype(np.float64)) * sqrt(self._own_norms[field])
        cosine: Column = self._products[:, field, field] / np.maximum(lengths, 1.0)
        return cosine

    def mine_within(self, field: int, other: int = _TERMS) -> Column:
        """Share of my field's weight that stands in the other's field."""
        share: Column = self._mine[:, field, other] / max(float(self._own_mass[field]), 1.0)
        return share

    def theirs_within(self, field: int, other: int = _TERMS) -> Column:
        """Share of their field's weight that stands in mine."""
        share: Column = self._theirs[:, other, field] / np.maximum(self._mass[:, field], 1).astype(np.float64)
        return share

    def numbers(self) -> Column:
        """Cosine over the terms that are numbers, counted."""
        theirs = np.maximum(self._numbers[:, 0], 1) * max(int(self._own_numbers), 1)
        column: Column = self._numbers[:, 1] / np.sqrt(theirs.astype(np.float64))
        return column


class _Entries(NamedTuple):
    """Entries of some rows end to end: the row, the bucket, the squared weights by field, 0 where it has none."""

    row: Longs
    buckets: Longs
    squares: Longs


def post(runs: tuple[Parts, ...], posted_terms: int) -> tuple[bytes, bytes, bytes, bytes]:
    """The postings of runs that follow each other, as one run's: (coarse, terms, offsets, postings), see `runs.Run`."""
    base, end = runs[0][0], runs[-1][0] + runs[-1][1]
    if end - base != sum(run[1] for run in runs) or end - base > MOST_ROWS:
        raise ValueError("no runs that follow each other, or too long")
    # One sort of whole numbers: by term, then by row. No two are alike, and each closed run is in order.
    keys = np.concatenate([_keys_of(run, run[0] - base, posted_terms) for run in runs])
    keys.sort(kind="stable")
    found = (keys >> np.uint64(40)).astype(np.uint32)
    first = np.flatnonzero(np.diff(found, prepend=np.uint32(0)))  # no term has bucket 0
    terms = found[first]
    coarse = np.cumsum(np.bincount((terms >> np.uint32(COARSE_SHIFT)) + np.uint32(1), minlength=COARSE + 1))
    return (
        coarse.astype(np.uint32).tobytes(),
        (terms & np.uint32((1 << COARSE_SHIFT) - 1)).astype(np.uint8).tobytes(),
        np.append(first, len(keys)).astype(np.uint32).tobytes(),
        keys.astype("<u4").view(np.uint8).reshape(-1, 4)[:, :POSTING].tobytes(),
    )


def _keys_of(run: Parts, moved: int, most: int) -> npt.NDArray[np.uint64]:
    """What the rows that are left are found by: term, row (so many further on) and weight, the term above."""
    if len(run) == NEWEST_PARTS:
        _, size, times, starts, places, weight_starts, weights = run
        row_of, terms, heavy = _posted(starts[: size + 1], places, weight_starts, weights, most)
    else:
        _, _, times, _, _, coarse, lower, offsets, postings = run
        told = postings.reshape(-1, POSTING).astype(np.uint64)
        row_of, heavy = told[:, 1] | told[:, 2] << np.uint64(8), told[:, 0]
        stretches = np.repeat(np.arange(COARSE, dtype=np.uint32), np.diff(coarse.astype(np.int64)))
        terms = np.repeat(stretches << np.uint32(COARSE_SHIFT) | lower, np.diff(offsets.astype(np.int64)))
    rows = row_of + np.uint64(moved)
    keys = (terms & BUCKET).astype(np.uint64) << np.uint64(40) | rows << np.uint64(ROW_SHIFT) | heavy
    kept: npt.NDArray[np.uint64] = keys[times[row_of.astype(np.int64)] > -np.inf].astype(np.uint64)
    return kept


def _posted(
    starts: Words, places: Words, weight_starts: Words, weights: Bytes, most: int
) -> tuple[npt.NDArray[np.uint64], Words, npt.NDArray[np.uint64]]:
    """What each row is found by: (row, place, weight) of its first `most` terms, in the order of rows."""
    end, counts = int(starts[-1]), np.diff(starts)
    places = places[:end]
    row_of = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    within = np.arange(end, dtype=np.int64) - starts[:-1].astype(np.int64)[row_of]
    kept = np.flatnonzero((within < most) & (places >> np.uint32(BUCKET_BITS) & np.uint32(1) > 0))
    heavy = weights[weight_starts[row_of[kept]] + within[kept]]  # the first field's weights come first
    return row_of[kept].astype(np.uint64), places[kept], heavy.astype(np.uint64)


def _hits(run: Parts, asked: Longs, hefts: Longs, quota: Longs) -> tuple[Longs, Longs]:
    """Rows of one run and what each shared term adds to them; `quota` is used up. `asked`: buckets, ascending."""
    rows: list[Longs] = [np.zeros(0, dtype=np.int64)]
    products: list[Longs] = [np.zeros(0, dtype=np.int64)]
    for k, at, weight in _term_rows(run, asked) if len(run) > NEWEST_PARTS else _newest_rows(run, asked):
        taken = min(int(quota[k]), len(at))
        quota[k] -= taken
        if taken:
            rows.append(at[-taken:])
            products.append(hefts[k] * _heft(weight[-taken:]))
    return np.concatenate(rows), np.concatenate(products)


def _term_rows(run: Parts, asked: Longs) -> Iterator[tuple[int, Longs, Bytes]]:
    """(which of the asked, rows, weights) of a run with postings."""
    coarse, terms, offsets, postings = run[5:]
    if not len(terms):
        return
    low, stretch = asked & (1 << COARSE_SHIFT) - 1, asked >> COARSE_SHIFT
    at, end = coarse[stretch].astype(np.int64), coarse[stretch + 1].astype(np.int64)
    while (lower := (at < end) & (terms[np.minimum(at, len(terms) - 1)] < low)).any():
        at += lower
    for k in np.flatnonzero((at < end) & (terms[np.minimum(at, len(terms) - 1)] == low)).tolist():
        hits = postings[POSTING * int(offsets[at[k]]) : POSTING * int(offsets[at[k] + 1])].reshape(-1, POSTING)
        yield k, hits[:, 1].astype(np.int64) | hits[:, 2].astype(np.int64) << 8, hits[:, 0]


def _newest_rows(run: Parts, asked: Longs) -> Iterator[tuple[int, Longs, Bytes]]:
    """The same of the run that grows."""
    _, size, _, starts, places, weight_starts, weights = run
    row_of, found, heavy = _posted(starts[: size + 1], places, weight_starts, weights, POSTED)
    at = np.searchsorted(asked, found & BUCKET)
    hit = np.flatnonzero(asked[np.minimum(at, len(asked) - 1)] == found & BUCKET) if len(asked) else at[:0]
    for k in np.unique(at[hit]).tolist():
        own = hit[at[hit] == k]
        yield k, row_of[own].astype(np.int64), heavy[own].astype(np.uint8)


def _heft(weights: Bytes) -> Longs:
    squares = weights.astype(np.int64)
    heft: Longs = np.maximum(squares * squares >> SCORE_SHIFT, 1)
    return heft


def _gathered(run: Parts, rows: Longs, fields: int) -> _Entries:
    """The entries of some rows of one run."""
    if len(run) > NEWEST_PARTS:
        found = rows_of(run[4], run[3], rows)
        return _unpacked(found.places, found.weights, fields, np.repeat(np.arange(len(rows)), found.counts))
    _, _, _, starts, places, weight_starts, weights = run
    starts, weight_starts = starts.astype(np.int64), weight_starts.astype(np.int64)
    counts = np.diff(starts)[rows]
    weighed = weights[spans(weight_starts[rows], np.diff(weight_starts)[rows])]
    return _unpacked(places[spans(starts[rows], counts)], weighed, fields, np.repeat(np.arange(len(rows)), counts))


def _unpacked(places: Words, weights: Bytes, fields: int, row: Longs | None = None) -> _Entries:
    """Entries of rows end to end, of one by default; a row's weights lie field by field."""
    row = np.zeros(len(places), dtype=np.int64) if row is None else row
    has = (places[:, None] >> (BUCKET_BITS + np.arange(fields, dtype=np.uint32))) & 1 > 0
    entry, field = np.nonzero(has)
    order = np.lexsort((entry, field, row[entry]))
    squares = np.zeros(has.shape, dtype=np.int64)
    squares[entry[order], field[order]] = weights.astype(np.int64) ** 2
    return _Entries(row, (places & BUCKET).astype(np.int64), squares)


def _pair_sums(buckets: Longs, mine: Longs, theirs: _Entries, rows: int) -> Longs:
    at = np.minimum(np.searchsorted(buckets, theirs.buckets), max(len(buckets) - 1, 0))
    shared = np.flatnonzero(buckets[at] == theirs.buckets) if len(buckets) else at[:0]
    a, b = mine[at[shared]], theirs.squares[shared]
    number = (theirs.squares[:, 0] > 0) & (theirs.buckets % 2 == 0)

    def total(row: Longs, values: npt.NDArray[Any]) -> list[Longs]:
        # Sums of doubles that are whole numbers under 2^53 are exact in any order.
        columns = values.reshape(len(row), int(np.prod(values.shape[1:]))).T
        return [np.bincount(row, weights=column, minlength=rows).astype(np.int64) for column in columns]

    here = theirs.row[shared]
    sums = [
        *total(here, a[:, :, None] * b[:, None, :]),
        *total(here, a[:, :, None] * (b > 0)[:, None, :]),
        *total(here, (a > 0)[:, :, None] * b[:, None, :]),
        *total(theirs.row, theirs.squares),
        *total(theirs.row, theirs.squares * theirs.squares),
        *total(theirs.row, number),
        *total(here, number[shared] & (a[:, 0] > 0)),
    ]
    return np.stack(sums, axis=1)
