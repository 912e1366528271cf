"""Groups of articles that tell of one event, from pairs that were scored; the same for every order of pairs.

Two groups merge while a learned regression (`Bars.worth`) says that they are one story, the surest first. It asks how
alike each member is to the likest of the other group, in both directions: single links build blobs from chains of
half-likeness, and a mean over all pairs asks of the first report of a saga to be like the last. What else it
knows: how close the two are within, how many they are, and how far apart in time. A pair that was never scored counts
as `floor`.

An article that had more neighbours than are compared with one (`full`) leaves pairs unscored that may be alike, in a
story of hundreds most: how close a group with such members is within, its scored pairs tell.

All sums are of whole numbers, so that no order of adding changes a result.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Mapping, Sequence
from math import inf

from newsloom.stories.bars import Bars, Closeness
from newsloom.stories.gains import UNIT, Gains, gains

Watch = Callable[[Sequence[int], Sequence[int], float, float, Closeness, Closeness, float, float, float], None]
Entry = tuple[float, int, int, int, int]  # (-worth, low, high, size of low, size of high)


def agglomerate(
    units: Sequence[Sequence[str]],
    pairs: Mapping[tuple[str, str], float] | Gains,
    bars: Bars,
    *,
    full: Collection[str] = (),
    foes: Mapping[str, frozenset[str]] | None = None,
    hours: Mapping[str, float] | None = None,
    bare: Collection[str] = (),
    outlets: Mapping[str, str] | None = None,
    watch: Watch | None = None,
) -> list[tuple[str, ...]]:
    """Groups of the articles in `units`, groups and members in the order of the units.

    A unit stays together whatever its pairs say; most are of one article. `pairs`: log-odds by (a, b), each pair once,
    any direction; or what they gain the units. Ties are broken by the order of the units. `full`: articles with alike
    ones that may be missing from `pairs`. `foes`: articles that must not share a group with one. `hours`: when each was
    shown, from any moment on; where a group has none, half of what time can say is said. `bare`: of whom a headline is
    all that is known. `outlets`: whose each is, empty or not there where nobody knows. A group takes the place of its
    first unit. `watch` is told of each two groups that are weighed: their members by place, and what `Bars.worth` is
    asked with.
    """
    nodes = [node for unit in units for node in unit]
    place = {node: n for n, node in enumerate(nodes)}
    within = [[place[node] for node in unit] for unit in units]
    headlines, crowded = ({place[node] for node in chosen if node in place} for chosen in (bare, full))
    gained = pairs if isinstance(pairs, Gains) else _gained(within, pairs, place, bars)
    times, told_by = [(hours or {}).get(node) for node in nodes], [(outlets or {}).get(node) for node in nodes]
    groups = _Groups(within, gained, bars, times, headlines, crowded, told_by, watch)
    for node in (foes or {}).keys() & place.keys():
        groups.part(place[node], {place[foe] for foe in (foes or {})[node] if foe in place})
    _merge_all(groups)
    return [tuple(nodes[n] for n in sorted(group)) for group in sorted(groups.all(), key=min)]


def _gained(
    units: Sequence[Sequence[int]], pairs: Mapping[tuple[str, str], float], place: Mapping[str, int], bars: Bars
) -> Gains:
    first = [unit[0] for unit in units for _ in unit]
    known = ((place[a], place[b], logit) for (a, b), logit in pairs.items() if a in place and b in place)
    return gains(first, known, bars.floor, bars.ceiling)


def _merge_all(groups: _Groups) -> None:
    heap = [entry for a in groups.places() for entry in groups.worth_merging(a, a)]
    heapq.heapify(heap)
    while heap:
        _, a, b, a_size, b_size = heapq.heappop(heap)
        if groups.size(a) != a_size or groups.size(b) != b_size:
            continue
        groups.merge(a, b)
        for entry in groups.worth_merging(a):
            heapq.heappush(heap, entry)


class _Groups:
    """Groups by the number of their first node."""

    def __init__(
        self,
        units: Sequence[list[int]],
        gained: Gains,
        bars: Bars,
        hours: Sequence[float | None],
        bare: set[int],
        full: set[int],
        outlets: Sequence[str | None],
        watch: Watch | None,
    ) -> None:
        """`hours`, `bare`, `full`, `outlets`: of the nodes. `gained` is used up."""
        self._bars, self._watch = bars, watch
        self._members: dict[int, list[int]] = {unit[0]: list(unit) for unit in units}
        self._group = {node: unit[0] for unit in units for node in unit}
        known = {a: [hour for node in nodes if (hour := hours[node]) is not None] for a, nodes in self._members.items()}
        self._first = {a: min(each, default=inf) for a, each in known.items()}
        self._last = {a: max(each, default=-inf) for a, each in known.items()}
        self._bare = {a: len(bare.intersection(nodes)) for a, nodes in self._members.items()}
        self._outlets = {a: _counted(outlets, nodes) for a, nodes in self._members.items()}
        self._full = {a for a, nodes in self._members.items() if not full.isdisjoint(nodes)}
        self._within = {a: gained.within[a] for a in self._members}
        for a in self._full:
            if scored := gained.scored[a]:
                size = len(self._members[a])
                self._within[a] = self._within[a] * (size * (size - 1) // 2) // scored
        self._between = {a: gained.between[a] for a in self._members}
        # What the likest member of another group gains: of each node, and added up over a group's nodes.
        self._nearest = gained.nearest
        self._toward = {a: gained.toward[a] for a in self._members}
        self._foes: dict[int, set[int]] = {}
        self._close: dict[int, Closeness] = {}  # of those that were asked for and have not changed since

    def part(self, a: int, foes: set[int]) -> None:
        """These never share a group with a."""
        a, foes = self._group.get(a, a), {self._group.get(foe, foe) for foe in foes}
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
            if c > after and c not in foes and (worth := self._worth(a, c)) >= 0:
                size = len(self._members[c])
                found.append((-worth, a, c, own, size) if a < c else (-worth, c, a, size, own))
        return found

    def merge(self, a: int, b: int) -> None:
        """Take group b into a."""
        self._close.pop(a, None)
        self._close.pop(b, None)
        self._within[a] += self._within[b] + self._told(a, b)
        self._bare[a] += self._bare[b]
        for outlet, count in self._outlets.pop(b).items():
            self._outlets[a][outlet] = self._outlets[a].get(outlet, 0) + count
        self._members[a].extend(self._members.pop(b))
        self._first[a], self._last[a] = min(self._first[a], self._first[b]), max(self._last[a], self._last[b])
        if b in self._full:
            self._full.add(a)
        self._take_nearest(a, b)
        mine, theirs = self._between[a], self._between.pop(b)
        mine.pop(b, None)
        theirs.pop(a, None)
        for other, (more, count) in theirs.items():
            there = self._between[other]
            del there[b]
            before = mine.get(other, (0, 0))
            mine[other] = there[a] = before[0] + more, before[1] + count
        for foe in self._foes.pop(b, ()):
            self._foes[foe].discard(b)
            self.part(a, {foe})

    def _take_nearest(self, a: int, b: int) -> None:
        """What others have nearest in a and in b, they have in the two; what the two have in others adds up."""
        for node in self._members[a]:
            self._nearest[node].pop(a, None)
            self._nearest[node].pop(b, None)
        mine, theirs = self._toward[a], self._toward.pop(b)
        mine.pop(b, None)
        theirs.pop(a, None)
        for other, gain in theirs.items():
            mine[other] = mine.get(other, 0) + gain
            there = self._toward[other]
            both = there.pop(b)
            if a not in there:
                for node in self._members[other]:
                    if (found := self._nearest[node].pop(b, None)) is not None:
                        self._nearest[node][a] = found
                there[a] = both
                continue
            for node in self._members[other]:
                nearest = self._nearest[node]
                if (found := nearest.pop(b, None)) is not None:
                    known = nearest.get(a)
                    if known is None:
                        nearest[a] = found
                    else:
                        both -= min(known, found)
                        nearest[a] = max(known, found)
            there[a] += both

    def _worth(self, a: int, c: int) -> float:
        floor, own, theirs = self._bars.floor, self._closeness(a), self._closeness(c)
        apart = self._apart(a, c)
        pause, span = apart or self._bars.undated
        nearest = floor + self._toward[a][c] / (own.size * UNIT)
        other = floor + self._toward[c][a] / (theirs.size * UNIT)
        again = self._again(a, c) if apart and pause else 0.0  # nobody knows of a pause where no time is known
        if self._watch:
            self._watch(self._members[a], self._members[c], nearest, other, own, theirs, pause, span, again)
        return self._bars.worth(nearest, other, own, theirs, pause, span, again)

    def _apart(self, a: int, c: int) -> tuple[float, float] | None:
        """Hours from the last of the one to the first of the other, and from the first to the last of both."""
        if self._first[a] > self._last[a] or self._first[c] > self._last[c]:
            return None
        pause = max(self._first[a] - self._last[c], self._first[c] - self._last[a], 0.0)
        return pause, max(self._last[a], self._last[c]) - min(self._first[a], self._first[c])

    def _again(self, a: int, c: int) -> float:
        """Of the pairs between two groups the share that is one outlet's."""
        fewer, more = self._outlets[a], self._outlets[c]
        if len(fewer) > len(more):
            fewer, more = more, fewer
        same = sum([count * more[outlet] for outlet, count in fewer.items() if outlet in more])
        return same / (len(self._members[a]) * len(self._members[c]))

    def _told(self, a: int, b: int) -> int:
        """The sum of what all pairs of two groups gain, as far as it is known."""
        gain, count = self._between[a].get(b, (0, 0))
        if count and (a in self._full or b in self._full):
            return gain * len(self._members[a]) * len(self._members[b]) // count
        return gain

    def _closeness(self, a: int) -> Closeness:
        if (known := self._close.get(a)) is not None:
            return known
        size = len(self._members[a])
        mean = self._bars.floor + self._within[a] / (size * (size - 1) / 2 * UNIT) if size > 1 else 0.0
        found = self._close[a] = Closeness(size, mean, self._bare[a] / size)
        return found


def _counted(outlets: Sequence[str | None], nodes: Sequence[int]) -> dict[str, int]:
    """How many of these each outlet has, those of no known one left out."""
    counts: dict[str, int] = {}
    for outlet in [outlets[node] for node in nodes]:
        if outlet:
            counts[outlet] = counts.get(outlet, 0) + 1
    return counts
