"""Runs of one size become one of the next: small ones at once, large ones in a thread beside.

What a search finds depends a little on which runs there are (what has left is skipped, but counts among a term's
newest). So a merge that was begun beside is put in after a fixed number of further articles, early or late: the same
stream gives the same results whatever the threads did.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from newsloom.similar.runs import Rows, Run, joined

PATIENCE = 16  # a merge of n rows is put in n / PATIENCE rows later


@dataclass(frozen=True, slots=True, eq=False)
class Merge:
    """What becomes of the runs that cover `base` to `end`, put in when the window has `due` rows."""

    base: int
    end: int
    due: int
    future: Future[Run]

    def covers(self, run: Run) -> bool:
        """Whether the run is one of those that are merged."""
        return self.base <= run.base < self.end

    def result(self, parts: Sequence[Run]) -> Run:
        """The run that takes the place of `parts`, with their times as of now."""
        run = self.future.result()
        run.times[:] = np.concatenate([part.times for part in parts])
        return run


def begin(runs: Sequence[Run], size: int, keep: Callable[[Run], Run]) -> Merge:
    """Merge runs beside what goes on, as they are now; `size`: the rows that the window has."""
    # The times may change under way: what is packed must not depend on when.
    parts = [replace(run, rows=_still(run.rows)) for run in runs]
    rows = runs[-1].end - runs[0].base
    return Merge(runs[0].base, runs[-1].end, size + rows // PATIENCE, _thread().submit(lambda: keep(joined(parts))))


def done(base: int, due: int, run: Run) -> Merge:
    """A merge whose result is there already."""
    future: Future[Run] = Future()
    future.set_result(run)
    return Merge(base, run.end, due, future)


def _still(rows: Rows) -> Rows:
    return replace(rows, times=rows.times.copy())


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="newsloom-runs")
