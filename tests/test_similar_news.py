"""Similar News in the store, from articles as they come in to what an article's page reads: never stale, both ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsloom import config
from newsloom.annotate import Background, annotate
from newsloom.config import AnnotateSettings, Settings
from newsloom.pipeline.stories_writer import StoriesWriter, put_editions
from newsloom.site.article import _beside
from newsloom.store import SqlStore, open_store
from newsloom.store.keys import article_id, link_key
from newsloom.store.protocol import NewEntry
from newsloom.store.reading import Reading
from newsloom.store.reading.records import ArticleRecord
from newsloom.types import Article, Entry, Source
from tests.collecting import nine_outlets
from tests.store_kit import group, story

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)

# Six reports of one event, each in words of its own, and one of another event of the kind.
SIX = (
    (
        "Ferry Kestrel runs aground off Pellmere",
        "The harbour ferry Kestrel ran aground on the Gannet bank off Pellmere late on Sunday with 84 people aboard. "
        "Lifeboats from Corrowby took everyone off within two hours, the coastguard said.",
    ),
    (
        "84 rescued from stranded Pellmere ferry",
        "All 84 people aboard the ferry Kestrel were brought ashore on Sunday night after it struck the Gannet bank. "
        "Two lifeboats from Corrowby made four trips to the stranded ship off Pellmere.",
    ),
    (
        "Engine failure blamed for Kestrel grounding",
        "The Kestrel lost power in its port engine before it drifted onto the Gannet bank off Pellmere, its operator, "
        "Pellmere Lines, said on Monday. None of the 84 people aboard the ferry was hurt.",
    ),
    (
        "Passengers tell of night on the Gannet bank",
        "Passengers of the Kestrel spoke on Monday of a bang, then silence, as the Pellmere ferry went aground. "
        "Coastguards and lifeboats from Corrowby had all 84 of them on land by midnight.",
    ),
    (
        "Pellmere Lines suspends ferries after grounding",
        "Pellmere Lines took its three ferries out of service on Monday while divers look at the hull of the Kestrel, "
        "which struck the Gannet bank with 84 people aboard.",
    ),
    (
        "Inquiry opened into stranding of ferry Kestrel",
        "Marine investigators went to Pellmere on Monday to find out why the ferry Kestrel lost its port engine and "
        "grounded on the Gannet bank. Lifeboats rescued all 84 aboard.",
    ),
)
OTHER = (
    "Cruise ship Aurelia stuck in Lake Tarn lock",
    "The cruise ship Aurelia was wedged in the upper lock of Lake Tarn for nine hours on Monday, and 210 holidaymakers "
    "missed their trains, the canal board said.",
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return config.load({"NEWSLOOM_DB": str(tmp_path / "news.db")})


@pytest.fixture
def store(settings: Settings) -> Iterator[SqlStore]:
    with nine_outlets(settings, NOW) as store:
        yield store


@pytest.fixture
def writer(store: SqlStore, settings: Settings) -> StoriesWriter:
    return StoriesWriter(store, settings, lambda: NOW + timedelta(hours=3))


def bring(store: SqlStore, n: int, told: tuple[str, str], *, minutes: int = 0) -> str:
    url = f"https://o{n}.example/{n}"
    key = link_key(url)
    article = Article(
        id=article_id(f"o{n}", key),
        source_id=f"o{n}",
        url=url,
        headline=told[0],
        paragraphs=(told[1],),
        in_language="en",
        date_published=NOW + timedelta(minutes=minutes or n),
        origin="import",
    )
    entry = NewEntry(id=article.id, keys=(key,), entry=Entry(link=url, title=told[0]), article=article)
    annotations = annotate(article, AnnotateSettings(), Background().table)
    assert store.import_articles([(entry, annotations)], NOW + timedelta(hours=2, minutes=n)) == 1
    return article.id


def one_by_one(store: SqlStore, writer: StoriesWriter, told: Sequence[tuple[str, str]]) -> list[str]:
    """Articles that come in one after the other, each grouped before the next."""
    ids = []
    for n, each in enumerate(told):
        ids.append(bring(store, n, each))
        assert writer.step() == 1
    return ids


def page(store: SqlStore, asked: str) -> ArticleRecord:
    record = Reading(store.reader).article(asked)
    assert record is not None
    return record


def shown(store: SqlStore, asked: str) -> set[str]:
    """Similar News of an article's page, without the merely related."""
    similar, _ = _beside(page(store, asked))
    return {each.report.id for each in similar}


