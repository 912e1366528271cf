"""The bars that decide whether two groups of articles tell of one event."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

Cohesion = tuple[float, int]  # mean log-odds between a group's members, and how many they are

OVERSIZE = 500  # members beyond which a story asks ever more of what would join it
OVERSIZE_WEIGHT = 0.3  # log-odds for each e-fold beyond


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """What decides: log-odds, but for `cohesion_weight` (a share), `cohesion_trust`, `apart_trust` (members),
    `pause_weight` (log-odds an hour) and `pause_most` (hours).

    `similar.model.Model` carries the numbers, docs/decisions.md where they come from.
    """

    join: float
    floor: float
    ceiling: float
    cohesion_weight: float
    cohesion_usual: float
    cohesion_least: float
    cohesion_trust: float
    apart: float
    apart_trust: float
    pause_weight: float
    pause_most: float

    def bar(self, a: Cohesion, b: Cohesion, pause: float = 0.0) -> float:
        """The mean log-odds that two groups of these cohesions need between them.

        Two articles need `join`; what is alike within needs more. As both groups grow, the bar nears the looser
        group's own cohesion less `apart`: two halves of one story are as alike as each is within itself. `pause`: hours
        between the last of the one and the first of the other; what is reported after a pause is more often another
        event of the kind.
        """
        mean = (self._believed(a) + self._believed(b)) / 2
        pause = self.pause_weight * min(pause, self.pause_most)
        bar = self.join + self.cohesion_weight * max(self.cohesion_least, mean - self.cohesion_usual)
        beyond_one = min(a[1], b[1]) - 1
        if a[1] + b[1] > OVERSIZE:
            bar += OVERSIZE_WEIGHT * log((a[1] + b[1]) / OVERSIZE)
        if beyond_one == 0:
            return bar + pause
        sure = beyond_one / (beyond_one + self.apart_trust)
        return (1.0 - sure) * bar + sure * max(bar, min(a[0], b[0]) - self.apart) + pause

    def bounded(self, logit: float) -> float:
        """A pair's part in a mean."""
        return min(max(logit, self.floor), self.ceiling)

    def _believed(self, cohesion: Cohesion) -> float:
        """A group's cohesion, drawn to the usual one where few members tell it."""
        told, size = cohesion
        share = size / (size + self.cohesion_trust) if size > 1 else 0.0
        return share * told + (1.0 - share) * self.cohesion_usual
