"""The reading side of the store: what pages need, each page a fixed number of queries.

`Reading` takes any SQLAlchemy engine, best a read-only one; nothing here writes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa

from newsloom.store.faults import faults
from newsloom.store.reading import article as _article
from newsloom.store.reading import correcting as _correcting
from newsloom.store.reading import find as _find
from newsloom.store.reading import front as _front
from newsloom.store.reading import quality as _quality
from newsloom.store.reading import revised as _revised
from newsloom.store.reading import source as _source
from newsloom.store.reading import story as _story
from newsloom.store.reading.records import (
    ArticleRecord,
    Corrected,
    Counts,
    DayRecord,
    EditionLine,
    FoundRecord,
    FrontRecord,
    Health,
    ImageRecord,
    Latency,
    Neighbour,
    Progress,
    Quality,
    Revisions,
    SourceRecord,
    Stamp,
    StoryRecord,
)
from newsloom.types import EditionSpec, Source

P = ParamSpec("P")
T = TypeVar("T")

PAGE_SIZE = 30


class Reading:
    """Answers to what a page asks; every method is one short read of the store."""

    def __init__(self, engine: sa.Engine, where: str = "behind the site") -> None:
        """`where` names the store in errors."""
        self._engine = engine
        self._where = where

    def _read(self, question: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with faults(self._where), self._engine.connect() as connection:
            return question(connection, *args, **kwargs)

    def editions(self) -> tuple[EditionSpec, ...]:
        """Every edition, in its order."""
        return self._read(_front.list_editions)

    def choice(self) -> tuple[EditionLine, ...]:
        """Every edition with its top story."""
        return self._read(_front.choice)

    def front(self, edition_id: str) -> FrontRecord | None:
        """The front page of an edition; None where there is no such edition."""
        return self._read(_front.front, edition_id)

    def stamp(self, edition_id: str) -> Stamp:
        """What changes when the front page is ranked anew or must lose something: cheap to ask before each answer."""
        return self._read(_front.stamp, edition_id)

    def day(self, edition_id: str, day: date, page: int = 1) -> DayRecord:
        """Older news: the stories of an edition whose last report came on `day`."""
        return self._read(_front.day, edition_id, day, page, PAGE_SIZE)

    def article(self, article_id: str) -> ArticleRecord | None:
        """An article with its similar news."""
        return self._read(_article.article, article_id)

    def revisions(self, article_id: str) -> Revisions | None:
        """What an article said before, word by word: for the operator alone."""
        return self._read(_revised.worded, article_id)

    def image(self, article_id: str) -> ImageRecord | None:
        """Where an article's lead image is."""
        return self._read(_article.image, article_id)

    def story(self, story_id: str) -> StoryRecord | None:
        """A story with its reports."""
        return self._read(_story.story, story_id)

    def successor(self, story_id: str) -> str:
        """The present id of a merged or split story, "" where it has none."""
        return self._read(_story.successor, story_id)

    def corrections(self, story_id: str = "") -> tuple[Corrected, ...]:
        """The corrections that people made of a story, or of any, newest first."""
        return self._read(_correcting.made, story_id)

    def neighbours(self, story_id: str) -> tuple[Neighbour, ...]:
        """The stories that a story may be merged with, most alike first."""
        return self._read(_correcting.neighbours, story_id)

    def source(self, source_id: str, now: datetime, page: int = 1) -> SourceRecord | None:
        """An outlet with its newest articles."""
        return self._read(_source.source, source_id, now, page, PAGE_SIZE)

    def search(
        self,
        words: str,
        edition_id: str = "",
        source_id: str = "",
        day: date | None = None,
        page: int = 1,
        language: str = "",
    ) -> FoundRecord:
        """Articles that hold all the words: first those whose headline does, of either kind the newest first."""
        return self._read(_find.search, words, edition_id, source_id, day, page, PAGE_SIZE, language)

    def source_names(self, edition_id: str = "") -> tuple[tuple[str, str], ...]:
        """(id, name) of an edition's sources, or of all, for the filter of the search page."""
        return self._read(_source.names, edition_id)

    def languages(self, edition_id: str = "") -> tuple[str, ...]:
        """The languages that an edition's sources, or all, are said to write in."""
        return self._read(_source.languages, edition_id)

    def sources(self) -> tuple[Source, ...]:
        """The sources collected now, with their feeds."""
        return self._read(_source.with_feeds)

    def health(self, now: datetime) -> Health:
        """What the operator sees."""
        return self._read(_source.health, now)

    def quality(self, now: datetime) -> Quality:
        """How well the machine does, for the operator."""
        return self._read(_quality.quality, now)

    def progress(self, edition_id: str) -> Progress:
        """How far an edition's first round has come, for a front page that has no stories yet."""
        return self._read(_source.progress, edition_id)

    def latency(self, now: datetime) -> Latency:
        """How soon after publication the last day's articles were stored."""
        return self._read(_source.latency, now)

    def counts(self) -> Counts:
        """How much is in the store."""
        return self._read(_source.counts)


__all__ = ["PAGE_SIZE", "Reading"]
