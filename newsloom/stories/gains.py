"""What pairs gain above the floor, added up by units: what grouping begins from. `_pairs.c` says the same in C.

Gains are whole numbers, in steps of 1 / UNIT of a log-odds, so that no order of adding changes a sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

UNIT = 1 << 24  # of one log-odds


class Gains(NamedTuple):
    """Lists by node. A unit is known by its first node; what is told of units stands there.

    `within`, `scored`: of a unit, the sum over its own pairs and how many were scored. `between`: by the other unit the
    sum over the pairs between and how many were scored. `nearest`: by another unit what a node gains from the likest
    there. `toward`: by another unit the same, added up over a unit's nodes. Of pairs above the floor alone.
    """

    within: list[int]
    scored: list[int]
    between: list[dict[int, tuple[int, int]]]
    nearest: list[dict[int, int]]
    toward: list[dict[int, int]]


def gains(units: Sequence[int], pairs: Iterable[tuple[int, int, float]], floor: float, ceiling: float) -> Gains:
    """The gains of pairs (node, other node, log-odds), each told once; `units`: by node the first node of its unit.

    More than `ceiling` counts as that.
    """
    told = Gains([0 for _ in units], [0 for _ in units], [{} for _ in units], [{} for _ in units], [{} for _ in units])
    within, scored, between, nearest, toward = told
    for one, other, logit in pairs:
        if logit <= floor:
            continue
        gain = round(((logit if logit < ceiling else ceiling) - floor) * UNIT)
        a, b = units[one], units[other]
        if a == b:
            within[a] += gain
            scored[a] += 1
            continue
        more, count = between[a].get(b, (0, 0))
        between[a][b] = between[b][a] = more + gain, count + 1
        for node, there in ((one, b), (other, a)):
            if gain > nearest[node].get(there, -1):
                nearest[node][there] = gain
    for unit, gained in zip(units, nearest, strict=True):
        for there, gain in gained.items():
            toward[unit][there] = toward[unit].get(there, 0) + gain
    return told
