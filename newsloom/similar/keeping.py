"""Where closed runs are kept: files that are mapped, so that they take no memory that the machine can't have back.

All of a run but its times is in its file. The times stay in memory: they change as articles leave.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path

from newsloom import segments
from newsloom.segments import AnyArray, Segment, Unusable, word_arrays, words_of
from newsloom.similar.runs import Rows, Run, Times

KIND = "run"
SUFFIX = ".segment"
POSTINGS = ("coarse", "terms", "offsets", "postings")
PACKED = tuple(f.name for f in fields(Rows) if f.name != "times")

Keep = Callable[[Run], Run]
Same = Callable[[list[str]], list[str]]


class Folder:
    """Runs in files of their own, for the next process too."""

    def __init__(self, path: Path, made_by: str) -> None:
        self._path, self._made_by = path, made_by

    def keep(self, run: Run) -> Run:
        """The same run, mapped from a new file. Raises OSError."""
        name = f"run-{secrets.token_hex(8)}{SUFFIX}"
        told = {"base": run.base, "rows": len(run.rows)}
        segments.write(self._path / name, KIND, self._made_by, told, arrays(run) | word_arrays("names", run.names))
        return self._taken(name, run.base, run.rows.times, run.names, at_hand=True)

    def take(self, name: str, base: int, times: Times, names: Sequence[str] = (), same: Same = list) -> Run:
        """The run of a file, with its times. Raises Unusable. `names`: where they are at hand."""
        return self._taken(name, base, times, names, same)

    def _taken(
        self, name: str, base: int, times: Times, names: Sequence[str], same: Same = list, *, at_hand: bool = False
    ) -> Run:
        path = self._path / name
        found = segments.read(path, KIND, self._made_by, at_hand=at_hand)
        if found.told != {"base": base, "rows": len(times)}:
            raise Unusable(path, "foreign", "it is another run")
        return replace(run_of(base, names or same(words_of(found.arrays, "names")), times, found), file=name)


def nameless(run: Run) -> Run:
    """The same run, mapped from a file that goes with this process; as it is where there is no room for one."""
    try:
        return run_of(run.base, run.names, run.rows.times, segments.write_nameless(None, {}, arrays(run), at_hand=True))
    except OSError:
        return run


def arrays(run: Run) -> dict[str, AnyArray]:
    """All of a run but its times and names."""
    return {name: getattr(run.rows, name) for name in PACKED} | {name: getattr(run, name) for name in POSTINGS}


def run_of(base: int, names: Sequence[str], times: Times, found: Segment) -> Run:
    """The run of `arrays`, its names and times. Raises KeyError or ValueError where they don't fit."""
    rows = Rows(times=times, **{name: found.arrays[name] for name in PACKED})
    if not (len(names) == len(times) == len(rows.shingles) == len(rows.starts) - 1 == len(rows.sketch_starts) - 1):
        raise ValueError("a run's arrays differ in length")
    coarse, terms, offsets, postings = (found.arrays[name] for name in POSTINGS)
    return Run(base, names, rows, coarse, terms, offsets, postings)
