"""Addresses: the one place that knows how they are written, and which foreign ones may be rendered."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import quote, urlencode, urlsplit

SLUG_CHARS = 70

_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")


@lru_cache(8192)
def slug(headline: str) -> str:
    """The readable end of an address: words of the headline in its own script; "-" where it has none."""
    plain = unicodedata.normalize("NFKC", headline).lower()
    words = re.sub(r"[^\w]+|_+", "-", plain.replace("'", "").replace("’", "")).strip("-")
    if len(words) > SLUG_CHARS:
        words = words[:SLUG_CHARS].rsplit("-", 1)[0] if "-" in words[:SLUG_CHARS] else words[:SLUG_CHARS]
    return words or "-"


@lru_cache(8192)
def safe(url: str) -> str:
    """`url` where it is a complete http(s) address without credentials, else ""."""
    if _UNSAFE.search(url):
        return ""
    try:
        parts = urlsplit(url)
        named = parts.hostname and (parts.port is None or parts.port)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and named and "@" not in parts.netloc else ""


def host(url: str) -> str:
    """The host that a safe address names, without www; "" for others."""
    return (urlsplit(url).hostname or "").removeprefix("www.") if safe(url) else ""


def edition(edition_id: str) -> str:
    return f"/{_part(edition_id)}/"


def section(edition_id: str, name: str) -> str:
    return f"/{_part(edition_id)}/section/{_part(slug(name))}"


def article(edition_id: str, article_id: str, headline: str) -> str:
    return f"/{_part(edition_id)}/article/{_part(article_id)}/{_part(slug(headline))}"


def story(edition_id: str, story_id: str, headline: str) -> str:
    return f"/{_part(edition_id)}/story/{_part(story_id)}/{_part(slug(headline))}"


def story_feed(edition_id: str, story_id: str) -> str:
    return f"/{_part(edition_id)}/story/{_part(story_id)}/feed.atom"


def correcting(story_id: str) -> str:
    """The operator's page of a story."""
    return f"/operator/story/{_part(story_id)}"


def source(edition_id: str, source_id: str, page: int = 1) -> str:
    return f"/{_part(edition_id)}/source/{_part(source_id)}" + _page(page)


def day(edition_id: str, asked: date, page: int = 1) -> str:
    return f"/{_part(edition_id)}/day/{asked.isoformat()}" + _page(page)


def feed(edition_id: str) -> str:
    return f"/{_part(edition_id)}/feed.atom"


def json_feed(edition_id: str) -> str:
    return f"/{_part(edition_id)}/feed.json"


def search(edition_id: str, asked: Mapping[str, str | int] = MappingProxyType({}), end: str = "") -> str:
    """`asked`: what stands in the query; what is empty, and the first page, is left out."""
    said = {name: value for name, value in asked.items() if value not in ("", 1)}
    return f"/{_part(edition_id)}/search{end}" + (f"?{urlencode(said)}" if said else "")


def section_feed(edition_id: str, name: str) -> str:
    return section(edition_id, name) + "/feed.atom"


def day_feed(edition_id: str, asked: date) -> str:
    return day(edition_id, asked) + "/feed.atom"


def source_feed(edition_id: str, source_id: str) -> str:
    return source(edition_id, source_id) + "/feed.atom"


def in_language(href: str, code: str) -> str:
    """One of our own addresses with the language that a reader chose, so that it goes on from page to page."""
    if not href.startswith("/") or href.startswith(("/static/", "/image/", "/opml")):
        return href
    return href + ("&" if "?" in href else "?") + urlencode({"lang": code})


def image(article_id: str) -> str:
    return f"/image/{_part(article_id)}"


@lru_cache(16384)
def _part(text: str) -> str:
    return quote(text, safe="")


def _page(number: int) -> str:
    return f"?page={number}" if number > 1 else ""
