"""JSON Feed 1.x."""

from __future__ import annotations

import json
from typing import Any

from newsloom.feeds.clean import MAX_NAME, escaped, html_text, plain
from newsloom.feeds.dates import parse_date
from newsloom.feeds.links import absolute
from newsloom.feeds.said import MAX_ENTRIES, EntrySaid, FeedSaid, rejected
from newsloom.types import Enclosure, Rejected

_MOST = 50
_MOST_DIGITS = 1_000


def read_json(text: str, base: str, url: str) -> FeedSaid | Rejected:
    """A JSON Feed document; anything else that is JSON is `not-a-feed`, what is no JSON `damaged`."""
    try:
        data = json.loads(text, parse_int=_whole)
    except (ValueError, RecursionError) as error:
        return rejected("damaged", f"JSON that can't be read: {type(error).__name__}", url)
    items = data.get("items") if isinstance(data, dict) else None
    if not isinstance(items, list) or not (
        "jsonfeed" in _text(data, "version") or "title" in data or _are_items(items)
    ):
        return rejected("not-a-feed", "JSON, but no JSON Feed", url)
    entries = tuple(_entry(item, base) for item in items[:MAX_ENTRIES] if isinstance(item, dict))
    cut = (f"more than {MAX_ENTRIES} entries, {MAX_ENTRIES} taken",) if len(items) > MAX_ENTRIES else ()
    return FeedSaid(
        id=_text(data, "feed_url"),
        title=plain(_text(data, "title")),
        link=absolute(_text(data, "home_page_url"), base),
        subtitle=plain(_text(data, "description")),
        language=plain(_text(data, "language"), 40),
        author=", ".join(_authors(data)),
        topic=absolute(_text(data, "feed_url"), base),
        hub=next((absolute(_text(hub, "url"), base) for hub in _dicts(data, "hubs")), ""),
        format="json",
        entries=entries,
        notes=cut,
    )


def _whole(digits: str) -> int | str:
    """A number; one that Python refuses to read must not cost the feed."""
    return int(digits) if len(digits) < _MOST_DIGITS else digits


def _are_items(items: list[Any]) -> bool:
    """Whether a list without a name holds what a feed would."""
    telling = ("content_html", "content_text", "url", "title")
    return bool(items) and all(isinstance(item, dict) and any(key in item for key in telling) for item in items[:20])


def _entry(item: dict[str, Any], base: str) -> EntrySaid:
    markup, words = _text(item, "content_html"), _text(item, "content_text")
    authors = _authors(item)
    return EntrySaid(
        id=plain(_text(item, "id"), 2_000),
        link=absolute(_text(item, "url"), base) or absolute(_text(item, "external_url"), base),
        title=plain(_text(item, "title")),
        summary=escaped(_text(item, "summary")),
        content=html_text(markup, base) if markup else escaped(words),
        published=parse_date(_text(item, "date_published")),
        updated=parse_date(_text(item, "date_modified")),
        authors=authors,
        author=", ".join(authors),
        tags=tuple(plain(tag, MAX_NAME) for tag in _list(item, "tags") if isinstance(tag, str)),
        enclosures=tuple(e for a in _dicts(item, "attachments") if (e := _enclosure(a, base)).url),
        image=absolute(_text(item, "image"), base) or absolute(_text(item, "banner_image"), base),
        language=plain(_text(item, "language"), 40),
    )


def _enclosure(data: dict[str, Any], base: str) -> Enclosure:
    return Enclosure(
        url=absolute(_text(data, "url"), base),
        type=plain(_text(data, "mime_type"), 100),
        length=plain(_text(data, "size_in_bytes"), 20),
    )


def _authors(data: dict[str, Any]) -> tuple[str, ...]:
    people = _dicts(data, "authors") or [p for p in (data.get("author"),) if isinstance(p, dict)]
    return tuple(filter(None, (plain(_text(person, "name"), MAX_NAME) for person in people)))


def _list(data: dict[str, Any], key: str) -> list[Any]:
    value = data.get(key)
    return value[:_MOST] if isinstance(value, list) else []


def _dicts(data: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return [value for value in _list(data, key) if isinstance(value, dict)]


def _text(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    try:
        return str(value).encode("utf-8", "replace").decode()  # JSON can say half a surrogate pair
    except ValueError:  # an integer of thousands of digits
        return ""
