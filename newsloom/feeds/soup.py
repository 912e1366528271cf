"""The last reader: feedparser, for documents so broken that no tree comes out of them."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

import feedparser

from newsloom.feeds.clean import MAX_NAME, html_text, plain, title_text
from newsloom.feeds.dates import parse_date
from newsloom.feeds.links import absolute, joined
from newsloom.feeds.said import MAX_ENTRIES, EntrySaid, FeedSaid
from newsloom.types import Enclosure

# feedparser needs seconds for a megabyte; what is both broken and larger is not worth more.
MAX_CHARS = 1_000_000

_DECLARATION = re.compile(r"<!(?=\s*(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION|\[(?!CDATA\[)))", re.IGNORECASE)


def read_soup(text: str, base: str, headers: Mapping[str, str]) -> FeedSaid:
    """What feedparser makes of the text; declarations are defused, links resolved and HTML sanitised by us."""
    base = joined(base, headers.get("content-location", ""))
    source = '<?xml version="1.0" encoding="utf-8"?>' + _DECLARATION.sub("&lt;!", text)
    found = feedparser.parse(
        io.BytesIO(source.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    feed = found.get("feed", {})
    return FeedSaid(
        id=plain(_text(feed, "id"), 2_000),
        title=title_text(_text(feed, "title")),
        link=absolute(_text(feed, "link"), base),
        subtitle=html_text(_text(feed, "subtitle"), base),
        language=plain(_text(feed, "language"), 40),
        author=plain(_text(feed, "author"), MAX_NAME),
        updated=parse_date(_text(feed, "updated")),
        published=parse_date(_text(feed, "published")),
        format=(found.get("version") or "rss").rstrip("0123456789") or "rss",
        entries=tuple(_entry(entry, base) for entry in found.get("entries", [])[:MAX_ENTRIES]),
        notes=("not well-formed: read by feedparser",),
    )


def _entry(entry: Any, base: str) -> EntrySaid:
    author = plain(_text(entry, "author"), MAX_NAME)
    contents = entry.get("content") or [{}]
    return EntrySaid(
        id=plain(_text(entry, "id"), 2_000),
        link=absolute(_text(entry, "link"), base),
        title=title_text(_text(entry, "title")),
        summary=html_text(_text(entry, "summary"), base),
        content=html_text(_text(contents[0], "value"), base),
        published=parse_date(_text(entry, "published")),
        updated=parse_date(_text(entry, "updated")),
        authors=(author,) if author else (),
        author=author,
        tags=tuple(filter(None, (plain(_text(tag, "term"), MAX_NAME) for tag in entry.get("tags", [])[:50]))),
        enclosures=tuple(e for e in (_enclosure(data, base) for data in entry.get("enclosures", [])[:50]) if e.url),
    )


def _enclosure(data: Any, base: str) -> Enclosure:
    kind, length = plain(_text(data, "type"), 100), plain(_text(data, "length"), 20)
    return Enclosure(url=absolute(_text(data, "href"), base), type=kind, length=length)


def _text(data: Any, key: str) -> str:
    # Asked for an update that there is none of, feedparser gives the publication.
    value = data.get(key) if key in data else ""
    return value if isinstance(value, str) else ""
