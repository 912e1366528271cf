"""The made-up newsroom: its data, and its web over real HTTP on loopback."""

from __future__ import annotations

import calendar
import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import aiohttp
import feedparser
import pytest
from selectolax.lexbor import LexborHTMLParser

from newsloom.sample import Layout, Outlet, Sample, SampleArticle, SampleEvent, load
from newsloom.sample.images import HEIGHT, WIDTH, picture
from newsloom.sample.web import Newsroom, serving
from newsloom.sample.words import SUBHEADINGS, WORDS, written_time

NOW = datetime(2026, 3, 5, 12, 0, 30, 999, tzinfo=UTC)
LAYOUTS: tuple[Layout, ...] = ("jsonld", "opengraph", "plain")
NASTY = 'Profit & "loss": 3 < 5, she\'d said </script><b>loudly</b> — ärligt'


async def _get(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with aiohttp.ClientSession() as session, session.get(url, headers=named) as response:
        return response.status, {k.lower(): v for k, v in response.headers.items()}, await response.read()


def _small() -> Sample:
    """Three outlets, one a layout, each with one plain article; the first one's other pages break."""

    def article(id: str, outlet: str, **more: Any) -> SampleArticle:
        text = f"{NASTY}\n\nSecond paragraph of {id}.\n\nThird & last.\n\nAfter that."
        return SampleArticle(
            id=id,
            outlet=outlet,
            story="s",
            hours_ago=2.5,
            headline=f"{NASTY} {id}",
            lead=f"Lead: {NASTY}",
            text=text,
            **more,
        )

    outlets = tuple(
        Outlet(
            id=layout,
            name=f"The {layout} & Sons",
            country="se" if layout == "plain" else "us",
            language="sv" if layout == "plain" else "en",
            owner="O",
            kind="local",
            feed="rss",
            layout=layout,
            tagline="<news>",
            state="dead" if layout == "plain" else "ok",
        )
        for layout in LAYOUTS
    )
    articles = [article(f"a-{layout}", layout, authors=("Åsa Öd", "Bo <Ek>")) for layout in LAYOUTS]
    articles += [article(f"b-{kind}", "jsonld", broken=kind) for kind in ("404", "truncated", "empty", "binary")]
    articles.append(article("c-copy", "plain", copy_of="a-jsonld", copy_kind="wire", modified_hours_ago=1.0))
    return Sample(outlets=outlets, events=(SampleEvent(story="s", about="x", articles=tuple(articles)),))


def test_whole_newsroom_has_its_size() -> None:
    sample = load()
    assert len(sample.outlets) >= 14
    assert len({o.country for o in sample.outlets}) >= 3
    assert {o.language for o in sample.outlets} == {"en", "sv"}
    assert len(sample.articles) >= 160
    assert len(sample.events) >= 45
    assert sum(o.state == "dead" for o in sample.outlets) == 1
    assert {o.feed for o in sample.outlets} == {"rss", "atom", "rdf", "jsonfeed"}
    assert {o.layout for o in sample.outlets} == set(LAYOUTS)
    assert set(WORDS["sv"]) == set(WORDS["en"])
    assert set(SUBHEADINGS) == {"en", "sv"}


def test_swedish_half_has_its_size() -> None:
    sample = load()
    outlets = {o.id for o in sample.outlets if o.language == "sv"}
    owners = Counter(o.owner for o in sample.outlets if o.id in outlets)
    events = [e for e in sample.events if e.articles[0].outlet in outlets]
    articles = [a for e in events for a in e.articles]
    kinds = Counter(a.copy_kind for a in articles)
    assert len(outlets) == 5
    assert owners.most_common(1)[0][1] == 2
    assert len(events) == 14
    assert all(a.outlet in outlets for a in articles)
    assert len(articles) >= 45
    assert kinds["wire"] + kinds["identical"] >= 6
    assert kinds["revision"] >= 1
    assert sum(e.look_alike_of is not None for e in events) == 2


def test_articles_are_whole_and_copies_resolve() -> None:
    sample = load()
    by_id = {a.id: a for a in sample.articles}
    for article in sample.articles:
        assert article.headline, article.id
        assert article.lead, article.id
        assert len(article.paragraphs) >= 2, article.id
        assert 0.5 <= article.hours_ago <= 70, article.id
        assert article.modified_hours_ago is None or article.modified_hours_ago <= article.hours_ago, article.id
        assert (article.copy_of is None) == (article.copy_kind is None), article.id
        if article.copy_of is not None:
            original = by_id[article.copy_of]
            assert original.story == article.story, article.id
            assert original.copy_of is None, article.id
            assert original.hours_ago >= article.hours_ago, article.id
        if article.copy_kind == "identical":
            assert article.paragraphs == by_id[str(article.copy_of)].paragraphs, article.id


async def test_feeds_list_every_outlets_articles() -> None:
    async with serving(NOW) as newsroom:
        assert len(newsroom.catalogue()) == len(newsroom.sample.outlets)
        for site in newsroom.sites.values():
            status, headers, body = await _get(site.feed_url)
            if site.outlet.state == "dead":
                assert status == 500
                continue
            assert status == 200
            links = [site.url(a) for a in site.articles]
            times = [site.published(a) for a in site.articles]
            if site.outlet.feed == "jsonfeed":
                said = json.loads(body)
                assert headers["content-type"].startswith("application/feed+json")
                assert [item["url"] for item in said["items"]] == links
                assert [datetime.fromisoformat(item["date_published"]) for item in said["items"]] == times
                continue
            feed = feedparser.parse(body, response_headers=headers)
            assert not feed.bozo, site.outlet.id
            assert feed.feed.title == site.outlet.name
            assert [e.link for e in feed.entries] == links
            assert [e.title for e in feed.entries] == [a.headline for a in site.articles]
            stamps = [e.get("published_parsed") or e.updated_parsed for e in feed.entries]
            assert [calendar.timegm(stamp) for stamp in stamps] == [t.timestamp() for t in times]


async def test_gold_names_every_page() -> None:
    async with serving(NOW) as newsroom:
        gold = newsroom.gold()
        assert len(gold) == len(newsroom.sample.articles)
        assert all(item.copy_of is None or gold[item.copy_of].story == item.story for item in gold.values())
        shown = [url for url, item in gold.items() if not item.broken]
        for url in (*shown[:5], *shown[-5:]):
            status, _, body = await _get(url)
            assert status == 200
            assert f'<link rel="canonical" href="{url}">'.encode() in body


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_page_says_what_was_written(layout: str) -> None:
    async with serving(NOW, sample=_small()) as newsroom:
        site = newsroom.sites[layout]
        article = next(a for a in site.articles if a.id == f"a-{layout}")
        status, headers, body = await _get(site.url(article))
    assert status == 200
    assert headers["content-type"] == "text/html; charset=utf-8"
    tree = LexborHTMLParser(body.decode())
    texts = [node.text() for node in tree.css("p")]
    assert [text for text in texts if text in article.paragraphs] == list(article.paragraphs)
    assert not tree.css("b")
    assert [node.text() for node in tree.css("title")] == [f"{article.headline} | {site.outlet.name}"]
    assert [node.text() for node in tree.css("h1")] == [article.headline]
    assert any("Åsa Öd" in text and "Bo <Ek>" in text for text in texts)
    metas = {m.attributes.get("property"): m.attributes.get("content") for m in tree.css("meta[property]")}
    assert metas["og:site_name"] == site.outlet.name
    assert metas.get("og:title") == (None if layout == "plain" else article.headline)
    linked = [json.loads(node.text()) for node in tree.css('script[type="application/ld+json"]')]
    assert len(linked) == (layout == "jsonld")
    for item in linked:
        assert item["headline"] == article.headline
        assert [author["name"] for author in item["author"]] == list(article.authors)
        assert datetime.fromisoformat(item["datePublished"]) == site.published(article)


async def test_every_page_of_the_newsroom_keeps_its_paragraphs() -> None:
    async with serving(NOW) as newsroom:
        for site in newsroom.sites.values():
            article = next((a for a in site.articles if not a.broken), None)
            if article is None:
                assert site.outlet.state == "dead"
                continue
            _, _, body = await _get(site.url(article))
            texts = {node.text() for node in LexborHTMLParser(body.decode()).css("p")}
            assert texts.issuperset(article.paragraphs), article.id


async def test_front_page_robots_and_sitemap() -> None:
    async with serving(NOW, sample=_small()) as newsroom:
        site = newsroom.sites["opengraph"]
        _, _, front = await _get(f"{site.base}/")
        _, _, robots = await _get(f"{site.base}/robots.txt")
        _, _, sitemap = await _get(f"{site.base}/sitemap.xml")
        missing, _, _ = await _get(f"{site.base}/nowhere")
    links = LexborHTMLParser(front.decode()).css('link[rel="alternate"]')
    assert [(link.attributes["type"], link.attributes["href"]) for link in links] == [
        ("application/rss+xml", "/feed.xml")
    ]
    assert b"Disallow: /search" in robots
    assert f"Sitemap: {site.base}/sitemap.xml".encode() in robots
    assert site.url(site.articles[0]).encode() in sitemap
    assert missing == 404


async def test_images_are_served_and_named() -> None:
    async with serving(NOW) as newsroom:
        pairs = [(site, a) for site in newsroom.sites.values() for a in site.articles]
        with_image = [(site, a) for site, a in pairs if site.image_path(a)]
        assert 0.5 < len(with_image) / len(pairs) < 0.8
        site, article = next((s, a) for s, a in with_image if s.outlet.layout != "plain" and not a.broken)
        _, _, page = await _get(site.url(article))
        image = site.base + site.image_path(article)
        assert f'<meta property="og:image" content="{image}">'.encode() in page
        status, headers, body = await _get(image)
    assert (status, headers["content-type"]) == (200, "image/png")
    assert body[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(body[16:20], "big") == WIDTH
    assert int.from_bytes(body[20:24], "big") == HEIGHT
    assert picture("one") != picture("two")


@pytest.mark.parametrize("path", ["/", "/robots.txt", "/feed.xml", "page"])
async def test_conditional_requests(path: str) -> None:
    async with serving(NOW, sample=_small()) as newsroom:
        site = newsroom.sites["opengraph"]
        url = site.url(site.articles[0]) if path == "page" else site.base + path
        status, headers, _ = await _get(url)
        assert status == 200
        etag, modified = headers["etag"], headers["last-modified"]
        again, _, body = await _get(url, If_None_Match=etag)
        assert (again, body) == (304, b"")
        assert (await _get(url, If_None_Match=f"W/{etag}"))[0] == 304
        assert (await _get(url, If_Modified_Since=modified))[0] == 304
        assert (await _get(url, If_None_Match='"other"', If_Modified_Since=modified))[0] == 200
        assert (await _get(url, If_Modified_Since="Mon, 02 Mar 2026 00:00:00 GMT"))[0] == 200


async def test_broken_pages_break() -> None:
    async with serving(NOW, sample=_small()) as newsroom:
        urls = {item.broken: url for url, item in newsroom.gold().items() if item.broken}
        assert (await _get(urls["404"]))[0] == 404
        status, headers, body = await _get(urls["empty"])
        assert (status, body) == (200, b"")
        assert headers["content-type"].startswith("text/html")
        status, headers, body = await _get(urls["binary"])
        assert status == 200
        assert headers["content-type"].startswith("text/html")
        with pytest.raises(UnicodeDecodeError):
            body.decode()
        with pytest.raises(aiohttp.ClientPayloadError):
            await _get(urls["truncated"])
        assert (await _get(newsroom.sites["plain"].feed_url))[0] == 500
        assert (await _get(newsroom.sites["plain"].base))[0] == 200


async def test_outlets_have_addresses_of_their_own_on_loopback() -> None:
    async with serving(NOW, sample=_small()) as newsroom:
        bases = [site.base.removeprefix("http://").split(":") for site in newsroom.sites.values()]
        assert [host for host, _ in bases] == ["127.2.0.1", "127.2.0.2", "127.2.0.3"]
        assert len({port for _, port in bases}) == 1
        with pytest.raises(OSError, match="in use"):
            await Newsroom(_small()).start(NOW, int(bases[0][1]))
        url = newsroom.catalogue()[0].homepage
    with pytest.raises(aiohttp.ClientConnectorError):
        await _get(url)


async def test_one_address_for_all() -> None:
    async with serving(NOW, one_address=True, sample=_small()) as newsroom:
        bases = [site.base.removeprefix("http://").split(":") for site in newsroom.sites.values()]
        assert {host for host, _ in bases} == {"127.0.0.1"}
        assert len({port for _, port in bases}) == 3
        assert (await _get(newsroom.catalogue()[2].homepage))[0] == 200


async def test_now_must_be_aware() -> None:
    with pytest.raises(ValueError, match="aware"):
        await Newsroom(_small()).start(datetime(2026, 3, 5))


@pytest.mark.parametrize(
    ("hour", "language", "said"),
    [
        (0, "en", "March 5, 2026, 12:07 a.m."),
        (12, "en", "March 5, 2026, 12:07 p.m."),
        (15, "en", "March 5, 2026, 3:07 p.m."),
        (15, "sv", "5 mars 2026 kl. 15.07"),
    ],
)
def test_written_time(hour: int, language: str, said: str) -> None:
    assert written_time(datetime(2026, 3, 5, hour, 7), language) == said
