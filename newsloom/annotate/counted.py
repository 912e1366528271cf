"""An article's words, names and numbers before they are weighed."""

from __future__ import annotations

from dataclasses import dataclass

from newsloom.annotate.terms import Tally
from newsloom.types import Passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The part of annotating that needs no background and so can be done in any process, in any order.

    `title`, `head` (title and first words) and `all` (title and text) are terms in order, `named` the terms of the
    names; `tally` weighs `all`, `head` and `title`. `title_parts` are the headline's terms between its dashes and bars,
    together `title`; empty where the text's first sentence stands in for a headline.
    """

    language: str
    title: tuple[str, ...]
    head: tuple[str, ...]
    all: tuple[str, ...]
    names: tuple[str, ...]
    named: frozenset[str]
    numbers: tuple[str, ...]
    tally: Tally
    signature: tuple[int, ...]
    shingles: int
    title_parts: tuple[tuple[str, ...], ...] = ()
    passages: tuple[Passage, ...] = ()
