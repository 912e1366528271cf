"""Addresses as feeds write them, made absolute http(s) or refused."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

MAX_LINK = 2_000

# Control characters, half pairs, and those that turn the direction of writing: nobody sees them, some are tricks.
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
# All other characters: whole texts of them are recognised twice as fast as the odd one is found.
SEEN = re.compile("[\t\n\r -~\xa0-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*+")
_SPACE = re.compile(r"\s+")
# Most links are like this and need no taking apart.
_SIMPLE_LINK = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(?::\d{1,5})?(?:[/?#][!-~]*)?")


def absolute(link: str, base: str = "") -> str:
    """The link as an absolute http(s) address, "" where it is none, names a user or has over 2,000 characters."""
    link = link.strip() if len(link) <= 2 * MAX_LINK else ""
    if len(link) <= MAX_LINK and _SIMPLE_LINK.fullmatch(link):
        return link
    return _resolved(link, base) if link else ""


@lru_cache(maxsize=512)
def _resolved(link: str, base: str) -> str:
    """Pages link to the same few addresses again and again."""
    link = _SPACE.sub("%20", link)
    if UNSEEN.search(link):
        return ""
    try:
        if base and not link[:8].lower().startswith(("http://", "https://")):
            link = urljoin(base, link)
        parts = urlsplit(link)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and len(link) <= MAX_LINK
        # Who reads "https://bank.example@other.example/" takes it for the bank's.
        usable = usable and "@" not in parts.netloc and "%" not in parts.netloc
    except ValueError:
        return ""
    return link if usable else ""


def joined(base: str, reference: str) -> str:
    """A base made from another and a reference (xml:base, Content-Location); the old one where they do not fit."""
    try:
        return urljoin(base, reference.strip()) if len(reference) <= MAX_LINK else base
    except ValueError:
        return base
