"""Words of a text as the similarity room counts them: lower case, light stems, numbers whole, bigrams of characters
for scripts that write without spaces."""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, fsum, log, sqrt

import numpy as np
import numpy.typing as npt

from newsloom.types import Article, Terms

TITLE_TERMS, HEAD_TERMS, ALL_TERMS = 16, 40, 100
HEAD_WORDS = 50  # of the text, after the headline
TEXT_WORDS = 600
NAMED = 1.5
EARLY = 60  # words after which being early has lost most of its worth
LONGEST = TEXT_WORDS + 500  # words: a headline has fewer than 500
HEADLINE_CHARS = 500
TEXT_CHARS = 8_000  # a 1 MB text costs no more than a long report

_WORD = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:'[^\W_]+)*")
# Vowel signs of Indic scripts, Thai, Arabic: no letters to `re`, yet a word that is parted at them is none.
_MARKS = "".join(chr(code) for code in range(0x300, 0x1D00) if unicodedata.category(chr(code))[0] == "M")
_MARKED = re.compile(f"[{_MARKS}]")
_WORD_MARKED = re.compile(_WORD.pattern.replace(r"[^\W_]+", rf"[^\W_](?:[^\W_]|[{_MARKS}])*"))
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_SENTENCE_END = re.compile(r"(?<=[.!?。！？…])[\"'”’»)]*\s|\n")
_JOINT = re.compile(r"\s[|–—•·-]\s")
_TAIL = re.compile(r"\s+[|–—•·-]\s+([^|–—•·]{2,60})$")

_NAMED = np.array([1.0, NAMED])
_COUNTED = np.array([1.0 + log(max(n, 1)) for n in range(LONGEST)])
_EARLY = np.array([1.0 + exp(-place / EARLY) for place in range(LONGEST)])


def words(text: str) -> list[str]:
    """The terms of a text in order. Never raises; bounded by the caller."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("’", "'")
    found = (_WORD_MARKED if _MARKED.search(text) else _WORD).findall(text.lower())
    if _UNSPACED.search(text):
        found = [part for word in found for part in _bigrams(word)]
    return [_stem(word) for word in found]


def headline_parts(article: Article) -> list[list[str]]:
    """Words of the headline between its dashes and bars, without the outlet's own name at its end."""
    headline = " ".join(article.headline.split())[:HEADLINE_CHARS]
    tail = _TAIL.search(headline)
    if tail and article.site_name and _same_name(tail.group(1), article.site_name):
        headline = headline[: tail.start()]
    return [part for part in map(words, _JOINT.split(headline)) if part]


def first_sentence(text: str) -> str:
    """The text up to its first sentence end, at most 300 characters."""
    return _SENTENCE_END.split(text[:300], maxsplit=1)[0]


def body_words(article: Article) -> list[str]:
    """Words of the text, of the lead where there is no text."""
    return words((article.text or article.description)[:TEXT_CHARS])[:TEXT_WORDS]


@dataclass(frozen=True, slots=True)
class Tally:
    """All of weighing that needs no background, so that any process can do it.

    `terms`: the different terms, alphabetical; `named`: 1 where one is part of a name. Fields lie end to end, each up
    to its place in `ends`: `of` which term, how often it stands there (`counts`) and where first.
    """

    terms: tuple[str, ...]
    named: bytes
    ends: tuple[int, ...]
    of: array[int]
    counts: array[int]
    first: array[int]


def tally(fields: Sequence[Sequence[str]], named: frozenset[str] = frozenset()) -> Tally:
    """The tally of an article's words in their order, field by field."""
    terms = tuple(sorted(set().union(*fields)))
    place = {term: n for n, term in enumerate(terms)}
    of, counts, first, ends = array("H"), array("H"), array("H"), []
    for in_order in fields:
        seen: dict[str, int] = {}
        for at, term in enumerate(in_order):
            seen.setdefault(term, at)
        of.extend([place[term] for term in seen])
        first.extend(seen.values())
        counted = Counter(in_order)
        counts.extend([counted[term] for term in seen])
        ends.append(len(of))
    return Tally(terms, bytes([term in named for term in terms]), tuple(ends), of, counts, first)


def weigh(tallied: Tally, idfs: Sequence[float], most: Sequence[int]) -> list[Terms]:
    """For each field its heaviest terms, `most` of them, scaled to unit length over those kept, ties by term.

    A term weighs (1 + log count) * idf, half as much again where it is part of a name, and up to twice as much the
    earlier it first stands: what an event is, news tells in names and first. `idfs` go with `tallied.terms`.
    """
    of, counts, first = (np.frombuffer(part, dtype=np.uint16) for part in (tallied.of, tallied.counts, tallied.first))
    idf, named = np.array(idfs, dtype=np.float64)[of], _NAMED[np.frombuffer(tallied.named, dtype=np.uint8)[of]]
    weights = _COUNTED[counts] * idf * named * _EARLY[first]
    return [
        _heaviest(tallied.terms, of[start:end], weights[start:end], width)
        for start, end, width in zip((0, *tallied.ends), tallied.ends, most, strict=False)
    ]


def _heaviest(terms: Sequence[str], of: npt.NDArray[np.uint16], weights: npt.NDArray[np.float64], most: int) -> Terms:
    order = np.lexsort((of, -weights))[:most]
    order = order[weights[order] > 0]
    kept = weights[order]
    length = sqrt(fsum((kept * kept).tolist()))  # exact, whatever the order
    return tuple(zip([terms[n] for n in of[order].tolist()], (kept / length).tolist() if length else (), strict=True))


def _bigrams(word: str) -> list[str]:
    """A word's unspaced runs as bigrams, what stands between them as it is, in order."""
    parts: list[str] = []
    end = 0
    for run in _UNSPACED.finditer(word):
        parts.append(word[end : run.start()])
        chars = run.group()
        parts.extend([chars[i : i + 2] for i in range(len(chars) - 1)] or [chars])
        end = run.end()
    return [part for part in (part.strip("'") for part in [*parts, word[end:]]) if part]


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    """Possessives and English-looking plurals folded; harmless elsewhere, since both sides are folded alike."""
    if word[0].isdigit():
        return _number(word)
    word = word.removesuffix("'s")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _number(word: str) -> str:
    parts = re.split(r"[.,]", word)
    if len(parts) > 1 and all(len(part) == 3 for part in parts[1:]) and len(parts[0]) <= 3:
        return "".join(parts)
    return ".".join(parts)


def _same_name(tail: str, name: str) -> bool:
    a, b = tail.lower().strip(), name.lower().strip()
    return a == b or a.removeprefix("the ") == b.removeprefix("the ")
