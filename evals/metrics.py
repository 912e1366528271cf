"""How good a grouping, a ranking and folded copies are against labels. Pure functions over ids; no input is changed.

A grouping maps every labelled id to its story. An id that the prediction leaves out stands alone. `similar` maps an id
to (other id, kind) pairs, best first; kinds `copy` and `same` claim the same event, `related` does not.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

Grouping = Mapping[str, Hashable]
Ranking = Mapping[str, Sequence[tuple[str, str]]]
SAME = ("copy", "same")
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Score:
    """Precision and recall; F1 is their harmonic mean."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What lists of similar articles are worth; None where the labels have no such case."""

    ndcg: float | None
    recall: float | None
    wrong_among_same: float | None
    lone_showing_same: float | None


def bcubed(gold: Grouping, said: Grouping, ids: Collection[str] | None = None) -> Score | None:
    """BCubed precision and recall, averaged over `ids` (all where None); None where there are none."""
    ids = list(gold if ids is None else ids)
    if not ids:
        return None
    told = _complete(gold, said)
    true_sizes, told_sizes = Counter(gold.values()), Counter(told.values())
    together = Counter((gold[i], told[i]) for i in gold)
    shared = [together[gold[i], told[i]] for i in ids]
    return Score(
        sum(n / told_sizes[told[i]] for n, i in zip(shared, ids, strict=True)) / len(ids),
        sum(n / true_sizes[gold[i]] for n, i in zip(shared, ids, strict=True)) / len(ids),
    )


def in_company(gold: Grouping) -> list[str]:
    """The ids whose story has another article."""
    sizes = Counter(gold.values())
    return [i for i, story in gold.items() if sizes[story] > 1]


def pairwise(gold: Grouping, said: Grouping) -> Score:
    """Precision and recall over the pairs of articles that stand in one story; 1 where there is no such pair."""
    told = _complete(gold, said)
    both = _pairs(Counter((gold[i], told[i]) for i in gold).values())
    return _share(both, _pairs(Counter(told.values()).values()), _pairs(Counter(gold.values()).values()))


def all_alone(gold: Grouping) -> float:
    """BCubed F1 of putting every article in a story of its own: the floor that costs nothing."""
    score = bcubed(gold, {})
    return score.f1 if score else 0.0


def stories(gold: Grouping, said: Grouping) -> tuple[int, int]:
    """How many stories were found, and how many there are."""
    return len(set(_complete(gold, said).values())), len(set(gold.values()))


def shown(gold: Grouping, similar: Ranking, most: int = SHOWN) -> Shown:
    """nDCG and recall of the first `most` similar articles; how many of those said to be the same event are not.

    `lone_showing_same`: share of articles alone in their story that show any as the same event all the same.
    """
    members: dict[Hashable, set[str]] = defaultdict(set)
    for i, story in gold.items():
        members[story].add(i)
    gains: list[float] = []
    recalls: list[float] = []
    claimed = wrong = 0
    lone: list[bool] = []
    for i, story in gold.items():
        relevant = members[story] - {i}
        first = _firsts(i, similar.get(i, ()))[:most]
        same = [other for other, kind in first if kind in SAME]
        claimed += len(same)
        wrong += sum(other not in relevant for other in same)
        if not relevant:
            lone.append(bool(same))
            continue
        hits = [other in relevant for other, _ in first]
        reachable = min(most, len(relevant))
        gains.append(_discounted(hits) / _discounted([True] * reachable))
        recalls.append(sum(hits) / reachable)
    return Shown(
        ndcg=_mean(gains),
        recall=_mean(recalls),
        wrong_among_same=wrong / claimed if claimed else None,
        lone_showing_same=_mean(lone),
    )


def copies(gold: Mapping[str, str | None], said: Mapping[str, str | None]) -> Score:
    """Precision and recall over pairs of one family: an original, its copies and their copies.

    Both map an article's id to that of the article whose text it carries. Only ids that `gold` has count.
    """
    families, told = _families(gold), _families(said)
    true = _within(families, gold)
    claimed = _within(told, gold)
    return _share(len(true & claimed), len(claimed), len(true))


def _families(copy_of: Mapping[str, str | None]) -> dict[str, str]:
    roots: dict[str, str] = {}
    for i in copy_of:
        root, passed = i, {i}
        while (above := copy_of.get(root)) is not None and above not in passed:
            root = above
            passed.add(root)
        roots[i] = min(passed) if above is not None else root  # a circle has no original; its least id stands for it
    return roots


def _within(families: Mapping[str, str], ids: Iterable[str]) -> set[tuple[str, str]]:
    members: dict[str, list[str]] = defaultdict(list)
    for i in ids:
        members[families.get(i, i)].append(i)
    return {pair for family in members.values() for pair in combinations(sorted(family), 2)}


def _complete(gold: Grouping, said: Grouping) -> dict[str, Hashable]:
    return {i: ("said", said[i]) if said.get(i) is not None else ("alone", i) for i in gold}


def _firsts(own: str, ranked: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each other article once, where it stands first."""
    kinds: dict[str, str] = {}
    for other, kind in ranked:
        if other != own:
            kinds.setdefault(other, kind)
    return list(kinds.items())


def _discounted(hits: Iterable[bool]) -> float:
    return sum(1 / math.log2(place + 2) for place, hit in enumerate(hits) if hit)


def _pairs(sizes: Iterable[int]) -> int:
    return sum(n * (n - 1) // 2 for n in sizes)


def _share(both: int, claimed: int, true: int) -> Score:
    return Score(both / claimed if claimed else 1.0, both / true if true else 1.0)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
