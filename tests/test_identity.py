"""One item is one article however its feed names it: whole rounds over HTTP with a feed that changes between them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web as http

from newsloom.config import Settings, load
from newsloom.engine import LocalPool
from newsloom.pipeline import work
from newsloom.pipeline.collector import Collector
from newsloom.pipeline.minting import mint_all
from newsloom.pipeline.stories_writer import put_editions
from newsloom.store import SqlStore, open_store
from newsloom.store.lookup import explain, list_articles
from newsloom.types import Article, Entry, Feed
from tests.outlets import Outlets

POOL = LocalPool(1, work.DEADLINE_S, work.WARM)
DATE = "Tue, 24 Nov 2026 08:{:02}:11 GMT"


@pytest.fixture(scope="module", autouse=True)
def _pool_ends() -> Iterator[None]:
    yield
    POOL.close()


@pytest.fixture(scope="module")
def web() -> Iterator[Outlets]:
    with Outlets(outlets=2, articles=0) as web:
        yield web


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    said = {"store.url": str(tmp_path / "news.db"), "fetch.allow": "127.0.0.0/8", "fetch.delay_s": 0.0}
    return load({"NEWSLOOM_CONFIG": "/dev/null"}, **said)


@pytest.fixture
def store(settings: Settings, web: Outlets) -> Iterator[SqlStore]:
    web.say.clear()
    store = open_store(settings.store)
    put_editions(store, settings)
    for source in web.sources():
        store.put_source(source, ("us",), datetime.now(UTC))
    yield store
    store.close()


Item = Callable[[int, int], str]
"""The inside of item `n` at poll `k`."""


def serve(web: Outlets, item: Item, poll: int, items: int = 3, outlet: int = 0) -> None:
    inside = "".join(f"<item>{item(n, poll).format(base=web.base(outlet))}</item>" for n in range(items))
    body = f"<rss version='2.0'><channel><title>Outlet {outlet}</title>{inside}</channel></rss>"
    web.say[f"{outlet}/feed.xml"] = lambda: http.Response(text=body, content_type="application/rss+xml")


def collect(store: SqlStore, settings: Settings, later_s: float) -> None:
    async def once() -> None:
        clock = lambda: datetime.now(UTC) + timedelta(seconds=later_s)  # noqa: E731
        async with Collector(store, settings, clock, POOL) as collector:
            await collector.once()

    asyncio.run(once())


def rounds(store: SqlStore, settings: Settings, web: Outlets, item: Item, polls: int = 3) -> list[dict[str, Any]]:
    """The articles after some polls of a feed that says each item anew."""
    for poll in range(polls):
        serve(web, item, poll)
        collect(store, settings, 10_000.0 * poll)
    return list(list_articles(store.reader))


def dated(n: int) -> str:
    return f"<title>Item {n}</title><pubDate>{DATE.format(n)}</pubDate>"


CHANGING: dict[str, Item] = {
    "guids": lambda n, k: f"{dated(n)}<link>{{base}}/a/{n}</link><guid>made-{n}-{k}-{n * k}</guid>",
    "tracking": lambda n, k: f"{dated(n)}<link>{{base}}/a/{n}?utm_source=rss&amp;utm_term={k}</link>",
    "sessions": lambda n, k: f"{dated(n)}<link>{{base}}/a?id={n}&amp;sid={k:x}f3a9c0b1d2e4f5a6{n}</link>",
    "sessions in the path": lambda n, k: f"{dated(n)}<link>{{base}}/a/{n};jsessionid=0A{k}</link><guid>{k}{n}</guid>",
    "sessions and guids, no dates": lambda n, k: (
        f"<title>Item {n}</title><link>{{base}}/a?visit=a8f3{k}c0b1d2e4f5a6{k}{n}</link><guid>{n}/{k}</guid>"
    ),
    "whole addresses": lambda n, k: f"{dated(n)}<link>{{base}}/r/{k}{n}{k}</link><guid>{{base}}/r/{k}{n}{k}</guid>",
    "amp and mobile": lambda n, k: f"{dated(n)}<link>{{base}}/a/{n}{('', '/amp', '?amp=1')[k]}</link>",
    "order": lambda n, k: f"{dated((n + k) % 3)}<link>{{base}}/a/{(n + k) % 3}</link>",
    "no link": lambda n, k: f"{dated(n)}<guid isPermaLink='false'>g{n}</guid>",
    "no guid, no link": lambda n, k: f"<title>Item {n}</title><description>What it says</description>",
    "no guid, link or title": lambda n, k: f"<description>Text number {n}</description>",
    "dates": lambda n, k: f"<title>Item {n}</title><link>{{base}}/a/{n}</link><pubDate>{DATE.format(k)}</pubDate>",
    "one link for all": lambda n, k: f"{dated(n)}<link>{{base}}/</link><guid isPermaLink='false'>g{n}</guid>",
    "places on one page": lambda n, k: f"{dated(n)}<link>{{base}}/live#p{n}</link>",
    "guids of one case": lambda n, k: f"{dated(n)}<guid isPermaLink='false'>{('aB', 'Ab', 'AB')[n]}</guid>",
    "one guid for all": lambda n, k: f"{dated(n)}<link>{{base}}/a/{n}</link><guid isPermaLink='false'>same</guid>",
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGING)
def test_three_items_stay_three(what: str, store: SqlStore, settings: Settings, web: Outlets) -> None:
    found = rounds(store, settings, web, CHANGING[what])
    assert len(found) == 3, [row["url"] for row in found]
    assert len({row["id"] for row in found}) == 3


def test_identical_items_are_one_article(store: SqlStore, settings: Settings, web: Outlets) -> None:
    item: Item = lambda n, k: f"{dated(0)}<link>{{base}}/a/0</link><guid>one</guid>"  # noqa: E731
    assert len(rounds(store, settings, web, item, 2)) == 1


def test_a_reused_guid_is_another_article(store: SqlStore, settings: Settings, web: Outlets) -> None:
    item: Item = lambda n, k: (  # noqa: E731
        f"<title>Day {k} item {n}</title><link>{{base}}/{k}/{n}</link><guid isPermaLink='false'>slot-{n}</guid>"
    )
    assert len(rounds(store, settings, web, item)) == 9


def test_an_edit_is_a_revision_of_one_article(store: SqlStore, settings: Settings, web: Outlets) -> None:
    item: Item = lambda n, k: f"<title>Item {n}, take {k}</title><link>{{base}}/a/{n}</link>"  # noqa: E731
    found = rounds(store, settings, web, item)
    assert sorted(row["title"] for row in found) == [f"Item {n}, take 2" for n in range(3)]
    told = explain(store.reader, web.base(0) + "/a/1")["revisions"]
    assert [(r["old_title"], r["title"]) for r in told] == [
        ("Item 1, take 0", "Item 1, take 1"),
        ("Item 1, take 1", "Item 1, take 2"),
    ]


def test_another_outlet_never_touches_an_article(store: SqlStore, settings: Settings, web: Outlets) -> None:
    mine: Item = lambda n, k: f"{dated(n)}<link>{{base}}/a/{n}</link><guid isPermaLink='false'>g{n}</guid>"  # noqa: E731
    theirs: Item = lambda n, k: (  # noqa: E731
        f"<title>Stolen {n}</title><link>{web.base(0)}/a/{n}</link><guid isPermaLink='false'>g{n}</guid>"
        f"<source url='{web.base(0)}/feed.xml'>Outlet 0</source>"
    )
    serve(web, mine, 0)
    collect(store, settings, 0)
    before = {row["id"]: row for row in list_articles(store.reader, "outlet-0")}
    serve(web, theirs, 0, outlet=1)
    collect(store, settings, 10_000)
    after = {row["id"]: row for row in list_articles(store.reader, "outlet-0")}
    assert {i: (r["title"], r["url"], r["published"]) for i, r in before.items()} == {
        i: (r["title"], r["url"], r["published"]) for i, r in after.items()
    }
    assert {row["source"] for row in list_articles(store.reader, "outlet-1")} == {"Outlet 1"}


def test_the_front_page_is_not_read_as_an_article(store: SqlStore, settings: Settings, web: Outlets) -> None:
    asked = web.hits[web.host(0)]["/"]
    rounds(store, settings, web, CHANGING["one link for all"], 1)
    assert web.hits[web.host(0)]["/"] == asked


def test_names_do_not_pile_up(store: SqlStore, settings: Settings, web: Outlets) -> None:
    rounds(store, settings, web, CHANGING["guids"], 8)
    with store.reader.connect() as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM aliases").scalar()
    for poll in range(8, 20):
        entries, _ = mint_all(((Entry(id=f"x{poll}", link=web.base(0) + "/a/0", title="Item 0"), Article()),), feed())
        store.save_poll(polled(store, entries), datetime.now(UTC))
    with store.reader.connect() as connection:
        after = connection.exec_driver_sql("SELECT count(*) FROM aliases").scalar()
    assert before is not None
    assert after is not None
    assert after - before < 12


def feed() -> Feed:
    return Feed(id="f", source_id="outlet-0", url="https://outlet.example/feed.xml")


def polled(store: SqlStore, entries: Any) -> Any:
    from newsloom.store.protocol import Polled

    return Polled(feed=store.feeds("outlet-0")[0], entries=entries)


def test_two_items_that_say_the_same_at_once_are_two() -> None:
    said = {"title": "Weather", "published": datetime(2026, 11, 24, 8, 0, 1, tzinfo=UTC)}
    twins = [Entry(id=str(n), link=f"https://outlet.example/{n}", **said) for n in range(2)]  # type: ignore[arg-type]
    made, _ = mint_all([(entry, Article()) for entry in twins], feed())
    assert len({entry.id for entry in made}) == 2
    assert not any(key.startswith("s:") for entry in made for key in entry.keys)
