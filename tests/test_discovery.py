"""From an address to a source, over HTTP: feeds, news sitemaps, section pages; and how these are collected."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web as http

from newsloom.config import Settings, edition_spec, load
from newsloom.engine import LocalPool
from newsloom.feeds import FeedSaid, parse_feed, read_section, sitemaps_in_robots
from newsloom.feeds.section import is_article
from newsloom.fetch import Fetcher
from newsloom.pipeline import work
from newsloom.pipeline.collector import Collector
from newsloom.pipeline.discover import find_source
from newsloom.pipeline.stories_writer import put_editions
from newsloom.store import SqlStore, open_store
from newsloom.store.lookup import list_articles
from newsloom.types import Rejected, Source
from tests.outlets import Outlets

POOL = LocalPool(1, work.DEADLINE_S, work.WARM)
TODAY = datetime.now(UTC)
HEADLINES = (
    "Ferry strike enters its second week", "Council votes down the harbour bridge",
    "Storm closes schools along the coast", "Reservoir at its lowest level in forty years",
    "Museum returns the bronze horse to Orvik", "Rail link to Tessaly opens a year late",
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _pool_ends() -> Iterator[None]:
    yield
    POOL.close()


@pytest.fixture
def web() -> Iterator[Outlets]:
    with Outlets(outlets=1, articles=0) as web:
        web.say["/"] = lambda: page("<p>Nothing here")
        web.say["/feed.xml"] = lambda: http.Response(status=404)
        yield web


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    said = {"store.url": str(tmp_path / "news.db"), "fetch.allow": "127.0.0.0/8", "fetch.delay_s": 0.0}
    return load({"NEWSLOOM_CONFIG": "/dev/null"}, **said)


def page(body: str, head: str = "") -> http.Response:
    return http.Response(text=f"<html lang='en'><head>{head}</head><body>{body}", content_type="text/html")


def xml(text: str) -> http.Response:
    return http.Response(text=text, content_type="application/xml")


def feed(title: str, *items: str) -> http.Response:
    inside = "".join(f"<item><title>{item}</title><link>/n/{item}</link></item>" for item in items)
    return xml(f"<rss><channel><title>{title}</title>{inside}</channel></rss>")


def links(*titles: str) -> str:
    return "".join(f"<h2><a href='/2026/11/24/{t.lower().replace(' ', '-')}'>{t}</a></h2>" for t in titles)


def news_sitemap(base: str, days_ago: float = 0) -> str:
    at = (TODAY - timedelta(days=days_ago)).isoformat()
    urls = "".join(
        f"<url><loc>{base}/2026/{n}</loc><n:news><n:publication><n:name>The Quay</n:name><n:language>en</n:language>"
        f"</n:publication><n:publication_date>{at}</n:publication_date><n:title>{title}</n:title></n:news></url>"
        for n, title in enumerate(HEADLINES)
    )
    spaces = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
    return f"<urlset {spaces} xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'>{urls}</urlset>"


def index(*children: tuple[str, float]) -> str:
    inside = "".join(
        f"<sitemap><loc>{loc}</loc><lastmod>{(TODAY - timedelta(days=days)).isoformat()}</lastmod></sitemap>"
        for loc, days in children
    )
    return f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{inside}</sitemapindex>"


def found(url: str, settings: Settings) -> Source | Rejected:
    async def look() -> Source | Rejected:
        async with Fetcher(settings.fetch) as fetcher:
            return await find_source(url, edition_spec("us"), fetcher, POOL)

    return asyncio.run(look())


def feeds_of(url: str, settings: Settings) -> tuple[str, ...]:
    source = found(url, settings)
    assert isinstance(source, Source), source
    return source.feeds


def collect(store: SqlStore, settings: Settings, later_s: float = 0.0) -> None:
    async def once() -> None:
        clock = lambda: datetime.now(UTC) + timedelta(seconds=later_s)  # noqa: E731
        async with Collector(store, settings, clock, POOL) as collector:
            await collector.once()

    asyncio.run(once())


def collected(settings: Settings, web: Outlets, address: str, rounds: int = 1) -> list[str]:
    """The titles that a source of one address brings."""
    store = open_store(settings.store)
    put_editions(store, settings)
    store.put_source(Source(id="quay", name="Quay", homepage=web.base(0), feeds=(address,)), ("us",), TODAY)
    for n in range(rounds):
        collect(store, settings, 90_000.0 * n)
    titles = sorted(row["title"] for row in list_articles(store.reader))
    store.close()
    return titles


# Feeds


def link(href: str, title: str) -> str:
    return f"<link rel='alternate' type='application/rss+xml' title='{title}' href='{href}'>"


def test_of_several_feeds_the_news_and_never_the_comments(web: Outlets, settings: Settings) -> None:
    named = link("/c.xml", "Quay » Comments") + link("/tag/boats.xml", "Boats") + link("/empty.xml", "All news")
    web.say["/"] = lambda: page("", named + link("/news.xml", "Quay"))
    web.say["/c.xml"] = web.say["/tag/boats.xml"] = lambda: feed("Boats", "a", "b")
    web.say["/empty.xml"] = lambda: feed("All news")
    web.say["/news.xml"] = lambda: feed("The Quay", "a")
    assert feeds_of(web.base(0), settings) == (web.base(0) + "/news.xml",)
    assert web.hits[web.host(0)]["/c.xml"] == 0


def test_a_feed_that_says_that_it_is_of_comments_is_no_source(web: Outlets, settings: Settings) -> None:
    web.say["/"] = lambda: page("", link("/x.xml", ""))
    web.say["/x.xml"] = lambda: feed("Comments on: The Quay", "Great article")
    web.say["/rss.xml"] = lambda: feed("The Quay", "Ferry late")
    assert feeds_of(web.base(0), settings) == (web.base(0) + "/rss.xml",)


def test_the_feed_of_the_section_that_was_named(web: Outlets, settings: Settings) -> None:
    web.say["/sport/"] = lambda: page("", link("/rss.xml", "Quay: all news") + link("/sport/rss.xml", "Quay: sport"))
    web.say["/rss.xml"] = web.say["/sport/rss.xml"] = lambda: feed("The Quay", "a")
    assert feeds_of(web.base(0) + "/sport/", settings) == (web.base(0) + "/sport/rss.xml",)


def test_a_bare_domain_is_tried_with_and_without_encryption(web: Outlets, settings: Settings) -> None:
    web.say["/feed/"] = lambda: feed("The Quay", "a")
    assert feeds_of(web.base(0).removeprefix("http://"), settings) == (web.base(0) + "/feed/",)


# Sitemaps


def test_a_site_without_a_feed_gives_its_news_sitemap(web: Outlets, settings: Settings) -> None:
    base = web.base(0)
    web.say["/robots.txt"] = lambda: http.Response(text=f"Sitemap: {base}/all.xml\nSITEMAP: {base}/n/news.xml # new\n")
    web.say["/all.xml"] = lambda: xml("<urlset><url><loc>/about</loc></url></urlset>")
    web.say["/n/news.xml"] = lambda: xml(news_sitemap(base))
    source = found(base, settings)
    assert isinstance(source, Source)
    assert (source.feeds, source.name, source.languages) == ((base + "/n/news.xml",), "The Quay", ("en",))


def test_old_sitemaps_and_those_of_the_whole_site_are_no_news(web: Outlets, settings: Settings) -> None:
    web.say["/news-sitemap.xml"] = lambda: xml(news_sitemap(web.base(0), days_ago=400))
    web.say["/sitemap.xml"] = lambda: xml("<urlset><url><loc>/about</loc></url></urlset>")
    nothing = found(web.base(0), settings)
    assert isinstance(nothing, Rejected)
    assert nothing.reason == "no-feed"


def test_a_news_sitemap_is_collected_like_a_feed(web: Outlets, settings: Settings) -> None:
    web.say["/news.xml.gz"] = lambda: http.Response(
        body=gzip.compress(news_sitemap(web.base(0)).encode()), content_type="application/octet-stream"
    )
    assert collected(settings, web, web.base(0) + "/news.xml.gz", rounds=2) == sorted(HEADLINES)


def test_an_index_is_followed_to_its_newest_sitemaps_and_no_further(web: Outlets, settings: Settings) -> None:
    base = web.base(0)
    children = [(f"{base}/old-{n}.xml", 30.0) for n in range(50)] + [(f"{base}/part-{n}.xml", 0.1) for n in range(9)]
    web.say["/index.xml"] = lambda: xml(index(*children, (base + "/news-1.xml", 0.5), (base + "/index.xml", 0.0)))
    web.say["/news-1.xml"] = lambda: xml(news_sitemap(base))
    assert collected(settings, web, base + "/index.xml") == sorted(HEADLINES)
    asked = [path for path in web.hits[web.host(0)] if path.endswith(".xml")]
    assert "/news-1.xml" in asked
    assert not any("old" in path for path in asked)
    assert len(asked) <= 5
    assert web.hits[web.host(0)]["/index.xml"] <= 2


def test_of_a_plain_sitemap_only_what_is_new_is_taken(web: Outlets, settings: Settings) -> None:
    base, fresh, old = web.base(0), TODAY.isoformat(), (TODAY - timedelta(days=30)).isoformat()
    lines = [(f"{base}/a/{n}", fresh if n < 2 else old) for n in range(20)]
    body = "".join(f"<url><loc>{loc}</loc><lastmod>{at}</lastmod></url>" for loc, at in lines)
    web.say["/sitemap.xml"] = lambda: xml(f"<urlset>{body}<url><loc>{base}/about</loc></url></urlset>")
    assert len(collected(settings, web, base + "/sitemap.xml")) == 2


def test_sitemaps_in_robots_txt() -> None:
    text = (
        "User-agent: *\nDisallow: /x\nSitemap: /map.xml\n sitemap:https://a.example/news.xml\nSitemap: javascript:x\n"
    )
    assert sitemaps_in_robots(text, "https://a.example/") == ("https://a.example/news.xml", "https://a.example/map.xml")
    assert len(sitemaps_in_robots("Sitemap: /a\n" * 100_000, "https://a.example/")) == 1


def test_a_gzip_bomb_is_no_sitemap() -> None:
    bomb = gzip.compress(b"<urlset>" + b" " * 60_000_000)
    assert isinstance(parse_feed(bomb), FeedSaid | Rejected)
    assert isinstance(parse_feed(b"\x1f\x8b\x08broken"), Rejected)


# Section pages


def test_a_page_without_a_feed_is_read_for_its_links_to_articles(web: Outlets, settings: Settings) -> None:
    web.say["/"] = lambda: page(links(*HEADLINES), "<title>Front page | The Quay</title>")
    source = found(web.base(0), settings)
    assert isinstance(source, Source)
    assert source.feeds == (web.base(0) + "/#articles",)
    assert source.name == "The Quay"


def test_a_section_page_is_collected_like_a_feed(web: Outlets, settings: Settings) -> None:
    web.say["/world/"] = lambda: page(links(*HEADLINES))
    address = web.base(0) + "/world/#articles"
    assert collected(settings, web, address) == sorted(HEADLINES)
    web.say["/world/"] = lambda: page(links("A seventh headline about the harbour", *HEADLINES[:5]))
    assert len(collected(settings, web, address, rounds=2)) == 7


@pytest.mark.parametrize(
    ("link", "label"),
    [
        ("https://a.example/2026/11/24/ferry-strike", "Ferry strike enters its second week"),
        ("https://a.example/news/ferry-strike-enters-second-week", "Ferry strike enters its second week"),
        ("https://a.example/world/europe-12345678", "Storm closes schools along the coast"),
        ("https://a.example/artikel?id=4711", "Storm closes schools along the whole coast"),
        ("https://a.example/nyheter/a/Xy12/hamnen-oppnar-igen-efter-stormen", "Hamnen öppnar igen"),
        ("https://a.example/news/20261124/k10014.html", "港口罢工进入第二周旅客滞留"),
    ],
)
def test_what_looks_like_an_article(link: str, label: str) -> None:
    assert is_article(link, label)


@pytest.mark.parametrize(
    ("link", "label"),
    [
        ("https://a.example/", "The Quay, news of the harbour"),
        ("https://a.example/world/", "World"),
        ("https://a.example/tag/ferry-strike-2026-11-24", "All about the ferry strike of this year"),
        ("https://a.example/author/ada-quill-news-desk", "Ada Quill of the news desk writes"),
        ("https://a.example/2026/11/24/photo.jpg", "A photo of the ferry on the quay"),
        ("https://a.example/privacy-policy-and-cookie-terms", "Privacy"),
        ("https://a.example/2026/11/24/x", "More"),
    ],
)
def test_what_does_not(link: str, label: str) -> None:
    assert not is_article(link, label)


def test_a_page_names_each_article_once_and_only_its_own() -> None:
    body = (
        "<title>World - The Quay</title><!-- " + links("A commented headline of long ago") + " -->"
        "<script>'<a href=/2026/11/24/not-a-link-at-all>Not a link at all here</a>'</script>"
        + links(*HEADLINES[:4])
        + "<a href='/2026/11/24/ferry-strike-enters-its-second-week#comments'>12 comments so far on it</a>"
        + "<a href='https://www.a.example/2026/11/24/from-www-too'><img src=x><h3>Harbour opens again</h3><p>x</a>"
        + "<a href='https://evil.example/2026/11/24/someone-elses-news-story'>Somebody else has news today</a>"
        + "<a href='javascript:alert(1)//2026/11/24/a-b-c-d'>Never a link to follow</a>"
    )
    told = read_section(body.encode(), "https://a.example/world")
    assert isinstance(told, FeedSaid)
    assert [entry.title for entry in told.entries] == [*HEADLINES[:4], "Harbour opens again"]
    assert told.title == "World"
    few = read_section(links(*HEADLINES[:2]).encode(), "https://a.example/")
    assert isinstance(few, Rejected)
    assert few.reason == "no-articles"


HOSTILE = {
    "anchors": "<a href=x>" * 300_000,
    "attributes": "<a " + "x=y " * 700_000,
    "headings": ("<a href=/x-y-z-w-1>" + "<h1>" * 900 + "</a>") * 700,
    "comments": "<!--" * 700_000,
    "scripts": "<script>" * 300_000,
    "blanks": ("<a href" + " " * 2_000 + ">") * 1_000,
    "metas": "<meta " * 300_000,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_no_page_stops_the_reader_of_sections(what: str) -> None:
    assert isinstance(read_section(HOSTILE[what].encode(), "https://a.example/"), FeedSaid | Rejected)
