"""The articles of one language that may still be compared: rows of term buckets, and postings to find candidates.

Rows lie in arrays that double; a row's number is its place in the order of arrival and never changes. Postings hold
an article's heaviest terms with their weights. What has left the window is skipped when found, and left out of the
window that takes this one's place once half of it has left.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable

import numpy as np
import numpy.typing as npt

from newsloom.similar.vectors import NO_HASH, NONE, SIGNATURE, WIDTHS, Floats, Ints, Vector, Words

Rows = npt.NDArray[np.int64]

POSTED = 32  # heaviest terms of an article that are indexed and asked for
NEWEST = 3_000  # most articles looked at for one term: the newest; a commoner term finds nothing of use
START = 1_024


class Window:
    """Rows of one language. Times are seconds since 1970."""

    def __init__(self) -> None:
        self.size = 0
        self._rows = START
        self.fields = {
            name: (np.zeros((START, width), dtype=np.int32), np.zeros((START, width), dtype=np.float16))
            for name, width in WIDTHS.items()
        }
        self.signatures: Words = np.full((START, SIGNATURE), NO_HASH, dtype=np.uint32)
        self.shingles: Ints = np.zeros(START, dtype=np.int32)
        self.times: npt.NDArray[np.float64] = np.zeros(START, dtype=np.float64)
        self._postings: dict[int, tuple[array[int], array[float]]] = {}

    def add(self, vector: Vector, time: float) -> int:
        """Take an article in; returns its row."""
        if self.size == self._rows:
            self._grow()
        row = self.size
        self._write(row, vector, time)
        self._post(row, vector)
        self.size += 1
        return row

    def rewrite(self, row: int, vector: Vector, time: float) -> None:
        """Set an edited article's row anew; it is found by its new terms too."""
        posted = set(self.fields["terms"][0][row, :POSTED].tolist())
        self._write(row, vector, time)
        self._post(row, vector, posted)

    def drop(self, row: int) -> None:
        """No candidates from this row any more."""
        self.times[row] = -np.inf

    def compacted(self, before: float) -> tuple[Window, Rows]:
        """A window of the rows not older than `before` alone, in their order, and which rows of this one they were."""
        kept = np.flatnonzero(self.times[: self.size] >= before)
        new = Window()
        while new._rows < len(kept):
            new._grow()
        new.size = len(kept)
        for name, (buckets, weights) in self.fields.items():
            new.fields[name][0][: new.size] = buckets[kept]
            new.fields[name][1][: new.size] = weights[kept]
        new.signatures[: new.size] = self.signatures[kept]
        new.shingles[: new.size] = self.shingles[kept]
        new.times[: new.size] = self.times[kept]
        for row in range(new.size):
            new._post_terms(row, *(part[row, :POSTED].tolist() for part in new.fields["terms"]))
        return new, kept

    def _write(self, row: int, vector: Vector, time: float) -> None:
        for name, (buckets, weights) in self.fields.items():
            own: Ints = getattr(vector, name)
            buckets[row] = 0
            weights[row] = 0
            buckets[row, : len(own)] = own
            weights[row, : len(own)] = getattr(vector, name + "_w")
        self.signatures[row] = NO_HASH
        self.signatures[row, : len(vector.signature)] = vector.signature
        self.shingles[row] = vector.shingles
        self.times[row] = time

    def candidates(self, vector: Vector, time: float, window_s: float, most: int) -> Rows:
        """Rows within `window_s` of `time` that share the heaviest terms, best first, at most `most`."""
        rows: list[npt.NDArray[np.int32]] = []
        products: list[Floats] = []
        for term, weight in zip(vector.terms[:POSTED].tolist(), vector.terms_w[:POSTED].tolist(), strict=True):
            posted = self._postings.get(term)
            if posted is not None:
                rows.append(np.frombuffer(posted[0], dtype=np.int32)[-NEWEST:])
                products.append(np.frombuffer(posted[1], dtype=np.float32)[-NEWEST:] * np.float32(weight))
        if not rows:
            return np.zeros(0, dtype=np.int64)
        found, where = np.unique(np.concatenate(rows), return_inverse=True)
        scores = np.bincount(where, weights=np.concatenate(products))
        near = np.abs(self.times[found] - time) <= window_s
        found, scores = found[near], scores[near]
        best = np.lexsort((found, -scores))[:most]
        return found[best].astype(np.int64)

    def _post(self, row: int, vector: Vector, but: Collection[int] = ()) -> None:
        self._post_terms(row, vector.terms[:POSTED].tolist(), vector.terms_w[:POSTED].tolist(), but)

    def _post_terms(self, row: int, terms: Iterable[int], weights: Iterable[float], but: Collection[int] = ()) -> None:
        for term, weight in zip(terms, weights, strict=True):
            if term == NONE or term in but:
                continue
            posted = self._postings.get(term)
            if posted is None:
                posted = self._postings[term] = (array("i"), array("f"))
            posted[0].append(row)
            posted[1].append(weight)

    def _grow(self) -> None:
        def doubled(old: npt.NDArray[np.generic], fill: int = 0) -> npt.NDArray[np.generic]:
            new = np.full((2 * len(old), *old.shape[1:]), fill, dtype=old.dtype)
            new[: len(old)] = old
            return new

        self.fields = {name: (doubled(b), doubled(w)) for name, (b, w) in self.fields.items()}  # type: ignore[misc]
        self.signatures = doubled(self.signatures, int(NO_HASH))  # type: ignore[assignment]
        self.shingles = doubled(self.shingles)  # type: ignore[assignment]
        self.times = doubled(self.times)  # type: ignore[assignment]
        self._rows *= 2
