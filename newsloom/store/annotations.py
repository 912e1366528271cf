"""Annotations, entries and word counts as bytes: JSON under zlib, exact both ways."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from newsloom.types import Annotations, Enclosure, Entry, Passage
from newsloom.wording import Change

_LEVEL = 6
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_LENGTH = struct.Struct("<H")
_TIMES = ("published", "updated")


def pack_text(text: str) -> bytes:
    """A body as kept; lone surrogates, which no text should hold, become question marks."""
    return zlib.compress(text.encode("utf-8", "replace"), _LEVEL)


def unpack_text(data: bytes | None) -> str:
    """The body of `pack_text`; "" for none."""
    return zlib.decompress(data).decode("utf-8") if data else ""


def pack_counts(counts: dict[str, int]) -> bytes:
    """Word counts of one day."""
    return _pack(counts)


def unpack_counts(data: bytes) -> dict[str, int]:
    """The word counts of `pack_counts`."""
    counts: dict[str, int] = json.loads(unpack_text(data))
    return counts


def pack_annotations(annotations: Annotations) -> bytes:
    """All that a restart needs to compare the article again; its passages stand in the article's row.

    First the signature, which nothing makes smaller: its length in two bytes, its numbers in four each. Last the skips,
    in two each; what was packed before there were skips ends without them.
    """
    length = len(annotations.signature)
    return (
        _LENGTH.pack(length)
        + struct.pack(f"<{length}I", *annotations.signature)
        + _pack(
            {
                "language": annotations.language,
                "names": annotations.names,
                "numbers": annotations.numbers,
                "terms": annotations.terms,
                "head": annotations.head,
                "title": annotations.title,
                "shingles": annotations.shingles,
            }
        )
        + struct.pack(f"<{len(annotations.skips)}H", *annotations.skips)
    )


def unpack_annotations(
    data: bytes, article_id: str, version: int, passages: Sequence[dict[str, Any]] = ()
) -> Annotations:
    """The annotations of `pack_annotations` with what the database knows beside them."""
    (length,) = _LENGTH.unpack_from(data)
    said = zlib.decompressobj()
    kept = json.loads(said.decompress(memoryview(data)[2 + 4 * length :]))
    skips = said.unused_data
    return Annotations(
        article_id=article_id,
        version=version,
        language=kept["language"],
        names=tuple(kept["names"]),
        numbers=tuple(kept["numbers"]),
        terms=_pairs(kept["terms"]),
        head=_pairs(kept["head"]),
        title=_pairs(kept["title"]),
        passages=tuple(Passage(**passage) for passage in passages),
        signature=struct.unpack_from(f"<{length}I", data, 2),
        shingles=kept["shingles"],
        skips=struct.unpack(f"<{len(skips) // 2}H", skips),
    )


def pack_changes(told: Sequence[Change]) -> bytes:
    """What changed in a text."""
    return _pack(told)


def unpack_changes(data: bytes | None) -> tuple[Change, ...]:
    """The changes of `pack_changes`; () for none."""
    return tuple((sign, words) for sign, words in json.loads(unpack_text(data))) if data else ()


def pack_entry(entry: Entry) -> bytes:
    """What the feed said of an item, only what it did say."""
    said = {name: getattr(entry, name) for name in entry.__dataclass_fields__ if getattr(entry, name)}
    said |= {name: said[name].isoformat() for name in _TIMES if name in said}
    said["enclosures"] = [(e.url, e.type, e.length) for e in entry.enclosures]
    return _pack(said)


def unpack_entry(data: bytes | None) -> Entry:
    """The entry of `pack_entry`; an empty one for none."""
    if not data:
        return Entry()
    said = json.loads(zlib.decompress(data))
    said |= {name: datetime.fromisoformat(said[name]) for name in _TIMES if name in said}
    said |= {name: tuple(said[name]) for name in ("authors", "tags") if name in said}
    said["enclosures"] = tuple(Enclosure(url=url, type=kind, length=length) for url, kind, length in said["enclosures"])
    return Entry(**said)


def _pack(value: object) -> bytes:
    return pack_text(_encode(value))


def _pairs(pairs: list[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    return tuple(map(tuple, pairs))  # type: ignore[arg-type]
