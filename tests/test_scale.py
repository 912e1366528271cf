"""Pages cost the same on a small store and on a large one: queries counted, plans by index, readers beside a writer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from newsroom import NOW, article_row, fill_front, newsroom
from test_reading import QUESTIONS

from evals.big_store import fill
from newsloom.config import Settings, StoreSettings
from newsloom.site.app import make_app
from newsloom.store import search, tables
from newsloom.store.engine import make_engine
from newsloom.store.reading import Reading
from tests.store_kit import add_source, later, new_entry, opened, poll, read_all

# Where a full scan would cost what the archive holds.
LARGE = ("articles", "stories", "similarities", "texts", "annotations", "aliases", "revisions")
# `counts` counts everything there is, by the smallest index: for monitoring, never for readers.
READERS = [question for question in QUESTIONS if question[0] != "counts"]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    return newsroom(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    """A thousand articles more, half of them in one story."""
    folder = tmp_path_factory.mktemp("large")
    reading = newsroom(folder)
    engine = make_engine(f"sqlite:///{folder / 'newsroom.db'}", StoreSettings())
    fill_front(engine, stories=90)
    with engine.begin() as c:
        rows = [
            article_row((f"m{n}", f"o{n % 10}", f"Bridge report {n}", "The bridge.", n / 50, "s1", "", {}))
            for n in range(600)
        ]
        c.execute(sa.insert(tables.articles), rows)
        evidence: dict[str, Any] = {"names": [], "numbers": [], "terms": [], "hours": 1.0}
        links = [
            {"article_id": f"m{n}", "other_id": f"m{(n + k) % 600}", "score": 0.9, "kind": "same", "evidence": evidence}
            for n in range(600)
            for k in (1, 2, 3)
        ]
        c.execute(sa.insert(tables.similarities), links)
    engine.dispose()
    return reading


@contextmanager
def asked(reading: Reading) -> Iterator[list[tuple[str, Any]]]:
    """The statements that run inside with their values."""
    said: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        if not statement.startswith(("BEGIN", "EXPLAIN")):
            said.append((statement, values))

    sa.event.listen(reading._engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        sa.event.remove(reading._engine, "before_cursor_execute", note)


PAGES = [
    ("/", 3), ("/us/", 4), ("/us/section/region", 4), ("/us/article/a1", 6), ("/us/story/s1", 8),
    ("/us/story/s1/feed.atom", 8), ("/us/source/north", 5), ("/us/search?q=bridge", 4),
    ("/us/search?q=bridge&source=north&date=2026-11-24", 4), ("/us/day/2026-11-24", 3), ("/us/feed.atom", 3),
    ("/about", 2), ("/sitemap.xml", 3),
]  # fmt: skip


@pytest.mark.parametrize(("path", "queries"), PAGES, ids=[path for path, _ in PAGES])
async def test_a_page_asks_as_often_of_a_thousand_articles(
    small: Reading, large: Reading, path: str, queries: int
) -> None:
    for reading in (small, large):
        transport = httpx.ASGITransport(app=make_app(Settings(), reading, None, lambda: NOW))
        async with httpx.AsyncClient(transport=transport, base_url="https://n.example") as c:
            there = (await c.get(path)).headers.get("location", path)
        # Another application, which has kept nothing yet.
        transport = httpx.ASGITransport(app=make_app(Settings(), reading, None, lambda: NOW))
        async with httpx.AsyncClient(transport=transport, base_url="https://n.example") as c:
            with asked(reading) as said:
                answer = await c.get(there)
        assert answer.status_code == 200
        assert len(said) == queries, [statement for statement, _ in said]


async def test_the_front_page_is_one_query_while_nothing_changed(large: Reading) -> None:
    transport = httpx.ASGITransport(app=make_app(Settings(), large, None, lambda: NOW))
    async with httpx.AsyncClient(transport=transport, base_url="https://n.example") as c:
        first = await c.get("/us/")
        with asked(large) as said:
            again = await c.get("/us/", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, len(said)) == (304, 1)


@pytest.mark.parametrize(("name", "queries", "ask"), READERS, ids=[q[0] for q in READERS])
def test_every_question_goes_by_an_index(
    large: Reading, name: str, queries: int, ask: Callable[[Reading], Any]
) -> None:
    with asked(large) as said:
        ask(large)
    assert len(said) == queries
    for statement, values in said:
        with large._engine.connect() as c:
            plan = [row[3] for row in c.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, values)]
        for step in plan:
            whole = step.startswith("SCAN ") and step.split()[1] in LARGE and "INDEX" not in step
            # From its newest end and no further than a limit, as the primary key runs.
            assert not whole or "ORDER BY articles.seq DESC" in statement, (step, statement)


def test_a_common_word_is_looked_for_among_the_newest_alone(small: Reading) -> None:
    every, newest = search.match("bridge", 1_000), search.match("bridge", 2)
    assert every is not None
    assert newest is not None
    with small._engine.connect() as c:
        all_rows = list(c.execute(sa.select(every.c.seq)).scalars())
        found = {row.seq: row.rank for row in c.execute(sa.select(newest))}
    assert len(all_rows) > 4
    assert 2 <= len(found) <= 4
    assert {0, 1} >= set(found.values())
    assert set(sorted(all_rows)[-2:]) <= found.keys()


def test_readers_never_fail_beside_a_writer(tmp_path: Path) -> None:
    store = opened(tmp_path)
    feed = add_source(store)
    poll(store, feed, *(new_entry(f"https://s.example/{n}", title=f"First {n}") for n in range(50)))
    ids = read_all(store)
    failed: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        reading = Reading(store.reader)
        try:
            while not done.is_set():
                for article in ids[:10]:
                    assert reading.article(article) is not None
                reading.front("us")
                assert reading.search("first", "us").reports
                reading.source("s", later(hours=1))
        except BaseException as error:
            failed.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for each in readers:
        each.start()
    for n in range(20):
        entries = (new_entry(f"https://s.example/{n}-{k}", title=f"Later {n} {k}") for k in range(20))
        assert poll(store, feed, *entries, now=later(minutes=n))[0] == 20
    done.set()
    for each in readers:
        each.join(30)
    assert failed == []
    store.close()


STREAM = """
import json, sys
for n in range(int(sys.argv[1])):
    print(json.dumps({"id": f"i{n}", "lang": "en", "date": f"2026-11-2{n % 4}T0{n % 10}:00:00+00:00",
        "source": f"Outlet {n % 7}", "title": f"Town hall vote number {n}", "story": f"s{n // 3}",
        "text": f"The council of town {n} voted. The mayor spoke. Rain fell. The bridge stayed open. It ended late.",
        "url": f"https://stream.example/{n}", "copy_of": f"i{n - 1}" if n % 3 == 2 else None}))
"""


async def test_the_large_store_is_filled_as_the_pipeline_would_leave_it(tmp_path: Path) -> None:
    tool = tmp_path / "stream.py"
    tool.write_text(STREAM, "utf-8")
    told = fill(tmp_path / "big.db", 90, tool)
    assert (told["articles"], told["stories"], told["sources"]) == (90, 10, 7)
    reading = Reading(make_engine(f"sqlite:///{tmp_path / 'big.db'}", StoreSettings(), readonly=True))
    front = reading.front("us")
    assert front is not None
    assert front.stories
    story = reading.story(front.stories[0].id)
    assert story is not None
    assert len(story.members) == 6
    assert len(story.copies) == 3
    article = reading.article(story.members[3].id)
    assert article is not None
    assert len(article.members) == 5
    assert article.members[0].evidence is not None
    assert reading.search("rain fell", "us").reports
    with reading._engine.connect() as c:
        names = set(c.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'index'")).scalars())
    assert {index.name for table in tables.metadata.tables.values() for index in table.indexes} <= names
