"""Pages after they were read: one fetch however many list them, looked at again, given up where they were taken back
or reserved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsloom.config import Settings
from newsloom.engine import LocalPool
from newsloom.store import SqlStore, open_store
from newsloom.store.lookup import explain, list_articles
from tests.collecting import add, collect, collecting, pool
from tests.outlets import Outlets
from tests.store_kit import rows

DAY = 86_400.0
SECRET = "Zanzibarine"


@pytest.fixture(scope="module")
def workers() -> Iterator[LocalPool]:
    with pool() as workers:
        yield workers


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return collecting(tmp_path)


@pytest.fixture
def store(settings: Settings) -> Iterator[SqlStore]:
    store = open_store(settings.store)
    yield store
    store.close()


@pytest.fixture
def web() -> Iterator[Outlets]:
    with Outlets(outlets=2, articles=2) as web:
        yield web


def article(store: SqlStore, url: str) -> dict[str, object]:
    names = "headline, lead, passages, image, origin, rights, entry, look_at, etag"
    (row,) = rows(store, f"SELECT {names} FROM articles WHERE url = :url", url=url)
    return dict(zip(names.split(", "), row, strict=True))


def text_kept(store: SqlStore, url: str) -> bool:
    asked = "SELECT count(*) FROM texts JOIN articles ON articles.id = article_id WHERE url = :url"
    return bool(rows(store, asked, url=url)[0][0])


def found(store: SqlStore, word: str) -> int:
    return int(rows(store, "SELECT count(*) FROM search WHERE search MATCH :word", word=word)[0][0])


# One fetch


def test_a_page_that_two_sources_list_is_fetched_once(
    store: SqlStore, settings: Settings, web: Outlets, workers: LocalPool
) -> None:
    add(store, settings, web)
    shared = web.base(0) + "/n/0-0"
    item = f"<item><title>Also there</title><link>{shared}?utm_source=x</link></item>"
    feed = f"<rss version='2.0'><channel><title>B</title>{item}</channel></rss>"
    web.say["1/feed.xml"] = lambda: web.answer(200, feed)
    collect(store, settings, workers)
    assert web.hits[web.host(0)]["/n/0-0"] == 1
    both = [row for row in list_articles(store.reader) if "/n/0-0" in row["url"]]
    assert {(row["source_id"], row["origin"]) for row in both} == {("outlet-0", "page"), ("outlet-1", "page")}


def test_a_page_refused_for_good_is_asked_once_for_all(
    store: SqlStore, settings: Settings, web: Outlets, workers: LocalPool
) -> None:
    add(store, settings, web)
    web.say["/n/0-0"] = lambda: web.answer(403)
    item = f"<item><title>Also there</title><link>{web.base(0)}/n/0-0#a</link></item>"
    web.say["1/feed.xml"] = lambda: web.answer(200, f"<rss version='2.0'><channel>{item}</channel></rss>")
    collect(store, settings, workers)
    assert web.hits[web.host(0)]["/n/0-0"] == 1


# Looked at again


def test_pages_are_looked_at_again_within_a_day_and_cost_a_304(
    store: SqlStore, settings: Settings, web: Outlets, workers: LocalPool
) -> None:
    add(store, settings, web)
    collect(store, settings, workers)
    assert set(web.pages_asked().values()) == {1}
    collect(store, settings, workers, later_s=0.5 * DAY)
    assert set(web.pages_asked().values()) == {1}
    before = web.statuses[304]
    collect(store, settings, workers, later_s=DAY)
    assert set(web.pages_asked().values()) == {2}
    assert web.statuses[304] - before == 2 + 4
    collect(store, settings, workers, later_s=DAY + 60)
    assert set(web.pages_asked().values()) == {2}
    for row in list_articles(store.reader):
        assert row["origin"] == "page"
        assert text_kept(store, row["url"])


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_was_taken_back_loses_its_passages_within_a_day(
    store: SqlStore, settings: Settings, web: Outlets, workers: LocalPool, status: int
) -> None:
    url = web.base(0) + "/n/0-1"
    page = web.page(0, "/n/0-1").replace("<p>", f"<p>{SECRET} ")
    web.say["/n/0-1"] = lambda: web.answer(200, page, **{"Content-Type": "text/html"})
    add(store, settings, web)
    collect(store, settings, workers)
    assert article(store, url)["passages"] != "[]"
    assert found(store, SECRET)
    web.say["/n/0-1"] = lambda: web.answer(status)
    collect(store, settings, workers, later_s=DAY)
    left = article(store, url)
    assert (left["passages"], left["lead"], left["image"]) == ("[]", "", "")
    assert left["headline"]
    assert not text_kept(store, url)
    assert not found(store, SECRET)
    assert explain(store.reader, url)["declined"][0]["reason"] == f"http-{status}"
    collect(store, settings, workers, later_s=5 * DAY)
    assert web.hits[web.host(0)]["/n/0-1"] == 2, "gone for good"


@pytest.mark.parametrize(("status", "to", "is_gone"), [(302, "/", True), (301, "/", True), (301, "/n/0-0", False)])
def test_a_page_whose_address_leads_to_the_home_page_was_taken_back(
    store: SqlStore, settings: Settings, web: Outlets, workers: LocalPool, status: int, to: str, is_gone: bool
) -> None:
    url = web.base(0) + "/n/0-1"
    page = web.page(0, "/n/0-1").replace("<p>", f"<p>{SECRET} ")
    web.say["/n/0-1"] = lambda: web.answer(200, page, **{"Content-Type": "text/html"})
    add(store, settings, web)
    collect(store, settings, workers)
    assert found(store, SECRET)
    home = "".join(f"<p>Paragraph {n} of the home page, which is no article of anybody.</p>" for n in range(20))
    web.say["0/"] = lambda: web.answer(200, f"<body>{home}</body>", **{"Content-Type": "text/html"})
    web.say["/n/0-1"] = lambda: web.answer(status, Location=web.base(0) + to)
    collect(store, settings, workers, later_s=DAY)
    assert web.hits[web.host(0)]["/n/0-1"] == 2
    assert (article(store, url)["passages"] == "[]") == is_gone
    assert text_kept(store, url) != is_gone
    assert not found(store, SECRET)
    told = [(row["reason"], row["detail"]) for row in explain(store.reader, url)["declined"]]
    assert told == ([("http-404", "its address now leads to the outlet's home page")] if is_gone else [])


@pytest.mark.parametrize("status", [500, 403])
def test_a_page_that_fails_keeps_what_was_read(
    store: SqlStore, settings: Settings, web: Outlets, workers: LocalPool, status: int
) -> None:
    add(store, settings, web)
    collect(store, settings, workers)
    web.say["/n/0-1"] = lambda: web.answer(status)
    collect(store, settings, workers, later_s=DAY)
    assert article(store, web.base(0) + "/n/0-1")["passages"] != "[]"
    del web.say["/n/0-1"]
    collect(store, settings, workers, later_s=DAY + 3 * 3_600)
    assert web.hits[web.host(0)]["/n/0-1"] == 3, "asked again sooner than in a day"


def test_a_page_that_says_something_else_is_read_anew(
    store: SqlStore, settings: Settings, web: Outlets, workers: LocalPool
) -> None:
    add(store, settings, web)
    collect(store, settings, workers)
    web.say["/n/0-1"] = lambda: web.answer(
        200, web.page(0, "/n/0-1").replace("<p>", f"<p>{SECRET} "), **{"Content-Type": "text/html"}
    )
    collect(store, settings, workers, later_s=DAY)
    assert len(list(list_articles(store.reader))) == 4
    assert SECRET in str(article(store, web.base(0) + "/n/0-1")["passages"])


def test_looks_end_after_the_set_days(store: SqlStore, settings: Settings, web: Outlets, workers: LocalPool) -> None:
    old = replace(settings, collect=replace(settings.collect, look_days=0.0))
    add(store, old, web)
    collect(store, old, workers)
    with store._write() as connection:  # nothing stands on a front page
        connection.exec_driver_sql("DELETE FROM placements")
    waits = "UPDATE articles SET look_at = 0"
    with store._write() as connection:
        connection.exec_driver_sql(waits)
    assert store.claim_looks(datetime.now(UTC), 10, 60, since=datetime.now(UTC)) == []
    assert store.claim_looks(datetime.now(UTC), 10, 60, since=datetime.now(UTC) - timedelta(days=1))


# Reserved


@pytest.mark.parametrize("how", ["tdmrep", "meta", "noai", "header", "x-robots"])
def test_where_mining_is_reserved_the_feeds_headline_and_link_are_all_that_is_kept(
    store: SqlStore, settings: Settings, web: Outlets, workers: LocalPool, how: str
) -> None:
    url, html = web.base(0) + "/n/0-1", {"Content-Type": "text/html"}
    page = web.page(0, "/n/0-1").replace("<p>", f"<p>{SECRET} ")
    metas = {"meta": '<meta name="tdm-reservation" content="1">', "noai": '<meta name="robots" content="noai">'}
    headers = {"header": {"tdm-reservation": "1"}, "x-robots": {"X-Robots-Tag": "noai, noimageai"}}
    page = page.replace("<head>", "<head>" + metas.get(how, ""))
    web.say["/n/0-1"] = lambda: web.answer(200, page, **html | headers.get(how, {}))
    if how == "tdmrep":
        rules = '[{"location": "/n/0-1", "tdm-reservation": 1}]'
        web.say["0/.well-known/tdmrep.json"] = lambda: web.answer(200, rules)
    add(store, settings, web)
    collect(store, settings, workers)
    left = article(store, url)
    assert left["headline"] == web.title(0, "/n/0-1")
    assert (left["lead"], left["passages"], left["image"], left["look_at"]) == ("", "[]", "", None)
    assert not left["entry"] or b"description" not in bytes(left["entry"])  # type: ignore[arg-type]
    assert not text_kept(store, url)
    assert not found(store, SECRET)
    assert '"analyse":false' in str(left["rights"])
    assert "checked" in str(left["rights"])
    assert "tdm-reservation" in str(left["rights"]) or "noai" in str(left["rights"])
    assert web.hits[web.host(0)]["/n/0-1"] == (0 if how == "tdmrep" else 1), "obeyed before fetching"
    assert explain(store.reader, url)["declined"][0]["reason"] == "reserved"
    other = article(store, web.base(0) + "/n/0-0")
    assert other["passages"] != "[]"


def test_a_feed_that_is_reserved_gives_headlines_alone(
    store: SqlStore, settings: Settings, web: Outlets, workers: LocalPool
) -> None:
    web.say["0/.well-known/tdmrep.json"] = lambda: web.answer(200, '[{"location": "/", "tdm-reservation": 1}]')
    add(store, settings, web)
    collect(store, settings, workers)
    kept = [article(store, web.base(0) + path) for path in web.articles(0)]
    assert all(each["headline"] and not each["lead"] for each in kept)
    assert web.hits[web.host(0)]["/.well-known/tdmrep.json"] == 1
    assert not any(web.hits[web.host(0)][path] for path in web.articles(0))
    assert all(not text_kept(store, web.base(0) + path) for path in web.articles(0))


def test_a_reservation_made_later_takes_back_what_was_kept(
    store: SqlStore, settings: Settings, web: Outlets, workers: LocalPool
) -> None:
    url = web.base(0) + "/n/0-1"
    add(store, settings, web)
    collect(store, settings, workers)
    assert text_kept(store, url)
    web.say["0/.well-known/tdmrep.json"] = lambda: web.answer(200, '[{"location": "/n/*", "tdm-reservation": 1}]')
    collect(store, settings, workers, later_s=DAY)
    left = article(store, url)
    assert (left["lead"], left["passages"]) == ("", "[]")
    assert left["headline"] == web.title(0, "/n/0-1")
    assert not text_kept(store, url)
    assert web.hits[web.host(0)]["/n/0-1"] == 1


def test_noarchive_pages_are_read_but_their_text_is_not_kept(
    store: SqlStore, settings: Settings, web: Outlets, workers: LocalPool
) -> None:
    page = web.page(0, "/n/0-1")
    web.say["/n/0-1"] = lambda: web.answer(200, page, **{"Content-Type": "text/html", "X-Robots-Tag": "noarchive"})
    add(store, settings, web)
    collect(store, settings, workers)
    url = web.base(0) + "/n/0-1"
    assert article(store, url)["passages"] != "[]"
    assert not text_kept(store, url)
