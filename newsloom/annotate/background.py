"""How often words stand in the news: shipped tables blended with what was counted up to two days ago.

The lag keeps a breaking story's names rare while they burst. A language without a shipped table counts without lag
and with little weight on the guess, so that its function words are known after a few dozen articles; the commonest of
some languages are known from a list.
"""

from __future__ import annotations

import gzip
import tomllib
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

import numpy as np

from newsloom.annotate import weighing
from newsloom.annotate.terms import words
from newsloom.annotate.weighing import Keys, Numbers, Shares
from newsloom.hashing import key, key_hash

UNSEEN = 2.5e-4  # share of articles that a word in no table is taken to stand in
SHIPPED_WEIGHT = 5_000  # a shipped table counts like this many articles
GUESS_WEIGHT = 50
COMMON = 0.3  # share of articles that a word of `common.toml` is taken to stand in
LAG_DAYS = 2
LEAST = 256  # places of a table
_ONES = np.ones(2_048, dtype=np.uint32)


class Counts:
    """How often words were counted, by their hashes."""

    def __init__(self) -> None:
        self.table: tuple[Keys, Numbers] = np.zeros(LEAST, dtype=np.uint64), np.zeros(LEAST, dtype=np.uint32)
        self._used = 0

    def add(self, hashes: Keys, more: Numbers | None = None) -> None:
        """Count each of these once, or as often as `more` says."""
        while 2 * (self._used + len(hashes)) > len(self.table[0]):
            self._grow()
        if more is None:
            more = _ONES[: len(hashes)] if len(hashes) <= len(_ONES) else np.ones(len(hashes), dtype=np.uint32)
        self._used += weighing.add(*self.table, hashes, more)

    def merge(self, other: Counts) -> None:
        """Count what another has counted."""
        keys, counts = other.table
        there = np.flatnonzero(keys)
        self.add(keys[there], counts[there])

    def _grow(self) -> None:
        keys, counts = self.table
        there = np.flatnonzero(keys)
        room = 2 * len(keys)
        self.table = np.zeros(room, dtype=np.uint64), np.zeros(room, dtype=np.uint32)
        weighing.add(*self.table, keys[there], counts[there])


_NONE = Counts()


class Table:
    """Word frequencies of one language at one moment; call it with a term for its idf (>= 0, natural log)."""

    def __init__(self, language: str, documents: int = 0, counts: Counts = _NONE) -> None:
        self._weight = SHIPPED_WEIGHT if shipped(language) else GUESS_WEIGHT
        self._shares = _shares(language)
        self._documents = documents
        self._counts = counts

    def __call__(self, term: str) -> float:
        return float(array("d", self.many(array("Q", [key_hash(term)]).tobytes()))[0])

    def many(self, hashes: bytes) -> bytes:
        """The idf of each term by its hash, as doubles."""
        return weighing.idfs(hashes, self._shares, self._counts.table, self._weight, self._documents, UNSEEN)


class Background:
    """Tables of all languages that grow as articles come in, in the order of the stream.

    `count` takes an article's different words with the ordinal of its day; a word's weight changes only when a day
    is older than the lag. Not safe between threads.
    """

    def __init__(self) -> None:
        self._tables: dict[str, Table] = {}
        self._counted: dict[str, Counts] = {}
        self._documents: Counter[str] = Counter()
        self._waiting: dict[tuple[int, str], tuple[int, Counts]] = {}
        self._day = 0

    def table(self, language: str) -> Table:
        """The language's table as of now."""
        table = self._tables.get(language)
        if table is None:
            counts = self._counted.setdefault(language, Counts())
            table = self._tables[language] = Table(language, self._documents[language], counts)
        return table

    def move_on(self, day: int) -> None:
        """It is this day (proleptic ordinal) now: days that have become old enough enter the tables."""
        if day > self._day:
            self._day = day
            self._let_in()

    def count(self, language: str, day: int, words: Iterable[str]) -> None:
        """Count one article of `day` (proleptic ordinal); days that have become old enough enter the tables."""
        self.count_hashes(language, day, array("Q", set(map(key_hash, words))).tobytes())

    def count_hashes(self, language: str, day: int, hashes: bytes) -> None:
        """The same of an article's different words, by their hashes."""
        self.move_on(day)
        documents, counts = self._waiting.get((day, language)) or (0, Counts())
        counts.add(np.frombuffer(hashes, dtype=np.uint64))
        self._waiting[day, language] = documents + 1, counts
        if not shipped(language):
            self._let_in()

    def load(self, language: str, documents: int, counts: Mapping[str, int]) -> None:
        """Counts of days that are already past the lag, from the store."""
        hashes = np.array(array("Q", map(key_hash, counts)), dtype=np.uint64)
        self._counted.setdefault(language, Counts()).add(hashes, np.array([*counts.values()], dtype=np.uint32))
        self._add_documents(language, documents)

    def _add_documents(self, language: str, documents: int) -> None:
        self._documents[language] += documents
        self._tables.pop(language, None)

    def _let_in(self) -> None:
        for day, language in list(self._waiting):
            if day <= self._day - LAG_DAYS or not shipped(language):
                documents, counts = self._waiting.pop((day, language))
                self._counted.setdefault(language, Counts()).merge(counts)
                self._add_documents(language, documents)


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


def by_key(shares: Mapping[str, float]) -> dict[str, float]:
    """Share of articles by what of a word is compared, as if its words were independent of each other."""
    without: dict[str, float] = {}
    for word, share in shares.items():
        without[key(word)] = without.get(key(word), 1.0) * (1.0 - share)
    return {word: 1.0 - rest for word, rest in without.items()}


@cache
def _shares(language: str) -> tuple[Keys, Shares]:
    """Share of articles by word, shipped or from the list, as a table of hashes."""
    known = by_key(shipped(language) or common(language))
    hashes = np.array(array("Q", map(key_hash, known)), dtype=np.uint64)
    numbered = Counts()
    numbered.add(hashes, np.arange(1, len(hashes) + 1, dtype=np.uint32))
    keys, numbers = numbered.table
    return keys, np.array([0.0, *known.values()])[numbers]


@cache
def common(language: str) -> Mapping[str, float]:
    """Words that hold sentences together in a language without a table, from the package's list if it has one."""
    lists = tomllib.loads((resources.files("newsloom.annotate") / "common.toml").read_text("utf-8"))
    return dict.fromkeys(words(lists.get(language, "")), COMMON)
