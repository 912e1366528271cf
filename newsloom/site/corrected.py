"""A correction in words, for the operator."""

from __future__ import annotations

from newsloom.site.contexts import CorrectedLine
from newsloom.store.reading.records import Corrected
from newsloom.types import CorrectionKind

_SAID: dict[CorrectionKind, str] = {
    "split": "is a story of its own",
    "merge": "merged with another story",
    "not-this": "does not belong with the others",
}


def corrected_line(correction: Corrected) -> CorrectedLine:
    """What a correction says, and whether the stories keep to it yet."""
    headline = correction.headline or "An article that was taken down"
    more = f" and {correction.articles - 1} more" if correction.articles > 1 else ""
    waits = not correction.applied
    state = "withdrawn" if correction.withdrawn else "stands"
    return CorrectedLine(
        seq=correction.seq,
        words=f"“{headline}”{more}: {_SAID[correction.kind]}.",
        state=f"{state}, as soon as the collector is at it" if waits else state,
        story_id=correction.story_id,
        stands=correction.withdrawn is None,
    )
