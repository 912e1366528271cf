"""The reading side over a real store: what pages get, and that each costs a fixed number of queries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from newsroom import NOW, fill_front, newsroom

from newsloom.config import StoreSettings
from newsloom.errors import StoreError
from newsloom.store import tables
from newsloom.store.engine import make_engine
from newsloom.store.reading import Reading
from newsloom.store.reading.fold import by_voice, carriers, one_a_voice
from newsloom.store.reading.records import Line
from newsloom.store.tables import articles, similarities
from newsloom.types import SURE


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reading")


@pytest.fixture(scope="module")
def reading(folder: Path) -> Reading:
    return newsroom(folder)


@contextmanager
def counted(reading: Reading) -> Iterator[list[str]]:
    """The statements that run inside, without the transaction's own."""
    engine, said = reading._engine, []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            said.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


QUESTIONS: list[tuple[str, int, Callable[[Reading], Any]]] = [
    ("editions", 1, lambda r: r.editions()),
    ("choice", 3, lambda r: r.choice()),
    ("front", 3, lambda r: r.front("us")),
    ("day", 2, lambda r: r.day("us", NOW.date())),
    ("article", 5, lambda r: r.article("a1")),
    ("story", 7, lambda r: r.story("s1")),
    ("source", 4, lambda r: r.source("north", NOW)),
    ("search", 1, lambda r: r.search("bridge", "us")),
    ("search narrowed", 1, lambda r: r.search("bridge", "us", "north", NOW.date(), 1, "en")),
    ("names", 1, lambda r: r.source_names("us")),
    ("languages", 1, lambda r: r.languages("us")),
    ("sources", 2, lambda r: r.sources()),
    ("health", 10, lambda r: r.health(NOW)),
    ("counts", 2, lambda r: r.counts()),
    ("image", 1, lambda r: r.image("a1")),
    ("stamp", 1, lambda r: r.stamp("us")),
    ("progress", 1, lambda r: r.progress("us")),
    ("quality", 4, lambda r: r.quality(NOW)),
    ("latency", 1, lambda r: r.latency(NOW)),
    ("corrections", 1, lambda r: r.corrections("s1")),
    ("neighbours", 1, lambda r: r.neighbours("s1")),
    ("successor", 1, lambda r: r.successor("s0")),
]


@pytest.mark.parametrize(("name", "queries", "ask"), QUESTIONS, ids=[q[0] for q in QUESTIONS])
def test_a_page_costs_a_fixed_number_of_queries(
    tmp_path: Path, reading: Reading, name: str, queries: int, ask: Callable[[Reading], Any]
) -> None:
    full = newsroom(tmp_path)
    fill_front(make_engine(f"sqlite:///{tmp_path / 'newsroom.db'}", StoreSettings()))
    for each in (reading, full):
        with counted(each) as said:
            assert ask(each) is not None
        assert len(said) == queries


def test_front_ranks_stories_with_their_next_best_reports(reading: Reading) -> None:
    front = reading.front("us")
    assert front is not None
    assert [story.id for story in front.stories] == ["s1", "s2", "s3", "s4", "s6"]
    top = front.stories[0]
    assert top.lead is not None
    assert (top.lead.id, top.lead.outlet, top.reports, top.copies) == ("a1", "Ferry Times", 6, 2)
    # The newest of each outlet, copies and the lead's own outlet left out.
    assert [line.id for line in top.others] == ["a9", "a7", "a6", "a2"]
    assert top.lead.passages[0].text.startswith("Cars crossed")


def test_an_edition_that_is_not_there_has_no_front(reading: Reading) -> None:
    assert reading.front("xx") is None
    assert [line.edition.id for line in reading.choice()] == ["us", "de"]
    assert reading.choice()[0].sources == 9


def test_article_has_members_first_best_first_then_links_elsewhere(reading: Reading) -> None:
    record = reading.article("a1")
    assert record is not None
    assert [each.report.id for each in record.members][:3] == ["a2", "a4", "a6"]
    assert {each.report.id for each in record.members} == {"a2", "a4", "a6", "a7", "a8", "a9"}
    assert [(each.report.id, each.kind) for each in record.links] == [("b2", "related")]
    assert record.members[0].evidence is not None
    assert record.members[0].evidence.names == ("Port Ellery", "Ada Brandt")
    assert sorted(line.id for line in record.copies) == ["a3", "a5"]
    assert record.story_headline == record.report.headline


