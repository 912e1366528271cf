"""What is only wanted at the end of a long stream waits in a file without a name, not in memory."""

from __future__ import annotations

import marshal
import tempfile
from array import array
from collections import OrderedDict
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from newsloom.types import Evidence

AT_HAND = 4_000  # articles whose evidence was read last: stories' reports come close together


class Spool:
    """Evidence by article number, written once in the order of numbers; a context manager."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._ends: array[int] = array("Q", [0])
        self._read: OrderedDict[int, dict[str, Any]] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, evidence: Mapping[str, Evidence]) -> None:
        """Keep what the next article shares with each of some others, by their ids."""
        data = marshal.dumps({other: _plain(why) for other, why in evidence.items()}) if evidence else b""
        self._file.write(data)
        self._ends.append(self._ends[-1] + len(data))

    def of(self, number: int, other_id: str) -> Evidence | None:
        """What an article was found to share with another when it came."""
        kept = self._read.get(number)
        if kept is None:
            kept = self._read[number] = self._load(number)
            if len(self._read) > AT_HAND:
                self._read.popitem(last=False)
        why = kept.get(other_id)
        if why is None:
            return None
        names, numbers, terms, hours = why
        return Evidence(names=names, numbers=numbers, terms=terms, hours=hours)

    def _load(self, number: int) -> dict[str, Any]:
        start, end = self._ends[number], self._ends[number + 1]
        if start == end:
            return {}
        self._file.seek(start)
        kept: dict[str, Any] = marshal.loads(self._file.read(end - start))  # noqa: S302 - our own, and nobody else has it
        return kept


def _plain(why: Evidence) -> tuple[Any, ...]:
    return why.names, why.numbers, why.terms, why.hours
