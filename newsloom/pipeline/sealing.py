"""Final stories: a pure function of the articles with their first-seen times, annotations, corrections and the model.

A day (UTC, by first-seen times) is sealed when the stream has passed its end by `SEAL_AFTER`. Its stories are then
found anew, in the order (first seen, id), whatever order the articles came in: from what is sealed already, the day
itself, and what was first seen within `SIGHT` after its end. The clock is the stream's, never the wall's. What comes
in later than that joins as it finds things, and stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from newsloom.config import SimilarSettings
from newsloom.pipeline.grouping import VERSION, Grouper
from newsloom.stories import Standing
from newsloom.types import AnnotatedArticle, Copy, Grouped, Story

DAY = timedelta(days=1)
SEAL_AFTER = timedelta(hours=72)
SIGHT = timedelta(hours=48)  # the rest of SEAL_AFTER is for articles that come in late
LATE = timedelta(days=1)
MOST = 50_000  # articles that a day's stories may depend on; they are in memory all at once


def next_day(sealed: datetime | None, first: datetime | None, latest: datetime | None) -> datetime | None:
    """The day to seal now, None where the stream has not passed it by enough.

    `sealed`: until when all is sealed; `first` and `latest`: the first-seen times at the ends of the stream.
    """
    if first is None or latest is None:
        return None
    day = sealed or datetime(first.year, first.month, first.day, tzinfo=UTC)
    return day if latest >= day + DAY + SEAL_AFTER else None


def reach(day: datetime, settings: SimilarSettings) -> tuple[datetime, datetime]:
    """The first-seen times that a day's stories depend on: (from, before)."""
    window = timedelta(days=min(settings.window_days, 3_650)) + LATE
    return day - window, day + DAY + SIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class Final:
    """A day's final stories: groups of articles, each with the sealed story that it goes on ("" a new one)."""

    day: datetime
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    copies: dict[str, Copy]


class FinalDay:
    """Finds the final stories of one day, some articles at a time, so that live news need not wait."""

    def __init__(
        self, day: datetime, articles: Sequence[AnnotatedArticle], settings: SimilarSettings, standing: Standing
    ) -> None:
        """`articles`: all that were first seen within `reach(day)`, in the order (first seen, id)."""
        self.day = day
        self._articles = articles
        self._grouper = Grouper(settings)
        self._grouper.stories.sealed = day
        self._grouper.stories.standing = standing
        self._at = 0

    def advance(self, most: int) -> Final | None:
        """Treat `most` more articles; the stories once all are."""
        for article in self._articles[self._at : self._at + most]:
            if article.first_seen < self.day:
                self._grouper.restore([article])
            else:
                self._grouper.take(replace(article, story_id="", copy=None))
        self._at += most
        if self._at < len(self._articles):
            return None
        self._grouper.look_at_all()
        return self._final()

    def _final(self) -> Final:
        stories = self._grouper.stories
        sealed = {a.story_id for a in self._articles if a.first_seen < self.day}
        groups: dict[str, list[str]] = {}
        for article in self._articles:
            if article.first_seen >= self.day:
                groups.setdefault(stories.story_of(article.article.id), []).append(article.article.id)
        copies = {}
        for article in self._articles:
            copy = stories.copy_of(article.article.id)
            if copy is not None and self.day <= article.first_seen < self.day + DAY:
                copies[article.article.id] = copy
        return Final(
            day=self.day,
            groups=tuple((story if story in sealed else "", tuple(ids)) for story, ids in groups.items()),
            copies=copies,
        )


def as_it_stands(day: datetime) -> Grouped:
    """What sealing writes where a day's stories depend on more articles than fit: the live ones are final."""
    return Grouped(version=VERSION, sealed_until=day + DAY)


def step(final: Final, articles: Sequence[AnnotatedArticle], free: Callable[[str], str]) -> Grouped:
    """What sealing has to write: the day's articles that stand elsewhere now, each group under the live id that it
    shares most with.

    `articles`: as for FinalDay, with their live stories; `free`: a new story's id, from the article that founds it.
    """
    end = final.day + DAY
    live = {a.article.id: a for a in articles}
    sealed = {a.story_id for a in articles if a.first_seen < final.day}
    names = _names(final, live, sealed)
    members: dict[str, str] = {}
    new: list[Story] = []
    for n, (_, ids) in enumerate(final.groups):
        ours = [i for i in ids if live[i].first_seen < end]
        if ours and not names[n]:
            names[n] = free(ours[0])
            new.append(Story(id=names[n], founded_by=ours[0], split_from=live[ours[0]].story_id))
        members.update({i: names[n] for i in ours if live[i].story_id != names[n]})
    day = [a for a in articles if final.day <= a.first_seen < end]
    return Grouped(
        version=VERSION,
        members=members,
        copies=tuple(copy for copy in final.copies.values() if copy != live[copy.article_id].copy),
        uncopied=tuple(a.article.id for a in day if a.copy and a.article.id not in final.copies),
        stories=tuple(new),
        sealed_until=end,
    )


def _names(final: Final, live: dict[str, AnnotatedArticle], sealed: set[str]) -> list[str]:
    """By group its story's id: the sealed one that it goes on, else the live one it shares most with, "" none left."""
    names = [story for story, _ in final.groups]
    claims = [
        (-count, n, story)
        for n, (going_on, ids) in enumerate(final.groups)
        if not going_on
        for story, count in Counter(live[i].story_id for i in ids).items()
        if story not in sealed
    ]
    given: set[str] = set()
    for _, n, story in sorted(claims):
        if not names[n] and story not in given:
            names[n] = story
            given.add(story)
    return names
