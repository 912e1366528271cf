"""Addresses as a page gives them: made absolute, http(s) only, and trusted only within the page's own site."""

from __future__ import annotations

import re
from urllib.parse import quote, urldefrag, urljoin, urlsplit

MAX_CHARS = 2_048

_SECOND_LEVEL = frozenset("co com org net gov edu ac gob gouv govt or ne go info nom".split())
_UNSAFE = re.compile(
    '[\x00-\x20\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060\ufeff\ufffe\uffff\ud800-\udfff<>"\\\\^`{|}]'
)


def absolute(link: object, base: str) -> str:
    """`link` as an absolute http(s) address, "" where it is none."""
    if not isinstance(link, str) or not link.strip() or len(link) > MAX_CHARS:
        return ""
    try:
        joined = urljoin(base, link.strip())
        parts = urlsplit(joined)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        return ""
    return _UNSAFE.sub(lambda found: quote(found.group(), errors="replace"), joined) if good else ""


def site_of(url: str) -> str:
    """The part of the host that one owner registers, near enough: `bbc.co.uk`, `example.org`."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
    labels = host.split(".")
    if len(labels) < 3 or labels[-1].isdigit():
        return host
    wide = len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3:] if wide else labels[-2:])


def canonical(said: list[str], page_url: str) -> str:
    """The first address in `said` that the page may claim: on its own site, and not the front page of it.

    Falls back to the page's own address. A page without an address (a file) may claim any.
    """
    page_url = absolute(page_url, "")
    for link in said:
        address = urldefrag(absolute(link, page_url)).url
        if not address:
            continue
        if not page_url:
            return address
        front = urlsplit(address).path in ("", "/") and not urlsplit(address).query
        if site_of(address) == site_of(page_url) and (not front or urlsplit(page_url).path in ("", "/")):
            return address
    return urldefrag(page_url).url
