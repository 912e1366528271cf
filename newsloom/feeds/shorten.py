"""Documents with more entries than are read, cut to those before any tree is made."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator
from itertools import islice

_LEAST_BYTES = 100_000  # below that no document has so many entries that it hurts
_PREFIX = rb"(?:[A-Za-z][\w.-]{0,30}:)?"
_ITEM = re.compile(rb"<" + _PREFIX + rb"(?:item|entry)[\s>]")
_ITEM_END = re.compile(rb"</" + _PREFIX + rb"(?:item|entry)\s{0,20}>")
_ADDRESS = re.compile(rb"<" + _PREFIX + rb"(?:url|sitemap)[\s>]")
_ADDRESS_END = re.compile(rb"</" + _PREFIX + rb"(?:url|sitemap)\s{0,20}>")
_STAMP = re.compile(rb"<" + _PREFIX + rb"(?:lastmod|publication_date)>\s{0,20}([0-9T:+.Z-]{4,40})")
_LONGEST_TAIL = 10_000


def shortened(body: bytes, most: int) -> bytes:
    """The document with the first `most` entries of a feed or the latest `most` addresses of a sitemap, and one more.

    What stands around them stays. `body` as it is where it has no more than those, or where it is nothing of the kind.
    """
    if len(body) < _LEAST_BYTES or body.count(b"<") < 2 * most:
        return body
    first = _ADDRESS.search(body, 0, 50_000)
    if first is not None and not _ITEM.search(body, 0, first.start()):
        return _latest(body, first.start(), most + 1)
    return _first(body, most + 1)


def _first(body: bytes, most: int) -> bytes:
    beyond = next(islice(_ITEM.finditer(body), most, None), None)
    return body if beyond is None else body[: beyond.start()] + _tail(body, _ITEM_END)


def _latest(body: bytes, start: int, most: int) -> bytes:
    if next(islice(_ADDRESS.finditer(body), most, None), None) is None:
        return body
    kept = heapq.nlargest(most, _addresses(body), key=lambda each: each[0])
    return b"".join((body[:start], *(body[begin:end] for _, begin, end in kept), _tail(body, _ADDRESS_END)))


def _addresses(body: bytes) -> Iterator[tuple[bytes, int, int]]:
    """When each address was changed, as written, and where it stands."""
    at = 0
    while (begin := _ADDRESS.search(body, at)) and (end := _ADDRESS_END.search(body, begin.end())):
        at = end.end()
        stamp = _STAMP.search(body, begin.end(), end.start())
        yield stamp[1] if stamp else b"", begin.start(), at


def _tail(body: bytes, ends: re.Pattern[bytes]) -> bytes:
    """What follows the last entry, where that is short enough to be the end of the document."""
    *_, last = [0, *(end.end() for end in ends.finditer(body, max(0, len(body) - _LONGEST_TAIL)))]
    return body[last:] if last else b""
