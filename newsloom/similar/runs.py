"""Runs: articles in the order of arrival, packed end to end, with postings to find them by their heaviest terms.

The newest articles are a short run that grows; once full it is closed, and closed runs of one size become one of the
next. So an article is moved a few times in its life, a search looks into a few dozen runs at most, and what is old
leaves run by run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from newsloom.similar.coding import COARSE_SHIFT, POSTED, Bytes, Halves, Words
from newsloom.similar.kernel import KERNEL
from newsloom.similar.vectors import Vector

Times = npt.NDArray[np.float64]
AnyArray = npt.NDArray[Any]

GONE = -np.inf  # the time of a row that is not to be found any more


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Articles packed end to end: row r is packed[starts[r]:starts[r + 1]], its sketches likewise; see `packing`."""

    times: Times  # seconds since 1970; the one array that may change, and never mapped
    starts: Words
    packed: Bytes
    sketch_starts: Words
    sketches: Bytes
    shingles: Words

    def __len__(self) -> int:
        return len(self.times)


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Rows from number `base` on by `names`, with their postings.

    Of the term with the lower bits terms[k] they are from offsets[k] to offsets[k + 1], the oldest first, 3 bytes each;
    `coarse` says where in `terms` each stretch of buckets begins.
    """

    base: int
    names: Sequence[str]
    rows: Rows
    coarse: Words
    terms: Bytes
    offsets: Words
    postings: Bytes
    file: str = ""  # where all but `times` is mapped from, "" in memory

    @property
    def end(self) -> int:
        return self.base + len(self.rows)

    @property
    def times(self) -> Times:
        return self.rows.times

    def parts(self) -> tuple[Any, ...]:
        """As the kernels take it."""
        r = self.rows
        return self.base, len(r), r.times, r.starts, r.packed, self.coarse, self.terms, self.offsets, self.postings

    def found_by(self, bucket: int) -> int:
        """How many rows are found by a term."""
        start, end = self.coarse[bucket >> COARSE_SHIFT : (bucket >> COARSE_SHIFT) + 2].tolist()
        at = start + int(np.searchsorted(self.terms[start:end], bucket & (1 << COARSE_SHIFT) - 1))
        if at == end or int(self.terms[at]) != bucket & (1 << COARSE_SHIFT) - 1:
            return 0
        return int(self.offsets[at + 1] - self.offsets[at])

    def places(self, row: int, kernel: ModuleType = KERNEL) -> Words:
        """What the article of a row says."""
        return self._unpacked(row, kernel)[0]

    def vector(self, row: int, kernel: ModuleType = KERNEL) -> Vector:
        """The article of a row as it came."""
        signature, shingles, skips = self.sketches(row, kernel)
        places, weights = self._unpacked(row, kernel)
        return Vector(places, weights, signature, shingles, skips)

    def sketches(self, row: int, kernel: ModuleType = KERNEL) -> tuple[Halves, int, Halves]:
        """The signature of a row's article, how many shingles it had, and its skips."""
        r = self.rows
        signature, skips = kernel.unsketch(r.sketches[r.sketch_starts[row] : r.sketch_starts[row + 1]])
        return np.frombuffer(signature, np.uint16), int(r.shingles[row]), np.frombuffer(skips, np.uint16)

    def _unpacked(self, row: int, kernel: ModuleType) -> tuple[Words, Bytes]:
        places, weights = kernel.unrow(self.rows.packed[self.rows.starts[row] : self.rows.starts[row + 1]])
        return np.frombuffer(places, np.uint32), np.frombuffer(weights, np.uint8)


