"""People's corrections in the store: made, withdrawn, read back, told as labelled pairs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from newsloom.store import SqlStore
from newsloom.store.lookup import list_pairs
from newsloom.types import Copy
from tests.store_kit import NOW, arrived, group, later, opened, rows, story


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = opened(tmp_path)
    yield store
    store.close()


def five(store: SqlStore) -> list[str]:
    """a, b, c in story one (c carries b's text), x, y in story two."""
    a, b, c, x, y = arrived(store, "a", "b", "c", "x", "y")
    copy = Copy(article_id=c, original_id=b, kind="wire", containment=0.9)
    group(store, story("one", a, b, c), story("two", x, y), copies=(copy,))
    return [a, b, c, x, y]


def test_a_split_takes_copies_along_and_names_the_rest(store: SqlStore) -> None:
    a, b, c, *_ = five(store)
    seq = store.split_story("one", [b, "nobody"], NOW, by="operator", note="another fire")
    [found] = store.corrections()
    assert (found.seq, found.kind, found.at, found.story_id) == (seq, "split", NOW, "one")
    assert (set(found.one), found.other) == ({b, c}, (a,))
    assert (found.by, found.note, found.applied, found.withdrawn) == ("operator", "another fire", None, None)


def test_a_merge_names_both_stories_members(store: SqlStore) -> None:
    a, b, c, x, y = five(store)
    assert store.merge_stories("one", "two", NOW)
    [found] = store.corrections()
    assert (set(found.one), set(found.other)) == ({a, b, c}, {x, y})
    assert (found.story_id, found.other_id) == ("one", "two")


def test_not_this_holds_one_article_against_the_others(store: SqlStore) -> None:
    a, b, c, *_ = five(store)
    store.part_article(c, NOW)
    [found] = store.corrections()
    assert (found.kind, found.one, set(found.other)) == ("not-this", (c,), {a, b})


def test_a_merged_story_may_be_named_by_its_old_id(store: SqlStore) -> None:
    a, b, c, x, y = five(store)
    group(store, story("one", a, b, c, x, y), redirects={"two": "one"})
    assert store.split_story("two", [x, y], NOW)
    assert set(store.corrections()[0].other) == {a, b, c}
    assert store.merge_stories("two", "one", NOW) == 0


@pytest.mark.parametrize("chosen", [[], ["nobody"], "all"])
def test_nothing_to_correct_is_no_correction(store: SqlStore, chosen: list[str] | str) -> None:
    members = five(store)[:3]
    assert store.split_story("one", members if chosen == "all" else list(chosen), NOW) == 0
    assert store.split_story("no such story", members, NOW) == 0
    assert store.merge_stories("one", "no such story", NOW) == 0
    assert store.part_article("nobody", NOW) == 0
    assert store.corrections() == []
    assert rows(store, "SELECT * FROM corrected") == []


def test_a_correction_waits_until_a_step_of_the_writer_applies_it(store: SqlStore) -> None:
    a, *_ = five(store)
    seq = store.part_article(a, NOW)
    assert [each.seq for each in store.waiting_corrections()] == [seq]
    group(store, corrected=(seq,))
    assert store.waiting_corrections() == []
    assert store.corrections()[0].applied == NOW


def test_a_withdrawn_correction_waits_to_be_undone(store: SqlStore) -> None:
    a, *_ = five(store)
    seq = store.part_article(a, NOW)
    group(store, corrected=(seq,))
    assert store.withdraw_correction(seq, later(hours=1))
    assert not store.withdraw_correction(seq, later(hours=2))
    assert not store.withdraw_correction(99, NOW)
    [waiting] = store.waiting_corrections()
    assert (waiting.seq, waiting.withdrawn) == (seq, later(hours=1))


def test_corrections_are_read_from_a_number_on(store: SqlStore) -> None:
    a, _b, _c, x, _y = five(store)
    first, second = store.part_article(a, NOW), store.part_article(x, NOW)
    assert [each.seq for each in store.corrections()] == [first, second]
    assert [each.seq for each in store.corrections(after=first)] == [second]


def test_what_is_forgotten_is_no_longer_named(store: SqlStore) -> None:
    a, b, *_ = five(store)
    store.split_story("one", [a], NOW)
    store.forget("https://s.example/b", NOW)
    assert b not in store.corrections()[0].other


def test_pairs_tell_what_was_judged_last_without_copies(store: SqlStore) -> None:
    a, b, _c, x, y = five(store)
    store.merge_stories("one", "two", NOW)
    store.split_story("two", [x], later(hours=1))
    told = {frozenset(pair["id"].split()): pair["same"] for pair in list_pairs(store.reader)}
    assert told == {
        frozenset((a, x)): True, frozenset((a, y)): True, frozenset((b, x)): True, frozenset((b, y)): True,
        frozenset((x, y)): False,
    }  # fmt: skip


def test_pairs_say_which_articles_they_are(store: SqlStore) -> None:
    a, b, *_ = five(store)
    seq = store.split_story("one", [a], NOW)
    [pair] = list_pairs(store.reader)
    assert {k: pair[k] for k in ("same", "kind", "correction")} == {"same": False, "kind": "split", "correction": seq}
    assert (pair["a"]["id"], pair["a"]["title"], pair["a"]["url"]) == (a, "a", "https://s.example/a")
    assert pair["b"]["id"] == b


def test_withdrawn_corrections_are_no_pairs(store: SqlStore) -> None:
    a, *_ = five(store)
    seq = store.split_story("one", [a], NOW)
    store.withdraw_correction(seq, NOW)
    assert list(list_pairs(store.reader)) == []


def test_the_command_line_exports_the_pairs(
    store: SqlStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from newsloom.cli import run

    a, *_ = five(store)
    store.split_story("one", [a], NOW)
    assert run(["--db", str(tmp_path / "news.db"), "stories", "--corrections", "--json"]) == 0
    out = capsys.readouterr().out
    assert '"same": false' in out
    assert out.count("\n") == 1
