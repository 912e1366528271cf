"""What comparing an article found, as bytes in the store: a start from the store alone compares nothing again."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence

import numpy as np

from newsloom.pipeline.grouping import VERSION as GROUPING
from newsloom.pipeline.grouping import Compared
from newsloom.similar.coding import VERSION as CODING
from newsloom.similar.vectors import Vector

VERSION = 2_000_000 + 1_000 * GROUPING + CODING  # of these bytes, of what decides, of how terms are coded

_HEAD = struct.Struct("<HHHHI")  # places, weights, hashes, skips, shingles
_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), check_circular=False).encode


def packed(compared: Compared, noted: str) -> bytes:
    """An article's arrays, what it resembled, and what `Across` notes of it."""
    own = compared.own
    head = _HEAD.pack(len(own.places), len(own.weights), len(own.signature), len(own.skips), own.shingles)
    matches = [(match.other_id, match.logit) for match in compared.matches]
    said = _encode((compared.article.annotations.language, noted, matches))
    arrays = own.places, own.weights, own.signature, own.skips
    return b"".join((head, *(array.tobytes() for array in arrays), said.encode("ascii")))


def unpacked(data: bytes) -> tuple[Vector, str, str, Sequence[tuple[str, float]]]:
    """(arrays, language, noted, matches with their log-odds) of `packed`. Raises ValueError or struct.error."""
    places, weights, hashes, skips, shingles = _HEAD.unpack_from(data)
    at = _HEAD.size
    first = at + 4 * places
    second = first + weights
    third = second + 2 * hashes
    end = third + 2 * skips
    own = Vector(
        np.frombuffer(data, np.uint32, places, at),
        np.frombuffer(data, np.uint8, weights, first),
        np.frombuffer(data, np.uint16, hashes, second),
        shingles,
        np.frombuffer(data, np.uint16, skips, third),
    )
    language, noted, matches = json.loads(data[end:].decode("ascii"))
    return own, language, noted, matches
