"""Average linkage over the pairs that were scored, the same for every order of pairs.

Two groups merge while the mean log-odds over all their pairs reaches the bar that their own cohesion and the hours
between them set; a pair that was never scored counts as `floor`. Single linkage builds blobs from chains of
half-likeness; a mean over all pairs asks everyone. Cohesion sets the scale: where the members of a story are very
alike (long reports), a look-alike that is merely alike stays out; where they are loosely alike (headlines), less is
asked.

An article that had more neighbours than are compared with one (`full`) leaves pairs unscored that may be alike: in a
story of hundreds, most. Groups with such members are asked anew, by a sample of their pairs.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Mapping, Sequence

from newsloom.stories.bars import Bars, Cohesion

Score = Callable[[str, Sequence[str]], list[float]]
Entry = tuple[float, int, int, int, int]  # (-worth, low, high, size of low, size of high)

ASKED = 8  # members of each of two groups whose pairs are sampled


def agglomerate(
    units: Sequence[Sequence[str]],
    pairs: Mapping[tuple[str, str], float],
    bars: Bars,
    *,
    full: Collection[str] = (),
    score: Score | None = None,
    foes: Mapping[str, frozenset[str]] | None = None,
    hours: Mapping[str, float] | None = None,
) -> list[tuple[str, ...]]:
    """Groups of the articles in `units`, groups and members in the order of the units.

    A unit stays together whatever its pairs say; most are of one article. `pairs`: log-odds by (a, b), each pair once,
    any direction. Ties are broken by the order of the units. `full`: articles with alike ones that may be missing from
    `pairs`; `score` gives an article's log-odds against others. `foes`: articles that must not share a group with
    one. `hours`: when each was shown, from any moment on; all at once by default. A group takes the place of its
    first unit.
    """
    nodes = [node for unit in units for node in unit]
    place = {node: n for n, node in enumerate(nodes)}
    shown = [hours[node] for node in nodes] if hours else [0.0] * len(nodes)
    groups = _Groups(nodes, bars, shown, {place[n] for n in full if n in place} if score else set(), score)
    for (one, other), logit in pairs.items():
        if one in place and other in place and logit > bars.floor:
            groups.pair(place[one], place[other], min(logit, bars.ceiling) - bars.floor)
    for node in (foes or {}).keys() & place.keys():
        groups.part(place[node], {place[foe] for foe in (foes or {})[node] if foe in place})
    for unit in units:
        for node in unit[1:]:
            groups.merge(place[unit[0]], place[node], groups.scored(place[unit[0]], place[node]))
    _merge_all(groups)
    return [tuple(nodes[n] for n in sorted(group)) for group in sorted(groups.all(), key=min)]


def _merge_all(groups: _Groups) -> None:
    heap = [entry for a in groups.places() for entry in groups.worth_merging(a, a)]
    heapq.heapify(heap)
    while heap:
        worth, a, b, a_size, b_size = heapq.heappop(heap)
        if groups.size(a) != a_size or groups.size(b) != b_size:
            continue
        asked = groups.asked_anew(a, b)
        if asked is not None and asked < -worth:
            if asked >= 0:
                heapq.heappush(heap, (-asked, a, b, a_size, b_size))
            continue
        groups.merge(a, b, groups.told(a, b))
        for entry in groups.worth_merging(a):
            heapq.heappush(heap, entry)


class _Groups:
    """Groups by the number of their first node, with the sums of what their pairs score above the floor."""

    def __init__(
        self, nodes: Sequence[str], bars: Bars, hours: Sequence[float], full: set[int], score: Score | None
    ) -> None:
        self._nodes, self._bars, self._full, self._score = nodes, bars, full, score
        self._first, self._last = list(hours), list(hours)
        self._members: dict[int, list[int]] = {n: [n] for n in range(len(nodes))}
        # By the other group: the sum of the scored pairs' gains, and how many were scored.
        self._between: dict[int, dict[int, tuple[float, int]]] = {n: {} for n in range(len(nodes))}
        self._within = [0.0] * len(nodes)
        self._foes: dict[int, set[int]] = {}
        self._asked: dict[tuple[int, int], tuple[int, int, float]] = {}

    def pair(self, a: int, b: int, gain: float) -> None:
        self._between[a][b] = self._between[b][a] = gain, 1

    def part(self, a: int, foes: set[int]) -> None:
        """These never share a group with a."""
        for foe in foes:
            self._foes.setdefault(a, set()).add(foe)
            self._foes.setdefault(foe, set()).add(a)

    def places(self) -> list[int]:
        return list(self._members)

    def all(self) -> list[list[int]]:
        return list(self._members.values())

    def size(self, a: int) -> int:
        return len(self._members.get(a, ()))

    def worth_merging(self, a: int, after: int = -1) -> list[Entry]:
        """Each group of a number above `after` that `a` may merge with, and what that is worth."""
        found = []
        own, foes = len(self._members[a]), self._foes.get(a, ())
        for c in self._between[a]:
            if c > after and c not in foes and (worth := self._worth(a, c, self._mean(a, c))) >= 0:
                size = len(self._members[c])
                found.append((-worth, a, c, own, size) if a < c else (-worth, c, a, size, own))
        return found

    def asked_anew(self, a: int, b: int) -> float | None:
        """What merging is worth by a sample of all pairs; None where all pairs are known."""
        if self._score is None or not (a in self._full or b in self._full):
            return None
        sizes = len(self._members[a]), len(self._members[b])
        if self._between[a][b][1] == sizes[0] * sizes[1]:
            return None
        known = self._asked.get((a, b))
        if known is None or known[:2] != sizes:
            known = self._asked[a, b] = (*sizes, self._sampled(self._score, a, b))
        return self._worth(a, b, known[2])

    def scored(self, a: int, b: int) -> float:
        """The sum of what the scored pairs of two groups gain."""
        return self._between[a].get(b, (0.0, 0))[0]

    def told(self, a: int, b: int) -> float:
        """The sum of what all pairs of two groups gain, as far as it is known."""
        return self._mean(a, b) * len(self._members[a]) * len(self._members[b])

    def merge(self, a: int, b: int, gain: float) -> None:
        """Take group b into a; `gain` is what the pairs between them add up to."""
        self._within[a] += self._within[b] + gain
        self._members[a].extend(self._members.pop(b))
        self._first[a], self._last[a] = min(self._first[a], self._first[b]), max(self._last[a], self._last[b])
        if b in self._full:
            self._full.add(a)
        mine, theirs = self._between[a], self._between.pop(b)
        mine.pop(b, None)
        theirs.pop(a, None)
        for other, (more, count) in theirs.items():
            there = self._between[other]
            del there[b]
            before = mine.get(other, (0.0, 0))
            mine[other] = there[a] = before[0] + more, before[1] + count
        for foe in self._foes.pop(b, ()):
            self._foes[foe].discard(b)
            self.part(a, {foe})

    def _worth(self, a: int, c: int, mean: float) -> float:
        pause = max(self._first[a] - self._last[c], self._first[c] - self._last[a], 0.0)
        return self._bars.floor + mean - self._bars.bar(self._cohesion(a), self._cohesion(c), pause)

    def _mean(self, a: int, c: int) -> float:
        """Mean gain of the pairs of two groups; the best that may be where some were never scored."""
        gain, count = self._between[a][c]
        pairs = len(self._members[a]) * len(self._members[c])
        if self._score is None or not (a in self._full or c in self._full):
            return gain / pairs
        low, high = (a, c) if a < c else (c, a)
        known = self._asked.get((low, high))
        if known and known[:2] == (len(self._members[low]), len(self._members[high])):
            return known[2]
        return gain / count

    def _sampled(self, score: Score, a: int, b: int) -> float:
        """Mean gain over pairs of a few members of each, spread evenly."""
        ones, others = (_spread(sorted(self._members[n])) for n in (a, b))
        names = [self._nodes[other] for other in others]
        logits = (logit for one in ones for logit in score(self._nodes[one], names))
        return sum(self._bars.bounded(logit) - self._bars.floor for logit in logits) / (len(ones) * len(others))

    def _cohesion(self, a: int) -> Cohesion:
        size = len(self._members[a])
        return (0.0, 1) if size < 2 else (self._bars.floor + self._within[a] / (size * (size - 1) / 2), size)


def _spread(members: Sequence[int]) -> Sequence[int]:
    if len(members) <= ASKED:
        return members
    return [members[n * (len(members) - 1) // (ASKED - 1)] for n in range(ASKED)]
