"""The scored pairs of the articles in the window: eight bytes for each side of a pair, whatever the stream's length.

A row is made anew for each pair that comes to it: bytes take 33 bytes beyond what they hold, an array that can grow
takes 64 and room for more, and of most rows there are a dozen pairs.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from math import ceil

from newsloom.compiled import compiled
from newsloom.stories.gains import UNIT, Gains, gains
from newsloom.stories.known import Known

VERSION = 4  # of what `_pairs.c` takes and gives; a compiled one of another version is left alone
_ZERO = 1 << 31
_LOW = (1 << 32) - 1


KERNEL = compiled("newsloom.stories._pairs", VERSION)


class Pairs:
    """Log-odds by pairs of articles, the same from either side.

    Each article that was ever like another has a row, which `Known` keeps: its number, then 64-bit places, the other's
    number above, the log-odds in steps of 1 / UNIT below.
    """

    def __init__(self, known: Mapping[str, Known], free: list[int] | None = None) -> None:
        """`free`: what another table of the same articles had."""
        self._known = known
        self.free = free if free is not None else []  # numbers
        rows = [(_number(each.row), article_id) for article_id, each in known.items() if each.row]
        self._names = [""] * (len(rows) + len(self.free))  # by number
        for number, article_id in rows:
            self._names[number] = article_id

    def put(self, a: str, b: str, logit: float) -> None:
        """Keep the log-odds (less than 128 either way) of two known articles, in place of what they were before."""
        one, other = self._numbered(a), self._numbered(b)
        first, second = self._known[a], self._known[b]
        code = round(logit * UNIT) + _ZERO
        if any(place >> 32 == other for place in _places(first.row)):
            first.row, second.row = _without(first.row, other), _without(second.row, one)
        first.row += _eight(other << 32 | code)
        second.row += _eight(one << 32 | code)

    def put_first(self, article_id: str, others: Sequence[tuple[str, float]]) -> None:
        """The same for an article against others, each once; at once where it had none yet."""
        if self._known[article_id].row:
            for other, logit in others:
                self.put(article_id, other, logit)
        else:
            self.put_new(article_id, others)

    def put_new(self, article_id: str, others: Sequence[tuple[str, float]]) -> None:
        """The same for an article against others that it has no pair with yet."""
        if not others:
            return
        own, known = self._numbered(article_id), self._known
        row, below = array("Q"), own << 32
        for other, logit in others:
            theirs = known[other]
            number = _number(theirs.row) if theirs.row else self._numbered(other)
            code = round(logit * UNIT) + _ZERO
            row.append(number << 32 | code)
            theirs.row += _eight(below | code)
        known[article_id].row += row.tobytes()

    def of(self, article_id: str) -> dict[str, float]:
        """The articles scored against this one, with their log-odds."""
        names = self._names
        return {names[place >> 32]: ((place & _LOW) - _ZERO) / UNIT for place in _places(self._known[article_id].row)}

    def over(self, article_id: str, least: float) -> Iterator[tuple[str, float]]:
        """Those of at least so many log-odds alone."""
        code = ceil(least * UNIT) + _ZERO
        for place in [place for place in _places(self._known[article_id].row) if place & _LOW >= code]:
            yield self._names[place >> 32], ((place & _LOW) - _ZERO) / UNIT

    def gains(self, units: Sequence[Sequence[Sequence[str]]], floor: float, ceiling: float) -> Gains:
        """What the pairs gain units of nodes, each of them the articles that speak for it.

        Between two nodes the mean over their articles counts.
        """
        nodes = [node for unit in units for node in unit]
        sizes = list(map(len, units))
        firsts = [first for first, size in zip(accumulate(sizes, initial=0), sizes, strict=False) for _ in range(size)]
        known = self._known
        rows = [known[i].row for node in nodes for i in node]
        speak = [n for n, node in enumerate(nodes) for _ in node]
        if KERNEL:
            return Gains(*KERNEL.gains(rows, array("q", speak), array("q", firsts), floor, ceiling))
        return gains(firsts, _means(rows, speak), floor, ceiling)

    def drop(self, article_id: str) -> None:
        """Forget an article's pairs, while it is known."""
        known = self._known[article_id]
        if not known.row:
            return
        number = _number(known.row)
        for place in _places(known.row):
            other = self._known[self._names[place >> 32]]
            other.row = _without(other.row, number)
        known.row = b""
        self._names[number] = ""
        self.free.append(number)

    def _numbered(self, article_id: str) -> int:
        """The number of an article, a new one where it had none."""
        known = self._known[article_id]
        if known.row:
            return _number(known.row)
        if self.free:
            number = self.free.pop()
            self._names[number] = article_id
        else:
            number = len(self._names)
            self._names.append(article_id)
        known.row = _eight(number)
        return number


_eight = struct.Struct("=Q").pack


def _number(row: bytes) -> int:
    return int.from_bytes(row[:8], sys.byteorder)


def _places(row: bytes) -> Iterable[int]:
    return memoryview(row)[8:].cast("Q") if row else ()


def _without(row: bytes, other: int) -> bytes:
    """The row without an article of this number."""
    return row[:8] + array("Q", [place for place in _places(row) if place >> 32 != other]).tobytes()


def _means(rows: Sequence[bytes], speak: Sequence[int]) -> Iterator[tuple[int, int, float]]:
    """Two nodes, the lower first, and the mean log-odds between them; `speak`: by row the node."""
    numbers = {_number(row): (node, row) for row, node in zip(rows, speak, strict=True) if row}
    nobody = -1, b""
    sums: dict[tuple[int, int], tuple[int, int]] = {}
    for one, row in numbers.values():
        for place in _places(row):
            other, _ = numbers.get(place >> 32, nobody)
            if other > one:  # the pair is told from the other side too
                total, count = sums.get((one, other), (0, 0))
                sums[one, other] = total + (place & _LOW) - _ZERO, count + 1
    for (one, other), (total, count) in sums.items():
        yield one, other, total / UNIT / count
