"""What several outlets say alike: whole passages, each in one outlet's words, most supported first.

A passage is supported by another outlet that has one sentence (headline, lead or passage) with half of the passage's
telling words. That is a matter of words, not of truth, and is shown as such.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from newsloom.site.contexts import Item, Quote

QUOTES = 3
# Outlets compared; a long story's first reports are enough, and a page must not cost more the longer its story is.
COMPARED = 24
_SHARE = 0.5
_SUPPORT = 2
_WORD = re.compile(r"\d+|[^\W\d_]{5,}")
_LEAST_WORDS = 6


def agreed(items: Sequence[Item], shown: Sequence[str]) -> tuple[Quote, ...]:
    """Passages of `items` (one an outlet) that two other outlets support; `shown` stand on the page already."""
    items = items[:COMPARED]
    said = [[_words(each) for each in (item.headline, item.lead, *item.passages)] for item in items]
    found: list[tuple[int, int, str, frozenset[str]]] = []
    for n, item in enumerate(items):
        for passage in item.passages:
            words = _words(passage)
            if len(words) < _LEAST_WORDS or passage in shown:
                continue
            least = _SHARE * len(words)
            support = sum(
                1 for m, other in enumerate(said) if m != n and any(len(words & each) >= least for each in other)
            )
            if support >= _SUPPORT:
                found.append((support, n, passage, words))
    return tuple(
        Quote(text=passage, item=items[n], others=support)
        for support, n, passage, _ in _different(sorted(found, key=lambda each: (-each[0], each[1])), shown)
    )


def _different(
    found: Sequence[tuple[int, int, str, frozenset[str]]], shown: Sequence[str]
) -> list[tuple[int, int, str, frozenset[str]]]:
    """The first few that do not repeat one another, or what the page shows already, one an outlet."""
    kept: list[tuple[int, int, str, frozenset[str]]] = []
    taken = [_words(each) for each in shown]
    for each in found:
        repeats = any(len(each[3] & words) >= _SHARE * min(len(words), len(each[3])) for words in taken)
        if len(kept) < QUOTES and not repeats and each[1] not in {other[1] for other in kept}:
            kept.append(each)
            taken.append(each[3])
    return kept


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))
