"""How often words stand in the news: shipped tables blended with what was counted up to two days ago.

The lag keeps a breaking story's names rare while they burst. A language without a shipped table counts without lag
and with little weight on the guess, so that its function words are known after a few dozen articles; the commonest of
some languages are known from a list.
"""

from __future__ import annotations

import gzip
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from math import log

from newsloom.annotate.terms import words

UNSEEN = 2.5e-4  # share of articles that a word in no table is taken to stand in
SHIPPED_WEIGHT = 5_000  # a shipped table counts like this many articles
GUESS_WEIGHT = 50
COMMON = 0.3  # share of articles that a word of `common.toml` is taken to stand in
LAG_DAYS = 2


class Table:
    """Word frequencies of one language at one moment; call it with a term for its idf (>= 0, natural log)."""

    def __init__(self, language: str, documents: int = 0, counts: Mapping[str, int] | None = None) -> None:
        self._shipped = shipped(language)
        self._weight = SHIPPED_WEIGHT if self._shipped else GUESS_WEIGHT
        self._shipped = self._shipped or common(language)
        self._documents = documents
        self._counts = counts or {}
        self._known: dict[str, float] = {}

    def __call__(self, term: str) -> float:
        known = self._known.get(term)
        if known is None:
            guess = self._weight * self._shipped.get(term, UNSEEN)
            share = (guess + self._counts.get(term, 0)) / (self._weight + self._documents)
            known = self._known[term] = max(0.0, -log(share))
        return known

    def many(self, terms: Iterable[str]) -> list[float]:
        """The idf of each term."""
        known = self._known
        return [known[term] if term in known else self(term) for term in terms]


class Background:
    """Tables of all languages that grow as articles come in, in the order of the stream.

    `count` takes an article's different words with the ordinal of its day; a word's weight changes only when a day
    is older than the lag. Not safe between threads.
    """

    def __init__(self) -> None:
        self._tables: dict[str, Table] = {}
        self._counted: dict[str, Counter[str]] = {}
        self._documents: Counter[str] = Counter()
        self._waiting: dict[tuple[int, str], tuple[int, Counter[str]]] = {}
        self._day = 0

    def table(self, language: str) -> Table:
        """The language's table as of now."""
        table = self._tables.get(language)
        if table is None:
            counts = self._counted.setdefault(language, Counter())
            table = self._tables[language] = Table(language, self._documents[language], counts)
        return table

    def move_on(self, day: int) -> None:
        """It is this day (proleptic ordinal) now: days that have become old enough enter the tables."""
        if day > self._day:
            self._day = day
            self._let_in()

    def count(self, language: str, day: int, words: Iterable[str]) -> None:
        """Count one article of `day` (proleptic ordinal); days that have become old enough enter the tables."""
        self.move_on(day)
        documents, counts = self._waiting.get((day, language), (0, Counter()))
        counts.update(set(words))
        self._waiting[day, language] = documents + 1, counts
        if not shipped(language):
            self._let_in()

    def load(self, language: str, documents: int, counts: Mapping[str, int]) -> None:
        """Counts of days that are already past the lag, from the store."""
        self._counted.setdefault(language, Counter()).update(counts)
        self._documents[language] += documents
        self._tables.pop(language, None)

    def _let_in(self) -> None:
        for day, language in list(self._waiting):
            if day <= self._day - LAG_DAYS or not shipped(language):
                self.load(language, *self._waiting.pop((day, language)))


@cache
def shipped(language: str) -> Mapping[str, float]:
    """Word -> share of articles that hold it, from the package's table; empty where none ships.

    The files are lines of "word share-in-millionths", made by `evals/background.py` from counts alone.
    """
    file = resources.files("newsloom.annotate") / "background" / f"{language}.txt.gz"
    if not file.is_file():
        return {}
    lines = gzip.decompress(file.read_bytes()).decode("utf-8").splitlines()
    shares: Counter[str] = Counter()
    for word, share in (line.split(" ") for line in lines):
        shares[word.replace("’", "'")] += int(share)
    return {word: min(share / 1e6, 1.0) for word, share in shares.items()}


@cache
def common(language: str) -> Mapping[str, float]:
    """Words that hold sentences together in a language without a table, from the package's list if it has one."""
    lists = tomllib.loads((resources.files("newsloom.annotate") / "common.toml").read_text("utf-8"))
    return dict.fromkeys(words(lists.get(language, "")), COMMON)
