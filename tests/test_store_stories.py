"""Stories in the store: grouping, merging, copies, links, ranking, and what forgetting leaves."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from newsloom.config import StoreSettings
from newsloom.errors import StoreError
from newsloom.store import SqlStore, open_store
from newsloom.types import Copy, Evidence, Grouped, Placement, Similarity, Source
from tests.store_kit import (
    NOW,
    add_source,
    annotations,
    arrived,
    group,
    later,
    new_entry,
    opened,
    poll,
    read_all,
    rows,
    story,
    value,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = opened(tmp_path)
    yield store
    store.close()


def copy(article_id: str, original_id: str) -> Copy:
    return Copy(article_id=article_id, original_id=original_id, kind="wire", containment=0.9)


def like(one: str, other: str, score: float) -> Similarity:
    return Similarity(article_id=one, other_id=other, score=score, kind="same", evidence=Evidence(names=("Ada",)))


def copies(store: SqlStore) -> dict[str, str]:
    return dict(rows(store, "SELECT id, copy_of FROM articles WHERE copy_of != ''"))  # type: ignore[arg-type]


# The writer


def test_articles_are_grouped_in_the_order_in_which_they_were_seen(store: SqlStore) -> None:
    feed = add_source(store)
    poll(store, feed, new_entry("https://s.example/late"), now=later(seconds=9))
    poll(store, feed, *(new_entry(f"https://s.example/{n}") for n in range(5)))
    read_all(store, later(seconds=9))
    waiting = store.to_group(9, version=1)
    order = [(each.first_seen, each.article.id) for each in waiting]
    assert order == sorted(order)
    assert len(order) == 6


def test_one_step_sets_stories_and_the_window_gives_them_back(store: SqlStore) -> None:
    a, b = arrived(store, "a", "b")
    group(store, story("one", a, b), copies=(copy(b, a),), links=(like(a, b, 0.5),))
    assert store.to_group(9, version=1) == []
    window = {each.article.id: each for each in store.window(later(days=-7))}
    assert window[b].copy == copy(b, a)
    assert (window[a].story_id, window[a].copy, window[a].article.paragraphs) == ("one", None, ())
    assert window[a].annotations == annotations(a, "One sentence.\nAnother one.")
    assert list(store.window(NOW)) == []
    assert rows(store, "SELECT members, reports FROM stories") == [(2, 2)]


def test_articles_of_an_older_grouping_come_after_the_new(store: SqlStore) -> None:
    (a,) = arrived(store, "a")
    group(store, story("one", a))
    (b,) = arrived(store, "b")
    assert [each.article.id for each in store.to_group(9, version=2)] == [b]
    group(store, story("two", b))
    assert {each.article.id for each in store.to_group(9, version=2)} == {a, b}


def test_only_the_holder_of_the_epoch_writes(store: SqlStore) -> None:
    (a,) = arrived(store, "a")
    first = store.take_writer("stories", "first", NOW, 60)
    assert first is not None
    assert store.take_writer("stories", "second", later(seconds=59), 60) is None
    assert store.take_writer("stories", "first", later(seconds=59), 60) == first
    second = store.take_writer("stories", "second", later(seconds=120), 60)
    assert second == first + 1
    step = Grouped(done=(a,), version=1, members={a: "x"}, stories=(story("x", a),))
    with pytest.raises(StoreError, match="another process writes"):
        store.save_grouped(step, NOW, first)
    assert rows(store, "SELECT id FROM stories") == []
    assert store.take_writer("stories", "second", later(seconds=121), 0) == second
    assert store.take_writer("stories", "third", later(seconds=121), 60) == second + 1


def test_a_killed_process_holds_nothing(store: SqlStore, tmp_path: Path) -> None:
    poll(store, add_source(store), new_entry("https://s.example/1"))
    script = """
