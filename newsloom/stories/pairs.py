"""The scored pairs of the articles in the window: eight bytes for each side of a pair, whatever the stream's length.

A row is made anew for each pair that comes to it: bytes take 33 bytes beyond what they hold, an array that can grow
takes 64 and room for more, and of most rows there are a dozen pairs.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from math import ceil

from newsloom.compiled import compiled
from newsloom.stories.gains import UNIT, Gains, gains
from newsloom.stories.known import Known

VERSION = 3  # of what `_pairs.c` takes and gives; a compiled one of another version is left alone
_ZERO = 1 << 31
_LOW = (1 << 32) - 1


KERNEL = compiled("newsloom.stories._pairs", VERSION)


class Pairs:
    """Log-odds by pairs of articles, the same from either side.

    Each article that was ever like another has a number, which `Known` keeps, and a row of 64-bit places: the other's
    number above, the log-odds in steps of 1 / UNIT below.
    """

    def __init__(
        self,
        known: Mapping[str, Known],
        rows: list[bytes | None] | None = None,
        free: list[int] | None = None,
    ) -> None:
        """`rows` and `free`: what another table of the same articles had."""
        self._known = known
        self.rows = rows if rows is not None else []  # by number
        self.free = free if free is not None else []  # numbers
        self._names = [""] * len(self.rows)
        for article_id, each in known.items():
            if each.number >= 0:
                self._names[each.number] = article_id

    def put(self, a: str, b: str, logit: float) -> None:
        """Keep the log-odds (less than 128 either way) of two known articles, in place of what they were before."""
        one, other = self._number(a), self._number(b)
        code = round(logit * UNIT) + _ZERO
        if any(place >> 32 == other for place in _places(self.rows[one])):
            self._take(one, other)
            self._take(other, one)
        self._add(one, other << 32 | code)
        self._add(other, one << 32 | code)

    def put_first(self, article_id: str, others: Sequence[tuple[str, float]]) -> None:
        """The same for an article against others, each once; at once where it had none yet."""
        if self._known[article_id].number >= 0:
            for other, logit in others:
                self.put(article_id, other, logit)
        else:
            self.put_new(article_id, others)

    def put_new(self, article_id: str, others: Sequence[tuple[str, float]]) -> None:
        """The same for an article against others that it has no pair with yet."""
        if not others:
            return
        own, known, rows = self._number(article_id), self._known, self.rows
        row, below = array("Q"), own << 32
        for other, logit in others:
            number = known[other].number
            if number < 0:
                number = self._number(other)
            code = round(logit * UNIT) + _ZERO
            row.append(number << 32 | code)
            rows[number] = (rows[number] or b"") + _eight(below | code)
        rows[own] = (rows[own] or b"") + row.tobytes()

    def of(self, article_id: str) -> dict[str, float]:
        """The articles scored against this one, with their log-odds."""
        names = self._names
        return {names[place >> 32]: ((place & _LOW) - _ZERO) / UNIT for place in self._row(article_id)}

    def over(self, article_id: str, least: float) -> Iterator[tuple[str, float]]:
        """Those of at least so many log-odds alone."""
        code = ceil(least * UNIT) + _ZERO
        for place in [place for place in self._row(article_id) if place & _LOW >= code]:
            yield self._names[place >> 32], ((place & _LOW) - _ZERO) / UNIT

    def gains(self, units: Sequence[Sequence[Sequence[str]]], floor: float, ceiling: float) -> Gains:
        """What the pairs gain units of nodes, each of them the articles that speak for it.

        Between two nodes the mean over their articles counts.
        """
        nodes = [node for unit in units for node in unit]
        sizes = list(map(len, units))
        firsts = [first for first, size in zip(accumulate(sizes, initial=0), sizes, strict=False) for _ in range(size)]
        known = self._known
        numbers = [known[i].number for node in nodes for i in node]
        speak = [n for n, node in enumerate(nodes) for _ in node]
        if KERNEL:
            packed = array("q", numbers), array("q", speak), array("q", firsts)
            return Gains(*KERNEL.gains(*packed, self.rows, floor, ceiling))
        return gains(firsts, self._means(numbers, speak), floor, ceiling)

    def _means(self, numbers: Sequence[int], speak: Sequence[int]) -> Iterator[tuple[int, int, float]]:
        """Two nodes, the lower first, and the mean log-odds between them; `speak`: by number the node."""
        node_of = {number: node for number, node in zip(numbers, speak, strict=True) if number >= 0}
        sums: dict[tuple[int, int], tuple[int, int]] = {}
        for number, one in node_of.items():
            for place in _places(self.rows[number]):
                other = node_of.get(place >> 32, -1)
                if other > one:  # the pair is told from the other side too
                    total, count = sums.get((one, other), (0, 0))
                    sums[one, other] = total + (place & _LOW) - _ZERO, count + 1
        for (one, other), (total, count) in sums.items():
            yield one, other, total / UNIT / count

    def drop(self, article_id: str) -> None:
        """Forget an article's pairs, while it is known."""
        number = self._known[article_id].number
        if number < 0:
            return
        for place in _places(self.rows[number]):
            self._take(place >> 32, number)
        self.rows[number] = None
        self._names[number] = ""
        self._known[article_id].number = -1
        self.free.append(number)

    def _row(self, article_id: str) -> Iterable[int]:
        number = self._known[article_id].number
        return _places(None if number < 0 else self.rows[number])

    def _number(self, article_id: str) -> int:
        number = self._known[article_id].number
        if number < 0:
            if self.free:
                number = self.free.pop()
                self._names[number] = article_id
            else:
                number = len(self._names)
                self._names.append(article_id)
                self.rows.append(None)
            self._known[article_id].number = number
        return number

    def _add(self, one: int, place: int) -> None:
        self.rows[one] = (self.rows[one] or b"") + _eight(place)

    def _take(self, one: int, other: int) -> None:
        kept = array("Q", [place for place in _places(self.rows[one]) if place >> 32 != other])
        self.rows[one] = kept.tobytes() or None


_eight = struct.Struct("=Q").pack


def _places(row: bytes | None) -> Iterable[int]:
    return memoryview(row).cast("Q") if row else ()
