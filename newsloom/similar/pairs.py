"""Features of an article against many others at once: everything that the model sees of a pair."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from newsloom.similar.index import Numbers, Window
from newsloom.similar.model import FEATURES, Model
from newsloom.similar.vectors import Vector

Column = npt.NDArray[np.float64]


class Comparer:
    """Compares one article with rows of a window, as a model sees it (the shipped one by default)."""

    def __init__(self, model: Model | None = None) -> None:
        model = model or Model.shipped()
        self.model = model.in_order(), model.bias
        self._weights, self._bias = self.model

    def features(self, vector: Vector, window: Window, rows: Numbers) -> Mapping[str, Column]:
        """Columns by the names of `model.FEATURES`, one entry a row, all in 0..1.

        title, head, terms: cosines. more_within, less_within: share of the one's weight that stands in the other,
        the larger and the smaller of the two ways; head_within, title_within: share of the one's head or title that
        stands in the other's whole text, mean of the two ways. numbers: cosine over the terms that are numbers.
        """
        return dict(zip(FEATURES, window.features(vector, rows, self._weights, self._bias), strict=False))

    def logits(self, vector: Vector, window: Window, rows: Numbers) -> Column:
        """Log-odds of the same event, one entry a row."""
        logits: Column = window.features(vector, rows, self._weights, self._bias)[-1]
        return logits

    def likely(
        self, vector: Vector, window: Window, rows: Numbers, off: float, least: float, least_terms: float
    ) -> list[tuple[int, float, float]]:
        """(row, log-odds less `off`, cosine of all terms), the likeliest first, ties by row.

        Of those alone whose log-odds are more than `least` or whose cosine is `least_terms` at least.
        """
        return window.compare(vector, rows, self._weights, self._bias, off, least, least_terms)
