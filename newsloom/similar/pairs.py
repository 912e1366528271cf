"""Features of an article against many others at once: everything that the model sees of a pair."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from newsloom.similar.index import Rows, Window
from newsloom.similar.vectors import BUCKETS, Vector

Column = npt.NDArray[np.float64]


class Comparer:
    """Compares one article with rows of a window.

    The article's weights are laid out over all buckets once, so that a row is compared by looking up its terms: no
    sorting and no matching, one gather a field.
    """

    def __init__(self) -> None:
        self._laid = np.zeros(BUCKETS, dtype=np.float32)

    def features(self, vector: Vector, window: Window, rows: Rows) -> Mapping[str, Column]:
        """Columns by the names of `model.FEATURES`, one entry a row, all in 0..1.

        title, head, terms: cosines. more_within, less_within: share of the one's weight that stands in the other,
        the larger and the smaller of the two ways. numbers: cosine over the terms that are numbers.
        """
        buckets = window.fields["terms"][0][rows]
        weights = window.fields["terms"][1][rows].astype(np.float32)
        mine = self._lookup(vector.terms, vector.terms_w, buckets)
        shared = mine * weights
        both = mine > 0
        own_mass = max(float(vector.terms_w.sum()), 1e-9)
        their_mass = np.maximum(weights.sum(axis=1), 1e-9)
        here = mine.sum(axis=1) / own_mass
        there = np.where(both, weights, 0).sum(axis=1) / their_mass
        return {
            "title": self._cosine(vector.title, vector.title_w, "title", window, rows),
            "head": self._cosine(vector.head, vector.head_w, "head", window, rows),
            "terms": shared.sum(axis=1).astype(np.float64),
            "more_within": np.maximum(here, there).astype(np.float64),
            "less_within": np.minimum(here, there).astype(np.float64),
            "numbers": _numbers(vector, buckets, both),
        }

    def _cosine(
        self, own: npt.NDArray[np.int32], own_w: npt.NDArray[np.float32], name: str, window: Window, rows: Rows
    ) -> Column:
        buckets, weights = window.fields[name]
        mine = self._lookup(own, own_w, buckets[rows])
        cosine: Column = (mine * weights[rows].astype(np.float32)).sum(axis=1).astype(np.float64)
        return cosine

    def _lookup(
        self, own: npt.NDArray[np.int32], own_w: npt.NDArray[np.float32], buckets: npt.NDArray[np.int32]
    ) -> npt.NDArray[np.float32]:
        self._laid[own] = own_w
        mine = self._laid[buckets]
        self._laid[own] = 0
        return mine


def _numbers(vector: Vector, buckets: npt.NDArray[np.int32], both: npt.NDArray[np.bool_]) -> Column:
    own = int(((vector.terms > 0) & (vector.terms % 2 == 0)).sum())
    if own == 0:
        return np.zeros(len(buckets), dtype=np.float64)
    even = (buckets > 0) & (buckets % 2 == 0)
    theirs = np.maximum(even.sum(axis=1), 1)
    column: Column = (even & both).sum(axis=1) / np.sqrt(own * theirs)
    return column