class Newest:
    """The run that grows, `most` rows at the most."""

    def __init__(self, base: int, most: int, kernel: ModuleType = KERNEL) -> None:
        self.base = base
        self.names: list[str] = []
        self.vectors: list[Vector] = []
        self._times: Times = np.zeros(most, dtype=np.float64)
        self._kernel = kernel
        self._packed: list[tuple[bytes, bytes]] = []  # row by row, so that closing takes no time
        self._starts: Words = np.zeros(most + 1, dtype=np.uint32)
        self._weight_starts: Words = np.zeros(most + 1, dtype=np.uint32)
        self._places: Words = np.zeros(64, dtype=np.uint32)
        self._weights: Bytes = np.zeros(64, dtype=np.uint8)

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.names)

    @property
    def times(self) -> Times:
        return self._times[: self.size]

    def add(self, vector: Vector, time: float, name: str) -> None:
        """Take one article in."""
        row = self.size
        self._packed.append(
            (self._kernel.row(vector.places, vector.weights), self._kernel.sketches(vector.signature, vector.skips))
        )
        self._places = _put(self._places, self._starts, row, vector.places)
        self._weights = _put(self._weights, self._weight_starts, row, vector.weights)
        self._times[row] = time
        self.vectors.append(vector)
        self.names.append(name)

    def parts(self) -> tuple[Any, ...]:
        """As the kernels take it."""
        return self.base, self.size, self._times, self._starts, self._places, self._weight_starts, self._weights

    def places(self, row: int, kernel: ModuleType = KERNEL) -> Words:
        """What the article of a row says."""
        return self.vectors[row].places

    def vector(self, row: int, kernel: ModuleType = KERNEL) -> Vector:
        """The article of a row as it came."""
        return self.vectors[row]

    def sketches(self, row: int, kernel: ModuleType = KERNEL) -> tuple[Halves, int, Halves]:
        """The signature of a row's article, how many shingles it had, and its skips."""
        own = self.vectors[row]
        return own.signature, own.shingles, own.skips

    def close(self) -> Run:
        """What is here as a run with its postings; rows that are gone keep their place alone."""
        times = self.times.copy()
        kept = (times > GONE).tolist()
        packed = [each if stays else b"" for (each, _), stays in zip(self._packed, kept, strict=True)]
        sketches = [each if stays else b"" for (_, each), stays in zip(self._packed, kept, strict=True)]
        rows = Rows(
            times=times,
            starts=_starts(list(map(len, packed))),
            packed=np.frombuffer(b"".join(packed), np.uint8),
            sketch_starts=_starts(list(map(len, sketches))),
            sketches=np.frombuffer(b"".join(sketches), np.uint8),
            shingles=np.array([vector.shingles for vector in self.vectors], dtype=np.uint32),
        )
        return _posted(self.base, self.names, rows, [self])


def joined(runs: Sequence[Run]) -> Run:
    """Runs that follow each other as one; rows that are gone keep their place alone."""
    kept = [run.times > GONE for run in runs]
    packed = [_kept(run.rows.packed, run.rows.starts, stays) for run, stays in zip(runs, kept, strict=True)]
    sketches = [_kept(run.rows.sketches, run.rows.sketch_starts, stays) for run, stays in zip(runs, kept, strict=True)]
    rows = Rows(
        times=np.concatenate([run.times for run in runs]),
        starts=_starts(np.concatenate([counts for _, counts in packed])),
        packed=np.concatenate([each for each, _ in packed]),
        sketch_starts=_starts(np.concatenate([counts for _, counts in sketches])),
        sketches=np.concatenate([each for each, _ in sketches]),
        shingles=np.concatenate([run.rows.shingles for run in runs]),
    )
    names = runs[0].names if len(runs) == 1 else [name for run in runs for name in run.names]
    return _posted(runs[0].base, names, rows, runs)


def _posted(base: int, names: Sequence[str], rows: Rows, parts: Sequence[Run | Newest]) -> Run:
    """The run of rows that lay in `parts`, with its postings."""
    coarse, terms, offsets, postings = KERNEL.post(tuple(part.parts() for part in parts), POSTED)
    return Run(
        base=base,
        names=names,
        rows=rows,
        coarse=np.frombuffer(coarse, np.uint32),
        terms=np.frombuffer(terms, np.uint8),
        offsets=np.frombuffer(offsets, np.uint32),
        postings=np.frombuffer(postings, np.uint8),
    )


def _kept(values: Bytes, starts: Words, kept: npt.NDArray[np.bool_]) -> tuple[Bytes, AnyArray]:
    """The bytes of the rows that are kept, and how many each has."""
    counts = np.diff(starts)
    return (values, counts) if kept.all() else (values[np.repeat(kept, counts)], counts * kept)


def _starts(counts: Sequence[int] | AnyArray) -> Words:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.uint32)


def _put(values: AnyArray, starts: Words, row: int, more: AnyArray) -> AnyArray:
    """The values with those of a row behind them, moved to where there is room."""
    start = int(starts[row])
    end = start + len(more)
    if end > len(values):
        values = np.concatenate([values, np.zeros(end, values.dtype)])
    values[start:end] = more
    starts[row + 1] = end
    return values
