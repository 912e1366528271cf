"""Passages weighed again once others report the same: what they state comes to stand, each article a few times."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsloom.annotate import QUOTE_VERSION
from newsloom.config import Settings, StoreSettings
from newsloom.pipeline.imports import import_files
from newsloom.pipeline.quoting import quoted
from newsloom.pipeline.stories_writer import StoriesWriter, put_editions
from newsloom.store import SqlStore, open_store
from tests.store_kit import NOW, group, later, rows, story, value

OWN = (
    "Old Maren Stolt has fed the gulls of Pellmere harbour from the same bench since the summer of 1971, she says.",
    "She was sitting there on Tuesday when the first of 3 tugs came in and the sirens began, and she did not move.",
    "Her late husband built that bench out of 2 ship's doors, on a Monday, and painted it green.",
    "The tanker Corvane struck the north quay of Pellmere and spilled fuel oil into the inner basin of the harbour.",
)
OTHERS = (
    "The tanker Corvane struck the north quay of Pellmere harbour, spilling fuel oil into the inner basin. Booms were "
    "laid across its mouth, the port captain said.",
    "Fuel oil covers the inner basin of Pellmere after the tanker Corvane hit the north quay of the harbour. Crews of "
    "two counties will pump for days.",
    "Pellmere closed its harbour as fuel oil from the tanker Corvane, which had run into the north quay, reached the "
    "basin. No one aboard was hurt.",
    "Fishing boats can't leave the inner basin of Pellmere: the tanker Corvane lost fuel oil when it rammed the north "
    "quay of the harbour. Their owners want to be paid.",
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=StoreSettings(url=str(tmp_path / "news.db")))


@pytest.fixture
def store(settings: Settings) -> Iterator[SqlStore]:
    store = open_store(settings.store)
    put_editions(store, settings)
    yield store
    store.close()


def brought(folder: Path, store: SqlStore, settings: Settings, *others: str, name: str = "news") -> None:
    """The article with a scene at its beginning and plain reports of other outlets, put into one story."""
    own = {
        "id": "own",
        "source": "Pellmere Post",
        "title": "Tanker Corvane spills oil at Pellmere",
        "text": " ".join(OWN),
    }
    lines = [own] + [
        {
            "id": f"{name}{n}",
            "source": f"Outlet {n} {name}",
            "title": "Corvane oil spill in Pellmere",
            "text": text,
        }
        for n, text in enumerate(others)
    ]
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps({**line, "lang": "en", "date": NOW.isoformat()}) + "\n" for line in lines))
    list(import_files([str(path)], store, settings, lambda: NOW))
    ids = [each for (each,) in rows(store, "SELECT id FROM articles ORDER BY seq")]
    group(store, story("s", *ids, reports=len(ids)))


def passages(store: SqlStore) -> list[str]:
    told = value(store, "SELECT passages FROM articles WHERE url LIKE '%own'")
    return [each["text"] for each in json.loads(told)]


def writing(store: SqlStore, settings: Settings) -> StoriesWriter:
    """The writer, once the lease of the test's own grouping is over."""
    return StoriesWriter(store, settings, lambda: later(minutes=10))


def test_what_others_state_comes_to_stand(tmp_path: Path, store: SqlStore, settings: Settings) -> None:
    brought(tmp_path, store, settings, *OTHERS[:2])
    alone = passages(store)
    assert OWN[3] not in alone
    writer = writing(store, settings)
    assert writer.quote() == ("s",)
    after = passages(store)
    assert OWN[3] in after
    assert set(rows(store, "SELECT quoted, quote_version FROM articles")) == {(3, QUOTE_VERSION)}
    assert rows(store, "SELECT reports, quoted FROM stories") == [(3, 3)]
    assert writer.quote() == ()
    found = "SELECT count(*) FROM search WHERE search MATCH 'passages : corvane AND passages : quay'"
    assert value(store, found) == 3, "it is found by the passages that are shown"


def test_each_article_has_its_turn_when_reports_have_doubled(
    tmp_path: Path, store: SqlStore, settings: Settings
) -> None:
    brought(tmp_path, store, settings, *OTHERS[:2])
    assert writing(store, settings).quote() == ("s",)
    store.take_writer("stories", "test", later(minutes=20), 0.0)
    brought(tmp_path, store, settings, *OTHERS[2:], name="later")
    assert StoriesWriter(store, settings, lambda: later(minutes=40)).quote() == ("s",)
    assert rows(store, "SELECT reports, quoted FROM stories") == [(5, 5)]
    turns = sorted(turn for (turn,) in rows(store, "SELECT quoted FROM articles"))
    assert turns == [3, 3, 3, 5, 5], "the first three were weighed with three of five: enough until there are six"


def test_a_story_of_one_report_waits_for_nothing(tmp_path: Path, store: SqlStore, settings: Settings) -> None:
    brought(tmp_path, store, settings)
    assert store.to_quote(10, version=QUOTE_VERSION) == []
    assert writing(store, settings).quote() == ()
    assert value(store, "SELECT max(quoted) FROM articles") == 0


def test_an_article_that_was_read_meanwhile_keeps_its_new_passages(
    tmp_path: Path, store: SqlStore, settings: Settings
) -> None:
    brought(tmp_path, store, settings, *OTHERS[:2])
    (told,) = store.to_quote(10, version=QUOTE_VERSION)
    found = list(quoted(told, settings.annotate))
    with store._write() as connection:
        connection.exec_driver_sql("UPDATE articles SET passages = '[]' WHERE url LIKE '%own'")
    store.save_quotes(told, found, NOW, version=QUOTE_VERSION)
    assert passages(store) == []
    assert sorted(turn for (turn,) in rows(store, "SELECT quoted FROM articles")) == [0, 3, 3]


def test_the_end_of_a_round_weighs_what_was_grouped(tmp_path: Path, store: SqlStore, settings: Settings) -> None:
    brought(tmp_path, store, settings, *OTHERS[:2])
    assert writing(store, settings).finish()
    assert value(store, "SELECT count(*) FROM stories WHERE reports > 1 AND quoted <> reports") == 0
