"""What feeds say beyond the shared records: fields that only `parse` prints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from newsloom.types import Entry, FeedDocument, Rejected

MAX_ENTRIES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySaid(Entry):
    """`author` is the line as the feed wrote it ("Ada Example (ada@news.example)"); `authors` has names alone."""

    author: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSaid(FeedDocument):
    """Adds what a feed says of itself that no later stage reads."""

    id: str = ""
    author: str = ""
    published: datetime | None = None
    tags: tuple[str, ...] = ()


def rejected(reason: str, detail: str, url: str = "") -> Rejected:
    """A document that is no feed: `empty`, `not-a-feed`, `damaged`."""
    return Rejected(stage="feeds", reason=reason, detail=detail, url=url)
