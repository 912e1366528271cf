"""Rows and sketches as closed runs keep them, in numpy; `_kernel.c` does the same to the last bit with whole ones.

    row       how many entries, how many of these are terms, bytes of the terms' weights, the first weight: a byte each
              3 bytes an entry: its bucket, and above that whether the head and the title have it; terms come first
              how far each term's weight lies under the first, rising; weights that don't descend a byte each
              the weights of the head and of the title, a byte each
    sketches  twice: how many hashes, how many lower bits of each: a byte each; the hashes, rising

Rising numbers are put as Elias and Fano did: of each its lower bits, end to end; then, for each, a zero for each step
that its upper bits rise from the last, and a one. The first bit of a byte is its lowest. Of a row that is gone there
are no bytes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from newsloom.similar.coding import BUCKET, BUCKET_BITS, Bytes, Halves, Words

Longs = npt.NDArray[np.int64]

LONGEST = 255  # entries of a row, hashes of a sketch
UNSTEPPED = 255  # in place of a count of bytes: weights that don't descend
_ROW_HEAD, _PLACE, _SKETCH_HEAD = 4, 3, 2


class Entries(NamedTuple):
    """Some rows end to end: places and weights as a vector has them, and how many each row has."""

    places: Words
    counts: Longs
    weights: Bytes
    weight_counts: Longs


def row(places: Words, weights: Bytes) -> bytes:
    """A vector's places and weights as the bytes of its row. Raises ValueError where they can't be one."""
    has = places >> np.uint32(BUCKET_BITS)
    terms = int(np.argmin(np.append(has & 1, 0)))
    others = int((has >> 1 & 1).sum() + (has >> 2).sum())
    if (
        len(places) > LONGEST
        or not has.all()
        or (has >> 3).any()
        or (has[terms:] & 1).any()
        or len(weights) != terms + others
    ):
        raise ValueError("not a vector")
    packed = (places & BUCKET | has >> 1 << BUCKET_BITS).astype("<u4").view(np.uint8).reshape(-1, 4)[:, :_PLACE]
    steps = weights[:1].astype(np.int64) - weights[:terms]
    stepped = bool((np.diff(steps) >= 0).all())
    weighed = _rising(steps, 0) if stepped else weights[:terms].tobytes()
    head = len(places), terms, len(weighed) if stepped else UNSTEPPED, weights[0] if terms else 0
    return bytes(head) + packed.tobytes() + weighed + weights[terms:].tobytes()


def unrow(packed: bytes | Bytes) -> tuple[bytes, bytes]:
    """(places, weights) as bytes. Raises ValueError where that is no row."""
    found = rows_of(np.frombuffer(packed, np.uint8), np.array([0, len(packed)], np.uint32), np.zeros(1, np.int64))
    return found.places.tobytes(), found.weights.tobytes()


def rows_of(packed: Bytes, starts: Words, rows: Longs) -> Entries:
    """Rows of a run. Raises ValueError or IndexError where they are none."""
    at, size = starts[rows].astype(np.int64), np.diff(starts.astype(np.int64))[rows]
    head = np.zeros((len(rows), _ROW_HEAD), dtype=np.int64)
    alive = size > 0
    head[alive] = packed[at[alive, None] + np.arange(_ROW_HEAD)]
    counts, terms, stepped, first = head.T
    at += _ROW_HEAD
    raw = packed[spans(at, _PLACE * counts)].reshape(-1, _PLACE).astype(np.uint32)
    told = raw[:, 0] | raw[:, 1] << np.uint32(8) | raw[:, 2] << np.uint32(16)
    fields, row_of = told >> np.uint32(BUCKET_BITS), np.repeat(np.arange(len(rows)), counts)
    is_term = _within(counts) < terms[row_of]
    places: Words = told & BUCKET | (fields << np.uint32(1) | is_term.astype(np.uint32)) << np.uint32(BUCKET_BITS)
    others = np.bincount(row_of, (fields & 1) + (fields >> 1), len(rows)).astype(np.int64)
    at += _PLACE * counts
    plain = stepped == UNSTEPPED
    stepped[plain] = 0
    weights = np.zeros(int((terms + others).sum()), dtype=np.uint8)
    ends = np.cumsum(terms + others)
    descending = np.where(plain, 0, terms)
    weights[spans(ends - terms - others, descending)] = np.repeat(first, descending) - _steps(
        packed, at, stepped, descending
    )
    weights[spans(ends - terms - others, terms * plain)] = packed[spans(at, terms * plain)]
    weights[spans(ends - others, others)] = packed[spans(at + stepped + terms * plain, others)]
    return Entries(places, counts, weights, terms + others)


def sketches(signature: Halves, skips: Halves) -> bytes:
    """Two ascending sketches as bytes. Raises ValueError where they are none."""
    parts = []
    for hashes in (signature.astype(np.int64), skips.astype(np.int64)):
        if len(hashes) > LONGEST or (np.diff(hashes) < 0).any():
            raise ValueError("not a sketch")
        n, last = len(hashes), int(hashes[-1]) if len(hashes) else 0
        low = min(range(16), key=lambda bits: n * bits + (last >> bits)) if n else 0
        parts += [bytes((n, low)), _rising(hashes, low)]
    return b"".join(parts)


def unsketch(packed: bytes | Bytes) -> tuple[bytes, bytes]:
    """Two sketches as bytes. Raises ValueError where there are none."""
    found, at, data = [], 0, np.frombuffer(packed, np.uint8)
    for _ in range(2):
        n, low = data[at : at + _SKETCH_HEAD].tolist() if len(data) else (0, 0)
        at += _SKETCH_HEAD
        bits = np.unpackbits(data[at:], bitorder="little").astype(np.int64)
        ones = np.flatnonzero(bits[n * low :])[:n]
        if len(ones) < n or low > 15:
            raise ValueError("not sketches")
        lower = bits[: n * low].reshape(n, low) @ (1 << np.arange(low))
        found.append((ones - np.arange(n) << low | lower).astype(np.uint16).tobytes())
        at += (n * low + int(ones[-1])) // 8 + 1 if n else 0
    return found[0], found[1]


def spans(first: Longs, counts: Longs) -> Longs:
    """The numbers first[k] to first[k] + counts[k] - 1, for all k end to end."""
    return np.repeat(first, counts) + _within(counts)


def _within(counts: Longs) -> Longs:
    """0 to counts[k] - 1, for all k end to end."""
    return np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)


def _steps(packed: Bytes, at: Longs, sizes: Longs, counts: Longs) -> npt.NDArray[Any]:
    """The rising numbers without lower bits that stand in `sizes` bytes from `at` on, `counts` of them."""
    ones = np.flatnonzero(np.unpackbits(packed[spans(at, sizes)], bitorder="little"))
    if len(ones) != counts.sum():
        raise ValueError("not a row")
    return ones - np.repeat(8 * (np.cumsum(sizes) - sizes), counts) - _within(counts)


def _rising(numbers: Longs, low: int) -> bytes:
    if not len(numbers):
        return b""
    lower = (numbers[:, None] >> np.arange(low) & 1).astype(np.uint8).reshape(-1)
    upper = np.zeros(len(numbers) + int(numbers[-1] >> low), dtype=np.uint8)
    upper[(numbers >> low) + np.arange(len(numbers))] = 1
    return np.packbits(np.concatenate([lower, upper]), bitorder="little").tobytes()
