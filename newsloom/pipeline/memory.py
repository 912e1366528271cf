"""What the one writer of stories remembers: the window, its stories, what waits, and links across languages.

Each of its operations is told to `log` in a form that `redo` takes: a memory that is given the same records in the
same order is the same to the last bit, without comparing anything again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from newsloom.config import SimilarSettings
from newsloom.pipeline.compared import VERSION, packed, unpacked
from newsloom.pipeline.grouping import Compared, Grouper
from newsloom.segments import AnyArray, Told, word_arrays, words_of
from newsloom.similar.keeping import Folder, Keep
from newsloom.similar.saving import vector_arrays, vectors_of
from newsloom.similar.vectors import Vector, is_bare
from newsloom.stories import Across, Known, Standing, origin
from newsloom.stories.across import Judge
from newsloom.stories.saving import restored, saved
from newsloom.types import (
    AnnotatedArticle,
    Annotations,
    Article,
    Copy,
    CopyKind,
    CopyMatch,
    Correction,
    Grouped,
    Match,
    Recalled,
)

Arrays = Mapping[str, AnyArray]
Log = Callable[[Told, Arrays], None]


class Memory:
    """Not safe between threads; everything is in the order of calls."""

    def __init__(self, settings: SimilarSettings, judge: Judge | None = None, keep: Keep | None = None) -> None:
        self.grouper = Grouper(settings, keep)
        self.across = Across(judge)
        self.log: Log = lambda told, arrays: None
        self.articles = 0  # taken in since it was made or restored
        self._corrections: tuple[Correction, ...] = ()

    def assign(self, articles: Sequence[AnnotatedArticle]) -> Grouped:
        """Give each new article its story; what is to be written."""
        for article in articles:
            self.across.note(article)
        step = self.grouper.assign(articles)
        self.articles += len(articles)
        noted = [self.across.noted(article.article.id) for article in articles]
        compared = self.grouper.compared
        told = {"do": "assign", "articles": list(map(_article_told, compared)), "noted": noted}
        self.log(told, vector_arrays([each.own for each in compared], "own"))
        kept = [(each.article.article.id, packed(each, told)) for each, told in zip(compared, noted, strict=True)]
        return replace(self._linked(step), compared=tuple(kept), compared_version=VERSION)

    def look(self, now: datetime | None) -> Grouped:
        """Look again at the stories that are due, without a time at all that wait; what is to be written."""
        step = self.grouper.second_look(now)
        self.log({"do": "look", "now": _said(now), "saves": bool(step.members or step.redirects)}, {})
        return self._linked(step)

    def look_at(self, stories: Iterable[str]) -> Grouped:
        """Look again at these; what is to be written."""
        asked = list(stories)
        self.grouper.stories.look(dict.fromkeys(asked))
        step = self.grouper.second_look(most=0)
        self.log({"do": "look_at", "stories": asked}, {})
        return self._linked(step)

    def let_go(self, now: datetime) -> list[str]:
        """Forget the articles that no new one can be compared with any more; which ones."""
        gone = self._let_go(now)
        self.log({"do": "let_go", "now": _said(now), "saves": False}, {})
        return gone

    def hear(self, corrections: Sequence[Correction]) -> None:
        """All that people said so far."""
        self._hear(corrections)
        self.log({"do": "hear", "corrections": [_correction_told(each) for each in corrections], "saves": False}, {})

    def follow(self, step: Grouped) -> None:
        """Take over what was decided elsewhere: by people, or by sealing."""
        split_from = {story.id: story.split_from for story in step.stories}
        self._follow(step.members, split_from, step.copies, step.uncopied, step.sealed_until)
        told = {
            "do": "follow",
            "members": step.members,
            "split_from": split_from,
            "copies": [asdict(copy) for copy in step.copies],
            "uncopied": step.uncopied,
            "sealed": _said(step.sealed_until),
        }
        self.log(told, {})

    def restore(self, articles: Iterable[AnnotatedArticle], recalled: Iterable[Recalled] = ()) -> None:
        """Begin from what the store has: articles that must be compared again, then those that need not.

        Each in the order in which they came, the first by (first seen, id).
        """
        self.grouper.restore(self._noted(articles))
        for each in recalled:
            self._recall(each)
        for story in self.grouper.stories.ids():
            self.across.tell(story, self.grouper.stories.members(story))

    def _noted(self, articles: Iterable[AnnotatedArticle]) -> Iterator[AnnotatedArticle]:
        for article in articles:
            self.across.note(article)
            yield article

    def _recall(self, told: Recalled) -> None:
        own, language, noted, matches = unpacked(told.data)
        self.across.note_again(told.article_id, noted)
        self.grouper.similar.put(told.article_id, language, own, told.shown_at)
        known = Known(
            story=told.story_id,
            origin=origin(told.owner, told.source_id, language, told.origin != "entry"),
            shown_at=told.shown_at,
            first_seen=told.first_seen,
            bare=is_bare(own),
        )
        self.grouper.stories.recall(told.article_id, known, told.copy, matches)

    def redo(self, told: Told, arrays: Arrays) -> None:
        """Do once more what was told to `log`. Raises KeyError or ValueError where that is no such record."""
        match told["do"]:
            case "assign":
                compared = _compared(told, arrays)
                for each, noted in zip(compared, told["noted"], strict=True):
                    self.across.note_again(each.article.article.id, noted)
                self._tell(self.grouper.assign_again(compared))
                self.articles += len(compared)
            case "look":
                self._retell(self.grouper.second_look(_moment(told["now"])))
            case "look_at":
                self.grouper.stories.look(dict.fromkeys(told["stories"]))
                self._retell(self.grouper.second_look(most=0))
            case "let_go":
                self._let_go(datetime.fromisoformat(told["now"]))
            case "hear":
                self._hear([_correction(each) for each in told["corrections"]])
            case "follow":
                copies = [Copy(**each) for each in told["copies"]]
                sealed = _moment(told["sealed"])
                self._follow(told["members"], told["split_from"], copies, told["uncopied"], sealed)
            case other:
                raise ValueError(f"nothing can be done of {other!r}")

    def files(self) -> set[str]:
        """The files that hold a part of what is remembered."""
        return self.grouper.similar.files()

    def saved(self) -> tuple[Told, dict[str, AnyArray]]:
        """All that is remembered, for `resume`; `files` go with that."""
        window, arrays = self.grouper.similar.saved()
        stories, more = saved(self.grouper.stories.state())
        parts = (("stories", more), ("relooks", self.grouper.relooks.saved()), ("across", self.across.saved()))
        arrays = arrays | {f"{part}.{name}": array for part, each in parts for name, array in each.items()}
        arrays |= word_arrays("expired", self.grouper.expired)
        told = {
            **window,
            "stories": stories,
            "latest": _said(self.grouper.latest),
            "since_expiry": self.grouper.since_expiry,
            "corrections": [_correction_told(each) for each in self._corrections],
        }
        return told, arrays

    def resume(self, told: Told, arrays: Arrays, folder: Folder) -> None:
        """Go on, empty so far, from what was saved. Raises Unusable, KeyError, ValueError or IndexError."""

        def part(name: str) -> dict[str, AnyArray]:
            return {each.removeprefix(f"{name}."): arrays[each] for each in arrays if each.startswith(f"{name}.")}

        state = restored(told["stories"], part("stories"))
        same = _at_hand(list(state.known))
        self.grouper.stories.resume(state)
        self.grouper.similar.restore(told, arrays, folder, same)
        self.grouper.relooks.restore(part("relooks"))
        self.across.restore(part("across"), same)
        self.grouper.expired = words_of(arrays, "expired")
        self.grouper.latest, self.grouper.since_expiry = _moment(told["latest"]), told["since_expiry"]
        self._hear([_correction(each) for each in told["corrections"]])

    def _let_go(self, now: datetime) -> list[str]:
        articles, stories = self.grouper.let_go(now)
        self.across.leave(articles)
        for story in stories:
            self.across.drop(story)
        return articles

    def _linked(self, step: Grouped) -> Grouped:
        """The step with what its stories are linked to in other languages now."""
        touched = self._retell(step)
        across = tuple(link for story in touched for link in self.across.links(story))
        return replace(step, linked=tuple(touched), across=across)

    def _retell(self, step: Grouped) -> list[str]:
        touched = sorted({story.id for story in step.stories}.union(step.redirects))
        self._tell(touched)
        return touched

    def _tell(self, stories: Iterable[str]) -> None:
        for story in stories:
            self.across.tell(story, self.grouper.stories.members(story))

    def _hear(self, corrections: Sequence[Correction]) -> None:
        self._corrections = tuple(corrections)
        self.grouper.stories.standing = Standing(corrections)

    def _follow(
        self,
        members: dict[str, str],
        split_from: dict[str, str],
        copies: Iterable[Copy],
        uncopied: Iterable[str],
        sealed: datetime | None,
    ) -> None:
        stories = self.grouper.stories
        stories.move(members, split_from)
        for copy in copies:
            stories.recopy(copy.article_id, copy)
        for article_id in uncopied:
            stories.recopy(article_id, None)
        stories.sealed = sealed or stories.sealed


def _at_hand(ids: list[str]) -> Callable[[list[str]], list[str]]:
    """For words that are ids, mostly in the same order, the ids themselves: each is in memory once."""
    places = dict(zip(ids, range(len(ids)), strict=True))

    def same(words: list[str]) -> list[str]:
        at = places.get(words[0], 0) if words else 0
        stretch = ids[at : at + len(words)]
        if stretch == words:
            return stretch
        return [word if (at := places.get(word, -1)) < 0 else ids[at] for word in words]

    return same


def _said(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None


def _article_told(compared: Compared) -> list[Any]:
    article = compared.article
    matches = [
        [m.other_id, m.logit, *((m.copy.within, m.copy.kind, m.copy.lasting) if m.copy is not None else ())]
        for m in compared.matches
    ]
    return [
        article.article.id, article.article.source_id, article.article.origin, article.annotations.language,
        article.owner, _said(article.first_seen), _said(article.shown_at), matches,
    ]  # fmt: skip


def _compared(told: Told, arrays: Arrays) -> list[Compared]:
    return [_one(each, own) for each, own in zip(told["articles"], vectors_of(arrays, "own"), strict=True)]


def _one(told: list[Any], own: Vector) -> Compared:
    article_id, source, origin, language, owner, first_seen, shown_at, matches = told
    article = AnnotatedArticle(
        seq=0,
        article=Article(id=article_id, source_id=source, origin=origin),
        annotations=Annotations(article_id=article_id, language=language),
        first_seen=datetime.fromisoformat(first_seen),
        shown_at=datetime.fromisoformat(shown_at),
        owner=owner,
    )
    found = [
        Match(other_id=other, logit=logit, copy=_copy_match(*copy) if copy else None) for other, logit, *copy in matches
    ]
    return Compared(article=article, own=own, matches=found)


def _copy_match(within: float, kind: CopyKind, lasting: bool) -> CopyMatch:
    return CopyMatch(within=within, kind=kind, lasting=lasting)


def _correction_told(correction: Correction) -> Told:
    times = {name: _said(getattr(correction, name)) for name in ("at", "applied", "withdrawn")}
    return {**asdict(correction), **times}


def _correction(told: Told) -> Correction:
    times = {name: _moment(told[name]) for name in ("at", "applied", "withdrawn")}
    return Correction(**told | times | {"one": tuple(told["one"]), "other": tuple(told["other"])})
