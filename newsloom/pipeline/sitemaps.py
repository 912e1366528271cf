"""Sitemaps as sources: an index followed to its newest sitemaps, and of a sitemap no more than the news."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from newsloom.feeds import INDEX
from newsloom.types import Entry, FeedDocument

FOLLOWED = 4  # sitemaps asked for one index, at one poll
FRESH = timedelta(days=3)
SITEMAP = "sitemap"
_NEVER = datetime(1, 1, 1, tzinfo=UTC)


def is_index(document: FeedDocument) -> bool:
    """Whether the document only names other sitemaps."""
    return document.format == INDEX


def worth_following(entries: Sequence[Entry], now: datetime) -> tuple[str, ...]:
    """Of an index the sitemaps that may hold news: those named so first, then the latest changed, none long idle."""
    fresh = [entry for entry in entries if entry.link and _is_fresh(entry, now, undated=True)]
    ranked = sorted(newest(fresh), key=lambda entry: "news" not in entry.link.lower())
    return tuple(dict.fromkeys(entry.link for entry in ranked))[:FOLLOWED]


def newest(entries: Sequence[Entry]) -> list[Entry]:
    """The entries, latest first; those without a time keep their order behind."""
    return sorted(entries, key=lambda entry: _time(entry) or _NEVER, reverse=True)


def is_news(entry: Entry, now: datetime) -> bool:
    """Whether an address of a sitemap is news: recent, or titled as news sitemaps do. The rest is the whole site."""
    return _is_fresh(entry, now, undated=bool(entry.title))


def _is_fresh(entry: Entry, now: datetime, *, undated: bool) -> bool:
    at = _time(entry)
    return undated if at is None else at >= now - FRESH


def _time(entry: Entry) -> datetime | None:
    return entry.published or entry.updated
