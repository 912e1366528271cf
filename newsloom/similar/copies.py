"""Which articles carry another's text, from their sketches: decided by containment, not by likeness.

A cut copy holds only a part of the original, but nearly all of its own shingles stand there. The same wording with
other numbers (a weather warning, a match report by template) is no copy, nor is nearly the same wording days later:
texts are carried within a day, what comes back later with other words in it is a form that was filled in anew.
"""

from __future__ import annotations

import numpy as np

from newsloom.similar.coding import Halves
from newsloom.similar.vectors import SIGNATURE
from newsloom.types import CopyMatch

CARRIES = 0.55  # share of the shorter one's shingles that must stand in the longer
CARRIES_SAME_HEADLINE = 0.30
SAME_HEADLINE = 0.9  # cosine of the titles
IDENTICAL = 0.95
EXCERPT = 0.5  # an excerpt has fewer than this share of the original's shingles
LEAST_COMMON = 4  # shingles
TEMPLATE_NUMBERS = 0.34  # fewer of the numbers shared: a template
CARRIED_HOURS = 30.0  # apart; beyond that only what is there whole is a copy


def copy_match(
    own: Halves,
    own_count: int,
    theirs: Halves,
    their_count: int,
    *,
    titles: float,
    numbers: float | None,
    hours: float = 0.0,
) -> CopyMatch | None:
    """Whether one of two sketched texts carries the other's.

    `titles`: cosine of their titles; `numbers`: share of numbers in common, None where one has fewer than two;
    `hours` between them.
    """
    if not own_count or not their_count:
        return None
    within, common = containment(own, own_count, theirs, their_count)
    bar = CARRIES_SAME_HEADLINE if titles >= SAME_HEADLINE else CARRIES
    if within < bar or common < LEAST_COMMON:
        return None
    other_numbers = numbers is not None and numbers < TEMPLATE_NUMBERS
    if within < IDENTICAL and (other_numbers or hours > CARRIED_HOURS):
        return None
    lengths = min(own_count, their_count) / max(own_count, their_count)
    if within >= IDENTICAL and lengths >= IDENTICAL:
        return CopyMatch(within=within, kind="identical")
    return CopyMatch(within=within, kind="excerpt" if lengths < EXCERPT else "wire")


def containment(a: Halves, a_count: int, b: Halves, b_count: int) -> tuple[float, int]:
    """Share of the shorter text's shingles that stand in the longer, and how many were seen in common.

    Exact but for chance where both texts have at most SIGNATURE shingles; else over the range of hashes that both
    sketches cover.
    """
    reach = np.uint16(0xFFFF)
    if a_count > SIGNATURE:
        reach = min(reach, a[-1])
    if b_count > SIGNATURE:
        reach = min(reach, b[-1])
    a, b = a[a <= reach], b[b <= reach]
    common = len(np.intersect1d(a, b, assume_unique=True))
    shorter = min(len(a), len(b))
    return (common / shorter if shorter else 0.0), common
