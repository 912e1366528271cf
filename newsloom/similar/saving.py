"""A window as it stands, in arrays and files, and back: what was put away goes on as if nothing had been.

Runs that have a file are named; what is small or still grows lies in the arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from newsloom.segments import AnyArray, Segment, Told, word_arrays, words_of
from newsloom.similar.index import Window
from newsloom.similar.keeping import Folder, Same, arrays, run_of
from newsloom.similar.merging import done
from newsloom.similar.runs import Run
from newsloom.similar.vectors import Vector

Arrays = dict[str, AnyArray]

PARTS = ("places", "weights", "signature", "skips")  # arrays of a vector


def files(window: Window) -> set[str]:
    """The files that runs are mapped from. Waits for what is being merged."""
    merged = [merge.future.result() for merge in window.merges]
    return {run.file for run in (*window.runs, *merged) if run.file}


def saved(window: Window, prefix: str) -> tuple[Told, Arrays]:
    """What to keep of a window beside its `files`. Waits for what is being merged."""
    runs = list(window.runs)
    merges = [(merge.due, merge.future.result()) for merge in window.merges]
    kept: Arrays = {}
    for n, run in enumerate([*runs, *(run for _, run in merges)]):
        kept |= _kept_run(run, f"{prefix}.{n}")
    newest = window.newest
    kept |= {f"{prefix}.newest.times": newest.times.copy()}
    kept |= word_arrays(f"{prefix}.newest.names", newest.names)
    kept |= vector_arrays(newest.vectors, f"{prefix}.newest")
    told: Told = {
        "alive": window.alive,
        "newest": newest.base,
        "runs": [[run.base, run.file] for run in runs],
        "merges": [[due, run.base, run.file] for due, run in merges],
    }
    return told, kept


def restore(
    window: Window, prefix: str, told: Told, kept: Mapping[str, AnyArray], folder: Folder, same: Same = list
) -> None:
    """Make an empty window the one that was saved. Raises Unusable, KeyError or ValueError."""
    runs = [
        _run(base, file, f"{prefix}.{n}", kept, folder, same)
        for n, (base, file) in enumerate([*told["runs"], *(run for _, *run in told["merges"])])
    ]
    merges = [
        done(run.base, due, run)
        for (due, *_), run in zip(told["merges"], runs[len(told["runs"]) :], strict=True)
    ]  # fmt: skip
    window.fill(runs[: len(told["runs"])], merges, told["newest"], told["alive"])
    times = kept[f"{prefix}.newest.times"].tolist()
    names = same(words_of(kept, f"{prefix}.newest.names"))
    rows = vectors_of(kept, f"{prefix}.newest")
    for name, time, row in zip(names, times, rows, strict=True):
        window.newest.add(row, time, name)


def vector_arrays(rows: Sequence[Vector], prefix: str) -> Arrays:
    """Articles' arrays end to end."""
    made: Arrays = {f"{prefix}.shingles": np.array([row.shingles for row in rows], dtype=np.uint32)}
    for part, dtype in zip(PARTS, (np.uint32, np.uint8, np.uint16, np.uint16), strict=True):
        values = [getattr(row, part) for row in rows]
        made[f"{prefix}.{part}"] = np.concatenate([np.zeros(0, dtype), *values])
        made[f"{prefix}.{part}.ends"] = np.cumsum([len(value) for value in values], dtype=np.int64)
    return made


def vectors_of(kept: Mapping[str, AnyArray], prefix: str) -> list[Vector]:
    """The articles of `vector_arrays`."""
    places, weights, signatures, skips = (
        np.split(kept[f"{prefix}.{part}"], kept[f"{prefix}.{part}.ends"].tolist())[:-1] for part in PARTS
    )
    shingles = kept[f"{prefix}.shingles"].tolist()
    return [Vector(*parts) for parts in zip(places, weights, signatures, shingles, skips, strict=True)]


def _kept_run(run: Run, prefix: str) -> Arrays:
    times = {f"{prefix}.times": run.times.copy()}
    if run.file:
        return times
    here = arrays(run) | word_arrays("names", run.names)
    return times | {f"{prefix}.{name}": array for name, array in here.items()}


def _run(base: int, file: str, prefix: str, kept: Mapping[str, AnyArray], folder: Folder, same: Same) -> Run:
    times = kept[f"{prefix}.times"].copy()
    if file:
        return folder.take(file, base, times, same=same)
    # Copies: one small run that is a view of the state's file would keep all of it.
    begin = f"{prefix}."
    here = {name.removeprefix(begin): array.copy() for name, array in kept.items() if name.startswith(begin)}
    return run_of(base, same(words_of(here, "names")), times, Segment(told={}, arrays=here))