import os, sys
from tests.store_kit import NOW, later, opened
from pathlib import Path
store = opened(Path(sys.argv[1]))
assert store.claim_feeds(later(hours=9), 9, 3600, due_only=False)
assert store.claim_pages(NOW, 9, 3600, version=1)
assert store.take_writer("stories", "killed", NOW, 3600) == 1
os.kill(os.getpid(), 9)
"""
    ended = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=Path(__file__).parents[1], check=False)
    assert ended.returncode == -9
    assert store.claim_pages(NOW, 9, 60, version=1) == []
    again = opened(tmp_path)
    assert len(again.claim_feeds(later(hours=9), 9, 60, due_only=False)) == 1
    assert [job.attempts for job in again.claim_pages(NOW, 9, 60, version=1)] == [2]
    assert again.take_writer("stories", "next", NOW, 60) == 2
    again.close()


# Copies, links, stories


def test_a_copy_names_the_present_original_and_never_a_chain(store: SqlStore) -> None:
    a, b, c, d = arrived(store, *"abcd")
    group(store, story("one", a, b, c, d), copies=(copy(b, a), copy(c, b)))
    assert copies(store) == {b: a, c: a}
    group(store, story("one", a, b, c, d), copies=(copy(a, d),))
    assert copies(store) == {a: d, b: d, c: d}
    group(store, story("one", a, b, c, d), uncopied=(a,), copies=(copy(d, a),))
    assert copies(store) == {b: a, c: a, d: a}


def test_links_stand_in_both_directions_and_only_the_best_stay(tmp_path: Path) -> None:
    store = open_store(StoreSettings(url=str(tmp_path / "news.db")), max_similar=2)
    a, b, c, d = arrived(store, *"abcd")
    group(store, story("one", a, b, c, d), links=(like(a, b, 0.9), like(a, c, 0.5), like(a, d, 0.7)))
    kept = rows(store, "SELECT article_id, other_id FROM similarities")
    assert set(kept) == {(a, b), (b, a), (a, d), (d, a), (c, a)}
    group(store, story("one", a, b, c, d), links=(like(c, a, 0.95),))
    assert set(rows(store, f"SELECT other_id FROM similarities WHERE article_id = '{a}'")) == {(b,), (c,)}
    store.close()


def test_merged_stories_redirect_in_one_step_for_good(store: SqlStore) -> None:
    a, b, c = arrived(store, *"abc")
    group(store, story("one", a), story("two", b), story("three", c))
    store.save_edition("us", [Placement(edition_id="us", story_id="one", rank=1, score=1.0)], NOW)
    group(store, story("two", a, b), redirects={"one": "two"})
    group(store, story("three", a, b, c), redirects={"two": "three"})
    assert set(rows(store, "SELECT old_id, story_id FROM story_redirects")) == {("one", "three"), ("two", "three")}
    assert rows(store, "SELECT id, members FROM stories") == [("three", 3)]
    assert rows(store, "SELECT * FROM placements") == []


def test_redirects_of_one_step_may_follow_each_other(store: SqlStore) -> None:
    a, b, c = arrived(store, *"abc")
    group(store, story("one", a), story("two", b), story("three", c))
    group(store, story("three", a, b, c), redirects={"one": "two", "two": "three"})
    assert set(rows(store, "SELECT old_id, story_id FROM story_redirects")) == {("one", "three"), ("two", "three")}


def test_a_story_that_lost_members_is_told_anew(store: SqlStore) -> None:
    a, b, c = arrived(store, *"abc")
    group(store, story("one", a, b, c))
    group(store, story("two", a))
    assert rows(store, "SELECT lead_id IN (:b, :c), members, reports FROM stories WHERE id = 'one'", b=b, c=c) == [
        (1, 2, 1)
    ]
    group(store, story("two", a, b, c))
    assert rows(store, "SELECT id, members FROM stories") == [("two", 3)]


def test_ranking_sees_the_reports_of_the_editions_sources(store: SqlStore) -> None:
    (a,), (b,) = arrived(store, "a", source="s"), arrived(store, "b", source="t")
    store.put_source(Source(id="u", name="U", owner="Group", kind="agency", feeds=("https://u.example/rss",)), [], NOW)
    (c,) = arrived(store, "c", source="u")
    store.put_source(Source(id="t", name="T", owner="Group", kind="local"), ["us"], NOW)
    group(store, story("one", a, b), story("two", c, last_seen=later(days=-9)), copies=(copy(b, a),))
    (ranked,) = store.stories_for_rank("us", later(days=-3))
    assert ranked.story.reports == 2
    assert {(r.article_id, r.owner, r.kind, r.is_copy) for r in ranked.reports} == {
        (a, "s", "", False),
        (b, "Group", "local", True),
    }
    assert store.stories_for_rank("de", later(days=-3)) == []


def test_an_edition_is_replaced_as_a_whole(store: SqlStore) -> None:
    places = [
        Placement(edition_id="us", story_id=s, rank=n, score=1.0, reasons={"reports": 2.0})
        for n, s in enumerate("ab", 1)
    ]
    store.save_edition("us", places, NOW)
    store.save_edition("us", places[1:], NOW)
    assert rows(store, "SELECT story_id, rank, reasons FROM placements") == [("b", 2, '{"reports":2.0}')]


# Forgetting


def test_what_is_forgotten_is_gone_everywhere_and_does_not_come_back(store: SqlStore) -> None:
    a, b = arrived(store, "a", "b")
    group(store, story("one", a, b), links=(like(a, b, 0.9),))
    assert store.forget("http://www.s.example/a?utm_source=x", NOW, "asked") == 1
    for table, column in [
        ("articles", "id"), ("aliases", "article_id"), ("texts", "article_id"), ("annotations", "article_id"),
        ("similarities", "article_id"), ("similarities", "other_id"), ("stories", "lead_id"),
    ]:  # fmt: skip
        assert value(store, f"SELECT count(*) FROM {table} WHERE {column} = '{a}'") == 0, table
    assert rows(store, "SELECT headline FROM search") == [("b",)]
    assert rows(store, "SELECT members, reports, lead_id FROM stories") == [(1, 1, b)]
    feed = store.feeds()[0]
    assert poll(store, feed, new_entry("https://s.example/a"), new_entry("https://s.example/c")) == (1, 0)
    assert store.import_articles([(new_entry("https://s.example/a", source="t"), None)], NOW) == 0
    assert store.forget("https://s.example/a", NOW) == 0


def test_every_name_of_the_forgotten_is_remembered(store: SqlStore) -> None:
    feed = add_source(store)
    poll(store, feed, new_entry("https://s.example/a", guid="g"))
    poll(store, feed, new_entry("https://s.example/b", guid="g"))
    assert store.forget("https://s.example/b", NOW) == 1
    for again in (new_entry("https://s.example/a"), new_entry("https://s.example/c", guid="g")):
        assert poll(store, feed, again) == (0, 0)


def test_an_address_can_be_forgotten_before_it_comes(store: SqlStore) -> None:
    assert store.forget("https://s.example/a", NOW) == 0
    assert poll(store, add_source(store), new_entry("https://s.example/a")) == (0, 0)


def test_the_earliest_copy_of_the_forgotten_is_the_original(store: SqlStore) -> None:
    feed = add_source(store)
    for n, name in enumerate("abc"):
        poll(store, feed, new_entry(f"https://s.example/{name}"), now=later(seconds=n))
    a, b, c = (each.article.id for each in _read_in_order(store))
    group(store, story("one", a, b, c), copies=(copy(b, a), copy(c, a)))
    store.forget("https://s.example/a", NOW)
    assert copies(store) == {c: b}
    assert rows(store, "SELECT lead_id, reports, copies FROM stories") == [(b, 1, 1)]


def _read_in_order(store: SqlStore) -> list:  # type: ignore[type-arg]
    read_all(store, later(seconds=9))
    return store.to_group(9, version=1)


def test_a_story_without_articles_goes(store: SqlStore) -> None:
    (a,) = arrived(store, "a")
    group(store, story("one", a))
    store.save_edition("us", [Placement(edition_id="us", story_id="one", rank=1, score=1.0)], NOW)
    store.forget("https://s.example/a", NOW)
    assert rows(store, "SELECT id FROM stories") == rows(store, "SELECT * FROM placements") == []


def test_a_forgotten_source_goes_with_all_it_wrote(store: SqlStore) -> None:
    arrived(store, *(f"n{n}" for n in range(120)))
    arrived(store, "other", source="t")
    assert store.forget("s:s", NOW) == 120
    assert rows(store, "SELECT headline FROM articles") == [("other",)]
    assert [source.id for source in store.sources()] == ["t"]
    assert not store.put_source(Source(id="s", name="S", feeds=("https://s.example/rss",)), ["us"], NOW)
    assert store.feeds("s") == []


def test_a_result_for_what_was_forgotten_meanwhile_is_dropped(store: SqlStore) -> None:
    poll(store, add_source(store), new_entry("https://s.example/a"))
    (job,) = store.claim_pages(NOW, 1, 60, version=1)
    store.forget("https://s.example/a", NOW)
    from tests.store_kit import page_of

    store.save_reads([page_of(job)], NOW)
    assert rows(store, "SELECT * FROM texts") == []


def test_first_seen_is_kept_to_the_millisecond(store: SqlStore) -> None:
    moment = datetime.fromisoformat("2026-11-24T12:00:00.123+01:00")
    poll(store, add_source(store), new_entry("https://s.example/a"), now=moment)
    (job,) = store.claim_pages(NOW, 1, 60, version=1)
    assert job.first_seen == moment
    assert dataclasses.replace(job).first_seen.tzinfo is not None
