"""The lagging word counts between annotate and the store: weights follow the stream, whoever counted the words."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta

from newsloom.annotate import Affixes, Background, Counted, weigh_counted
from newsloom.annotate.background import LAG_DAYS, shipped
from newsloom.store.protocol import Store
from newsloom.types import Annotations


class Weigher:
    """Gives annotations as of now and remembers what it counted until `save`. Not safe between threads."""

    def __init__(self, store: Store, now: datetime) -> None:
        self._store = store
        self._today = now.date()
        self._background = Background()
        self._affixes = Affixes()
        self._loaded: set[str] = set()
        self._later: list[tuple[str, str, int, dict[str, int]]] = []
        self._fresh: dict[tuple[str, str], tuple[int, Counter[str]]] = {}

    def annotations(self, article_id: str, source_id: str, counted: Counted, now: datetime) -> Annotations:
        """Terms weighed against what was common up to two days ago; the article's own words are counted after."""
        counted = self._affixes.strip(source_id, counted)
        language = counted.language
        self._load(language)
        if now.date() != self._today:
            self._today = now.date()
            self._let_in(self._today)
            self._background.move_on(self._today.toordinal())
        found = weigh_counted(article_id, counted, self._background.table(language))
        every = counted.tally.spans[0]
        self._background.count_hashes(language, now.toordinal(), counted.tally.hashes_of(every))
        documents, counts = self._fresh.get((language, now.date().isoformat()), (0, Counter()))
        counts.update(counted.tally.different(every))
        self._fresh[language, now.date().isoformat()] = documents + 1, counts
        return replace(found, article_id=article_id)

    def save(self) -> None:
        """Add what was counted since the last time to the store."""
        fresh, self._fresh = self._fresh, {}
        for (language, day), (documents, counts) in fresh.items():
            self._store.add_background(language, day, documents, counts)

    def _load(self, language: str) -> None:
        if language not in self._loaded:
            self._loaded.add(language)
            tomorrow = (self._today + timedelta(days=1)).isoformat()
            self._later.extend((language, *day) for day in self._store.background_days(language, tomorrow))
            self._let_in(self._today)

    def _let_in(self, today: date) -> None:
        """Stored days enter the tables once they are as old as the lag asks."""
        young = []
        for language, day, documents, counts in self._later:
            if shipped(language) and date.fromisoformat(day) > today - timedelta(days=LAG_DAYS):
                young.append((language, day, documents, counts))
            else:
                self._background.load(language, documents, counts)
        self._later = young
