"""The one writer of stories: what was annotated is grouped, looked at again, ranked, and saved step by step."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from newsloom.annotate.credits import credited
from newsloom.config import Settings, edition_specs
from newsloom.editions import rank
from newsloom.pipeline import correcting, sealing
from newsloom.pipeline.grouping import VERSION, Grouper
from newsloom.pipeline.quoting import QUOTE_VERSION, quoted
from newsloom.similar.dense import judge
from newsloom.store.protocol import FORGOTTEN, WRITER, Store
from newsloom.stories import Across, Standing
from newsloom.types import AnnotatedArticle, Grouped

LEASE_S = 15.0
BATCH = 100
SEALED_AT_ONCE = 100  # articles: live news waits no longer than for these
QUOTED_AT_ONCE = 10  # stories, so that what arrives meanwhile does not wait
LONGEST_WINDOW = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class _Held:
    """The lease and the window that was filled under it."""

    epoch: int
    grouper: Grouper
    across: Across
    forgotten: str


@dataclass(frozen=True, slots=True)
class _Sealing:
    """A day whose final stories are being found, from the articles as they stood when that began."""

    epoch: int
    work: sealing.FinalDay
    articles: list[AnnotatedArticle]


class StoriesWriter:
    """Holds the writer's lease while it works. Blocking; used by one thread."""

    def __init__(
        self, store: Store, settings: Settings, clock: Callable[[], datetime], most_sealed: int = sealing.MOST
    ) -> None:
        """`most_sealed`: articles that a day's final stories may depend on; with more, the live ones are final."""
        self._most_sealed = most_sealed
        self._store, self._settings, self._clock = store, settings, clock
        self._token = secrets.token_hex(8)
        self._held: _Held | None = None
        self._held_until = 0.0
        self._sealing: _Sealing | None = None
        self._judge = judge(settings.similar)
        self._unranked = True
        self.grouped = 0

    def step(self) -> int:
        """Group one batch of what waits; how many articles that was (0 too while another process writes)."""
        held = self._hold()
        if not held:
            return 0
        self._correct(held)
        articles = self._store.to_group(BATCH, version=VERSION)
        if not articles:
            self._seal(held)
            return 0
        for article in articles:
            held.across.note(article)
        credits = {a.article.id: credited(a.article) for a in articles}
        self._save(held, replace(held.grouper.assign(articles), credits=credits))
        self.grouped += len(articles)
        self._unranked = True
        return len(articles)

    def look_again(self, *, everything: bool = False) -> None:
        """Look again at the stories that are due, a bounded number (`everything`: at all that wait, due or not)."""
        held = self._hold()
        if held:
            now = self._clock()
            held.across.leave(held.grouper.let_go(now))
            while True:
                looked = held.grouper.second_look(None if everything else now)
                if looked.members or looked.redirects:
                    self._save(held, looked)
                    self._unranked = True
                if not everything or not len(held.grouper.relooks) or not self._hold():
                    break

    def quote(self, stories: int = QUOTED_AT_ONCE) -> tuple[str, ...]:
        """Weigh the passages of some stories again by what their other reports state; the stories that waited."""
        if not self._hold():
            return ()
        waiting = self._store.to_quote(stories, version=QUOTE_VERSION)
        for told in waiting:
            found = list(quoted(told, self._settings.annotate))
            self._store.save_quotes(told, found, self._clock(), version=QUOTE_VERSION)
        return tuple(told.story_id for told in waiting)

    def rank(self, *, anew: bool = False) -> None:
        """Rank every edition if anything changed (`anew`: also where only time has passed)."""
        if not (anew or self._unranked) or not self._hold():
            return
        now = self._clock()
        since = now - timedelta(hours=self._settings.editions.max_age_h)
        for spec in self._store.editions():
            stories = self._store.stories_for_rank(spec.id, since)
            self._store.save_edition(spec.id, rank(spec, stories, self._settings.editions, now), now)
        self._unranked = False

    def finish(self, wait_s: float = LEASE_S + 5) -> bool:
        """Group all that waits, look again and rank; False where another process writes and goes on doing so."""
        until = time.monotonic() + wait_s
        while not self._hold() and time.monotonic() < until:
            time.sleep(0.2)
        while self.step():
            pass
        self.look_again(everything=True)
        while (held := self._hold()) and self._seal(held):
            pass
        before: tuple[str, ...] = ()
        while (told := self.quote()) and told != before:
            before = told
        self.rank(anew=True)
        return self._held is not None

    def release(self) -> None:
        """Let another process write at once."""
        if self._held is not None:
            self._store.take_writer(WRITER, self._token, self._clock(), 0.0)
            self._held = None

    def _hold(self) -> _Held | None:
        """The lease, taken or extended in time; the window is filled anew whenever it was not ours before."""
        forgotten = self._store.get_meta(FORGOTTEN)
        if self._held is not None and self._held.forgotten != forgotten:
            # What was taken down must not be named as anybody's original or neighbour.
            self._held = _Held(self._held.epoch, *self._restored(), forgotten)
        if self._held is not None and time.monotonic() < self._held_until:
            return self._held
        epoch = self._store.take_writer(WRITER, self._token, self._clock(), LEASE_S)
        self._held_until = time.monotonic() + LEASE_S / 3
        if epoch is None:
            self._held = None
        elif self._held is None or self._held.epoch != epoch:
            self._held = _Held(epoch, *self._restored(), forgotten)
        return self._held

    def _save(self, held: _Held, step: Grouped) -> None:
        """Write a step of the grouper, with what its stories are linked to in other languages now."""
        touched = sorted({story.id for story in step.stories}.union(step.redirects))
        for story in touched:
            held.across.tell(story, held.grouper.stories.members(story))
        across = tuple(link for story in touched for link in held.across.links(story))
        self._store.save_grouped(replace(step, linked=tuple(touched), across=across), self._clock(), held.epoch)

    def _correct(self, held: _Held) -> None:
        """Put into the stories what people said of them since the last step."""
        waiting = self._store.waiting_corrections()
        if not waiting:
            return
        stories = held.grouper.stories
        stories.standing = Standing(self._store.corrections())
        for correction in waiting:
            around = self._store.stories_around((*correction.one, *correction.other))
            step = correcting.apply(correction, around, self._store.free_story_id)
            self._store.save_grouped(step, self._clock(), held.epoch)
            stories.move(step.members, {s.id: s.split_from for s in step.stories})
            for article_id in step.uncopied:
                stories.recopy(article_id, None)
            if correction.withdrawn is not None:
                stories.look({s.story_id: None for s in around})
                self._save(held, held.grouper.second_look(most=0))
        self._unranked = True

    def _seal(self, held: _Held) -> bool:
        """A little of the work on the next day to be sealed; False where none is due."""
        if self._sealing is None or self._sealing.epoch != held.epoch:
            self._sealing = self._next_to_seal(held)
        if self._sealing is None:
            return False
        final = self._sealing.work.advance(SEALED_AT_ONCE)
        if final is not None:
            articles, self._sealing = self._sealing.articles, None
            if final.day == (held.grouper.stories.sealed or final.day):
                self._save_sealed(held, sealing.step(final, articles, self._store.free_story_id))
        return True

    def _next_to_seal(self, held: _Held) -> _Sealing | None:
        first, latest = self._store.stream_ends()
        while (day := sealing.next_day(held.grouper.stories.sealed, first, latest)) is not None:
            stretch = self._store.stretch(*sealing.reach(day, self._settings.similar))
            articles = list(itertools.islice(stretch, self._most_sealed + 1))
            if len(articles) <= self._most_sealed:
                work = sealing.FinalDay(day, articles, self._settings.similar, held.grouper.stories.standing)
                return _Sealing(held.epoch, work, articles)
            self._save_sealed(held, sealing.as_it_stands(day))
        return None

    def _save_sealed(self, held: _Held, step: Grouped) -> None:
        stories = held.grouper.stories
        around = self._store.stories_around(list(step.members)) if step.members else []
        staying = {s.story_id for s in around if s.article_id not in step.members}
        left = {s.story_id: step.members[s.article_id] for s in around if s.article_id in step.members}
        gone = {old: new for old, new in left.items() if old not in staying and old not in step.members.values()}
        self._store.save_grouped(replace(step, redirects=gone), self._clock(), held.epoch)
        stories.move(step.members, {s.id: s.split_from for s in step.stories})
        for copy in step.copies:
            stories.recopy(copy.article_id, copy)
        for article_id in step.uncopied:
            stories.recopy(article_id, None)
        stories.sealed = step.sealed_until
        self._unranked = self._unranked or bool(step.members)

    def _restored(self) -> tuple[Grouper, Across]:
        grouper = Grouper(self._settings.similar)
        grouper.stories.sealed = self._store.sealed_until()
        grouper.stories.standing = Standing(self._store.corrections())
        window = timedelta(days=self._settings.similar.window_days)
        across = Across(self._judge)

        def noted() -> Iterator[AnnotatedArticle]:
            for article in self._store.window(self._clock() - min(window, LONGEST_WINDOW)):
                across.note(article)
                yield article

        grouper.restore(noted())
        for story in grouper.stories.ids():
            across.tell(story, grouper.stories.members(story))
        return grouper, across


def put_editions(store: Store, settings: Settings) -> None:
    """The configured editions, as the store must know them."""
    store.put_editions(edition_specs(settings.editions))
