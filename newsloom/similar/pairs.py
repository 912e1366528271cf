"""Features of an article against many others at once: everything that the model sees of a pair."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from newsloom.similar.index import Numbers, Window
from newsloom.similar.vectors import FIELDS, Vector

Column = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]

_F = len(FIELDS)
_TERMS, _HEAD, _TITLE = range(_F)


class Comparer:
    """Compares one article with rows of a window."""

    def features(self, vector: Vector, window: Window, rows: Numbers) -> Mapping[str, Column]:
        """Columns by the names of `model.FEATURES`, one entry a row, all in 0..1.

        title, head, terms: cosines. more_within, less_within: share of the one's weight that stands in the other,
        the larger and the smaller of the two ways; head_within, title_within: share of the one's head or title that
        stands in the other's whole text, mean of the two ways. numbers: cosine over the terms that are numbers.
        """
        sums = Sums(vector, window, rows)
        here, there = sums.mine_within(_TERMS), sums.theirs_within(_TERMS)
        return {
            "title": sums.cosine(_TITLE),
            "head": sums.cosine(_HEAD),
            "terms": sums.cosine(_TERMS),
            "more_within": np.maximum(here, there),
            "less_within": np.minimum(here, there),
            "numbers": sums.numbers(),
            "head_within": (sums.mine_within(_HEAD) + sums.theirs_within(_HEAD)) / 2,
            "title_within": (sums.mine_within(_TITLE) + sums.theirs_within(_TITLE)) / 2,
        }


class Sums:
    """Whole-number sums of one article with rows of a window; fields are numbered as in `vectors.FIELDS`."""

    def __init__(self, vector: Vector, window: Window, rows: Numbers) -> None:
        told, own = window.sums(vector, rows)
        square = _F * _F
        shape = (len(rows), _F, _F)
        self._products = told[:, :square].reshape(shape)
        self._mine = told[:, square : 2 * square].reshape(shape)
        self._theirs = told[:, 2 * square : 3 * square].reshape(shape)
        self._mass, self._norms = told[:, 3 * square :][:, :_F], told[:, 3 * square + _F :][:, :_F]
        self._numbers = told[:, -2:]
        self._own_mass, self._own_norms, self._own_numbers = (
            own[3 * square :][:_F],
            own[3 * square + _F :][:_F],
            own[-2],
        )

    def cosine(self, field: int) -> Column:
        """Of one field with the same of the other."""
        lengths = np.sqrt(self._norms[:, field].astype(np.float64)) * float(self._own_norms[field]) ** 0.5
        cosine: Column = self._products[:, field, field] / np.maximum(lengths, 1.0)
        return cosine

    def mine_within(self, field: int, other: int = _TERMS) -> Column:
        """Share of my field's weight that stands in the other's field."""
        return self._mine[:, field, other] / max(float(self._own_mass[field]), 1.0)

    def theirs_within(self, field: int, other: int = _TERMS) -> Column:
        """Share of their field's weight that stands in mine."""
        share: Column = self._theirs[:, other, field] / np.maximum(self._mass[:, field], 1).astype(np.float64)
        return share

    def numbers(self) -> Column:
        """Cosine over the terms that are numbers, counted."""
        theirs = np.maximum(self._numbers[:, 0], 1) * max(int(self._own_numbers), 1)
        column: Column = self._numbers[:, 1] / np.sqrt(theirs.astype(np.float64))
        return column
