"""The scored pairs of the articles in the window: eight bytes for each side of a pair, whatever the stream's length."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil

from newsloom.compiled import compiled
from newsloom.stories.known import Known

VERSION = 2  # of what `_pairs.c` takes and gives; a compiled one of another version is left alone
UNIT = 1 << 24  # log-odds are kept in steps of this part of one
_ZERO = 1 << 31
_LOW = (1 << 32) - 1


KERNEL = compiled("newsloom.stories._pairs", VERSION)


class Pairs:
    """Log-odds by pairs of articles, the same from either side.

    Each article that was ever like another has a number, which `Known` keeps, and a row of 64-bit places: the other's
    number above, the log-odds in whole steps below.
    """

    def __init__(
        self,
        known: Mapping[str, Known],
        rows: list[array[int] | None] | None = None,
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
        if any(place >> 32 == other for place in self.rows[one] or ()):
            self._take(one, other)
            self._take(other, one)
        self._add(one, other << 32 | code)
        self._add(other, one << 32 | code)

    def put_first(self, article_id: str, others: Sequence[tuple[str, float]]) -> None:
        """The same for an article against others, each once; at once where it had none yet."""
        if self._known[article_id].number >= 0:
            for other, logit in others:
                self.put(article_id, other, logit)
            return
        if not others:
            return
        own, row = self._number(article_id), array("Q")
        below = own << 32
        for other, logit in others:
            number = self._known[other].number
            if number < 0:
                number = self._number(other)
            code = round(logit * UNIT) + _ZERO
            row.append(number << 32 | code)
            self._add(number, below | code)
        self.rows[own] = row

    def of(self, article_id: str) -> dict[str, float]:
        """The articles scored against this one, with their log-odds."""
        names = self._names
        return {names[place >> 32]: ((place & _LOW) - _ZERO) / UNIT for place in self._row(article_id)}

    def over(self, article_id: str, least: float) -> Iterator[tuple[str, float]]:
        """Those of at least so many log-odds alone."""
        code = ceil(least * UNIT) + _ZERO
        for place in [place for place in self._row(article_id) if place & _LOW >= code]:
            yield self._names[place >> 32], ((place & _LOW) - _ZERO) / UNIT

    def among(self, ids: Iterable[str]) -> list[tuple[str, str, float]]:
        """The pairs of which both are among these, each from both sides."""
        chosen = {n: i for i in ids if (n := self._known[i].number) >= 0}
        if KERNEL:
            found: list[tuple[str, str, float]] = KERNEL.among([*chosen.values()], array("Q", chosen), self.rows)
            return found
        return [
            (one, chosen[place >> 32], ((place & _LOW) - _ZERO) / UNIT)
            for number, one in chosen.items()
            for place in self.rows[number] or ()
            if place >> 32 in chosen
        ]

    def means(self, heads: Mapping[str, str]) -> dict[tuple[str, str], float]:
        """Mean log-odds between groups of articles by the groups' names, alphabetical; `heads`: each one's group."""
        if KERNEL is None:
            told: dict[tuple[str, str], tuple[float, int]] = {}
            for i, j, logit in self.among(heads):
                if (one := heads[i]) != (other := heads[j]):
                    pair = (one, other) if one < other else (other, one)
                    total, count = told.get(pair, (0.0, 0))
                    told[pair] = total + logit, count + 1
            return {pair: total / count for pair, (total, count) in told.items()}
        chosen = [(n, head) for i, head in heads.items() if (n := self._known[i].number) >= 0]
        groups = list(dict.fromkeys(head for _, head in chosen))
        place = {head: n for n, head in enumerate(groups, start=1)}
        found = KERNEL.means(
            array("Q", [n for n, _ in chosen]), array("Q", [place[head] for _, head in chosen]), self.rows
        )
        named = ((groups[a - 1], groups[b - 1], mean) for a, b, mean in found)
        return {((one, other) if one < other else (other, one)): mean for one, other, mean in named}

    def drop(self, article_id: str) -> None:
        """Forget an article's pairs, while it is known."""
        number = self._known[article_id].number
        if number < 0:
            return
        for place in self.rows[number] or ():
            self._take(place >> 32, number)
        self.rows[number] = None
        self._names[number] = ""
        self._known[article_id].number = -1
        self.free.append(number)

    def _row(self, article_id: str) -> Iterable[int]:
        number = self._known[article_id].number
        return () if number < 0 else self.rows[number] or ()

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
        row = self.rows[one]
        if row is None:
            self.rows[one] = array("Q", (place,))
        else:
            row.append(place)

    def _take(self, one: int, other: int) -> None:
        row = self.rows[one]
        if row is not None:
            self.rows[one] = array("Q", [place for place in row if place >> 32 != other]) or None