def test_members_that_are_bare_headlines_are_of_the_same_event_where_they_are_likely_enough(tmp_path: Path) -> None:
    reading = newsroom(tmp_path)
    engine = make_engine(f"sqlite:///{tmp_path / 'newsroom.db'}", StoreSettings())
    with engine.begin() as connection:
        connection.execute(
            sa.update(articles).where(articles.c.id.in_(["a1", "a2", "a4", "a6"])).values(lead="", passages=[])
        )
        for other, score in (("a2", SURE), ("a4", SURE - 0.01), ("a7", 0.2)):
            named = (similarities.c.article_id == "a1", similarities.c.other_id == other)
            connection.execute(sa.update(similarities).where(*named).values(score=score))
    record = reading.article("a1")
    assert record is not None
    kinds = {each.report.id: each.kind for each in record.members}
    assert (kinds["a2"], kinds["a4"]) == ("same", "related")
    assert kinds["a6"] == "related"  # no link was kept
    assert kinds["a7"] == "same"  # it has a text


def test_a_copy_has_its_original_beside_it_and_not_itself(reading: Reading) -> None:
    record = reading.article("a3")
    assert record is not None
    kinds = {each.report.id: each.kind for each in record.members}
    assert kinds["a2"] == "copy"
    assert "a3" not in kinds
    assert [line.id for line in record.copies] == ["a5"]


def test_story_is_in_order_of_publication_with_evidence(reading: Reading) -> None:
    record = reading.story("s1")
    assert record is not None
    assert [each.id for each in record.members] == ["a8", "a2", "a4", "a1", "a6", "a7", "a9"]
    assert [line.id for line in record.copies] == ["a3", "a5"]
    assert record.why["a2"][0] == "a1"
    assert record.total == 7


def test_what_became_of_a_page_is_known_from_the_row(tmp_path: Path) -> None:
    reading = newsroom(tmp_path)
    states: list[tuple[dict[str, Any], str]] = [
        ({"origin": "page", "read_version": 1}, "read"),
        ({"origin": "import", "read_version": tables.SETTLED}, "read"),
        ({"origin": "entry", "read_version": 0, "attempts": 0}, "waiting"),
        ({"origin": "entry", "read_version": 0, "attempts": 1}, "again"),
        ({"origin": "entry", "read_version": 1, "attempts": 3}, "failed"),
        ({"origin": "entry", "read_version": 0, "attempts": 3, "quarantined": "killed"}, "failed"),
        ({"origin": "entry", "read_version": tables.SETTLED, "quarantined": ""}, "none"),
    ]
    engine = make_engine(f"sqlite:///{tmp_path / 'newsroom.db'}", StoreSettings())
    for values, state in states:
        with engine.begin() as c:
            c.execute(sa.update(tables.articles).where(tables.articles.c.id == "a8").values(**values))
        record = reading.article("a8")
        assert record is not None
        assert record.report.page == state


def test_progress_of_an_edition(reading: Reading) -> None:
    progress = reading.progress("us")
    assert (progress.feeds, progress.asked, progress.articles) == (9, 9, 14)
    assert reading.progress("de").feeds == 0


def test_merged_ids_lead_to_their_successor(reading: Reading) -> None:
    assert reading.story("s0") is None
    assert reading.successor("s0") == "s1"
    assert reading.successor("nothing") == ""


def test_imports_without_a_source_are_found_and_each_has_its_own_voice(reading: Reading) -> None:
    record = reading.article("e1")
    assert record is not None
    assert record.report.outlet == ""
    assert len({each.report.voice for each in record.members}) == 2
    assert "e1" in {each.id for each in reading.search("Putin", "us").reports}
    assert reading.search("Putin", "de").reports != ()


def test_search_filters_and_survives_any_words(reading: Reading) -> None:
    found = reading.search("bridge -lorries", "us")
    assert {each.id for each in found.reports} >= {"a1", "a2"}
    assert {each.id for each in reading.search("bridge", "us", "north").reports} == {"a4", "a9"}
    assert reading.search("bridge", "us", day=(NOW - timedelta(days=1)).date()).reports == ()
    assert reading.search("bridge", "de").reports == ()
    for words in ('"', "AND OR NOT", "a*b^c:d{e}", "NEAR(", "-", "'; DROP TABLE articles", "\0"):
        reading.search(words, "us")


