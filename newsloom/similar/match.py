"""One article against the window: candidates, scores, copies, and the evidence for what is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from math import inf, log

import numpy as np

from newsloom.config import SimilarSettings
from newsloom.hashing import key
from newsloom.segments import AnyArray, Told
from newsloom.similar import saving
from newsloom.similar.coding import Words
from newsloom.similar.copies import ALIKE_WHOLE, decided, loosely, shared
from newsloom.similar.index import Window
from newsloom.similar.keeping import Folder, Keep, Same
from newsloom.similar.kernel import KERNEL
from newsloom.similar.model import Model
from newsloom.similar.pairs import Comparer
from newsloom.similar.vectors import Vector, bucket, vector
from newsloom.types import AnnotatedArticle, CopyMatch, Evidence, Match

CANDIDATES = 64
RUNS_IN_WINDOW = 4  # at least: what has left the window stays in memory for a quarter of its length at most
LOOK_FOR_COPY = ALIKE_WHOLE  # cosine over all terms below which no text is carried
MOST_LANGUAGES = 65_536  # no more codes than these are told apart anywhere
TELLING = 0.2  # a term with less than this share of the heaviest weight explains nothing ("to", "as")
MOST_SHARED = 6  # names, numbers and terms told as evidence, each

Forms = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A search that goes on beside; `window` is None where there is nothing to search."""

    article: AnnotatedArticle
    own: Vector
    least: float
    window: Window | None
    search: object


