"""People's corrections through the pipeline: applied at once, kept in every later look and after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from newsloom import config
from newsloom.config import Settings
from newsloom.pipeline.stories_writer import StoriesWriter
from newsloom.store import SqlStore
from newsloom.store.lookup import list_stories
from newsloom.store.reading import Reading
from newsloom.stories import Standing
from newsloom.types import Correction, CorrectionKind
from tests.collecting import nine_outlets
from tests.store_kit import rows
from tests.test_similar_news import NOW, OTHER, SIX, bring, one_by_one

LATER = NOW + timedelta(hours=3)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return config.load({"NEWSLOOM_DB": str(tmp_path / "news.db")})


@pytest.fixture
def store(settings: Settings) -> Iterator[SqlStore]:
    with nine_outlets(settings, NOW) as store:
        yield store


@pytest.fixture
def writer(store: SqlStore, settings: Settings) -> StoriesWriter:
    return StoriesWriter(store, settings, lambda: LATER)


def story_of(store: SqlStore, article_id: str) -> str:
    return str(rows(store, "SELECT story_id FROM articles WHERE id = :id", id=article_id)[0][0])


def together(store: SqlStore, *ids: str) -> bool:
    return len({story_of(store, i) for i in ids}) == 1


def restarted(store: SqlStore, settings: Settings, before: StoriesWriter) -> StoriesWriter:
    before.release()
    return StoriesWriter(store, settings, lambda: LATER)


def test_a_split_is_applied_and_stays_through_looks_and_restarts(
    store: SqlStore, writer: StoriesWriter, settings: Settings
) -> None:
    ids = one_by_one(store, writer, SIX[:5])
    old = story_of(store, ids[0])
    seq = store.split_story(old, ids[3:], LATER)
    writer.step()
    new = story_of(store, ids[3])
    assert together(store, *ids[:3])
    assert together(store, *ids[3:])
    assert (story_of(store, ids[0]), new) == (old, f"s{ids[3]}-2")
    assert rows(store, "SELECT split_from, members, reports, lead_id FROM stories WHERE id = :id", id=new) in (
        [(old, 2, 2, ids[3])],
        [(old, 2, 2, ids[4])],
    )
    assert [c.seq for c in store.corrections() if c.applied] == [seq]
    writer.look_again(everything=True)
    late = bring(store, 5, SIX[5])
    writer.step()
    assert story_of(store, late) in (old, new)
    again = restarted(store, settings, writer)
    bring(store, 7, OTHER)
    assert again.finish()
    assert not together(store, ids[0], ids[3])
    assert together(store, *ids[:3])


def test_not_this_takes_an_article_out_for_good(store: SqlStore, writer: StoriesWriter, settings: Settings) -> None:
    ids = one_by_one(store, writer, SIX[:4])
    store.part_article(ids[1], LATER)
    writer.step()
    assert together(store, ids[0], *ids[2:])
    assert not together(store, *ids[:2])
    writer.look_again(everything=True)
    again = restarted(store, settings, writer)
    bring(store, 4, SIX[4])
    assert again.finish()
    assert not together(store, *ids[:2])


def test_not_this_of_a_copy_makes_it_no_copy(store: SqlStore, writer: StoriesWriter) -> None:
    first, second, third = one_by_one(store, writer, [SIX[0], ("Kestrel aground", SIX[0][1]), SIX[2]])
    assert [line.id for line in Reading(store.reader).article(first).copies] == [second]  # type: ignore[union-attr]
    store.part_article(second, LATER)
    writer.step()
    writer.look_again(everything=True)
    assert rows(store, "SELECT id FROM articles WHERE copy_of != ''") == []
    assert together(store, first, third)
    assert not together(store, first, second)


def test_a_merge_redirects_the_smaller_story_for_good(
    store: SqlStore, writer: StoriesWriter, settings: Settings
) -> None:
    ids = one_by_one(store, writer, SIX[:3])
    lone = bring(store, 7, OTHER)
    writer.step()
    big, small = story_of(store, ids[0]), story_of(store, lone)
    store.merge_stories(small, big, LATER)
    writer.step()
    assert together(store, *ids, lone)
    assert story_of(store, lone) == big
    assert Reading(store.reader).successor(small) == big
    writer.look_again(everything=True)
    again = restarted(store, settings, writer)
    bring(store, 4, SIX[4])
    assert again.finish()
    assert together(store, *ids, lone)
    assert rows(store, "SELECT count(*) FROM stories WHERE id = :id", id=small) == [(0,)]


def test_a_withdrawn_correction_leaves_it_to_the_machine(store: SqlStore, writer: StoriesWriter) -> None:
    ids = one_by_one(store, writer, SIX[:4])
    seq = store.part_article(ids[1], LATER)
    writer.step()
    assert not together(store, *ids[:2])
    store.withdraw_correction(seq, LATER)
    writer.step()
    assert together(store, *ids)
    assert store.waiting_corrections() == []


def test_stories_that_left_the_window_are_corrected_too(
    store: SqlStore, writer: StoriesWriter, settings: Settings
) -> None:
    ids = one_by_one(store, writer, SIX[:4])
    writer.release()
    month = StoriesWriter(store, settings, lambda: LATER + timedelta(days=60))
    store.split_story(story_of(store, ids[0]), ids[2:], LATER)
    month.step()
    assert together(store, *ids[2:])
    assert not together(store, ids[0], ids[2])
    store.merge_stories(story_of(store, ids[0]), story_of(store, ids[2]), LATER)
    month.step()
    assert together(store, *ids)


def test_the_list_of_stories_tells_where_each_came_from(store: SqlStore, writer: StoriesWriter) -> None:
    ids = one_by_one(store, writer, SIX[:3])
    lone = bring(store, 7, OTHER)
    writer.step()
    big, small = story_of(store, ids[0]), story_of(store, lone)
    store.merge_stories(small, big, LATER)
    writer.step()
    store.part_article(ids[2], LATER)
    writer.step()
    told = {each["id"]: each for each in list_stories(store.reader)}
    assert small in told[big]["merged_from"]
    assert told[story_of(store, ids[2])]["split_from"] == big
    assert (told[big]["split_from"], told[big]["final"]) == (None, False)


# Kinships and feuds


def said(kind: CorrectionKind, one: str, other: str, seq: int) -> Correction:
    return Correction(seq=seq, kind=kind, at=NOW, one=tuple(one), other=tuple(other))


def test_nobody_spoke_so_nothing_stands() -> None:
    nothing = Standing()
    assert not nothing
    assert nothing.kin("a") == "a"
    assert nothing.foes("a") == frozenset()


def test_merged_articles_are_kin_and_split_ones_feud() -> None:
    standing = Standing([said("merge", "ab", "cd", 1), said("split", "xy", "z", 2)])
    assert len({standing.kin(i) for i in "abcd"}) == 1
    assert standing.kin("x") == standing.kin("y")
    assert standing.foes("z") == frozenset("xy")
    assert standing.apart("x", "z")
    assert standing.foes("a") == frozenset()


def test_what_is_kin_shares_its_feuds() -> None:
    standing = Standing([said("merge", "a", "b", 1), said("not-this", "x", "a", 2)])
    assert standing.apart("x", "b")
    assert standing.foes("x") == frozenset("ab")


def test_the_newest_word_counts() -> None:
    first, second = said("merge", "ab", "c", 1), said("not-this", "c", "ab", 2)
    standing = Standing([first, second])
    assert standing.kin("a") == standing.kin("b")
    assert standing.apart("c", "a")
    turned = Standing([said("not-this", "c", "ab", 1), said("merge", "ab", "c", 2)])
    assert turned.kin("a") == turned.kin("c")
    assert not turned.apart("a", "c")


def test_a_withdrawn_word_does_not_count() -> None:
    gone = Correction(seq=1, kind="merge", at=NOW, one=("a",), other=("b",), withdrawn=NOW)
    assert not Standing([gone])
