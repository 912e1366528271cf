"""Words of a text as the similarity room counts them: lower case, light stems, numbers whole, bigrams of characters
for scripts that write without spaces."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from newsloom.types import Article

TITLE_TERMS, HEAD_TERMS, ALL_TERMS = 16, 40, 100
HEAD_WORDS = 50  # of the text, after the headline
TEXT_WORDS = 600
HEADLINE_CHARS = 500
TEXT_CHARS = 8_000  # a 1 MB text costs no more than a long report

_WORD = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:'[^\W_]+)*")
# Vowel signs of Indic scripts, Thai, Arabic: no letters to `re`, yet a word that is parted at them is none.
_MARKS = "".join(chr(code) for code in range(0x300, 0x1D00) if unicodedata.category(chr(code))[0] == "M")
MARKED = re.compile(f"[{_MARKS}]")
_WORD_MARKED = re.compile(_WORD.pattern.replace(r"[^\W_]+", rf"[^\W_](?:[^\W_]|[{_MARKS}])*"))
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
QUOTES = '"“”„«»「」『』'  # each opens what is quoted, or ends it
_QUOTED = re.compile(f"([{QUOTES}\n])")
_SENTENCE_END = re.compile(r"(?<=[.!?。！？…])[\"'”’»)]*\s|\n")
_JOINT = re.compile(r"\s[|–—•·-]\s")
_TAIL = re.compile(r"\s+[|–—•·-]\s+([^|–—•·]{2,60})$")
# What French, Italian and Catalan write before an apostrophe and the next word ("l'homme", "dell'anno").
ELIDED = frozenset(
    """l d j m t s n c qu jusqu lorsqu puisqu quoiqu quelqu presqu un all dall dell nell sull coll quell quest bell
    sant gl""".split()
)


def words(text: str) -> list[str]:
    """The terms of a text in order. Never raises; bounded by the caller."""
    text = _normal(text)
    return _terms(text.lower(), _pattern(text))


def unquoted(text: str, most: int) -> tuple[list[str], list[str]]:
    """The first terms of a text, `most` of them, and those of these outside of quotation marks.

    What is quoted ends with its line.
    """
    text = _normal(text)
    pattern = _pattern(text)
    every: list[str] = []
    own: list[str] = []
    quoted = False
    for n, part in enumerate(_QUOTED.split(text.lower())):
        if n % 2:
            quoted = part != "\n" and not quoted
            continue
        found = _terms(part, pattern)[: most - len(every)]
        every += found
        if not quoted:
            own += found
    return every, own


def plain(text: str) -> str:
    """The text as its words are looked for in it."""
    return _normal(text).lower()


def _pattern(text: str) -> re.Pattern[str]:
    return _WORD_MARKED if MARKED.search(text) else _WORD


def _terms(lowered: str, pattern: re.Pattern[str]) -> list[str]:
    found = pattern.findall(lowered)
    if UNSPACED.search(lowered):
        found = [part for word in found for part in _bigrams(word)]
    return [_stem(word) for word in found]


def _normal(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text).replace("’", "'")


def headline_parts(article: Article) -> list[str]:
    """The headline between its dashes and bars, without the outlet's own name at its end."""
    headline = " ".join(article.headline.split())[:HEADLINE_CHARS]
    tail = _TAIL.search(headline)
    if tail and article.site_name and _same_name(tail.group(1), article.site_name):
        headline = headline[: tail.start()]
    return _JOINT.split(headline)


def first_sentence(text: str) -> str:
    """The text up to its first sentence end, at most 300 characters."""
    return _SENTENCE_END.split(text[:300], maxsplit=1)[0]


def body_words(article: Article) -> list[str]:
    """Words of the text, of the lead where there is no text."""
    return words((article.text or article.description)[:TEXT_CHARS])[:TEXT_WORDS]


def _bigrams(word: str) -> list[str]:
    """A word's unspaced runs as bigrams, what stands between them as it is, in order."""
    parts: list[str] = []
    end = 0
    for run in UNSPACED.finditer(word):
        parts.append(word[end : run.start()])
        chars = run.group()
        parts.extend([chars[i : i + 2] for i in range(len(chars) - 1)] or [chars])
        end = run.end()
    return [part for part in (part.strip("'") for part in [*parts, word[end:]]) if part]


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    """Elided articles and possessives left out, English-looking plurals folded; harmless elsewhere, since both sides
    are folded alike."""
    if word[0].isdigit():
        return _number(word)
    before, apostrophe, rest = word.partition("'")
    if apostrophe and before in ELIDED and rest != "s":
        word = rest
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
