"""Runs: articles in the order of arrival, packed end to end, with postings to find them by their heaviest terms.

The newest articles are a short run that grows; once full it is closed, and closed runs of one size become one of the
next. So an article is moved a few times in its life, a search looks into a few dozen runs at most, and what is old
leaves run by run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from newsloom.similar.coding import POSTED, Bytes, Halves, Words
from newsloom.similar.kernel import KERNEL
from newsloom.similar.vectors import Vector

Times = npt.NDArray[np.float64]
AnyArray = npt.NDArray[Any]

PARTS = ("places", "weights", "signature", "skips")  # arrays of a vector
GONE = -np.inf  # the time of a row that is not to be found any more


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Articles packed end to end: row r has places[starts[r]:starts[r + 1]], its weights and sketches likewise."""

    times: Times  # seconds since 1970; the one array that may change, and never mapped
    starts: Words
    places: Words
    weight_starts: Words
    weights: Bytes
    signature_starts: Words
    signatures: Halves
    skip_starts: Words
    skips: Halves
    shingles: Words

    def __len__(self) -> int:
        return len(self.times)


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Rows from number `base` on by `names`, with their postings.

    Of terms[k] they are postings[offsets[k]:offsets[k + 1]], oldest first; `coarse` says where in `terms` each stretch
    of buckets begins.
    """

    base: int
    names: Sequence[str]
    rows: Rows
    coarse: Words
    terms: Words
    offsets: Words
    postings: Words
    file: str = ""  # where all but `times` is mapped from, "" in memory

    @property
    def end(self) -> int:
        return self.base + len(self.rows)

    def parts(self) -> tuple[Any, ...]:
        """As the kernels take it."""
        r = self.rows
        return (
            self.base, len(r), r.times, r.starts, r.places, r.weight_starts, r.weights,
            self.coarse, self.terms, self.offsets, self.postings,
        )  # fmt: skip


class Newest:
    """The run that grows, `most` rows at the most."""

    def __init__(self, base: int, most: int) -> None:
        self.base = base
        self.size = 0
        self.names: list[str] = []
        self.times: Times = np.zeros(most, dtype=np.float64)
        self._starts = {name: np.zeros(most + 1, dtype=np.uint32) for name in PARTS}
        self._ends = dict.fromkeys(self._starts, 0)
        self._values: dict[str, AnyArray] = {
            "places": np.zeros(64, dtype=np.uint32),
            "weights": np.zeros(64, dtype=np.uint8),
            "signature": np.zeros(64, dtype=np.uint16),
            "skips": np.zeros(64, dtype=np.uint16),
        }
        self._shingles: Words = np.zeros(most, dtype=np.uint32)
        self._seen: Rows | None = None

    def add(self, vector: Vector, time: float, name: str) -> None:
        """Take one article in."""
        row = self.size
        for part in PARTS:
            value = getattr(vector, part)
            start = self._ends[part]
            end = self._ends[part] = start + len(value)
            if end > len(self._values[part]):
                held = self._values[part]
                self._values[part] = np.concatenate([held, np.zeros(end, held.dtype)])
            self._values[part][start:end] = value
            self._starts[part][row + 1] = end
        self._shingles[row] = vector.shingles
        self.times[row] = time
        self.names.append(name)
        self.size += 1

    def view(self) -> Rows:
        """What is here, without copying; good until the next article comes."""
        n, starts, values = self.size, self._starts, self._values
        if self._seen is not None and len(self._seen) == n:
            return self._seen
        self._seen = Rows(
            times=self.times[:n],
            starts=starts["places"][: n + 1],
            places=values["places"],
            weight_starts=starts["weights"][: n + 1],
            weights=values["weights"],
            signature_starts=starts["signature"][: n + 1],
            signatures=values["signature"],
            skip_starts=starts["skips"][: n + 1],
            skips=values["skips"],
            shingles=self._shingles[:n],
        )
        return self._seen

    def parts(self) -> tuple[Any, ...]:
        """As the kernels take it."""
        places, weights = self._starts["places"], self._starts["weights"]
        return self.base, self.size, self.times, places, self._values["places"], weights, self._values["weights"]


def close(base: int, names: Sequence[str], parts: Sequence[Rows]) -> Run:
    """Rows that follow each other as one run with its postings; rows that are gone keep their place alone."""
    rows = _joined([_living(part) for part in parts])
    found = KERNEL.post_rows(rows.starts, rows.places, rows.weight_starts, rows.weights, POSTED)
    coarse, terms, offsets, postings = (np.frombuffer(each, dtype=np.uint32) for each in found)
    return Run(
        base=base,
        names=names,
        rows=rows,
        coarse=coarse,
        terms=terms,
        offsets=offsets,
        postings=postings,
    )


def _living(rows: Rows) -> Rows:
    """Without what is packed of rows that are gone, and without room to grow."""
    kept = rows.times > GONE
    places, starts = _kept(rows.places, rows.starts, kept)
    weights, weight_starts = _kept(rows.weights, rows.weight_starts, kept)
    signatures, signature_starts = _kept(rows.signatures, rows.signature_starts, kept)
    skips, skip_starts = _kept(rows.skips, rows.skip_starts, kept)
    return Rows(
        times=rows.times,
        starts=starts,
        places=places,
        weight_starts=weight_starts,
        weights=weights,
        signature_starts=signature_starts,
        signatures=signatures,
        skip_starts=skip_starts,
        skips=skips,
        shingles=rows.shingles,
    )


def _kept(values: AnyArray, starts: Words, kept: npt.NDArray[np.bool_]) -> tuple[AnyArray, Words]:
    values = values[: int(starts[-1])]
    if kept.all():
        return values, starts
    counts = np.diff(starts)
    left = values[np.repeat(kept, counts)]
    return left, np.concatenate([[0], np.cumsum(counts * kept)]).astype(np.uint32)


def _joined(parts: Sequence[Rows]) -> Rows:
    def values(name: str) -> AnyArray:
        return np.concatenate([getattr(part, name) for part in parts])

    def starts(name: str) -> Words:
        ends = np.cumsum([0, *(int(getattr(part, name)[-1]) for part in parts)])
        moved = [getattr(part, name)[1:] + np.uint32(at) for part, at in zip(parts, ends, strict=False)]
        return np.concatenate([np.zeros(1, dtype=np.uint32), *moved])

    return Rows(
        times=values("times"),
        starts=starts("starts"),
        places=values("places"),
        weight_starts=starts("weight_starts"),
        weights=values("weights"),
        signature_starts=starts("signature_starts"),
        signatures=values("signatures"),
        skip_starts=starts("skip_starts"),
        skips=values("skips"),
        shingles=values("shingles"),
    )
