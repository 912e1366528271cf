"""The second look: average linkage over the pairs that were scored, the same for every order of arrival.

Two groups merge while the mean log-odds over all their pairs is at least `join`; a pair that was never scored counts
as `floor`. Single linkage builds blobs from chains of half-likeness; a mean over all pairs asks everyone.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence


def agglomerate(
    nodes: Sequence[str], pairs: Mapping[tuple[str, str], float], *, join: float, floor: float
) -> list[tuple[str, ...]]:
    """Groups of `nodes`, each in the order of `nodes`, groups in the order of their first.

    `pairs`: log-odds by (a, b), each pair once, any direction. Ties are broken by the order of `nodes`.
    """
    place = {node: n for n, node in enumerate(nodes)}
    members: dict[int, list[int]] = {n: [n] for n in range(len(nodes))}
    above: dict[int, dict[int, float]] = {n: {} for n in range(len(nodes))}
    for (one, other), logit in pairs.items():
        if one in place and other in place and logit > floor:
            above[place[one]][place[other]] = above[place[other]][place[one]] = logit - floor
    heap = [
        (-(floor + gain), a, b, 1, 1)
        for a, near in above.items()
        for b, gain in near.items()
        if a < b and floor + gain >= join
    ]
    heapq.heapify(heap)
    while heap:
        _, a, b, a_size, b_size = heapq.heappop(heap)
        if a not in members or b not in members or len(members[a]) != a_size or len(members[b]) != b_size:
            continue
        _merge(a, b, members, above)
        for c, gain in above[a].items():
            mean = floor + gain / (len(members[a]) * len(members[c]))
            if mean >= join:
                low, high = min(a, c), max(a, c)
                heapq.heappush(heap, (-mean, low, high, len(members[low]), len(members[high])))
    return [tuple(nodes[n] for n in sorted(group)) for _, group in sorted((min(g), g) for g in members.values())]


def _merge(a: int, b: int, members: dict[int, list[int]], above: dict[int, dict[int, float]]) -> None:
    """Take group b into a, with the sums of its pairs."""
    members[a].extend(members.pop(b))
    near = above.pop(b)
    above[a].pop(b, None)
    near.pop(a, None)
    for other, gain in near.items():
        above[other].pop(b)
        above[a][other] = above[other][a] = above[a].get(other, 0.0) + gain
