"""Bytes -> FeedDocument: looks what the document is, and hands it to the reader of its kind."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping

from newsloom.feeds import tree
from newsloom.feeds.encoding import GZIP, decode, may_be_utf8, unpacked
from newsloom.feeds.jsonfeed import read_json
from newsloom.feeds.names import name_of
from newsloom.feeds.reader import ROOTS, read
from newsloom.feeds.said import MAX_ENTRIES, FeedSaid, rejected
from newsloom.feeds.shorten import shortened
from newsloom.feeds.sitemap import ROOTS as SITEMAPS
from newsloom.feeds.sitemap import read_sitemap
from newsloom.feeds.soup import MAX_CHARS, read_soup
from newsloom.types import Rejected

# A tree takes a few hundred bytes for each tag and each attribute: a document of nothing else is cut here, at twice
# what the largest real feeds have.
_MAX_MARKS = 100_000
_MAX_BYTES = 50_000_000
_MAX_UNPACKED = 10_000_000  # of what is served as a .gz file, as sitemaps are; the rest is left out
_PROLOG = 4_096  # bytes in which the root is looked for
_MAX_AGE = re.compile(r"\bmax-age=(\d{1,7})\b")
_ITEM = re.compile(r"<(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_ITEM_END = re.compile(r"</(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)
_PAGE_ROOTS = ("html", "head", "body", "div", "p", "script", "meta", "title")


def parse_feed(body: bytes, *, url: str = "", headers: Mapping[str, str] | None = None) -> FeedSaid | Rejected:
    """The feed in `body`: RSS, RDF, Atom, CDF, JSON Feed, a sitemap or an index of sitemaps. Never raises.

    `url`: where it came from, the base of relative links; `headers` as served, names in lower case (content-type,
    content-location, content-language, cache-control are read). Rejected reasons: empty, not-a-feed, damaged,
    too-large. What was mended or cut stands in `notes`.
    """
    try:
        return _parse(body, url, {name.lower(): value for name, value in (headers or {}).items()})
    except MemoryError:
        return rejected("too-large", "it would take more memory than one feed may", url)
    except Exception as error:
        return rejected("damaged", f"could not be read: {type(error).__name__}", url)


def _parse(body: bytes, url: str, headers: Mapping[str, str]) -> FeedSaid | Rejected:
    if body.startswith(GZIP):
        body = unpacked(body, _MAX_UNPACKED)
    if not body.strip():
        return rejected("empty", "no bytes" if not body else "nothing but blanks", url)
    if len(body) > _MAX_BYTES:
        return rejected("too-large", f"{len(body)} bytes, {_MAX_BYTES} read at most", url)
    body = shortened(body, MAX_ENTRIES)
    found = _straight(body, url, headers) or _decoded(body, url, headers)
    if isinstance(found, FeedSaid) and not found.ttl_s:
        age = _MAX_AGE.search(headers.get("cache-control", ""))
        return dataclasses.replace(found, ttl_s=min(int(age[1]), 7 * 86_400)) if age else found
    return found


def _straight(body: bytes, url: str, headers: Mapping[str, str]) -> FeedSaid | None:
    """Well-formed XML in UTF-8, as nearly all feeds are, without a detour over text; None for anything else."""
    if not may_be_utf8(body, headers.get("content-type", "")):
        return None
    prolog = tree.prolog(body[:_PROLOG].decode("latin-1"))
    if prolog.root.rpartition(":")[2].lower() not in (*ROOTS, *SITEMAPS) or prolog.doctype or _marks(body) > _MAX_MARKS:
        return None
    parsed = tree.parse_bytes(body, prolog.start)
    return None if parsed is None else _read(parsed, url, headers, bases=b"xml:base" in body)


def _decoded(body: bytes, url: str, headers: Mapping[str, str]) -> FeedSaid | Rejected:
    text, _ = decode(body, headers.get("content-type", ""))
    if text.lstrip()[:1] != "{":
        return _xml(text, url, headers)
    if text.count("{") > _MAX_MARKS:
        return rejected("too-large", f"more than {_MAX_MARKS} JSON objects", url)
    return read_json(text, url, url)


def _read(parsed: tree.Tree, url: str, headers: Mapping[str, str], *, bases: bool) -> FeedSaid:
    if name_of(str(parsed.root.tag), "") in SITEMAPS:
        return read_sitemap(parsed, url)
    return read(parsed, url, headers, bases=bases)


def _xml(text: str, url: str, headers: Mapping[str, str]) -> FeedSaid | Rejected:
    text, cut = _bounded(text)
    prolog = tree.prolog(text)
    root = prolog.root.rpartition(":")[2].lower()
    if root in _PAGE_ROOTS or (root not in ROOTS and prolog.doctype[9:].strip().lower().startswith("html")):
        return rejected("not-a-feed", f"an HTML page; {_page_title(text)}", url)
    if not root:
        return rejected("not-a-feed", "neither XML nor JSON", url)
    if root not in (*ROOTS, *SITEMAPS):
        return rejected("not-a-feed", f"XML, but its root is {root[:40]}, no feed's", url)
    parsed = tree.parse(text, prolog.start)
    found = None if parsed is None else _read(parsed, url, headers, bases="xml:base" in text)
    if parsed is None or parsed.mended:
        found = _rescued(found, text, prolog, url, headers)
    if found is None:
        return rejected("damaged", "XML that can't be read", url)
    return _noted(found, cut, prolog)


def _rescued(
    found: FeedSaid | None, text: str, prolog: tree.Prolog, url: str, headers: Mapping[str, str]
) -> FeedSaid | None:
    """What can be saved of a document that is not well-formed: of two readings the one with more entries."""
    items = min(len(_ITEM.findall(text)), MAX_ENTRIES)
    if len(found.entries if found else ()) < items and len(text) <= MAX_CHARS and prolog.root.lower() not in SITEMAPS:
        again = read_soup(text[prolog.start :], url, headers)
        if found is None or len(again.entries) > len(found.entries):
            found = again
    if found is None or not (found.entries or found.title or found.link or found.language):
        return None
    return _whole(found, text)


def _whole(found: FeedSaid, text: str) -> FeedSaid:
    """The feed without a last entry that the document stops in the middle of."""
    ends = [end.end() for end in _ITEM_END.finditer(text)]
    if found.entries and _ITEM.search(text, ends[-1] if ends else 0):
        return dataclasses.replace(found, entries=found.entries[:-1], notes=(*found.notes, "the last entry is cut off"))
    return found


def _noted(found: FeedSaid, cut: tuple[str, ...], prolog: tree.Prolog) -> FeedSaid:
    subset = ("the document's own entities were ignored",) if "[" in prolog.doctype else ()
    return dataclasses.replace(found, notes=(*found.notes, *cut, *subset)) if cut or subset else found


def _bounded(text: str) -> tuple[str, tuple[str, ...]]:
    marks = _marks(text)
    if marks <= _MAX_MARKS:
        return text, ()
    return text[: len(text) * _MAX_MARKS // marks], ("too many tags: the end was left out",)


def _marks(document: str | bytes) -> int:
    """How many elements or attributes a document has at most; 0 for short ones."""
    if len(document) <= 2 * _MAX_MARKS:
        return 0
    if isinstance(document, str):
        document = document.encode("utf-8", "replace")
    signs = document.count(b"=")
    if signs > _MAX_MARKS:  # most of them in addresses, it may be
        signs = document.count(b'="') + document.count(b"='")
    return max(document.count(b"<") // 2, signs)


def _page_title(text: str) -> str:
    found = re.search(r"<title[^<>]{0,200}>([^<]{1,200})", text[:100_000], re.IGNORECASE)
    return f"titled {' '.join(found[1].split())!r}"[:120] if found else "without a title"
