"""Which articles carry another's text, from their sketches: decided by containment, not by likeness.

A cut copy holds only a part of the original, but nearly all of its own shingles stand there. Stock phrases (what a
site prints below all it publishes) are shared by texts that share few of their telling words, and are no copies. The
same wording with other numbers (a weather warning, a match report by template) is no copy. Texts are mostly carried
within a day; what comes back later with other words in it is often a form that was filled in anew, so more must be
shared then.

Of a text that was reworded, or of which a later version keeps a third, few shingles are left, yet many of the pairs of
words that stand close by. Only what is not quoted is looked at for these: reports that were written apart quote the
same statement. The bars were found on pairs that are measured nowhere: `docs/decisions.md`.
"""

from __future__ import annotations

from typing import NamedTuple

from newsloom.similar.coding import Halves
from newsloom.similar.kernel import KERNEL
from newsloom.similar.vectors import SIGNATURE, SKIPS
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
TEMPLATE_NUMBERS = 0.33  # fewer of the numbers shared, less than a third: a template
CARRIED_HOURS = 30.0  # apart
CARRIES_LATE = 0.65  # what must be shared beyond that, of a text that is long; of a shorter one all
LONG_LATE = 120  # shingles
LOOSELY = 0.38  # share of the pairs of words, close by and not quoted, that two such long texts must have in common
REWORDED, ALIKE_REWORDED = 1.22, 0.7  # that share and the cosine of all terms, added; the cosine alone
PARTLY, ALIKE_PARTLY = 0.30, 0.55  # or the share of shingles and that cosine, each by itself: a part was kept
QUOTED = 0.25  # fewer of these pairs in common: what both carry is what both quote


class Shared(NamedTuple):
    """`within`: share of the shorter one's shingles; `share`: what counts, in a reworded text its pairs of words."""

    within: float
    share: float


def copy_match(
    own: Halves,
    own_count: int,
    theirs: Halves,
    their_count: int,
    *,
    terms: float,
    numbers: float | None,
    hours: float = 0.0,
    loosely: float | None = None,
) -> CopyMatch | None:
    """Whether one of two sketched texts carries the other's.

    `terms`: cosine of all their terms; `numbers`: share of numbers in common, None where one has fewer than two;
    `hours` between them; `loosely`: see there.
    """
    found = shared(own, own_count, theirs, their_count, terms=terms, loosely=loosely)
    return found and decided(found, own_count, their_count, numbers=numbers, hours=hours)


def shared(
    own: Halves, own_count: int, theirs: Halves, their_count: int, *, terms: float, loosely: float | None = None
) -> Shared | None:
    """What one of two sketched texts may carry of the other's, None where nothing else could make it a copy."""
    if not own_count or not their_count:
        return None
    within, common = containment(own, own_count, theirs, their_count)
    shorter, share = min(own_count, their_count), within
    if shorter >= LONG_LATE and loosely is not None and _reworded(within, loosely, terms):
        share = max(within, loosely)
    elif common < LEAST_COMMON or not _carried(within, terms, shorter):
        return None
    if loosely is not None and loosely < QUOTED and within < WHOLE:
        return None
    return Shared(within, share)


def decided(
    found: Shared, own_count: int, their_count: int, *, numbers: float | None, hours: float
) -> CopyMatch | None:
    """The copy that it is, with all else that is known."""
    within, share = found
    shorter, longer = sorted((own_count, their_count))
    lasting = share >= (CARRIES_LATE if shorter >= LONG_LATE else WHOLE)
    if hours > CARRIED_HOURS and not lasting:
        return None
    if numbers is not None and numbers < TEMPLATE_NUMBERS and within < WHOLE:
        return None
    if within >= WHOLE and shorter / longer >= WHOLE:
        return CopyMatch(within=within, kind="identical", lasting=lasting)
    return CopyMatch(within=share, kind="excerpt" if shorter / longer < EXCERPT else "wire", lasting=lasting)


def _carried(within: float, terms: float, shingles: int) -> bool:
    """Whether enough is shared for texts of which the shorter has so many shingles."""
    return (
        (within >= CARRIES and terms >= ALIKE)
        or (within >= CARRIES_LONG and terms >= ALIKE_LONG and shingles >= LONG)
        or (within >= WHOLE and terms >= ALIKE_WHOLE)
    )


def _reworded(within: float, loosely: float, terms: float) -> bool:
    """Whether a long text is another's in other words, or keeps a part of it."""
    if loosely < LOOSELY:
        return False
    return (terms >= ALIKE_REWORDED and loosely + terms >= REWORDED) or (terms >= ALIKE_PARTLY and within >= PARTLY)


def loosely(a: Halves, b: Halves) -> float | None:
    """Share of the shorter text's pairs of words, close by each other and not quoted, that the longer has too.

    Estimated from the sketches of `signature.skips`; None where one says too little that is not quoted.
    """
    if min(len(a), len(b)) < SKIPS:
        return None
    mine, theirs, common = KERNEL.overlap(a, True, b, True)
    return float(common / min(mine, theirs))


def containment(a: Halves, a_count: int, b: Halves, b_count: int) -> tuple[float, int]:
    """Share of the shorter text's shingles that stand in the longer, and how many were seen in common.

    Exact but for chance where both texts have at most SIGNATURE shingles; else over the range of hashes that both
    sketches cover.
    """
    mine, theirs, common = KERNEL.overlap(a, a_count > SIGNATURE, b, b_count > SIGNATURE)
    shorter = min(mine, theirs)
    return (common / shorter if shorter else 0.0), common
