"""A feed as the line of JSON that `newsloom parse` prints."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from newsloom.types import Entry, FeedDocument


def feed_record(document: FeedDocument) -> dict[str, Any]:
    """`{"feed": {...}, "entries": [...]}` ready for JSON: times in UTC as ISO 8601, null where unknown."""
    return {
        "feed": {
            "id": getattr(document, "id", ""),
            "title": document.title,
            "link": document.link,
            "summary": document.subtitle,
            "language": document.language,
            "published": _time(getattr(document, "published", None)),
            "updated": _time(document.updated),
            "author": getattr(document, "author", ""),
            "tags": list(getattr(document, "tags", ())),
            "format": document.format,
            "ttl_s": document.ttl_s,
            "hub": document.hub,
            "notes": list(document.notes),
        },
        "entries": [_entry(entry) for entry in document.entries],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "title": entry.title,
        "link": entry.link,
        "published": _time(entry.published),
        "updated": _time(entry.updated),
        "author": getattr(entry, "author", "") or ", ".join(entry.authors),
        "summary": entry.summary or entry.content,
        "content": entry.content,
        "tags": list(entry.tags),
        "enclosures": [{"url": e.url, "type": e.type, "length": e.length} for e in entry.enclosures],
        "image": entry.image,
        "language": entry.language,
        "point": getattr(entry, "point", None),
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
