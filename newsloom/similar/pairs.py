"""Features of an article against many others at once: everything that the model sees of a pair."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from newsloom.similar.index import Rows, Window
from newsloom.similar.vectors import BUCKETS, Floats, Ints, Vector

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
        the larger and the smaller of the two ways; head_within, title_within: share of the one's head or title that
        stands in the other's whole text, mean of the two ways. numbers: cosine over the terms that are numbers.
        """
        near = {name: _Field(buckets[rows], weights[rows]) for name, (buckets, weights) in window.fields.items()}
        laid = {name: self._lay(vector, "terms", near[name].buckets) for name in near}
        here, there = _ways(vector.terms_w, laid["terms"], near["terms"])
        return {
            "title": self._cosine(vector, near["title"], "title"),
            "head": self._cosine(vector, near["head"], "head"),
            "terms": (laid["terms"] * near["terms"].weights).sum(axis=1).astype(np.float64),
            "more_within": np.maximum(here, there),
            "less_within": np.minimum(here, there),
            "numbers": _numbers(vector, near["terms"].buckets, laid["terms"] > 0),
            "head_within": self._within(vector, "head", near, laid["head"]),
            "title_within": self._within(vector, "title", near, laid["title"]),
        }

    def _cosine(self, vector: Vector, near: _Field, name: str) -> Column:
        cosine: Column = (self._lay(vector, name, near.buckets) * near.weights).sum(axis=1).astype(np.float64)
        return cosine

    def _within(self, vector: Vector, name: str, near: Mapping[str, _Field], laid: Floats) -> Column:
        """Mean share of a short field of the one that stands in all terms of the other."""
        theirs_in_mine = np.where(laid > 0, near[name].weights, 0).sum(axis=1) / near[name].mass
        own: Ints = getattr(vector, name)
        weights: Floats = getattr(vector, name + "_w")
        found = self._lay(vector, name, near["terms"].buckets).sum(axis=1)
        mine_in_theirs = found / max(float(weights.sum()), 1e-9) if len(own) else np.zeros(len(laid))
        share: Column = ((theirs_in_mine + mine_in_theirs) / 2).astype(np.float64)
        return share

    def _lay(self, vector: Vector, name: str, buckets: Ints) -> Floats:
        """The article's weights at the given buckets, 0 where it has none."""
        own: Ints = getattr(vector, name)
        self._laid[own] = getattr(vector, name + "_w")
        mine = self._laid[buckets]
        self._laid[own] = 0
        return mine


class _Field:
    """One field of the rows compared: buckets, weights, and the weights' sum by row."""

    __slots__ = ("buckets", "mass", "weights")

    def __init__(self, buckets: Ints, weights: npt.NDArray[np.float16]) -> None:
        self.buckets = buckets
        self.weights: Floats = weights.astype(np.float32)
        self.mass: Floats = np.maximum(self.weights.sum(axis=1), np.float32(1e-9))


def _ways(own_w: Floats, laid: Floats, near: _Field) -> tuple[Column, Column]:
    """Share of my weight that stands in theirs, and of theirs in mine."""
    here = laid.sum(axis=1) / max(float(own_w.sum()), 1e-9)
    there = np.where(laid > 0, near.weights, 0).sum(axis=1) / near.mass
    return here.astype(np.float64), there.astype(np.float64)


def _numbers(vector: Vector, buckets: Ints, both: npt.NDArray[np.bool_]) -> Column:
    own = int(((vector.terms > 0) & (vector.terms % 2 == 0)).sum())
    if own == 0:
        return np.zeros(len(buckets), dtype=np.float64)
    even = (buckets > 0) & (buckets % 2 == 0)
    theirs = np.maximum(even.sum(axis=1), 1)
    column: Column = (even & both).sum(axis=1) / np.sqrt(own * theirs)
    return column
