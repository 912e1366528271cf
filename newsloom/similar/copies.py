"""Which articles carry another's text, from their sketches: decided by containment, not by likeness.

A cut copy holds only a part of the original, but nearly all of its own shingles stand there. Stock phrases (what a
site prints below all it publishes) are shared by texts that share few of their telling words, and are no copies. The
same wording with other numbers (a weather warning, a match report by template) is no copy. Texts are mostly carried
within a day; what comes back later with other words in it is often a form that was filled in anew, so more must be
shared then. The bars were found on pairs that are measured nowhere: `docs/decisions.md`.
"""

from __future__ import annotations

from newsloom.similar.coding import Halves
from newsloom.similar.kernel import KERNEL
from newsloom.similar.vectors import SIGNATURE
from newsloom.types import CopyMatch

CARRIES = 0.50  # share of the shorter one's shingles that must stand in the longer
ALIKE = 0.6  # cosine of all terms that both must have then
CARRIES_LONG = 0.40  # the same where both are long enough to rule out chance
ALIKE_LONG = 0.5
LONG = 80  # shingles of the shorter one
WHOLE = 0.95  # of the shorter one's shingles: all of it is there
ALIKE_WHOLE = 0.4
EXCERPT = 0.5  # an excerpt has fewer than this share of the original's shingles
LEAST_COMMON = 4  # shingles
TEMPLATE_NUMBERS = 0.34  # fewer of the numbers shared: a template
CARRIED_HOURS = 30.0  # apart
CARRIES_LATE = 0.65  # what must be shared beyond that, of a text that is long; of a shorter one all
LONG_LATE = 120  # shingles


def copy_match(
    own: Halves,
    own_count: int,
    theirs: Halves,
    their_count: int,
    *,
    terms: float,
    numbers: float | None,
    hours: float = 0.0,
) -> CopyMatch | None:
    """Whether one of two sketched texts carries the other's.

    `terms`: cosine of all their terms; `numbers`: share of numbers in common, None where one has fewer than two;
    `hours` between them.
    """
    if not own_count or not their_count:
        return None
    within, common = containment(own, own_count, theirs, their_count)
    shorter, longer = sorted((own_count, their_count))
    if common < LEAST_COMMON or not _carried(within, terms, shorter):
        return None
    if hours > CARRIED_HOURS and within < (CARRIES_LATE if shorter >= LONG_LATE else WHOLE):
        return None
    if numbers is not None and numbers < TEMPLATE_NUMBERS and within < WHOLE:
        return None
    if within >= WHOLE and shorter / longer >= WHOLE:
        return CopyMatch(within=within, kind="identical")
    return CopyMatch(within=within, kind="excerpt" if shorter / longer < EXCERPT else "wire")


def _carried(within: float, terms: float, shingles: int) -> bool:
    """Whether enough is shared for texts of which the shorter has so many shingles."""
    return (
        (within >= CARRIES and terms >= ALIKE)
        or (within >= CARRIES_LONG and terms >= ALIKE_LONG and shingles >= LONG)
        or (within >= WHOLE and terms >= ALIKE_WHOLE)
    )


def containment(a: Halves, a_count: int, b: Halves, b_count: int) -> tuple[float, int]:
    """Share of the shorter text's shingles that stand in the longer, and how many were seen in common.

    Exact but for chance where both texts have at most SIGNATURE shingles; else over the range of hashes that both
    sketches cover.
    """
    mine, theirs, common = KERNEL.overlap(a, a_count > SIGNATURE, b, b_count > SIGNATURE)
    shorter = min(mine, theirs)
    return (common / shorter if shorter else 0.0), common
