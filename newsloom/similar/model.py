"""The learned score of a pair: a logistic regression whose weights are not negative, read from the package's data.

Non-negative, because more shared words must never speak against two articles: a negative weight has only ever
learned the habits of one data set. Made by `evals/train.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import exp

import numpy as np
import numpy.typing as npt

Weights = npt.NDArray[np.float64]

FEATURES = ("title", "head", "terms", "more_within", "less_within", "numbers", "head_within", "title_within")


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """`weights` by feature and `bias` give a log-odds; the bars are log-odds too.

    `join`: from a little under it on a match makes its story worth asking; `same` and `related`: what a pair needs to
    be listed as the same event, or at all. `floor` and `ceiling` bound a pair's part, so that neither one
    unlike member nor one twin decides alone. `stories`: when two groups are one story, see `stories.Bars`.
    `crowd_weight`: what a pair must show more for each e-fold of articles in the window beyond `crowd_from`.
    """

    version: int
    bias: float
    weights: Mapping[str, float]
    join: float
    same: float
    related: float
    floor: float
    ceiling: float
    crowd_weight: float
    crowd_from: int
    stories: Mapping[str, float]

    def in_order(self) -> Weights:
        """The weights in the order of FEATURES, which is the order of adding."""
        return np.array([self.weights[name] for name in FEATURES], dtype=np.float64)

    @classmethod
    @cache
    def shipped(cls) -> Model:
        """The model of this release."""
        return cls(**json.loads((resources.files("newsloom.similar") / "model.json").read_text("utf-8")))


def probability(logit: float) -> float:
    """The calibrated probability of the same event, 0..1."""
    return 1.0 / (1.0 + exp(-logit)) if logit > -700.0 else 0.0
