"""What feeds say beyond the shared records: fields that only `parse` prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from newsloom.feeds.clean import escaped, html_text
from newsloom.types import Entry, FeedDocument, Rejected

MAX_ENTRIES = 2_000
_LAZY = ("summary", "content")

Raw = tuple[str, str, bool]
"""Markup as it came, the base of its links, and whether it is HTML (else plain text)."""


def sanitised(raw: Raw | None) -> str:
    """The markup as HTML that may be kept; "" for none."""
    if raw is None:
        return ""
    markup, base, is_html = raw
    return html_text(markup, base) if is_html else escaped(markup)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySaid(Entry):
    """`author` is the line as the feed wrote it ("Ada Example (ada@news.example)"); `authors` has names alone.
    `point`: latitude and longitude of where it happened, in degrees.

    `raw` holds summary and content as they came, until somebody asks for them: sanitising is most of what reading a
    feed costs, and who looks for new entries reads few of them. What `entry.summary` says is always sanitised.
    """

    author: str = ""
    point: tuple[float, float] | None = None
    raw: Mapping[str, Raw] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in self.raw:
            object.__delattr__(self, name)

    def __getattr__(self, name: str) -> str:
        """Python asks here for what is not set yet."""
        raw = self.raw.get(name) if name in _LAZY else None
        if raw is None:
            raise AttributeError(name)
        made = sanitised(raw)
        object.__setattr__(self, name, made)
        return made


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
