"""The scout: another feed in place of one that fails for a week, and sites that many articles link to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from newsloom.config import EditionsSettings
from newsloom.engine import LocalPool
from newsloom.fetch import FakeFetcher, fake_page
from newsloom.health import tell
from newsloom.pipeline.desk import Desk
from newsloom.pipeline.scout import Scout
from newsloom.pipeline.work import cited_hosts
from newsloom.store import SqlStore
from newsloom.store.reading import Reading
from newsloom.types import Feed, Page, Source
from tests.collecting import pool
from tests.store_kit import NOW, add_source, later, new_entry, opened, page_of, poll

HOME = "https://s.example/"
FEED = (
    "<rss version='2.0'><channel><title>News of S</title>"
    "<item><title>One</title><link>{}1</link></item></channel></rss>"
)


@pytest.fixture(scope="module")
def workers() -> Iterator[LocalPool]:
    with pool() as workers:
        yield workers


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = opened(tmp_path)
    yield store
    store.close()


def scout(store: SqlStore, web: FakeFetcher, workers: LocalPool, **time: float) -> Scout:
    return Scout(store, web, workers, Desk("test"), EditionsSettings(), lambda: later(**time))


def home(*feeds: str) -> Page:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{feed}">' for feed in feeds)
    return fake_page(HOME, f"<html><head><title>S</title>{links}</head><body>S</body></html>")


def failing(store: SqlStore, **said: object) -> Feed:
    store.put_source(Source(id="s", name="S", homepage=HOME, feeds=(HOME + "rss",)), ("us",), NOW)
    (feed,) = store.feeds("s")
    lost = {"failures": 9, "status": 404, "error": "http-404", "failing_since": NOW - timedelta(days=8)}
    poll(store, replace(feed, next_poll=later(days=1), **{**lost, **said}))  # type: ignore[arg-type]
    return store.feeds("s")[0]


async def test_a_feed_that_fails_for_a_week_is_replaced_by_what_the_homepage_names(
    store: SqlStore, workers: LocalPool
) -> None:
    lost = failing(store)
    web = FakeFetcher(
        {HOME: home("/rss", "/new.xml"), HOME + "new.xml": fake_page(HOME + "new.xml", FEED.format(HOME))}
    )
    assert await scout(store, web, workers).seek() == 1
    by_url = {feed.url: feed for feed in store.feeds("s")}
    assert by_url[lost.url].gone
    assert "was replaced by https://s.example/new.xml" in tell(by_url[lost.url], NOW).words
    assert by_url[HOME + "new.xml"].next_poll == NOW
    assert lost.url not in web.asked
    assert await scout(store, web, workers, days=30).seek() == 0, "done"


async def test_it_is_looked_for_once_a_week_as_long_as_there_is_none(store: SqlStore, workers: LocalPool) -> None:
    failing(store)
    web = FakeFetcher({HOME: home("/rss")})
    assert await scout(store, web, workers).seek() == 0
    assert web.asked[0] == HOME
    asked = len(web.asked)
    assert await scout(store, web, workers, days=6).seek() == 0
    assert len(web.asked) == asked
    assert await scout(store, web, workers, days=8).seek() == 0
    assert len(web.asked) == 2 * asked
    assert not store.feeds("s")[0].gone


@pytest.mark.parametrize(
    "said", [{"failing_since": NOW - timedelta(days=6)}, {"failing_since": None, "failures": 0, "status": 200}]
)
async def test_others_are_left_alone(store: SqlStore, workers: LocalPool, said: dict[str, object]) -> None:
    failing(store, **said)
    web = FakeFetcher({HOME: home("/new.xml")})
    assert await scout(store, web, workers).seek() == 0
    assert web.asked == []


async def test_a_feed_that_is_gone_is_looked_for_too(store: SqlStore, workers: LocalPool) -> None:
    failing(store, status=410, gone=True)
    web = FakeFetcher({HOME: home("/new.xml"), HOME + "new.xml": fake_page(HOME + "new.xml", FEED.format(HOME))})
    assert await scout(store, web, workers).seek() == 1


def test_links_of_paragraphs_to_other_sites_are_citations() -> None:
    body = (
        '<nav><a href="https://menu.example/">x</a></nav><p>As <a class="x" href="https://www.Wire.example/a?b">Wire</a>'
        ' and <a href="https://wire.example/c">Wire</a>, <a href="/own">own</a>, <a href="https://m.s.example/">own</a>,'
        ' <a href="ftp://files.example/">no</a> say</p><a href="https://foot.example/">y</a>'
    )
    assert cited_hosts(fake_page("https://www.s.example/1", body)) == ("wire.example",)
    many = "<p>" + "".join(f'<a href="https://h{n}.example{n}.org/">x</a>' for n in range(200))
    assert len(cited_hosts(fake_page(HOME, many))) == 30
    assert cited_hosts(fake_page(HOME, b"<p>" + b"<a " * 200_000)) == ()


def cite(store: SqlStore, host: str, outlets: int, articles: int) -> None:
    for n in range(outlets):
        feed = add_source(store, f"o{n}")
        poll(store, feed, *(new_entry(f"https://o{n}.example/{host}/{k}", source=f"o{n}") for k in range(articles)))
        while jobs := store.claim_pages(NOW, 100, 60, version=1):
            store.save_reads([replace(page_of(job), cited=(host,), look_at=NOW) for job in jobs], NOW)


async def test_a_site_that_many_articles_link_to_is_proposed(store: SqlStore, workers: LocalPool) -> None:
    cite(store, "wire.example", outlets=3, articles=2)
    cite(store, "youtube.com", outlets=3, articles=2)
    cite(store, "o1.example", outlets=3, articles=2)
    cite(store, "rare.example", outlets=2, articles=9)
    site = "https://wire.example/"
    page = fake_page(site, '<html><head><link rel="alternate" type="application/rss+xml" href="/f"></head></html>')
    web = FakeFetcher({site: page, site + "f": fake_page(site + "f", FEED.format(site))})
    assert await scout(store, web, workers).propose() == 1
    (proposed,) = store.proposals()
    assert (proposed.host, proposed.sources, proposed.articles) == ("wire.example", 3, 6)
    assert (proposed.feed, proposed.name) == (site + "f", "News of S")
    assert Reading(store.reader).health(NOW).proposed == (proposed,)
    assert all("wire.example" in url for url in web.asked)
    asked = len(web.asked)
    assert await scout(store, web, workers, days=1).propose() == 0
    assert len(web.asked) == asked, "looked at once"
    store.put_source(Source(id="wire", name="Wire", homepage="https://www.wire.example/"), (), NOW)
    assert store.proposals() == []


async def test_a_site_without_a_feed_is_not_shown(store: SqlStore, workers: LocalPool) -> None:
    cite(store, "shop.example", outlets=3, articles=2)
    assert await scout(store, FakeFetcher({}), workers).propose() == 0
    assert store.proposals() == []


def test_a_page_read_again_is_not_counted_again(store: SqlStore) -> None:
    cite(store, "wire.example", outlets=3, articles=2)
    looks = store.claim_looks(later(days=2), 10, 60, since=NOW)
    assert looks
    for job in looks:
        store.save_reads([replace(page_of(job), cited=("wire.example",))], later(days=2))
    assert store.cited(NOW - timedelta(days=1), 1, 1, 9)[0].articles == 6
