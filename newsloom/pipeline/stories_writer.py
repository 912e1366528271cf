"""The one writer of stories: what was annotated is grouped, looked at again, ranked, and saved step by step."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from newsloom.annotate.credits import credited
from newsloom.config import Settings, edition_specs
from newsloom.editions import rank
from newsloom.errors import StoreError
from newsloom.pipeline import correcting, sealing
from newsloom.pipeline.compared import VERSION as COMPARED
from newsloom.pipeline.grouping import VERSION
from newsloom.pipeline.memory import Memory
from newsloom.pipeline.memory_files import MemoryFiles, without_collecting
from newsloom.pipeline.quoting import QUOTE_VERSION, quoted
from newsloom.segments import Unusable
from newsloom.similar.dense import judge
from newsloom.store.protocol import FORGOTTEN, MARK, WRITER, Store
from newsloom.types import AnnotatedArticle, Grouped, Rejected

T = TypeVar("T")

LEASE_S = 15.0
BATCH = 100
SEALED_AT_ONCE = 100  # articles: live news waits no longer than for these
QUOTED_AT_ONCE = 10  # stories, so that what arrives meanwhile does not wait
LONGEST_WINDOW = timedelta(days=36_500)
KEPT_SHARE = 1 / 25  # of the window: so many new articles, and the memory is written to files anew
KEPT_LEAST = 2_000  # articles


@dataclass(frozen=True, slots=True)
class _Held:
    """The lease, and what is remembered under it."""

    epoch: int
    memory: Memory
    files: MemoryFiles
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
        self._leased = False
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
        self._keep(held, waiting=bool(articles))
        if not articles:
            self._seal(held)
            return 0
        credits = {a.article.id: credited(a.article) for a in articles}
        self._write(held, replace(held.memory.assign(articles), credits=credits))
        self.grouped += len(articles)
        self._unranked = True
        return len(articles)

    def look_again(self, *, everything: bool = False) -> None:
        """Look again at the stories that are due, a bounded number (`everything`: at all that wait, due or not)."""
        held = self._hold()
        if held:
            now = self._clock()
            self._store.drop_compared(held.memory.let_go(now))
            while True:
                looked = held.memory.look(None if everything else now)
                if looked.members or looked.redirects:
                    self._write(held, looked)
                    self._unranked = True
                if not everything or not len(held.memory.grouper.relooks) or not self._hold():
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
        held = self._held
        if held is not None:
            with suppress(StoreError):
                self._keep(held, waiting=False)
            held.files.close()
        if self._leased:
            self._store.take_writer(WRITER, self._token, self._clock(), 0.0)
        self._held, self._leased = None, False

    def _hold(self) -> _Held | None:
        """The lease, taken or extended in time; the window is filled anew whenever it was not ours before."""
        forgotten = self._store.get_meta(FORGOTTEN)
        if self._held is not None and self._held.forgotten != forgotten:
            # What was taken down must not be named as anybody's original or neighbour.
            self._held.files.close()
            self._held = self._remembered(self._held.epoch, forgotten)
        if self._held is not None and time.monotonic() < self._held_until:
            return self._held
        epoch = self._extended()
        if epoch is None:
            if self._held is not None:
                self._held.files.close()
            self._held = None
        elif self._held is None or self._held.epoch != epoch:
            self._held = self._remembered(epoch, forgotten)
        return self._held

    def _extended(self) -> int | None:
        epoch = self._store.take_writer(WRITER, self._token, self._clock(), LEASE_S)
        self._held_until = time.monotonic() + LEASE_S / 3
        self._leased = epoch is not None
        return epoch

    def _remembered(self, epoch: int, forgotten: str) -> _Held:
        """What the files have, exactly; else what the store has."""
        files = MemoryFiles(Path(f"{self._store.where}-window"), self._settings.similar)
        memory = Memory(self._settings.similar, self._judge, files.keep)
        mark = self._store.get_meta(MARK)
        try:
            files.load(mark, forgotten, memory)
        except Unusable as why:
            if mark:
                self._say(why.reason, str(why))
            memory = self._from_store(files)
            files.begin(memory, forgotten)
        memory.log = files.log
        held = _Held(epoch, memory, files, forgotten)
        self._tell_mark(held)
        return held

    def _from_store(self, files: MemoryFiles) -> Memory:
        memory = Memory(self._settings.similar, self._judge, files.keep)
        memory.grouper.stories.sealed = self._store.sealed_until()
        memory.hear(self._store.corrections())
        window = timedelta(days=self._settings.similar.window_days)
        since = self._clock() - min(window, LONGEST_WINDOW)
        again = self._store.window(since, compared_by=COMPARED)
        with without_collecting():
            memory.restore(self._extending(again), self._extending(self._store.recall(since, COMPARED)))
        return memory

    def _extending(self, articles: Iterator[T]) -> Iterator[T]:
        """Keep the lease while these are treated."""
        for article in articles:
            if time.monotonic() > self._held_until:
                self._extended()
            yield article

    def _keep(self, held: _Held, *, waiting: bool) -> None:
        """Write the memory to files anew where much came since; where articles are waiting, only where it was more."""
        due = max(KEPT_LEAST, KEPT_SHARE * len(held.memory.grouper.similar))
        if held.memory.articles >= (due if waiting else due / 4):
            self._extended()
            held.files.begin(held.memory, held.forgotten)
            self._tell_mark(held)

    def _tell_mark(self, held: _Held) -> None:
        if held.files.broken:
            self._say("unwritable", held.files.broken)
        self._write(held, Grouped())
        held.files.tidy()

    def _say(self, reason: str, detail: str) -> None:
        self._store.reject([Rejected(stage="stories", reason=f"window-{reason}", detail=detail)], self._clock())

    def _write(self, held: _Held, step: Grouped) -> None:
        """Save a step; where that fails, the memory is ahead of the store and is taken up anew."""
        try:
            self._store.save_grouped(replace(step, mark=held.files.mark), self._clock(), held.epoch)
        except BaseException:
            held.files.close()
            self._held = None
            raise

    def _correct(self, held: _Held) -> None:
        """Put into the stories what people said of them since the last step."""
        waiting = self._store.waiting_corrections()
        if not waiting:
            return
        held.memory.hear(self._store.corrections())
        for correction in waiting:
            around = self._store.stories_around((*correction.one, *correction.other))
            step = correcting.apply(correction, around, self._store.free_story_id)
            if correction.withdrawn is not None:
                looked = held.memory.look_at({s.story_id: None for s in around})
                self._write(held, replace(looked, corrected=step.corrected))
            else:
                held.memory.follow(step)
                self._write(held, step)
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
            if final.day == (held.memory.grouper.stories.sealed or final.day):
                self._save_sealed(held, sealing.step(final, articles, self._store.free_story_id))
        return True

    def _next_to_seal(self, held: _Held) -> _Sealing | None:
        first, latest = self._store.stream_ends()
        while (day := sealing.next_day(held.memory.grouper.stories.sealed, first, latest)) is not None:
            stretch = self._store.stretch(*sealing.reach(day, self._settings.similar))
            articles = list(itertools.islice(stretch, self._most_sealed + 1))
            if len(articles) <= self._most_sealed:
                work = sealing.FinalDay(day, articles, self._settings.similar, held.memory.grouper.stories.standing)
                return _Sealing(held.epoch, work, articles)
            self._save_sealed(held, sealing.as_it_stands(day))
        return None

    def _save_sealed(self, held: _Held, step: Grouped) -> None:
        around = self._store.stories_around(list(step.members)) if step.members else []
        staying = {s.story_id for s in around if s.article_id not in step.members}
        left = {s.story_id: step.members[s.article_id] for s in around if s.article_id in step.members}
        gone = {old: new for old, new in left.items() if old not in staying and old not in step.members.values()}
        step = replace(step, redirects=gone)
        held.memory.follow(step)
        self._write(held, step)
        self._unranked = self._unranked or bool(step.members)


def put_editions(store: Store, settings: Settings) -> None:
    """The configured editions, as the store must know them."""
    store.put_editions(edition_specs(settings.editions))
