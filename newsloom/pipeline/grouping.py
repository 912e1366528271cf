"""Similar and Stories joined: annotated articles in, what the store writes (or `newsloom group` prints) out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from newsloom.config import SimilarSettings
from newsloom.similar import Similar, probability
from newsloom.similar.keeping import Keep
from newsloom.similar.match import Asked, vector_of
from newsloom.similar.vectors import Vector, is_bare
from newsloom.stories import VERSION, Bars, Known, Relooks, Stories
from newsloom.types import SURE, AnnotatedArticle, Copy, Evidence, Grouped, Match, Similarity, SimilarityKind

__all__ = ["VERSION", "Grouper"]

EXPIRE_EVERY = 2_000  # articles
MOST_LOOKS = 500  # stories looked at again in one go
LATE = timedelta(days=1)  # a report that comes in so late still finds what it belongs to
LONGEST_DAYS = 365_000
FIRST = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compared:
    """An article as it came in, its arrays, and what it resembled then."""

    article: AnnotatedArticle
    own: Vector
    matches: list[Match]


class Grouper:
    """The window and its stories. One of these writes stories for a whole installation; not safe between threads."""

    def __init__(self, settings: SimilarSettings, keep: Keep | None = None) -> None:
        """`keep` may move large runs of articles into files."""
        self._settings = settings
        self.similar = Similar(settings, keep=keep)
        model = self.similar.model
        days = min(settings.window_days, LONGEST_DAYS)
        self.stories = Stories(
            Bars(join=model.join, floor=model.floor, ceiling=model.ceiling, **model.stories).over(days),
            timedelta(days=days),
        )
        self.relooks = Relooks()
        self.latest: datetime | None = None  # that an article was shown
        self.since_expiry = 0  # articles
        self.expired: list[str] = []  # articles that left the window and are not let go yet
        self.compared: list[Compared] = []  # what the last call of `assign` took in

    def restore(self, articles: Iterable[AnnotatedArticle]) -> None:
        """Fill the window with articles that were grouped before, in the order (first seen, id).

        Their stories and copies are taken as stored; what they resemble is scored again.
        """
        for article in articles:
            own = vector_of(article)
            matches = self.similar.matches(article, own, self.similar.model.floor)
            self.similar.add(article, own)
            self.stories.restore(article, matches, bare=is_bare(own))

    def assign(self, articles: Sequence[AnnotatedArticle]) -> Grouped:
        """Give each article its story as it arrives: provisional, the best answer at once."""
        members: dict[str, str] = {}
        copies: dict[str, Copy] = {}
        links: list[Similarity] = []
        self.compared = []
        for article in articles:
            compared = self._place(article, members, copies)
            self.compared.append(compared)
            links.extend(self._links(article, compared.matches))
        members = {article_id: self.stories.story_of(article_id) for article_id in members}
        changed = self._changed(members)
        return replace(
            changed,
            done=tuple(article.article.id for article in articles),
            copies=tuple(copies.values()),
            uncopied=tuple(sorted({c.original_id for c in copies.values()} - set(copies))),
            links=tuple(links),
        )

    def take(self, article: AnnotatedArticle) -> list[Similarity]:
        """Give one article its story and return what it resembles, without describing the story anew."""
        return self._links(article, self._place(article, {}, {}).matches)

    def assign_again(self, compared: Iterable[Compared]) -> list[str]:
        """Do once more what one call of `assign` did, with what it found then; the stories that this touched."""
        members: dict[str, str] = {}
        for each in compared:
            self._tick(each.article.shown_at)
            self._settle(each, members, {})
        moved, redirects = self._followed({article_id: self.stories.story_of(article_id) for article_id in members})
        return sorted({*filter(self.stories.members, moved.values()), *redirects})

    def take_all(self, articles: Iterable[AnnotatedArticle]) -> Iterator[list[Similarity]]:
        """`take` for each in turn; while one is placed, the next is searched for beside."""
        coming = iter(articles)
        article = next(coming, None)
        asked = self._search(article) if article else None
        while asked is not None:
            article, matches = asked.article, self.similar.answer(asked)
            self.similar.add(article, asked.own)
            own, asked = asked.own, None
            following = next(coming, None)
            if following and not self._expires_next():
                asked = self._search(following)
            self._put(article, own, matches, {}, {})
            yield self._links(article, matches)
            if following and asked is None:
                asked = self._search(following)

    def _search(self, article: AnnotatedArticle) -> Asked:
        self._tick(article.shown_at)
        return self.similar.ask(article, vector_of(article), self.similar.model.floor)

    def _expires_next(self) -> bool:
        return self.since_expiry + 1 >= EXPIRE_EVERY

    def let_go(self, now: datetime) -> tuple[list[str], list[str]]:
        """Forget here, not in the store, the articles that no new one can be compared with any more.

        Which ones, and the stories of which none is left.
        """
        gone = [*self.expired, *self.similar.expire(self._oldest(now))]
        self.expired = []
        return gone, self.stories.leave(gone)

    def second_look(self, now: datetime | None = None, most: int = MOST_LOOKS) -> Grouped:
        """Look again at the stories that are due by `now`, at most so many; without a time, at all that wait."""
        self.stories.look(self.relooks.due(now, most))
        return self._changed({})

    def look_at_all(self) -> None:
        """Look again at every story, those that began first coming first."""
        self.stories.look(self.stories.ids())
        self.stories.changes()

    def _changed(self, members: dict[str, str]) -> Grouped:
        """What a step has to write: those placed, those that moved for it, and the stories that this touched."""
        members, redirects = self._followed(members)
        return Grouped(
            version=VERSION,
            members=members,
            stories=tuple(self.stories.describe(s) for s in sorted(set(members.values())) if self.stories.members(s)),
            redirects=redirects,
        )

    def _followed(self, members: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
        """Those placed with those that moved, and old stories' successors; their stories wait for another look."""
        moved, redirects = self.stories.changes()
        members = members | moved
        if self.latest is not None:
            self.relooks.renamed(redirects.items(), self.latest)
            for story in sorted(set(members.values())):
                self.relooks.note(story, self.latest)
        return members, redirects

    def listed(self, article_id: str) -> list[tuple[str, float, SimilarityKind]]:
        """What resembles an article as of now: (id, probability, kind), copies and same story first, best first."""
        model = self.similar.model
        near = self.stories.near(article_id)
        story = self.stories.story_of(article_id)
        for other in self.stories.members(story)[: self._settings.max_similar + len(near) + 1]:
            near.setdefault(other, model.floor)
        near.pop(article_id, None)
        ranked = []  # best first: as the same event, then of the same story, then by likeness
        for other, logit in near.items():
            elsewhere = self.stories.story_of(other) != story
            if not elsewhere or logit >= model.related:
                kind = self._kind(article_id, other, logit)
                ranked.append((kind == "related", elsewhere, -logit, other, kind))
        kept = sorted(ranked)[: self._settings.max_similar]
        return [(other, probability(-unlike), kind) for _, _, unlike, other, kind in kept]

    def _tick(self, shown_at: datetime) -> None:
        """Keep the window small while a long stream goes by; time is the latest that an article was shown."""
        self.latest = max(self.latest or shown_at, shown_at)
        self.since_expiry += 1
        if self.since_expiry == EXPIRE_EVERY:
            self.since_expiry = 0
            self.expired.extend(self.similar.expire(self._oldest(self.latest)))

    def _oldest(self, now: datetime) -> datetime:
        span = timedelta(days=min(self._settings.window_days, LONGEST_DAYS)) + LATE
        return now - min(span, now - FIRST)

    def _place(self, article: AnnotatedArticle, members: dict[str, str], copies: dict[str, Copy]) -> Compared:
        self._tick(article.shown_at)
        own = vector_of(article)
        matches = self.similar.matches(article, own, self.similar.model.floor)
        compared = Compared(article=article, own=own, matches=matches)
        self._settle(compared, members, copies)
        return compared

    def _settle(self, compared: Compared, members: dict[str, str], copies: dict[str, Copy]) -> None:
        self.similar.add(compared.article, compared.own)
        self._put(compared.article, compared.own, compared.matches, members, copies)

    def _put(
        self,
        article: AnnotatedArticle,
        own: Vector,
        matches: Sequence[Match],
        members: dict[str, str],
        copies: dict[str, Copy],
    ) -> None:
        """Give an article of the window its story."""
        language = article.annotations.language
        story, settled = self.stories.place(
            article, matches, lambda ids: self.similar.logits(language, own, ids), bare=is_bare(own)
        )
        members[article.article.id] = story
        for copy in settled:
            copies[copy.article_id] = copy
            copies.pop(copy.original_id, None)

    def _links(self, article: AnnotatedArticle, matches: Sequence[Match]) -> list[Similarity]:
        bar = self.similar.model.related
        kept = [m for m in matches if m.logit >= bar][: self._settings.max_similar]
        found = self.similar.evidence_of(article, [match.other_id for match in kept])
        return [
            Similarity(
                article_id=article.article.id,
                other_id=match.other_id,
                score=round(probability(match.logit), 4),
                kind=self._kind(article.article.id, match.other_id, match.logit),
                evidence=evidence,
            )
            for match, evidence in zip(kept, found, strict=True)
        ]

    def evidence(self, article: AnnotatedArticle, other_id: str) -> Evidence:
        """What the article shares with another of the window."""
        return self.similar.evidence(article, other_id)

    def _kind(self, one: str, other: str, logit: float) -> SimilarityKind:
        """Of one story is of one event, but for two bare headlines that resemble each other little, or of one owner.

        Who writes two headlines on one topic mostly has two things to tell.
        """
        own, their = self.stories.known(one), self.stories.known(other)
        if _family(one, own) == _family(other, their):
            return "copy"
        if (own.story if own else "") != (their.story if their else ""):
            return "related"
        if own is None or their is None or not (own.bare and their.bare):
            return "same"
        return "same" if own.origin.owner != their.origin.owner and probability(logit) >= SURE else "related"


def _family(article_id: str, known: Known | None) -> str:
    """The original of an article's family of copies."""
    return known.copy.original_id if known and known.copy else article_id
