"""What an article's words are, before they are weighed: its different terms, their order, the sketches of its text.

Made in C (`_counting.c`) where that was compiled and the script allows, else by `terms.py` and `signature.py`; the same
to the last bit.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

from newsloom.annotate.signature import sketch, skips
from newsloom.annotate.terms import HEAD_WORDS, MARKED, QUOTES, TEXT_WORDS, UNSPACED, plain, unquoted, words
from newsloom.compiled import compiled
from newsloom.hashing import key, key_hash

VERSION = 4  # of what `_counting.c` takes and gives; a compiled one of another version is left alone
CODES = 0x10000  # code points that it knows classes of
_WORD, _DIGIT, _STRANGE, _UPPER, _QUOTE = 1, 2, 4, 8, 16  # classes

Span = tuple[int, int]


KERNEL = compiled("newsloom.annotate._counting", VERSION)


@dataclass(frozen=True, slots=True)
class Tally:
    """Words of an article, first those of its headline, then of its text, then what stands in for a headline.

    Words of one key (`hashing.key`) are one term, which is written as the first of them.

    `text`: the different terms, alphabetical, apart by spaces; `hashes`: 64 bits of each; `named`: 1 where one is part
    of a name. `order`: each word as the number of its term, 16 bits; `sizes`: how many words each part of the headline
    gave, then the text, then what stands in. `signature` and `shingles`: the sketch of the text;
    `skips`: that of what it says outside of quotation marks, 16 bits each.
    """

    text: str
    hashes: bytes
    named: bytes
    order: bytes
    sizes: tuple[int, ...]
    signature: bytes
    shingles: int
    skips: bytes

    def __reduce__(self) -> tuple[Any, ...]:
        told = self.text, self.hashes, self.named, self.order, self.sizes, self.signature, self.shingles, self.skips
        return Tally, told  # many are sent from process to process

    @property
    def terms(self) -> list[str]:
        """The different terms, alphabetical."""
        return self.text.split(" ") if self.text else []

    @property
    def spans(self) -> tuple[Span, Span, Span]:
        """Where in the order the words lie of headline and text, of the headline and first words, of the headline.

        What stands in for a headline is taken for it where there is none.
        """
        *parts, body, instead = self.sizes
        title = sum(parts)
        every = title + body
        return (0, every), (0, title + min(body, HEAD_WORDS)), ((0, title) if title else (every, every + instead))

    def words(self, span: Span) -> tuple[str, ...]:
        """The terms of a stretch of the order, each as often as it stands there."""
        terms = self.terms
        return tuple([terms[n] for n in array("H", self.order)[slice(*span)]])

    def different(self, span: Span) -> frozenset[str]:
        """The different terms of a stretch of the order."""
        return frozenset(self.words(span))

    def hashes_of(self, span: Span) -> bytes:
        """The hashes of the different terms of a stretch of the order."""
        if span == (0, len(self.order) // 2):
            return self.hashes
        hashes = array("Q", self.hashes)
        return array("Q", [hashes[n] for n in sorted(set(array("H", self.order)[slice(*span)]))]).tobytes()

    def without(self, worn: Sequence[bool]) -> Tally:
        """The same without the parts of the headline that are worn."""
        order, left, at = array("H", self.order), array("H"), 0
        sizes = []
        for n, size in enumerate(self.sizes):
            if n >= len(worn) or not worn[n]:
                left.extend(order[at : at + size])
                sizes.append(size)
            at += size
        used = sorted(set(left))
        place = {old: new for new, old in enumerate(used)}
        terms, hashes = self.terms, array("Q", self.hashes)
        return Tally(
            text=" ".join([terms[n] for n in used]),
            hashes=array("Q", [hashes[n] for n in used]).tobytes(),
            named=bytes([self.named[n] for n in used]),
            order=array("H", [place[n] for n in left]).tobytes(),
            sizes=tuple(sizes),
            signature=self.signature,
            shingles=self.shingles,
            skips=self.skips,
        )


def tally(parts: Sequence[str], body: str, instead: str = "", names: Sequence[str] = ()) -> Tally:
    """The tally of a headline's parts, a text (its first TEXT_WORDS words) and what stands in for no headline.

    `names`: whose words are parts of names. Parts without words are left out.
    """
    named = "\n".join(names)
    if KERNEL:
        with suppress(UnicodeEncodeError):  # half of a surrogate pair
            told = KERNEL.tally(
                classes(), tuple(map(plain, parts)), plain(body), plain(instead), plain(named), TEXT_WORDS
            )
            if told:
                text, hashes, names_of, order, sizes, signature, shingles, skipped = told
                sizes = (*(size for size in sizes[:-2] if size), *sizes[-2:])
                return Tally(text, hashes, names_of, order, sizes, signature, shingles, skipped)
    title = [found for found in map(words, parts) if found]
    told, own = unquoted(body, TEXT_WORDS)
    return tally_words(title, told, () if title else words(instead), named, own)


def tally_words(
    parts: Sequence[Sequence[str]],
    body: Sequence[str],
    instead: Sequence[str] = (),
    named: str = "",
    own: Sequence[str] = (),
) -> Tally:
    """The same of terms in their order; `named`: a text of names; `own`: what of the text is not quoted."""
    order = [*chain.from_iterable(parts), *body, *instead]
    keys = list(map(key, order))
    first: dict[str, str] = {}
    for each, word in zip(keys, order, strict=True):
        first.setdefault(each, word)
    terms = sorted(first.values())
    place = {key(term): n for n, term in enumerate(terms)}
    of_names = frozenset(map(key, words(named)))
    signature, shingles = sketch(body)
    return Tally(
        text=" ".join(terms),
        hashes=array("Q", map(key_hash, terms)).tobytes(),
        named=bytes([key(term) in of_names for term in terms]),
        order=array("H", [place[each] for each in keys]).tobytes(),
        sizes=(*map(len, parts), len(body), len(instead)),
        signature=array("I", signature).tobytes(),
        shingles=shingles,
        skips=array("H", skips(own)).tobytes(),
    )


@cache
def classes() -> bytes:
    """What each code point is to `_counting.c`, as this Python's `re` and `str` say."""
    every = "".join(map(chr, range(CODES)))
    found = bytearray(CODES)
    for pattern, kind in ((r"[^\W_]+", _WORD), ("[0-9]+", _DIGIT)):
        for match in re.finditer(pattern, every):
            for code in range(*match.span()):
                found[code] |= kind
    for code, char in enumerate(every):
        if MARKED.match(char) or UNSPACED.match(char) or (code > 0x7F and char.isdigit()):
            found[code] = _STRANGE
        elif char.isupper():
            found[code] |= _UPPER
        elif char in QUOTES:
            found[code] |= _QUOTE
    return bytes(found)