class Similar:
    """The windows of all languages; articles are known by their ids."""

    def __init__(self, settings: SimilarSettings, model: Model | None = None, keep: Keep | None = None) -> None:
        """`keep` may move large runs of articles into files."""
        self._keep = keep
        self.model = model or Model.shipped()
        self._window_s = settings.window_days * 86_400
        self._windows: dict[str, Window] = {}
        self._languages: list[str] = []
        self._places: dict[str, int] = {}  # a row, and below it the number of its language: one small object an article
        self._comparer = Comparer(self.model)

    def __contains__(self, article_id: str) -> bool:
        return article_id in self._places

    def __len__(self) -> int:
        return len(self._places)

    def add(self, article: AnnotatedArticle, own: Vector) -> None:
        """Take an article into its language's window; one that is there already (an edit) is written over."""
        self.put(article.article.id, article.annotations.language, own, article.shown_at)

    def put(self, article_id: str, language: str, own: Vector, shown_at: datetime) -> None:
        """The same of an article by its parts."""
        window = self._windows.get(language)
        if window is None:
            window = self._open(language)
        if known := self._place(article_id):
            self._windows[known[0]].drop(known[1])
        row = window.add(own, shown_at.timestamp(), article_id)
        self._places[article_id] = row * MOST_LANGUAGES + self._languages.index(language)

    def saved(self) -> tuple[Told, dict[str, AnyArray]]:
        """All windows for `restore`; `files` go with that."""
        told: list[Told] = []
        kept: dict[str, AnyArray] = {}
        for n, language in enumerate(self._languages):
            one, arrays = saving.saved(self._windows[language], f"window.{n}")
            told.append({"language": language, **one})
            kept |= arrays
        return {"windows": told}, kept

    def files(self) -> set[str]:
        """The files that the windows' runs are mapped from."""
        return {name for window in self._windows.values() for name in saving.files(window)}

    def restore(self, told: Told, kept: Mapping[str, AnyArray], folder: Folder, same: Same = list) -> None:
        """Go on, empty so far, from what was saved. Raises Unusable, KeyError or ValueError.

        `same`: the words that are at hand for these words, which saves memory.
        """
        for n, one in enumerate(told["windows"]):
            window = self._open(one["language"])
            saving.restore(window, f"window.{n}", one, kept, folder, same)
            for names, rows in window.living():
                self._places.update(zip(names, (rows * MOST_LANGUAGES + n).tolist(), strict=True))

    def _open(self, language: str) -> Window:
        window = self._windows[language] = Window(self._window_s / RUNS_IN_WINDOW, keep=self._keep)
        self._languages.append(language)
        return window

    def _place(self, article_id: str) -> tuple[str, int] | None:
        """The language and row of an article, None where it is not in the window."""
        number = self._places.get(article_id)
        return None if number is None else (self._languages[number % MOST_LANGUAGES], number // MOST_LANGUAGES)

    def expire(self, before: datetime) -> list[str]:
        """Let go of what was shown before `before`, as whole runs of it have become so old; the ids that are gone.

        Until then they are not found either, being out of the window.
        """
        gone = [name for window in self._windows.values() for name in window.expire(before.timestamp())]
        for article_id in gone:
            del self._places[article_id]
        return sorted(gone)

    def matches(self, article: AnnotatedArticle, own: Vector, least: float = -inf) -> list[Match]:
        """Up to CANDIDATES articles of the window, best log-odds first, ties in the order of arrival.

        Those of at most `least` are left out, unless one carries the other's text.
        """
        language = article.annotations.language
        window = self._windows.get(language)
        if window is None:
            return []
        rows = window.candidates(own, article.shown_at.timestamp(), self._window_s, CANDIDATES)
        known = self._place(article.article.id)
        if known and known[0] == language:
            rows = rows[rows != known[1]]
        if not len(rows):
            return []
        found = self._comparer.likely(own, window, rows, self._crowding(window), least, LOOK_FOR_COPY)
        return _matches(found, article, own, window, least)

    def ask(self, article: AnnotatedArticle, own: Vector, least: float = -inf) -> Asked:
        """The search that `matches` makes, beside what else is done until `answer`.

        Nothing may be added or let go before that.
        """
        language = article.annotations.language
        window = self._windows.get(language)
        if window is None:
            return Asked(article, own, least, None, None)
        known = self._place(article.article.id)
        left_out = known[1] if known and known[0] == language else -1
        time, off = article.shown_at.timestamp(), self._crowding(window)
        model = self._comparer.model
        asked = window.ask(own, time, self._window_s, CANDIDATES, model, off, least, LOOK_FOR_COPY, left_out)
        return Asked(article, own, least, window, asked)

    def answer(self, asked: Asked) -> list[Match]:
        """What `matches` gives."""
        if asked.window is None:
            return []
        return _matches(asked.window.answer(asked.search), asked.article, asked.own, asked.window, asked.least)

    def logits(self, language: str, own: Vector, ids: Sequence[str]) -> list[float]:
        """Log-odds against given articles, in their order; minus infinity where there is nothing to compare.

        That is against one of another language, and one that has left the window.
        """
        places = [self._place(other) or ("", 0) for other in ids]
        rows = np.array([row for spoken, row in places if spoken == language], dtype=np.int64)
        if not len(rows):
            return [-inf] * len(ids)
        window = self._windows[language]
        scored = iter((self._comparer.logits(own, window, rows) - self._crowding(window)).tolist())
        return [next(scored) if spoken == language else -inf for spoken, _ in places]

    def _crowding(self, window: Window) -> float:
        """What chance alone adds to the best of many: the more articles are compared, the more a pair must show."""
        return self.model.crowd_weight * max(0.0, log(window.alive / self.model.crowd_from)) if window.alive else 0.0

    def evidence(self, article: AnnotatedArticle, other_id: str) -> Evidence:
        """What the article shares with another: names, numbers, terms (heaviest first), hours between them."""
        return self.evidence_of(article, [other_id])[0]

    def evidence_of(self, article: AnnotatedArticle, other_ids: Sequence[str]) -> list[Evidence]:
        """The same with each of others."""
        if not other_ids:
            return []
        names, keys = [(name, _forms(name)) for name in article.annotations.names], _Keys()
        return [self._evidence(article, names, keys, other_id) for other_id in other_ids]

    def _evidence(
        self, article: AnnotatedArticle, names: Sequence[tuple[str, Forms]], keys: _Keys, other_id: str
    ) -> Evidence:
        number = self._places[other_id]
        language, row = self._languages[number % MOST_LANGUAGES], number // MOST_LANGUAGES
        window = self._windows[language]
        terms, theirs = article.annotations.terms, window.places(row)
        words = KERNEL.shared(terms, TELLING * terms[0][1] if terms else 0.0, theirs, bucket)
        known = {keys[word] for word in words} - {""}
        hours = abs(article.shown_at.timestamp() - window.time(row)) / 3600
        found: list[str] = []
        named: set[str] = set()
        for name, parts in names:
            if forms := _all_known(parts, known):
                found.append(name)
                named.update(forms)
        hidden = named | {""}
        return Evidence(
            names=tuple(found[:MOST_SHARED]),
            numbers=tuple(KERNEL.shared(article.annotations.numbers, 0.0, theirs, bucket)[:MOST_SHARED]),
            terms=tuple(islice((w for w in words if keys[w] not in hidden and not _short(w)), MOST_SHARED)),
            hours=round(hours, 1),
        )


class _Keys(dict[str, str]):
    """What of a term is compared, "" of one that holds a digit."""

    def __missing__(self, term: str) -> str:
        word = term.isalpha() or not any(char.isdigit() for char in term)
        found = self[term] = key(term) if word else ""
        return found


def _all_known(parts: Forms, known: set[str]) -> list[str]:
    """Of each part of a name the first of its forms that is known, nothing where one has none."""
    found = []
    for forms in parts:
        for form in forms:
            if form in known:
                found.append(form)
                break
        else:
            return []
    return found


def vector_of(article: AnnotatedArticle) -> Vector:
    """The article's arrays."""
    return vector(article.annotations)


def _short(term: str) -> bool:
    """A Latin word of up to three letters: mostly what holds sentences together, whatever its weight says."""
    return len(term) <= 3 and term < "\u0250"


@lru_cache(maxsize=4_096)
def _forms(name: str) -> Forms:
    """Of each word of a name what is compared of the terms that it may be counted as.

    "rangers" as "ranger", "d'ivoire" as "ivoire".
    """
    words = name.lower().replace("’", "'").replace("-", " ").split()
    counted = [
        (word, word.removesuffix("'s"), word.removesuffix("s"), word[:-3] + "y", word.partition("'")[2] or word)
        for word in words
    ]
    return tuple(tuple(dict.fromkeys(map(key, forms))) for forms in counted)


def _matches(
    found: Sequence[tuple[int, float, float]], article: AnnotatedArticle, own: Vector, window: Window, least: float
) -> list[Match]:
    """Of (row, log-odds, cosine of all terms) those that are likely, or copies."""
    time = article.shown_at.timestamp()
    matches = []
    for row, logit, terms in found:
        copy = _copy(own, window, row, terms, time) if terms >= LOOK_FOR_COPY else None
        if logit > least or copy:
            matches.append(Match(other_id=window.name(row), logit=logit, copy=copy))
    return matches


def _copy(own: Vector, window: Window, row: int, terms: float, time: float) -> CopyMatch | None:
    signature, shingles, skips = window.sketches(row)
    loose = loosely(own.skips, skips)
    found = shared(own.signature, own.shingles, signature, shingles, terms=terms, loosely=loose)
    if found is None:
        return None
    hours = abs(time - window.time(row)) / 3_600
    return decided(found, own.shingles, shingles, numbers=_numbers_shared(own, window.places(row)), hours=hours)


def _numbers_shared(own: Vector, other: Words) -> float | None:
    mine, theirs, both = KERNEL.numbers(own.places, other)
    fewer = min(mine, theirs)
    return both / fewer if fewer >= 2 else None
