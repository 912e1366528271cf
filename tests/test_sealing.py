"""Live and final: however a stream comes in, its sealed stories are the same; live ids stay where they can."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newsloom import config
from newsloom.pipeline import sealing
from newsloom.pipeline.stories_writer import StoriesWriter, put_editions
from newsloom.store import SqlStore, open_store
from newsloom.store.keys import article_id, link_key
from newsloom.store.lookup import list_stories
from newsloom.store.protocol import NewEntry
from newsloom.types import AnnotatedArticle, Entry
from tests.store_kit import rows
from tests.test_sagas import START, Press

DAYS = 9


def stream() -> list[AnnotatedArticle]:
    """Nine days of events on a few topics that overlap, with look-alikes, sagas, copies and lone articles."""
    press, rng = Press(21), random.Random(4)
    topics = [press.topic() for _ in range(3)]
    found: list[AnnotatedArticle] = []
    for n in range(24):
        topic, event = topics[n % 3], press.event()
        begin, reports = rng.uniform(0, 24 * (DAYS - 2)), rng.choice((1, 1, 2, 3, 5, 9))
        span = rng.choice((6, 30, 100))
        text = press.prose(topic, event)
        for k in range(reports):
            hours = min(begin + span * k / reports, 24 * DAYS - 1)
            copied = rng.random() < 0.2
            found.append(press.report(topic, event, hours=hours, source=f"o{n}-{k}", text=text if copied else ""))
    found += [press.report(topics[0], press.event(), hours=24 * DAYS + 72 + k, source=f"end{k}") for k in range(2)]
    return sorted(found, key=lambda a: (a.first_seen, a.article.id))


STREAM = stream()


class Room:
    """A store and its writer, whose clock is what was imported last."""

    def __init__(self, path: Path) -> None:
        self.settings = config.load({"NEWSLOOM_DB": str(path)})
        self.store: SqlStore = open_store(self.settings.store)
        put_editions(self.store, self.settings)
        self.now = START
        self.writer = self.restarted()

    def restarted(self) -> StoriesWriter:
        if hasattr(self, "writer"):
            self.writer.release()
        self.writer = StoriesWriter(self.store, self.settings, lambda: self.now)
        return self.writer

    def bring(self, articles: Sequence[AnnotatedArticle]) -> None:
        for each in articles:
            source = each.article.source_id
            url = f"https://{source}.example/{each.article.id}"
            key = link_key(url)
            article = _renamed(each.article, id=article_id(source, key), url=url, date_published=each.shown_at)
            entry = NewEntry(id=article.id, keys=(key,), entry=Entry(link=url), article=article)
            annotations = _renamed(each.annotations, article_id=article.id)
            assert self.store.import_articles([(entry, annotations)], each.first_seen) == 1
            self.now = max(self.now, each.first_seen)

    def work(self) -> None:
        while self.writer.step():
            pass
        self.writer.look_again()

    def final(self) -> str:
        """All that is final, word by word: members, copies, counts; stories named by their first members."""
        until = self.store.sealed_until()
        assert until is not None
        told = rows(
            self.store,
            "SELECT id, story_id, copy_of, copy_kind, containment FROM articles WHERE first_seen < :until"
            " ORDER BY first_seen, id",
            until=int(until.timestamp() * 1000),
        )
        first: dict[str, str] = {}
        for name, story, *_ in told:
            first.setdefault(str(story), str(name))
        return "\n".join(f"{name} {first[str(story)]} {rest}" for name, story, *rest in told)


def _renamed(record: Any, **values: Any) -> Any:
    import dataclasses

    return dataclasses.replace(record, **values)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "news.db")
    yield made
    made.store.close()


def live(room: Room) -> None:
    for article in STREAM:
        room.bring([article])
        room.work()


def shuffled(room: Room) -> None:
    """No article comes more than a day after others that were first seen later."""
    rng = random.Random(8)
    late = sorted(STREAM, key=lambda a: a.first_seen + timedelta(hours=rng.uniform(0, 23)))
    for n in range(0, len(late), 3):
        room.bring(late[n : n + 3])
        room.work()


def batches(room: Room) -> None:
    for n in range(0, len(STREAM), 40):
        room.bring(STREAM[n : n + 40])
        room.work()
        room.restarted()


def one_go(room: Room) -> None:
    room.bring(STREAM)


def replayed(path: Path, way: Any) -> tuple[str, datetime | None]:
    room = Room(path)
    way(room)
    assert room.writer.finish()
    told = room.final(), room.store.sealed_until()
    room.store.close()
    return told


def test_one_stream_gives_the_same_final_stories_however_it_comes_in(tmp_path: Path) -> None:
    told = [replayed(tmp_path / f"{way.__name__}.db", way) for way in (live, shuffled, batches, one_go)]
    assert told[0][1] == START.replace(hour=0) + timedelta(days=DAYS)
    assert told[0][0].count("\n") > 50
    assert len({final for final, _ in told}) == 1
    assert len({until for _, until in told}) == 1
    store = Room(tmp_path / "live.db").store
    said = [(each["final"], each["first_seen"]) for each in list_stories(store.reader)]
    store.close()
    assert any(final for final, _ in said)
    assert not all(final for final, _ in said)


def test_nothing_is_sealed_before_the_stream_has_passed_it(room: Room) -> None:
    early = [a for a in STREAM if a.first_seen < START + timedelta(days=3)]
    room.bring(early)
    assert room.writer.finish()
    assert room.store.sealed_until() is None


def test_what_is_sealed_is_moved_by_people_alone(room: Room) -> None:
    room.bring(STREAM)
    assert room.writer.finish()
    before = room.final()
    story = rows(room.store, "SELECT id FROM stories WHERE members > 3 ORDER BY id LIMIT 1")[0][0]
    members = [r[0] for r in rows(room.store, "SELECT id FROM articles WHERE story_id = :s ORDER BY id", s=story)]
    room.restarted()
    room.writer.look_again(everything=True)
    assert room.final() == before
    room.store.split_story(story, members[:1], room.now)
    assert room.writer.finish()
    assert room.final() != before


def test_sealing_keeps_the_live_id_that_is_shared_most(room: Room) -> None:
    room.bring(STREAM)
    while room.writer.step():
        pass
    live = dict(rows(room.store, "SELECT id, story_id FROM articles"))
    assert room.writer.finish()
    final = dict(rows(room.store, "SELECT id, story_id FROM articles"))
    kept = sum(live[i] == final[i] for i in live)
    assert kept >= 0.9 * len(live)
    known = {r[0] for r in rows(room.store, "SELECT id FROM stories")}
    ends = {r[0]: r[1] for r in rows(room.store, "SELECT old_id, story_id FROM story_redirects")}
    assert all(story in known or ends.get(story) in known for story in live.values())


def test_days_of_more_articles_than_fit_are_sealed_as_they_stand(room: Room) -> None:
    room.bring(STREAM)
    while room.writer.step():
        pass
    live = dict(rows(room.store, "SELECT id, story_id FROM articles"))
    room.writer.release()
    few = StoriesWriter(room.store, room.settings, lambda: room.now, most_sealed=3)
    few.step()
    assert room.store.sealed_until() == START.replace(hour=0) + timedelta(days=DAYS)
    assert dict(rows(room.store, "SELECT id, story_id FROM articles")) == live
    few.release()


def test_the_clock_is_the_streams() -> None:
    first = START
    assert sealing.next_day(None, None, None) is None
    assert sealing.next_day(None, first, first + timedelta(days=3)) is None
    day = START.replace(hour=0)
    assert sealing.next_day(None, first, day + timedelta(days=4)) == day
    assert sealing.next_day(day + timedelta(days=1), first, day + timedelta(days=4)) is None
