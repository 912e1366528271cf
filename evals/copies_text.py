"""A text of a development pair of copies; two are compared by word triples there, which the product does not use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Any

from newsloom.annotate import Background, annotate
from newsloom.annotate.terms import words
from newsloom.config import AnnotateSettings
from newsloom.pipeline.group_lines import line_article
from newsloom.similar.vectors import Vector, vector

QUOTED = re.compile(r"""["“„«»”][^"“”„«»\n]{0,1000}["”“«»]|(?<!\w)['‘][^\n]{12,600}?['’](?!\w)""")

Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Text:
    """One article of a development pair."""

    row: Row

    @cached_property
    def triples(self) -> frozenset[tuple[str, ...]]:
        return _triples(self.row["text"])

    @cached_property
    def own_triples(self) -> frozenset[tuple[str, ...]]:
        return _triples(QUOTED.sub(" ", self.row["text"]))

    @cached_property
    def time(self) -> datetime | None:
        return datetime.fromisoformat(self.row["date"].replace("Z", "+00:00")) if self.row.get("date") else None

    @cached_property
    def vector(self) -> Vector:
        line = {**self.row, "lang": self.row.get("lang") or "en"}
        return vector(annotate(line_article(line), AnnotateSettings(), _background().table, passages=False))


Pair = tuple[Text, Text, bool]
"""Two texts, and whether one carries the other's."""


def within(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> float:
    """The share of the smaller one's triples that the other has too."""
    return len(one & other) / max(1, min(len(one), len(other)))


def sentences(text: Text) -> list[str]:
    """What stands between the full stops."""
    return [s for part in text.row["text"].split("\n") for s in re.split(r"(?<=[.!?])\s+", part) if s.strip()]


@cache
def _background() -> Background:
    return Background()


def _triples(text: str) -> frozenset[tuple[str, ...]]:
    every = words(text)
    return frozenset(zip(every, every[1:], every[2:], strict=False))
