"""The writer's memory in files beside the store: how it stood at some time, and a journal of what came since.

    run-*.segment        large runs of the window, each written once
    state-LINE.segment   all else that was remembered when the line began
    journal-LINE         the operations since, each written before the store has its result

The store says which line it goes with and how many of its steps it has, in the transaction of each step. So a start
takes up exactly what the store knows of, whenever the process before it ended. All of it may be deleted at any time:
then the memory is made anew from the store.
"""

from __future__ import annotations

import gc
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from newsloom import segments
from newsloom.config import SimilarSettings
from newsloom.pipeline.memory import Memory
from newsloom.segments import AnyArray, Told, Unusable
from newsloom.similar.keeping import SUFFIX, Folder, Keep
from newsloom.similar.runs import Run

ROOMS = (
    "newsloom.segments", "newsloom.types", "newsloom.hashing", "newsloom.similar", "newsloom.stories",
    "newsloom.pipeline.grouping", "newsloom.pipeline.memory",
)  # fmt: skip
STATE, STEP = "state", "step"
OURS = ("run-", "state-", "journal-", ".")


class MemoryFiles:
    """The folder of one store. Where it can't be written, nothing is kept, and `broken` says why."""

    def __init__(self, folder: Path, settings: SimilarSettings) -> None:
        self._folder = folder
        self._made_by = f"{segments.made_by(*ROOMS)} {settings}"
        self._runs = Folder(folder, self._made_by)
        self._journal: IO[bytes] | None = None
        self._line, self._step = "", 0
        self._needed: set[str] = set()  # runs of the line's state, and those that the memory has now
        self.broken = ""

    @property
    def mark(self) -> str:
        """The line and the step, as the store must have them with what was logged last; "" where nothing is kept."""
        return f"{self._line}:{self._step}" if self._line else ""

    @property
    def keep(self) -> Keep:
        """Moves a run into a file; leaves it where it is while that can't be done."""

        def keep(run: Run) -> Run:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                return self._runs.keep(run)
            except OSError as error:
                self.broken = str(error)
                return run

        return keep

    def load(self, mark: str, forgotten: str, memory: Memory) -> None:
        """Fill an empty memory up to the step of `mark`. Raises Unusable; then the memory is of no use.

        `forgotten`: the store's word for what was taken down last; what was kept before that is not used.
        """
        line, _, step = mark.partition(":")
        if not line or not step.isdigit():
            raise Unusable(self._folder, "missing", "the store knows of none")
        state = self._folder / f"state-{line}{SUFFIX}"
        journal = self._folder / f"journal-{line}"
        try:
            with without_collecting():
                found = segments.read(state, STATE, self._made_by)
                if found.told["forgotten"] != forgotten:
                    raise Unusable(state, "foreign", "something was taken down since")
                memory.resume(found.told["memory"], found.arrays, self._runs)
                at, length = self._redo(journal, memory, int(step), found.told["step"])
                self._needed = memory.files().union(found.told["files"])
        except (KeyError, ValueError, IndexError, TypeError) as error:
            raise Unusable(state, "damaged", f"{type(error).__name__} {error}") from error
        if at != int(step):
            raise Unusable(journal, "damaged", f"it ends with step {at}, the store has {step}")
        self._go_on(line, int(step), length)

    def _redo(self, path: Path, memory: Memory, until: int, at: int) -> tuple[int, int]:
        """The step that was reached, and the bytes of the journal up to it."""
        length = 0
        for record, end in segments.journal(path, STEP, self._made_by):
            if record.told["step"] > until:
                break
            memory.redo(record.told, record.arrays)
            at, length = record.told["step"], end
        return at, length

    def _go_on(self, line: str, step: int, length: int) -> None:
        """A line of our own that goes on from another's: one who still writes there must not write into ours."""
        ours = secrets.token_hex(8)
        with self._trying():
            old, new = (self._folder / f"state-{each}{SUFFIX}" for each in (line, ours))
            try:
                os.link(old, new)
            except OSError:
                shutil.copyfile(old, new)
            with (self._folder / f"journal-{line}").open("rb") as journal:
                self._open(ours, step, journal.read(length))

    def begin(self, memory: Memory, forgotten: str) -> None:
        """Write the memory as it stands; a new line begins with it. The store must be told before `tidy`."""
        memory.articles = 0  # where it can't be written, that is tried again as late as if it had been
        with self._trying():
            self._folder.mkdir(parents=True, exist_ok=True)
            told, arrays = memory.saved()
            files = memory.files()
            line = secrets.token_hex(8)
            state = {"memory": told, "files": sorted(files), "forgotten": forgotten, "step": self._step}
            segments.write(self._folder / f"state-{line}{SUFFIX}", STATE, self._made_by, state, arrays)
            self._needed = files
            self._open(line, self._step, b"")

    def log(self, told: Told, arrays: Mapping[str, AnyArray]) -> None:
        """Write down one operation of the memory; one that the store is told of is a step."""
        if self._journal is None:
            return
        self._step += told.get("saves", True)
        with self._trying():
            self._journal.write(segments.packed(STEP, self._made_by, {**told, "step": self._step}, arrays))
            self._journal.flush()

    def tidy(self) -> None:
        """Remove what the store's line does not need."""
        needed = {f"state-{self._line}{SUFFIX}", f"journal-{self._line}", *self._needed}
        with suppress(OSError):
            for path in self._folder.iterdir():
                if path.name.startswith(OURS) and path.name not in needed:
                    path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the journal."""
        if self._journal is not None:
            with suppress(OSError):
                self._journal.close()
        self._journal, self._line = None, ""

    def _open(self, line: str, step: int, begun: bytes) -> None:
        self.close()
        self._journal = (self._folder / f"journal-{line}").open("xb")
        self._journal.write(begun)
        self._journal.flush()
        self._line, self._step = line, step

    @contextmanager
    def _trying(self) -> Iterator[None]:
        """Without files the writer goes on as well."""
        try:
            yield
            self.broken = ""
        except OSError as error:
            self.broken = str(error)
            self.close()


@contextmanager
def without_collecting() -> Iterator[None]:
    """Looking for garbage among millions of new objects, again and again, takes longer than to make them.

    None of them is garbage; afterwards they are left out of every search.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.freeze()
            gc.enable()
