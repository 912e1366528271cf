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
# Other outlets that must say it alike: two, or among three outlets one that says nearly all of it.
_SUPPORT = 2
_FEW = 3
_SHARE_OF_FEW = 0.7
_WORD = re.compile(r"\d+|[^\W\d_]{5,}")
# Letters by which a word is known, so that its endings do not matter.
_STEM = 6
_LEAST_WORDS = 5

_Found = tuple[int, int, str, frozenset[str]]


def agreed(items: Sequence[Item], shown: Sequence[str]) -> tuple[Quote, ...]:
    """Passages and leads of `items` (one an outlet) that others support, without those in `shown`."""
    items = items[:COMPARED]
    if len(items) < _FEW:
        return ()
    least, share = (_SUPPORT, _SHARE) if len(items) > _FEW else (1, _SHARE_OF_FEW)
    said = [[_words(each) for each in (item.headline, item.lead, *item.passages)] for item in items]
    found: list[_Found] = []
    for n, item in enumerate(items):
        for passage in dict.fromkeys((*item.passages, item.lead)):
            words = _words(passage)
            support = _support(words, said, n, share)
            if len(words) >= _LEAST_WORDS and passage not in shown and support >= least:
                found.append((support, n, passage, words))
    found.sort(key=lambda each: (-each[0], each[1]))
    return tuple(Quote(text=passage, item=items[n], others=support) for support, n, passage, _ in _different(found))


def _support(words: frozenset[str], said: Sequence[Sequence[frozenset[str]]], own: int, share: float) -> int:
    """How many others have a sentence with this share of the words."""
    enough = share * len(words)
    return sum(1 for n, other in enumerate(said) if n != own and any(len(words & each) >= enough for each in other))


def _different(found: Sequence[_Found]) -> list[_Found]:
    """The first few that do not repeat one another, one an outlet."""
    kept: list[_Found] = []
    for each in found:
        repeats = any(len(each[3] & other[3]) >= _SHARE * min(len(other[3]), len(each[3])) for other in kept)
        if len(kept) < QUOTES and not repeats and each[1] not in {other[1] for other in kept}:
            kept.append(each)
    return kept


def _words(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM] for word in _WORD.findall(text.casefold()))
