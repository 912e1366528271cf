"""Days of a press that makes up its words: many events on few topics, which real days seldom have, and large ones.

Nothing is learned from it of what words are worth; what grouping must not do where all is alike can be seen in it: make
one story of a topic.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
_SYLLABLES = [consonant + vowel for consonant in "bdfghklmnprstvwz" for vowel in "aeiou"]
_COMMON = (
    "the of and to in that was for on with said as by had at from were their been after would who more when two also"
).split()

Line = dict[str, Any]


class Press:
    """Outlets that write of events, each report in words of its own: no sentence is anybody else's."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def words(self, count: int) -> list[str]:
        """Words that hardly anybody used before."""
        return ["".join(self.rng.choices(_SYLLABLES, k=3)) for _ in range(count)]

    def topic(self) -> list[str]:
        return self.words(40)

    def event(self) -> list[str]:
        """Names, places and things of one event."""
        return [word.title() for word in self.words(14)] + self.words(16)

    def headline(self, topic: Sequence[str], event: Sequence[str]) -> str:
        return " ".join(self.rng.sample(list(event), 4) + self.rng.sample(list(topic), 3))

    def prose(self, topic: Sequence[str], event: Sequence[str], words: int = 90) -> str:
        rng = self.rng
        said = [rng.choice(rng.choices((event, topic, _COMMON), (30, 20, 50))[0]) for _ in range(words)]
        return " ".join(said)


def few_topics(seed: int, topics: int, events: int, sizes: Sequence[int]) -> list[Line]:
    """A week in which each event is on one of few topics, with so many reports over hours or days."""
    press, rng = Press(seed), random.Random(seed)
    on = [press.topic() for _ in range(topics)]
    lines = []
    for n in range(events):
        topic, event = on[n % topics], press.event()
        begin, reports, span = rng.uniform(0, 24 * 7), rng.choice(sizes), rng.choice((6, 20, 50))
        lines += [_line(press, topic, event, f"e{n}", begin + span * k / reports) for k in range(reports)]
    return lines


def two_large(seed: int, reports: int, lone: int) -> list[Line]:
    """Two days of two large stories whose reports shift from aspect to aspect; lone events on their topic and off."""
    press, rng = Press(seed), random.Random(seed)
    topic, hours = press.topic(), 44.0
    lines = []
    for name in ("one", "other"):
        event, aspects = press.event(), [press.event() for _ in range(5)]
        for n in range(reports):
            aspect = aspects[min(n * 5 // reports + rng.choice((0, 0, 1)), 4)]
            about = [*event[:10], *rng.sample(event[10:], 10), *rng.sample(aspect, 8)]
            lines.append(_line(press, topic, about, name, hours * n / reports, rng.choice((25, 40, 90, 150, 400))))
    for n in range(2 * lone):
        about = topic if n % 2 else press.topic()
        lines.append(_line(press, about, press.event(), f"lone{n}", hours * n / (2 * lone), 30 + n % 90))
    return lines


def stream(name: str) -> list[Line]:
    """The lines of a stream that grouping learns from."""
    made = {
        "few_topics_1": partial(few_topics, 101, 3, 60, (1, 1, 2, 3, 5, 9)),
        "few_topics_2": partial(few_topics, 102, 2, 80, (1, 1, 1, 1, 2, 4, 12)),
        "two_large": partial(two_large, 103, 60, 40),
    }
    return made[name]()


def _line(press: Press, topic: Sequence[str], event: Sequence[str], story: str, hours: float, words: int = 90) -> Line:
    n = press.rng.randrange(1 << 48)
    at = START + timedelta(hours=hours)
    return {
        "id": f"{n:012x}",
        "lang": "en",
        "date": at.isoformat(),
        "source": f"outlet{n % 97}",
        "title": press.headline(topic, event),
        "text": press.prose(topic, event, words),
        "story": story,
    }