def test_the_first_of_six_reports_shows_the_other_five(store: SqlStore, writer: StoriesWriter) -> None:
    ids = one_by_one(store, writer, SIX)
    lone = bring(store, 7, OTHER)
    writer.step()
    assert shown(store, ids[0]) == set(ids[1:])
    assert all(shown(store, each) == set(ids) - {each} for each in ids)
    assert shown(store, lone) == set()


def test_a_late_arrival_stands_at_once_in_the_lists_of_what_it_resembles(
    store: SqlStore, writer: StoriesWriter
) -> None:
    ids = one_by_one(store, writer, SIX[:3])
    late = bring(store, 5, SIX[3])
    assert late not in shown(store, ids[0])
    writer.step()
    assert all(late in shown(store, each) for each in ids)
    assert shown(store, late) == set(ids)


def test_the_reasons_are_kept_both_ways(store: SqlStore, writer: StoriesWriter) -> None:
    first, second = one_by_one(store, writer, SIX[:2])
    for asked, other in ((first, second), (second, first)):
        [linked] = page(store, asked).members
        assert linked.report.id == other
        assert linked.evidence is not None
        assert "84" in linked.evidence.numbers
        assert {"Kestrel", "Corrowby"} <= set(linked.evidence.names)


def test_a_split_shows_at_once(store: SqlStore, writer: StoriesWriter) -> None:
    ids = one_by_one(store, writer, SIX)
    writer.release()
    group(store, story("apart", *ids[:2]))
    assert shown(store, ids[0]) == {ids[1]}
    _, related = _beside(page(store, ids[0]))
    assert {each.report.id for each in related} == set(ids[2:])
    assert shown(store, ids[5]) == set(ids[2:5])


def test_a_merge_shows_at_once(store: SqlStore, writer: StoriesWriter) -> None:
    ids = one_by_one(store, writer, SIX)
    lone = bring(store, 7, OTHER)
    writer.step()
    here, there = (page(store, each).report.story_id for each in (ids[0], lone))
    writer.release()
    group(store, story(here, *ids, lone), redirects={there: here})
    assert lone in shown(store, ids[0])
    assert shown(store, lone) == set(ids)
    assert Reading(store.reader).successor(there) == here


def test_a_copy_that_is_rooted_anew_shows_at_once(store: SqlStore, writer: StoriesWriter) -> None:
    first, second, *_ = one_by_one(store, writer, [SIX[0], ("Kestrel aground", SIX[0][1]), SIX[2]])
    assert [each.id for each in page(store, first).copies] == [second]
    early = bring(store, 6, ("Breaking: ferry aground", SIX[0][1]), minutes=-90)
    writer.step()
    assert page(store, first).report.copy_of == early
    assert {each.id for each in page(store, early).copies} == {first, second}
    assert {each.report.id: each.kind for each in page(store, second).members}[early] == "copy"


def test_an_owner_speaks_once_and_copies_are_folded(store: SqlStore, writer: StoriesWriter) -> None:
    store.put_source(Source(id="o1", name="Outlet 1", owner="North"), ["us"], NOW)
    store.put_source(Source(id="o2", name="Outlet 2", owner="North"), ["us"], NOW)
    ids = one_by_one(store, writer, [*SIX[:4], ("Ferry aground", SIX[3][1])])
    assert shown(store, ids[0]) in ({ids[1], ids[3]}, {ids[2], ids[3]})


def test_the_list_of_an_article_is_bounded_to_the_best(settings: Settings, tmp_path: Path) -> None:
    few = open_store(config.StoreSettings(url=str(tmp_path / "few.db")), max_similar=3)
    put_editions(few, settings)
    for n in range(9):
        few.put_source(Source(id=f"o{n}", name=f"Outlet {n}"), ["us"], NOW)
    writer = StoriesWriter(few, settings, lambda: NOW + timedelta(hours=3))
    ids = one_by_one(few, writer, SIX)
    for each in ids:
        assert len([m for m in page(few, each).members if m.score is not None]) <= 3
        assert shown(few, each) == set(ids) - {each}
    few.close()
