"""A writer that is stopped, killed or replaced at any moment leaves the same store as one that never was."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from newsloom import config, segments
from newsloom.errors import StoreError
from newsloom.pipeline import sealing, stories_writer
from newsloom.pipeline.stories_writer import StoriesWriter, put_editions
from newsloom.similar import Similar, index, match
from newsloom.store import SqlStore, open_store
from newsloom.store.keys import article_id, link_key
from newsloom.store.protocol import NewEntry
from newsloom.types import AnnotatedArticle, Entry
from tests.store_kit import rows
from tests.test_sagas import Press

DAYS = 8
SHARE = 0.3  # of the steps after which the writer is stopped or killed


def stream() -> list[AnnotatedArticle]:
    """A week of events on topics that overlap, with look-alikes, copies and lone articles."""
    press, rng = Press(5), random.Random(6)
    topics = [press.topic() for _ in range(3)]
    found: list[AnnotatedArticle] = []
    for n in range(40):
        topic, event = topics[n % 3], press.event()
        begin, reports = rng.uniform(0, 24 * (DAYS - 2)), rng.choice((1, 1, 2, 3, 5, 9))
        span = rng.choice((6, 30, 60))
        text = press.prose(topic, event)
        for k in range(reports):
            hours = min(begin + span * k / reports, 24 * DAYS - 1)
            copied = rng.random() < 0.3
            found.append(press.report(topic, event, hours=hours, source=f"o{n}-{k}", text=text if copied else ""))
    return sorted(found, key=lambda a: (a.first_seen, a.article.id))


STREAM = stream()


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "GROWING", 2)
        patch.setattr(index, "LARGEST", 32)
        patch.setattr(match, "RUNS_IN_WINDOW", 1)
        patch.setattr(stories_writer, "KEPT_LEAST", 12)
        yield


class Saved(StoreError):
    """Killed when a step was written."""


class Failing:
    """The store, but for what fails now and then: before anything was written, or after all was."""

    def __init__(self, store: SqlStore, rng: random.Random, share: float) -> None:
        self._store, self._rng, self._share = store, rng, share

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def save_grouped(self, *told: Any) -> None:
        dice = self._rng.random()
        if dice < self._share / 2:
            raise StoreError("killed before")
        self._store.save_grouped(*told)
        if dice < self._share:
            step = told[0]
            raise (Saved if step.members or step.redirects else StoreError)("killed after")


class Newsroom:
    """A store that is fed in a fixed order, at fixed times, with an edit, a correction and its withdrawal."""

    def __init__(self, path: Path, seed: int | None = None) -> None:
        self.settings = config.load({"NEWSLOOM_DB": str(path), "NEWSLOOM_SIMILAR_WINDOW_DAYS": "3"})
        self.store: SqlStore = open_store(self.settings.store)
        put_editions(self.store, self.settings)
        self.now = STREAM[0].first_seen
        self.rng = random.Random(seed)
        self.harmed = seed is not None
        self.restarts = 0
        self.folder = Path(self.store.where + "-window")
        self.writer = self.writing()

    def writing(self) -> StoriesWriter:
        store = Failing(self.store, self.rng, SHARE if self.harmed else 0.0)
        return StoriesWriter(store, self.settings, lambda: self.now)  # type: ignore[arg-type]

    def bring(self, n: int) -> None:
        each = STREAM[n]
        source = each.article.source_id
        url = f"https://{source}.example/{each.article.id}"
        key = link_key(url)
        article = replace(each.article, id=article_id(source, key), url=url, date_published=each.shown_at)
        entry = NewEntry(id=article.id, keys=(key,), entry=Entry(link=url), article=article)
        annotations = replace(each.annotations, article_id=article.id)
        self.store.import_articles([(entry, annotations)], each.first_seen)
        self.now = max(self.now, each.first_seen)

    def steps(self) -> None:
        """Group and seal until nothing is left, over as many writers as it takes."""
        while True:
            with suppress(StoreError):
                if self.writer.step() == 0 and not self.to_seal():
                    return
            self.harm()

    def to_seal(self) -> bool:
        return sealing.next_day(self.store.sealed_until(), *self.store.stream_ends()) is not None

    def look(self) -> None:
        with suppress(Saved):
            while True:
                try:
                    return self.writer.look_again()
                except Saved:
                    self.killed()
                    raise
                except StoreError:
                    self.killed()

    def harm(self) -> None:
        if self.harmed and self.rng.random() < SHARE:
            self.stopped() if self.rng.random() < 0.5 else self.killed()

    def killed(self) -> None:
        self.restarts += 1
        self.writer = self.writing()
        # The dead process's lease has run out.
        self.store.take_writer("stories", self.writer._token, self.now + timedelta(days=30_000), 0.0)
        with self.store._write() as connection:
            connection.exec_driver_sql("UPDATE leases SET until = 0")

    def stopped(self) -> None:
        self.restarts += 1
        self.writer.release()
        self.writer = self.writing()

    def run(self) -> list[Any]:
        for n in range(len(STREAM)):
            self.bring(n)
            if n % 2:
                self.steps()
            if n % 7 == 6:
                self.look()
            if n == 60:
                story, member = self.grown()
                assert self.store.split_story(story, [member], self.now)
            if n == 75:
                [correction] = self.store.corrections()
                assert self.store.withdraw_correction(correction.seq, self.now)
        self.steps()
        return self.told()

    def grown(self) -> tuple[str, str]:
        asked = "SELECT story_id, min(id) FROM articles WHERE story_id <> '' AND copy_of = ''"
        found = rows(self.store, asked + " GROUP BY story_id ORDER BY count(*) DESC, story_id LIMIT 1")
        return str(found[0][0]), str(found[0][1])

    def told(self) -> list[Any]:
        """All that grouping wrote."""
        return [
            list(rows(self.store, question))
            for question in (
                "SELECT id, story_id, copy_of, copy_kind, containment, group_version FROM articles ORDER BY id",
                "SELECT article_id, other_id, score, kind, evidence FROM similarities ORDER BY article_id, other_id",
                "SELECT id, founded_by, lead_id, members, reports, copies, split_from FROM stories ORDER BY id",
                "SELECT old_id, story_id FROM story_redirects ORDER BY old_id",
                "SELECT value FROM meta WHERE key = 'sealed-until'",
            )
        ]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    room = Newsroom(tmp_path_factory.mktemp("plain") / "news.db")
    told = room.run()
    room.store.close()
    return told


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_writer_that_is_stopped_and_killed_tells_the_same(plain: list[Any], tmp_path: Path, seed: int) -> None:
    room = Newsroom(tmp_path / "news.db", seed)
    found = room.run()
    assert room.restarts > 20
    assert found == plain
    assert not rows(room.store, "SELECT * FROM rejected WHERE reason LIKE 'window-%'")
    assert len(list(room.folder.glob("state-*"))) == len(list(room.folder.glob("journal-*"))) == 1
    room.store.close()


def test_a_memory_made_anew_each_time_would_show(plain: list[Any], tmp_path: Path) -> None:
    """What only the files have makes a difference here, so the test above tells that it came from them."""
    room = Newsroom(tmp_path / "news.db")

    def anew(n: int) -> None:
        room.stopped()
        for path in room.folder.glob("*"):
            path.unlink()
        bring(n)

    bring, room.bring = room.bring, anew  # type: ignore[method-assign]
    assert room.run() != plain
    room.store.close()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def by_others(path: Path) -> None:
    """What another release wrote is whole, but its own."""
    segments.write(path, "state", "another release", {}, {})


@pytest.mark.parametrize(
    ("which", "harm", "reason"),
    [
        ("state-*", flipped, "window-damaged"),
        ("state-*", cut, "window-damaged"),
        ("state-*", by_others, "window-foreign"),
        ("state-*", Path.unlink, "window-missing"),
        ("journal-*", flipped, "window-damaged"),
        ("journal-*", cut, "window-damaged"),
        ("journal-*", Path.unlink, "window-missing"),
        ("run-*", flipped, "window-damaged"),
        ("run-*", Path.unlink, "window-missing"),
    ],
)
def test_harmed_files_are_told_of_and_made_anew(
    tmp_path: Path, which: str, harm: Callable[[Path], None], reason: str
) -> None:
    room = Newsroom(tmp_path / "news.db")
    for n in range(70):
        room.bring(n)
    room.steps()
    before = room.told()
    harm(next(room.folder.glob(which)))
    room.killed()
    room.steps()
    [(told,)] = rows(room.store, "SELECT reason FROM rejected WHERE reason LIKE 'window-%'")
    assert told == reason
    assert room.told() == before
    room.bring(70)
    assert room.writer.step() == 1
    room.killed()
    room.bring(71)
    assert room.writer.step() == 1
    assert len(rows(room.store, "SELECT reason FROM rejected WHERE reason LIKE 'window-%'")) == 1
    room.store.close()


def test_a_folder_that_can_not_be_written_is_done_without(plain: list[Any], tmp_path: Path) -> None:
    room = Newsroom(tmp_path / "news.db")
    room.folder.write_text("in the way")
    assert room.run() == plain
    assert rows(room.store, "SELECT DISTINCT reason FROM rejected WHERE stage = 'stories'") == [("window-unwritable",)]
    room.store.close()


def test_what_was_taken_down_is_not_in_the_files_any_more(tmp_path: Path) -> None:
    room = Newsroom(tmp_path / "news.db")
    for n in range(70):
        room.bring(n)
    room.steps()
    [(gone, url)] = rows(room.store, "SELECT id, url FROM articles ORDER BY id LIMIT 1")
    assert any(str(gone).encode() in path.read_bytes() for path in room.folder.iterdir())
    room.store.forget(str(url), room.now)
    room.killed()
    room.writer.step()
    assert not any(str(gone).encode() in path.read_bytes() for path in room.folder.iterdir())
    room.store.close()


@pytest.mark.parametrize("alone", [False, True], ids=["files", "store alone"])
def test_what_is_a_bare_headline_is_known_after_a_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alone: bool
) -> None:
    press = Press(8)
    topic, event = press.topic(), press.event()
    told = [press.report(topic, event, hours=n, source=f"o{n}", words=90 * (n % 3 > 0)) for n in range(30)]
    monkeypatch.setitem(globals(), "STREAM", told)
    room = Newsroom(tmp_path / "news.db")
    for n in range(len(told)):
        room.bring(n)
        room.writer.step()
    names = {str(name): source for name, source in rows(room.store, "SELECT id, source_id FROM articles")}
    room.killed()
    if alone:
        room.writer.release()
        shutil.rmtree(room.folder)
        room.writer = room.writing()
    held = room.writer._hold()
    assert held is not None
    stories = held.memory.grouper.stories
    bare = {source for name, source in names.items() if (known := stories.known(name)) and known.bare}
    assert bare == {f"o{n}" for n in range(0, 30, 3)}
    room.store.close()


def between(similar: Similar, name: str, ids: list[str]) -> list[float]:
    """Log-odds of an article of the window against others."""
    language, row = similar._place(name) or ("", 0)
    return similar.logits(language, similar._windows[language].vector(row), ids)


def test_the_store_alone_gives_what_was_compared(tmp_path: Path) -> None:
    room = Newsroom(tmp_path / "news.db")
    for n in range(len(STREAM)):
        room.bring(n)
        room.writer.step()
        if n % 20 == 10:
            room.look()
    held = room.writer._hold()
    assert held is not None
    before = held.memory.grouper
    room.stopped()
    shutil.rmtree(room.folder)
    held = room.writer._hold()
    assert held is not None
    after = held.memory.grouper
    ids = [str(name) for (name,) in rows(room.store, "SELECT id FROM articles ORDER BY id") if name in after.similar]
    assert len(ids) > 30
    for name in ids:
        assert after.stories.story_of(name) == before.stories.story_of(name)
        assert after.stories.copy_of(name) == before.stories.copy_of(name)
        near = {other: logit for other, logit in before.stories.near(name).items() if other in after.similar}
        assert after.stories.near(name) == near
        assert between(after.similar, name, ids[:5]) == pytest.approx(between(before.similar, name, ids[:5]), abs=0.5)
    with room.store._read() as connection:
        kept = connection.exec_driver_sql("SELECT count(*) FROM compared").scalar()
    assert kept is not None
    assert len(ids) <= kept < len(STREAM)
    room.store.close()
