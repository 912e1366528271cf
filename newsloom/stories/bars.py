"""What decides whether two groups of articles tell of one event: a regression over what is known of the two.

Its weights are fitted on labelled streams (`evals/train.py`); `similar.model.Model` carries the numbers,
docs/decisions.md says where they come from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, log
from typing import NamedTuple

OVERSIZE = 500  # members beyond which a story asks ever more of what would join it
USUAL_DAYS = 7.0  # the window for which hours are given
OVERSIZE_WEIGHT = 0.3  # log-odds for each e-fold beyond


class Closeness(NamedTuple):
    """Of a group: how many members; log-odds between them in the mean; the share that is a headline alone."""

    size: int
    mean: float
    bare: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """`join`, `floor`, `ceiling`: log-odds of a pair; from a little under `join` on a match makes its story worth
    asking, the others bound a pair's part. `*_weight`, `bias`: log-odds. `cohesion_usual`: log-odds of a group that has
    one member, `cohesion_trust`: members that weigh as much as that. `pause_hours`, `span_hours`: hours after which
    most of the weight is reached.
    """

    join: float
    floor: float
    ceiling: float
    bias: float
    nearest_low: float
    nearest_high: float
    bare_weight: float
    cohesion_low: float
    cohesion_high: float
    cohesion_usual: float
    cohesion_trust: float
    smaller_weight: float
    pause_weight: float
    pause_hours: float
    span_weight: float
    span_hours: float
    again_weight: float

    def over(self, window_days: float) -> Bars:
        """The same where reports may be so far apart: time counts as a part of a window that is longer than usual."""
        longer = max(1.0, window_days / USUAL_DAYS)
        return replace(self, pause_hours=self.pause_hours * longer, span_hours=self.span_hours * longer)

    def worth(
        self,
        nearest: float,
        other: float,
        a: Closeness,
        b: Closeness,
        pause: float = 0.0,
        span: float = 0.0,
        again: float = 0.0,
    ) -> float:
        """Log-odds that two groups are one story: they should merge from zero on.

        `nearest`, `other`: how alike each member of the one is to the likest of the other, in the mean, and the other
        way round. What is close within, and what would be large, must be close to the other too. `pause`: hours between
        the last of the one and the first of the other; `span`: hours from the first to the last of both. What comes
        after a pause is more often another event of the kind. `again`: of the pairs between the two, the share that is
        one outlet's: what it brings each day in one form (the weather, the close of the market) is each time another.
        """
        low, high = (nearest, other) if nearest < other else (other, nearest)
        one, two = self.believed(a), self.believed(b)
        looser, closer = (one, two) if one < two else (two, one)
        smaller = a.size if a.size < b.size else b.size
        paused = 1.0 - exp(-pause / self.pause_hours)
        worth = (
            self.bias
            + self.nearest_low * low
            + self.nearest_high * high
            + self.bare_weight * min(a.bare, b.bare)
            + self.cohesion_low * looser
            + self.cohesion_high * closer
            + (self.pause_weight + self.again_weight * again) * paused
            + self.span_weight * (1.0 - exp(-span / self.span_hours))
        )
        if smaller > 1:
            worth += self.smaller_weight * log(smaller)
        if a.size + b.size > OVERSIZE:
            worth -= OVERSIZE_WEIGHT * log((a.size + b.size) / OVERSIZE)
        return worth

    @property
    def undated(self) -> tuple[float, float]:
        """Pause and span to go by where no time is known: half of what they can weigh."""
        return self.pause_hours * log(2.0), self.span_hours * log(2.0)

    def bounded(self, logit: float) -> float:
        """A pair's part in what its groups are to each other."""
        return min(max(logit, self.floor), self.ceiling)

    def believed(self, own: Closeness) -> float:
        """A group's cohesion, drawn to the usual one where few members tell it."""
        if own.size == 1:
            return self.cohesion_usual
        share = own.size / (own.size + self.cohesion_trust)
        return share * own.mean + (1.0 - share) * self.cohesion_usual