def test_search_puts_headlines_first_then_the_newest(reading: Reading) -> None:
    found = reading.search("nine months", "us").reports
    headline = [each.id for each in found if "nine months" in each.headline.lower()]
    assert headline
    assert [each.id for each in found][: len(headline)] == headline
    assert "a2" in {each.id for each in found[len(headline) :]}  # It has the words in its lead.
    assert "a8" not in {each.id for each in reading.search("nine months -hundreds", "us").reports}


def test_search_narrowed_by_language(reading: Reading) -> None:
    assert {each.id for each in reading.search("port", "us", language="de").reports} == {"a6"}
    assert reading.languages() == ("ar", "de", "en")
    assert ("north", "North Coast Radio") in reading.source_names()


def test_a_day_holds_the_stories_whose_last_report_came_then(reading: Reading) -> None:
    today = reading.day("us", NOW.date())
    assert [story.id for story in today.stories] == ["s1", "s2", "s4", "s6"]
    assert [story.id for story in reading.day("us", NOW.date() - timedelta(days=1)).stories] == ["s3", "s5"]


def test_health_tells_feeds_and_refusals(reading: Reading) -> None:
    health = reading.health(NOW)
    feeds = {each.source.id: each.feeds[0].feed for each in health.sources}
    assert feeds["ferry"].failures == 3
    assert feeds["valley"].gone
    assert {(each.stage, each.reason) for each in health.counts} == {("fetch", "timeout"), ("extract", "no-text")}
    assert len(health.latest) == 2


def test_a_long_day_goes_on_over_pages(tmp_path: Path) -> None:
    reading = newsroom(tmp_path)
    fill_front(make_engine(f"sqlite:///{tmp_path / 'newsroom.db'}", StoreSettings()))
    first, second = reading.day("us", NOW.date(), 1), reading.day("us", NOW.date(), 2)
    assert (len(first.stories), first.more) == (30, True)
    assert not {story.id for story in first.stories} & {story.id for story in second.stories}


def test_the_front_of_a_story_taken_down_is_left_out(tmp_path: Path) -> None:
    reading = newsroom(tmp_path)
    writer = make_engine(f"sqlite:///{tmp_path / 'newsroom.db'}", StoreSettings())
    with writer.begin() as c:
        c.execute(sa.delete(tables.articles).where(tables.articles.c.id == "b1"))
    front = reading.front("us")
    assert front is not None
    assert next(story for story in front.stories if story.id == "s2").lead is None


def test_what_the_database_raises_becomes_a_store_error(tmp_path: Path) -> None:
    broken = Reading(make_engine(f"sqlite:///{tmp_path / 'none.db'}", StoreSettings(), readonly=True), "none.db")
    with pytest.raises(StoreError, match=r"none\.db"):
        broken.editions()


def line(id: str, **more: Any) -> Line:
    usual = Line(
        id=id,
        source_id=id,
        outlet=id.upper(),
        owner="",
        url="",
        headline=id,
        language="en",
        shown_at=NOW,
        dated=True,
        story_id="s",
        copy_of="",
    )
    return replace(usual, **more)


def test_carriers_name_an_outlet_once_and_unnamed_ones_each() -> None:
    original = line("x")
    copies = [
        line("1", source_id="a", outlet="A", copy_of="x"),
        line("2", source_id="a", outlet="A", copy_of="x"),
        line("3", source_id="", outlet="", copy_of="x"),
        line("4", source_id="", outlet="", copy_of="x"),
        line("5", source_id="x", outlet="X", copy_of="x"),
        line("6", copy_of="other"),
    ]
    assert [each.id for each in carriers(copies, original)] == ["1", "3", "4"]


def test_an_owner_speaks_once() -> None:
    lines = [line("1", owner="O"), line("2", owner="O"), line("3"), line("4", owner="P")]
    assert [each.id for each in one_a_voice(lines, lambda each: each, taken=["owner:P"])] == ["1", "3"]
    assert [(first.id, len(later)) for first, later in by_voice(lines, lambda each: each)] == [
        ("1", 1),
        ("3", 0),
        ("4", 0),
    ]
