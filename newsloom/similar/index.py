"""The articles of one language that may still be compared: runs of rows, and the search for candidates.

A row's number is its place in the order of arrival and never changes. What has left the window is skipped when found;
a run goes when all of it has left.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import inf
from types import ModuleType

import numpy as np
import numpy.typing as npt

from newsloom.similar.coding import BUCKET, BUCKET_BITS, POSTED, Halves, Words
from newsloom.similar.keeping import Keep
from newsloom.similar.kernel import KERNEL
from newsloom.similar.merging import Merge, begin
from newsloom.similar.runs import GONE, Newest, Run, joined
from newsloom.similar.vectors import FIELDS, Vector

Numbers = npt.NDArray[np.int64]
Columns = npt.NDArray[np.float64]

NEWEST = 3_000  # most articles looked at for one term: the newest; a commoner term finds nothing of use
GROWING = 256  # rows of the run that grows
TOGETHER = 4  # closed runs of one size that become one
LARGEST = GROWING * TOGETHER**4  # rows: the scores of one run stay in the processor's cache
BESIDE = TOGETHER**2  # times GROWING: rows from which on a merge is done beside, and its run kept in a file
FEW = 1 / 8  # a run of which less than this is left is packed anew


class Window:
    """Rows of one language. Times are seconds since 1970.

    `span_s`: runs that follow each other in time grow no longer than this, so that they can go in time.
    `kernel`: compiled, or `portable`; both give the same. `keep` may move large runs into files.
    """

    def __init__(self, span_s: float = inf, kernel: ModuleType | None = None, keep: Keep | None = None) -> None:
        self._span_s = span_s
        self._keep: Keep = keep or (lambda run: run)
        self._merges: list[Merge] = []
        self._kernel = kernel or KERNEL
        self._runs: list[Run] = []
        self._newest = Newest(0, GROWING, self._kernel)
        self._bases: list[int] = []
        self._ends: list[int] = []
        self._parts: list[tuple[object, ...]] = []
        self._scratch: Words = np.zeros(2 * LARGEST, dtype=np.uint32)
        self.alive = 0

    @property
    def size(self) -> int:
        """The number that the next row gets."""
        return self._newest.base + self._newest.size

    @property
    def runs(self) -> Sequence[Run]:
        """The closed runs, the oldest first."""
        return self._runs

    @property
    def merges(self) -> Sequence[Merge]:
        """What is being merged."""
        return self._merges

    @property
    def newest(self) -> Newest:
        """The run that grows."""
        return self._newest

    def fill(self, runs: Sequence[Run], merges: Sequence[Merge], size: int, alive: int) -> None:
        """Become a window with these, whose next row is `size`."""
        self._runs, self._merges = list(runs), list(merges)
        self._newest, self.alive = Newest(size, GROWING, self._kernel), alive
        self._arrange()

    def living(self) -> Iterator[tuple[Sequence[str], Numbers]]:
        """The names and rows of all that can be found, a run at a time."""
        for run in self._runs:
            rows = np.flatnonzero(run.times > GONE)
            names = run.names if len(rows) == len(run.names) else [run.names[row] for row in rows.tolist()]
            yield names, rows + run.base
        rows = np.flatnonzero(self._newest.times > GONE)
        yield [self._newest.names[row] for row in rows.tolist()], rows + self._newest.base

    def add(self, vector: Vector, time: float, name: str = "") -> int:
        """Take an article in by its name; returns its row."""
        if self._newest.size == GROWING:
            self._close()
        row = self.size
        self._newest.add(vector, time, name)
        self.alive += 1
        return row

    def name(self, row: int) -> str:
        """The name that the row's article came with."""
        holder, within = self._holder(row)
        return holder.names[within]

    def time(self, row: int) -> float:
        """When the row's article was shown."""
        holder, within = self._holder(row)
        return float(holder.times[within])

    def places(self, row: int) -> Words:
        """The buckets of all that the row's article says."""
        holder, within = self._holder(row)
        return holder.places(within, self._kernel) & BUCKET

    def vector(self, row: int) -> Vector:
        """The row's article as it came."""
        holder, within = self._holder(row)
        return holder.vector(within, self._kernel)

    def sketches(self, row: int) -> tuple[Halves, int, Halves]:
        """The signature of the row's article, how many shingles it had, and its skips."""
        holder, within = self._holder(row)
        return holder.sketches(within, self._kernel)

    def drop(self, row: int) -> None:
        """No candidates from this row any more."""
        holder, within = self._holder(row)
        self.alive -= bool(holder.times[within] > GONE)
        holder.times[within] = GONE

    def expire(self, before: float) -> list[str]:
        """Drop the runs of which nothing is as new as `before`; the names of what was still here.

        Where only a little is left of a run, the rest of it goes too. Runs that are being merged wait for that.
        """
        gone: list[str] = []
        for at, run in enumerate(self._runs):
            times = run.times
            old = (times < before) & (times > GONE)
            left = int((times >= before).sum())
            if not old.any() or left > FEW * len(times) or self._is_merged(run):
                continue
            gone.extend(run.names[row] for row in np.flatnonzero(old).tolist())
            self.alive -= int(old.sum())
            times[old] = GONE
            if left:
                self._runs[at] = joined([run])
        self._runs = [run for run in self._runs if (run.times > GONE).any() or self._is_merged(run)]
        self._arrange()
        return gone

    def candidates(self, vector: Vector, time: float, window_s: float, most: int) -> Numbers:
        """Rows within `window_s` of `time` that share the heaviest terms, best first, at most `most`."""
        asked = vector.places[:POSTED]
        terms = asked[asked >> np.uint32(BUCKET_BITS) & np.uint32(1) > 0]
        out: Numbers = np.zeros(most, dtype=np.int64)
        found = self._kernel.candidates(
            self._all(), terms, vector.weights[: len(terms)], time, window_s, most, NEWEST, POSTED,
            self._scratch, out,
        )  # fmt: skip
        return out[:found]

    def sums(self, vector: Vector, rows: Numbers) -> tuple[Numbers, Numbers]:
        """The sums of `kernel.sums` for each row, and of the article with itself."""
        out = self._sums(vector, rows)
        return out[:-1], out[-1]

    def features(self, vector: Vector, rows: Numbers, weights: Columns, bias: float) -> Columns:
        """What a model sees of an article and each row: a line of each of its features, the log-odds last."""
        told = self._sums(vector, rows)
        out: Columns = np.empty((len(weights) + 1, len(rows)), dtype=np.float64)
        self._kernel.features(told, weights, bias, out)
        return out

    def compare(
        self, vector: Vector, rows: Numbers, weights: Columns, bias: float, off: float, least: float, least_terms: float
    ) -> list[tuple[int, float, float]]:
        """(row, log-odds less `off`, cosine of all terms) of rows, the likeliest first.

        Of those alone whose log-odds are more than `least` or whose cosine is `least_terms` at least.
        """
        found: list[tuple[int, float, float]] = self._kernel.compare(
            self._all(), rows, vector.places, vector.weights, weights, bias, off, least, least_terms
        )
        return found

    def ask(
        self,
        vector: Vector,
        time: float,
        window_s: float,
        most: int,
        model: tuple[Columns, float],
        off: float,
        least: float,
        least_terms: float,
        left_out: int = -1,
    ) -> object:
        """`candidates` and `compare` beside what else is done, for `answer`; `left_out`: a row that is not compared.

        Nothing may be added, dropped or let go before it is answered.
        """
        asked: object = self._kernel.ask(
            self._all(), vector.places, vector.weights, time, window_s, most, NEWEST, POSTED,
            self._scratch, *model, off, least, least_terms, left_out,
        )  # fmt: skip
        return asked

    def answer(self, asked: object) -> list[tuple[int, float, float]]:
        """What was asked for, as `compare` gives it."""
        found: list[tuple[int, float, float]] = self._kernel.answer(asked)
        return found

    def _sums(self, vector: Vector, rows: Numbers) -> Numbers:
        out: Numbers = np.empty((len(rows) + 1, 3 * len(FIELDS) ** 2 + 2 * len(FIELDS) + 2), dtype=np.int64)
        self._kernel.sums(self._all(), rows, vector.places, vector.weights, len(FIELDS), out)
        return out

    def _all(self) -> tuple[tuple[object, ...], ...]:
        return (*self._parts, self._newest.parts())

    def _holder(self, row: int) -> tuple[Run | Newest, int]:
        """The run that has the row, and the row's place there."""
        if row >= self._newest.base:
            return self._newest, row - self._newest.base
        at = bisect_right(self._bases, row) - 1
        if at < 0 or row >= self._ends[at]:
            raise KeyError(row)
        return self._runs[at], row - self._bases[at]

    def _close(self) -> None:
        """The newest rows become a run, runs of one size the next larger one."""
        self._runs.append(self._newest.close())
        self._newest = Newest(self._newest.base + self._newest.size, GROWING, self._kernel)
        self._merge(len(self._runs) - 1)
        for merge in [each for each in self._merges if each.due <= self.size]:
            self._merges.remove(merge)
            self._put_in(merge)
        self._arrange()

    def _merge(self, at: int) -> None:
        """Make one of the run at a place and those before it, as far as they are of one size."""
        while (first := at + 1 - TOGETHER) >= 0 and self._mergeable(parts := self._runs[first : at + 1]):
            if sum(len(run.rows) for run in parts) >= BESIDE * GROWING:
                self._merges.append(begin(parts, self.size, self._keep))
                return
            self._runs[first : at + 1] = [joined(parts)]
            at = first

    def _put_in(self, merge: Merge) -> None:
        first, last = (sum(run.base < number for run in self._runs) for number in (merge.base, merge.end))
        self._runs[first:last] = [merge.result(self._runs[first:last])]
        self._merge(first)

    def _arrange(self) -> None:
        self._bases = [run.base for run in self._runs]
        self._ends = [run.end for run in self._runs]
        self._parts = [run.parts() for run in self._runs]

    def _is_merged(self, run: Run) -> bool:
        return any(merge.covers(run) for merge in self._merges)

    def _mergeable(self, runs: Sequence[Run]) -> bool:
        size = len(runs[-1].rows)
        if size == LARGEST or any(len(run.rows) != size or self._is_merged(run) for run in runs):
            return False
        if any(a.end != b.base for a, b in pairwise(runs)):
            return False
        times = [run.times[run.times > GONE] for run in runs]
        ends = [(float(t.min()), float(t.max())) for t in times if len(t)]
        in_order = all(a[1] <= b[0] for a, b in pairwise(ends))
        return not in_order or not ends or ends[-1][1] - ends[0][0] <= self._span_s
