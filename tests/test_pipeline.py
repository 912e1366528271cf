"""Whole rounds over real HTTP on loopback: what is asked, what is kept, what happens to what fails."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsloom.config import Settings, load
from newsloom.engine import LocalPool
from newsloom.pipeline import work
from newsloom.pipeline.collector import Collector, Tally
from newsloom.pipeline.stories_writer import put_editions
from newsloom.store import SqlStore, open_store
from newsloom.store.lookup import explain, list_articles, list_stories
from tests.outlets import Outlets


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(
        {"NEWSLOOM_CONFIG": "/dev/null"},
        **{
            "store.url": str(tmp_path / "news.db"),
            "fetch.allow": "127.0.0.0/8",
            "fetch.delay_s": 0.0,
            "fetch.timeout_s": 3.0,
        },
    )


@pytest.fixture
def store(settings: Settings) -> Iterator[SqlStore]:
    store = open_store(settings.store)
    yield store
    store.close()


@pytest.fixture
def web() -> Iterator[Outlets]:
    with Outlets(outlets=3, articles=4) as web:
        yield web


def add(store: SqlStore, settings: Settings, web: Outlets) -> None:
    put_editions(store, settings)
    for source in web.sources():
        store.put_source(source, ("us",), datetime.now(UTC))


POOL = LocalPool(2, work.DEADLINE_S, work.WARM)


@pytest.fixture(scope="module", autouse=True)
def _pool_ends() -> Iterator[None]:
    yield
    POOL.close()


def collect(store: SqlStore, settings: Settings, later_s: float = 0.0) -> Tally:
    async def once() -> Tally:
        clock = lambda: datetime.now(UTC) + timedelta(seconds=later_s)  # noqa: E731
        async with Collector(store, settings, clock, POOL) as collector:
            return await collector.once()

    return asyncio.run(once())


def test_a_round_stores_reads_groups_and_ranks_everything(store: SqlStore, settings: Settings, web: Outlets) -> None:
    add(store, settings, web)
    tally = collect(store, settings)
    rows = list(list_articles(store.reader))
    assert {row["url"] for row in rows} == web.urls()
    assert len(rows) == 12
    assert all(row["origin"] == "page" and row["story"] for row in rows)
    assert (tally.polled, tally.new, tally.pages.read, tally.grouped) == (3, 12, 12, 12)
    assert set(web.pages_asked().values()) == {1}
    assert all(hits["/robots.txt"] == 1 for hits in web.hits.values())
    assert max(web.most_open.values()) == 1
    assert sum(len(story["articles"]) for story in list_stories(store.reader)) == 12
    assert store.stories_for_rank("us", datetime.now(UTC) - timedelta(days=3))


def test_a_second_round_asks_conditionally_and_adds_nothing(store: SqlStore, settings: Settings, web: Outlets) -> None:
    add(store, settings, web)
    collect(store, settings)
    tally = collect(store, settings)
    assert (tally.polled, tally.unchanged, tally.new, tally.pages.read) == (3, 3, 0, 0)
    assert web.statuses[304] == 3
    assert set(web.pages_asked().values()) == {1}
    assert all(hits["/robots.txt"] == 1 for hits in web.hits.values()), "robots.txt is remembered between runs"


def test_new_entries_of_a_known_feed_are_read(store: SqlStore, settings: Settings, web: Outlets) -> None:
    add(store, settings, web)
    collect(store, settings)
    web.extra[1].append("/n/late-1")
    tally = collect(store, settings)
    assert (tally.new, tally.pages.read) == (1, 1)
    assert {row["url"] for row in list_articles(store.reader)} == web.urls()


@pytest.mark.parametrize(
    ("status", "reason"), [(404, "http-404"), (410, "http-410"), (403, "http-403"), (200, "not-html")]
)
def test_a_page_that_is_not_to_be_had_is_shown_from_its_entry(
    store: SqlStore, settings: Settings, web: Outlets, status: int, reason: str
) -> None:
    web.say["/n/0-1"] = lambda: web.answer(status, "{}" if status == 200 else "gone")
    add(store, settings, web)
    tally = collect(store, settings)
    assert (tally.pages.read, tally.pages.entry, tally.pages.later) == (11, 1, 0)
    told = explain(store.reader, web.base(0) + "/n/0-1")
    assert told["stages"]["read"]["from"] == "entry"
    assert told["stages"]["group"]["story"]
    assert [d["reason"] for d in told["declined"]] == [reason]
    collect(store, settings, later_s=86_400)
    assert web.hits[web.host(0)]["/n/0-1"] == 1, "a permanent failure is final"


def test_a_page_that_fails_for_a_passing_reason_is_asked_for_again(
    store: SqlStore, settings: Settings, web: Outlets
) -> None:
    web.say["/n/0-1"] = lambda: web.answer(503)
    add(store, settings, web)
    assert collect(store, settings).pages.later == 1
    url = web.base(0) + "/n/0-1"
    assert explain(store.reader, url)["stages"]["group"]["story"], "shown from the entry meanwhile"
    collect(store, settings)
    assert web.hits[web.host(0)]["/n/0-1"] == 1, "not before its time"
    del web.say["/n/0-1"]
    assert collect(store, settings, later_s=600).pages.read == 1
    told = explain(store.reader, url)
    assert (told["stages"]["read"]["from"], told["stages"]["read"]["retry_at"]) == ("page", None)
    assert len(list(list_articles(store.reader))) == 12


def test_passing_failures_end_after_the_set_attempts(store: SqlStore, settings: Settings, web: Outlets) -> None:
    web.say["/n/0-1"] = lambda: web.answer(500)
    add(store, settings, web)
    for day in range(6):
        collect(store, settings, later_s=86_400 * day)
    assert web.hits[web.host(0)]["/n/0-1"] == settings.collect.page_attempts


def test_a_failing_feed_leaves_the_others_alone_and_backs_off(
    store: SqlStore, settings: Settings, web: Outlets
) -> None:
    web.say["0/feed.xml"] = lambda: web.answer(500)
    web.say["1/feed.xml"] = lambda: web.answer(200, "<html><body>no feed</body></html>")
    add(store, settings, web)
    tally = collect(store, settings)
    assert (tally.failed, tally.new) == (2, 4)
    asked = web.hits[web.host(0)]["/feed.xml"]
    collect(store, settings)
    assert web.hits[web.host(0)]["/feed.xml"] == asked, "in back-off"
    broken = store.feeds("outlet-0")[0]
    assert (broken.failures, broken.status) == (1, 500)
    assert broken.error.startswith("http-500")


def test_retry_after_is_kept_and_410_is_for_good(store: SqlStore, settings: Settings, web: Outlets) -> None:
    web.say["0/feed.xml"] = lambda: web.answer(429, "", **{"Retry-After": "7200"})
    web.say["1/feed.xml"] = lambda: web.answer(410)
    add(store, settings, web)
    collect(store, settings)
    patient, gone = store.feeds("outlet-0")[0], store.feeds("outlet-1")[0]
    assert patient.next_poll is not None
    assert patient.next_poll >= datetime.now(UTC) + timedelta(seconds=7_100)
    assert gone.gone
    collect(store, settings, later_s=30 * 86_400)
    assert web.hits[web.host(1)]["/feed.xml"] == 1
    assert len(store.feeds("outlet-1")) == 1


def test_what_was_forgotten_stays_forgotten(store: SqlStore, settings: Settings, web: Outlets) -> None:
    add(store, settings, web)
    collect(store, settings)
    url = web.base(2) + "/n/2-0"
    assert store.forget(url, datetime.now(UTC), "asked to") == 1
    web.extra[2].append("/n/late-2")  # the feed changes, so that it is read again
    collect(store, settings)
    urls = {row["url"] for row in list_articles(store.reader)}
    assert url not in urls
    assert len(urls) == 12
    assert explain(store.reader, url)["forgotten"]["reason"] == "asked to"
    assert web.hits[web.host(2)]["/n/2-0"] == 1


def test_robots_close_pages_but_not_their_entries(store: SqlStore, settings: Settings, web: Outlets) -> None:
    web.extra[0].append("/private/1")
    add(store, settings, web)
    collect(store, settings)
    told = explain(store.reader, web.base(0) + "/private/1")
    assert told["stages"]["read"]["from"] == "entry"
    assert told["declined"][0]["reason"] == "robots"
    assert web.hits[web.host(0)]["/private/1"] == 0


def test_private_addresses_are_refused_without_leave(store: SqlStore, settings: Settings, web: Outlets) -> None:
    add(store, settings, web)
    closed = replace(settings, fetch=replace(settings.fetch, allow=""))
    tally = collect(store, closed)
    assert (tally.failed, tally.new) == (3, 0)
    assert not web.hits
    assert store.feeds("outlet-0")[0].error.startswith("private-address")


def test_two_collectors_at_once_share_the_work(store: SqlStore, settings: Settings, web: Outlets) -> None:
    add(store, settings, web)
    other = open_store(settings.store)

    async def both() -> None:
        async with Collector(store, settings, pool=POOL) as one, Collector(other, settings, pool=POOL) as two:
            await asyncio.gather(one.once(), two.once())

    try:
        asyncio.run(both())
    finally:
        other.close()
    rows = list(list_articles(store.reader))
    assert {row["url"] for row in rows} == web.urls()
    assert len(rows) == 12
    assert set(web.pages_asked().values()) == {1}


def test_two_processes_on_one_store_never_ask_a_host_twice_at_once(
    store: SqlStore, settings: Settings, tmp_path: Path
) -> None:
    with Outlets(outlets=2, articles=12, latency_s=0.15) as web:
        put_editions(store, settings)
        for n, source in enumerate(web.sources()):  # seven feeds of one host each, and its pages
            more = tuple(f"{web.base(n)}/{name}.xml" for name in "abcdef")
            for name in "abcdef":
                web.say[f"{n}/{name}.xml"] = lambda: web.answer(200, "<rss><channel><title>T</title></channel></rss>")
            store.put_source(replace(source, feeds=source.feeds + more), ("us",), datetime.now(UTC))
        command = [sys.executable, "-m", "newsloom", "--db", settings.store.url, "collect"]
        environ = {**os.environ, "NEWSLOOM_FETCH_ALLOW": "127.0.0.0/8", "NEWSLOOM_FETCH_DELAY_S": "0"}
        running = [subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL) for _ in range(2)]
        until = time.monotonic() + 120
        while time.monotonic() < until and not all(feed.last_polled for feed in store.feeds()):
            time.sleep(0.2)
        while time.monotonic() < until and "entry" in {row["origin"] for row in list_articles(store.reader)}:
            time.sleep(0.2)
        for process in running:
            process.terminate()
        assert [process.wait(30) for process in running] == [0, 0]
    assert {row["url"] for row in list_articles(store.reader) if row["origin"] == "page"} == web.urls()
    assert set(web.most_open.values()) == {1}
