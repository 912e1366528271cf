"""The second look: average linkage over the pairs that were scored, the same for every order of arrival.

Two groups merge while the mean log-odds over all their pairs reaches the bar that their own cohesion sets; a pair that
was never scored counts as `floor`. Single linkage builds blobs from chains of half-likeness; a mean over
all pairs asks everyone. Cohesion sets the scale: where the members of a story are very alike (long reports), a
look-alike that is merely alike stays out; where they are loosely alike (headlines), less is asked.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Cohesion = tuple[float, int]  # mean log-odds between a group's members, and how many they are


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """What decides: log-odds, but for `cohesion_weight` (a share) and `cohesion_trust`, `apart_trust` (members).

    `similar.model.Model` carries the numbers, docs/decisions.md where they come from.
    """

    join: float
    floor: float
    ceiling: float
    cohesion_weight: float
    cohesion_usual: float
    cohesion_least: float
    cohesion_trust: float
    apart: float
    apart_trust: float

    def bar(self, a: Cohesion, b: Cohesion) -> float:
        """The mean log-odds that two groups of these cohesions need between them.

        Two articles need `join`; what is alike within needs more. As both groups grow, the bar nears the looser
        group's own cohesion less `apart`: two halves of one story are as alike as each is within itself.
        """
        mean = (self._believed(a) + self._believed(b)) / 2
        bar = self.join + self.cohesion_weight * max(self.cohesion_least, mean - self.cohesion_usual)
        beyond_one = min(a[1], b[1]) - 1
        if beyond_one == 0:
            return bar
        sure = beyond_one / (beyond_one + self.apart_trust)
        return (1.0 - sure) * bar + sure * max(bar, min(a[0], b[0]) - self.apart)

    def _believed(self, cohesion: Cohesion) -> float:
        """A group's cohesion, drawn to the usual one where few members tell it."""
        told, size = cohesion
        share = size / (size + self.cohesion_trust) if size > 1 else 0.0
        return share * told + (1.0 - share) * self.cohesion_usual


def agglomerate(nodes: Sequence[str], pairs: Mapping[tuple[str, str], float], bars: Bars) -> list[tuple[str, ...]]:
    """Groups of `nodes`, each in the order of `nodes`, groups in the order of their first.

    `pairs`: log-odds by (a, b), each pair once, any direction. Ties are broken by the order of `nodes`.
    """
    place = {node: n for n, node in enumerate(nodes)}
    groups = _Groups(len(nodes), bars)
    for (one, other), logit in pairs.items():
        if one in place and other in place and logit > bars.floor:
            groups.pair(place[one], place[other], min(logit, bars.ceiling) - bars.floor)
    heap = [entry for a in range(len(nodes)) for entry in groups.worth_merging(a) if entry[1] == a]
    heapq.heapify(heap)
    while heap:
        _, a, b, a_size, b_size = heapq.heappop(heap)
        if groups.size(a) == a_size and groups.size(b) == b_size:
            groups.merge(a, b)
            for entry in groups.worth_merging(a):
                heapq.heappush(heap, entry)
    return [tuple(nodes[n] for n in sorted(group)) for group in sorted(groups.all(), key=min)]


class _Groups:
    """Groups by the number of their first node, with the sums of what their pairs score above the floor."""

    def __init__(self, nodes: int, bars: Bars) -> None:
        self._bars = bars
        self._members: dict[int, list[int]] = {n: [n] for n in range(nodes)}
        self._between: dict[int, dict[int, float]] = {n: {} for n in range(nodes)}
        self._within = [0.0] * nodes

    def pair(self, a: int, b: int, gain: float) -> None:
        self._between[a][b] = self._between[b][a] = gain

    def all(self) -> list[list[int]]:
        return list(self._members.values())

    def size(self, a: int) -> int:
        return len(self._members.get(a, ()))

    def worth_merging(self, a: int) -> list[tuple[float, int, int, int, int]]:
        """(-worth, low, high, size of low, size of high) for each group that `a` may merge with."""
        found = []
        own, cohesion = len(self._members[a]), self._cohesion(a)
        for c, gain in self._between[a].items():
            size = len(self._members[c])
            worth = self._bars.floor + gain / (own * size) - self._bars.bar(cohesion, self._cohesion(c))
            if worth >= 0:
                found.append((-worth, a, c, own, size) if a < c else (-worth, c, a, size, own))
        return found

    def merge(self, a: int, b: int) -> None:
        """Take group b into a."""
        self._members[a].extend(self._members.pop(b))
        near = self._between.pop(b)
        self._within[a] += self._within[b] + self._between[a].pop(b, 0.0)
        near.pop(a, None)
        for other, gain in near.items():
            self._between[other].pop(b)
            self._between[a][other] = self._between[other][a] = self._between[a].get(other, 0.0) + gain

    def _cohesion(self, a: int) -> Cohesion:
        size = len(self._members[a])
        return (0.0, 1) if size < 2 else (self._bars.floor + self._within[a] / (size * (size - 1) / 2), size)
