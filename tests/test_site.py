"""The site over a real store: what pages say, what never leaves, and how bad requests end."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
import sqlalchemy as sa
from newsroom import NOW, fill_front, newsroom
from starlette.requests import Request

from newsloom.config import Settings, SiteSettings, StoreSettings
from newsloom.errors import StoreError, WrongUse
from newsloom.site import links
from newsloom.site.agreement import agreed
from newsloom.site.app import make_app
from newsloom.site.contexts import Item, Link, When
from newsloom.site.images import MAX_BYTES, image_type
from newsloom.site.limits import client_of, networks
from newsloom.site.render import marked
from newsloom.site.timeline import timeline
from newsloom.site.words import words
from newsloom.store import tables
from newsloom.store.engine import make_engine
from newsloom.store.protocol import FORGOTTEN
from newsloom.store.reading import Reading
from newsloom.store.reading.records import Line
from newsloom.types import Page, Rejected

SETTINGS = Settings(site=SiteSettings(base_url="https://news.example", operator_token="a-long-token"))
ATOM = {"a": "http://www.w3.org/2005/Atom"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


class Actor:
    """Actions that remember what they were asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    async def add_source(self, url: str, edition: str) -> str | Rejected:
        self.asked.append(("add", url, edition))
        if "nothing" in url:
            return Rejected(stage="feeds", reason="no-feed", detail="no feed found at this address")
        return "ferry"

    async def remove_source(self, source_id: str) -> bool:
        self.asked.append(("remove", source_id))
        return source_id == "ferry"

    def refreshed(self) -> datetime | None:
        return NOW - timedelta(minutes=3)

    def next_round(self) -> datetime | None:
        return NOW + timedelta(minutes=12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="module")
def reading(folder: Path) -> Reading:
    return newsroom(folder)


@pytest.fixture
def actor() -> Actor:
    return Actor()


def client(app: Any, address: str = "203.0.113.9") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=(address, 5000), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="https://news.example", follow_redirects=True)


@pytest.fixture
async def reader(reading: Reading, actor: Actor) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody on the net."""
    async with client(make_app(SETTINGS, reading, actor, lambda: NOW)) as made:
        yield made


@pytest.fixture
async def local(reading: Reading, actor: Actor) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever sits at the machine."""
    async with client(make_app(SETTINGS, reading, actor, lambda: NOW), "127.0.0.1") as made:
        made.base_url = httpx.URL("http://localhost:8000")
        yield made


def text(html: str) -> str:
    """What a person reads of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


PAGES = [
    "/", "/us/", "/us/section/region", "/us/article/a1", "/us/article/d1", "/us/article/e1", "/us/article/f1",
    "/us/story/s1", "/us/story/s4", "/us/story/s5", "/us/source/north", "/us/source/script", "/us/search",
    "/us/search?q=bridge", "/us/search?q=zzz", "/us/day/2026-11-24", "/de/", "/about", "/nowhere",
]  # fmt: skip


# -- what pages say


async def test_article_page_is_the_reference_page(reader: httpx.AsyncClient) -> None:
    page = await reader.get("/us/article/a1")
    said = text(page.text)
    order = [
        "Swing bridge at Port Ellery reopens after nine months of repairs",
        "Ferry Times",
        "Read it at Ferry Times »",
        "Cars crossed the Ellery swing bridge on Tuesday",
        "We count 9,000 crossings a day",
        "United States Latest News, United States Headlines",
        "Similar News:",
        "You can also read news stories similar to this one that we have collected from other news sources.",
        "Port Ellery bridge open again, 41 million spent",
        "The repair of the bridge took nine months and cost 41 million",
        "Valley Wire",
        "Read more »",
        "Also carried by Dale Gazette and Lighthouse Daily",
        "Why is this here?",
        "Port Ellery, Ada Brandt",
        "3 hours apart",
    ]
    said = said[said.index("Skip to the news") :]
    found = [said.find(words) for words in order]
    assert -1 not in found
    assert found == sorted(found)
    assert '<link rel="canonical" href="https://ferry.example/a1">' in page.text
    assert '<meta name="robots" content="noindex">' in page.text
    assert 'href="https://valley.example/a2" rel="noopener noreferrer" aria-label="Read more' in page.text


async def test_similar_news_has_one_item_an_owner_and_no_copies_of_its_own(reader: httpx.AsyncClient) -> None:
    page = (await reader.get("/us/article/a1.json")).json()
    outlets = [item["outlet"]["text"] for item in page["similar"]]
    assert outlets[:2] == ["Valley Wire", "North Coast Radio"]
    assert len(outlets) == len(set(outlets)) == 5
    assert [item["id"] for item in page["related"]] == []  # Ferry Times has spoken: it is the article's own owner.
    assert page["similar"][0]["why"]["likeness"] == "97%"


async def test_unnamed_sources_are_different_outlets(reader: httpx.AsyncClient) -> None:
    page = (await reader.get("/us/article/e2.json")).json()
    assert {item["id"] for item in page["similar"]} == {"e1", "e3"}
    first = next(item for item in page["similar"] if item["id"] == "e1")
    assert [each["text"] for each in first["carried"]["named"]] == ["an unnamed outlet"]
    assert first["read_more"].startswith("/us/article/e1/")
    html = (await reader.get("/us/article/e2")).text
    assert "urn:newsloom" not in html
    assert html.count("Read more »") == 2


async def test_front_page_has_the_lead_large_and_stories_ranked(reader: httpx.AsyncClient) -> None:
    page = await reader.get("/us/")
    said = text(page.text)
    assert "Updated 11:57" in said
    assert "refreshes every 15 minutes" in said
    assert "6 reports + 2 copies" in said
    assert said.index("Swing bridge") < said.index("Council votes on harbour fees")
    assert "Cars crossed the Ellery swing bridge" in said
    assert 'href="/us/section/region"' in page.text
    assert 'href="/us/day/2026-11-23"' in page.text


async def test_a_section_shows_its_stories_only(reader: httpx.AsyncClient) -> None:
    said = text((await reader.get("/us/section/politics")).text)
    assert "Council votes" in said
    assert "Swing bridge" not in said
    assert (await reader.get("/us/section/nothing")).status_code == 404


async def test_story_page_is_a_timeline_with_copies_and_later_reports_folded(reader: httpx.AsyncClient) -> None:
    page = (await reader.get("/us/story/s1.json")).json()
    assert page["counts"] == "6 separately written reports · 2 copies"
    assert [item["id"] for item in page["items"]] == ["a8", "a2", "a4", "a1", "a6", "a7"]
    times = [item["when"]["at"] for item in page["items"]]
    assert times == sorted(times)
    radio = next(item for item in page["items"] if item["id"] == "a4")
    assert [link["text"] for link in radio["later"]] == ["Bridge traffic doubles on the first evening"]


async def test_entry_articles_are_marked(reader: httpx.AsyncClient) -> None:
    said = text((await reader.get("/us/article/a8")).text)
    assert "from the outlet’s feed; its page could not be read" in said


async def test_story_over_time_has_every_article_with_copies_apart(reader: httpx.AsyncClient) -> None:
    page = (await reader.get("/us/story/s1.json")).json()["timeline"]
    assert page["step"] == "Reports, each bar an hour"
    counts = [(bar["reports"], bar["copies"]) for bar in page["bars"]]
    assert counts == [(1, 0), (1, 1), (0, 1), (1, 0), (2, 0), (2, 0)]
    assert [row["outlet"]["text"] for row in page["rows"]][:3] == ["The Harbour Post", "Valley Wire", "Dale Gazette"]
    assert page["rows"][0]["marks"] == [{"place": 0.0, "copy": False}]
    assert page["rows"][2]["marks"][0]["copy"] is True
    html = (await reader.get("/us/story/s1")).text
    assert html.count("<circle") == 9
    assert '<th scope="row"><a href="/us/source/valley">Valley Wire</a></th>' in html
    assert (await reader.get("/us/story/s4.json")).json()["timeline"] is None


def item(n: int, headline: str, *passages: str) -> Item:
    """An item of outlet `n`."""
    when = When(at=NOW, short="", full="")
    return Item(
        id=f"i{n}", headline=headline, lead="", href="/", read_more="/", away=False, source="",
        outlet=Link(text=f"Outlet {n}"), when=when, language="en", direction="ltr", foreign=False, passages=passages,
    )  # fmt: skip


def test_agreed_is_what_two_others_say_alike_and_never_twice() -> None:
    items = [
        item(1, "Bridge open", "The repaired swing bridge carried 9000 vehicles before its closure in February."),
        item(2, "Traffic", "Before February closure the repaired swing bridge carried 9000 vehicles every day."),
        item(3, "Vehicles return", "Some 9000 vehicles crossed the repaired bridge before the closure of February."),
        item(4, "Choir", "Two hundred retired pilots filled the customs house with four-part singing."),
    ]
    (quote,) = agreed(items, shown=[])
    assert (quote.item.id, quote.others) == ("i1", 2)
    # What the page shows already is said in another outlet's words.
    (quote,) = agreed(items, shown=items[0].passages)
    assert (quote.item.id, quote.others) == ("i2", 2)
    assert agreed([items[0], items[2], items[3], items[3]], shown=[]) == ()  # One other is not several.
    assert agreed(items[:2], shown=[]) == ()
    # Among three, one other is enough where it says nearly the same.
    assert [(each.item.id, each.others) for each in agreed([items[0], items[1], items[3]], shown=[])] == [("i1", 1)]
    near = item(5, "Closed", "Its closure in February stopped 9000 vehicles that a ferry carried afterwards.")
    assert agreed([items[0], near, items[3]], shown=[]) == ()


@pytest.mark.parametrize(
    ("hours", "step", "bars"), [(1, "an hour", 2), (23, "an hour", 24), (30, "2 hours", 16), (24 * 400, "30 days", 15)]
)
def test_a_span_of_any_length_has_few_bars(hours: int, step: str, bars: int) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    lines = [
        Line(
            id=f"x{n}", source_id="s", outlet="S", owner="", url="", headline="", language="", dated=True, story_id="",
            copy_of="", shown_at=start + timedelta(hours=hours * n / 2),
        )
        for n in range(3)
    ]  # fmt: skip
    made = timeline(lines, lambda line: Link(text=line.outlet), lambda at: When(at=at, short="", full=""), words("en"))
    assert made is not None
    assert (made.step.removeprefix("Reports, each bar "), len(made.bars), sum(bar.reports for bar in made.bars)) == (
        step,
        bars,
        3,
    )
    assert [mark.place for mark in made.rows[0].marks] == [0.0, 0.5, 1.0]


async def test_a_story_tells_what_became_part_of_it_and_what_it_was_part_of(tmp_path: Path) -> None:
    reading = newsroom(tmp_path)
    engine = make_engine(f"sqlite:///{tmp_path / 'newsroom.db'}", StoreSettings())

    async def said(story: str, *, split_from: str) -> tuple[str, str, str]:
        with engine.begin() as c:
            c.execute(sa.update(tables.stories).where(tables.stories.c.id == story).values(split_from=split_from))
        async with client(make_app(SETTINGS, reading, None, lambda: NOW)) as c:
            page = await c.get(f"/us/story/{story}")
            found = (await c.get(f"/us/story/{story}.json")).json()
        for each in (found["merged"], found["split_from"]):
            assert each in page.text
        return found["merged"], found["split_from"], page.text

    merged, split_from, _ = await said("s1", split_from="")
    assert (merged, split_from) == ("1 other story became part of it", "")
    # The story that it was part of, by the name under which that stands now.
    for name in ("s1", "s0"):
        merged, split_from, page = await said("s2", split_from=name)
        assert (merged, split_from) == ("", "/us/story/s1/-")
        assert "Was part of another story" in page
    # Gone, or one story again.
    for story, name in (("s2", "never"), ("s1", "s0")):
        _, split_from, page = await said(story, split_from=name)
        assert split_from == ""
        assert "Was part of another story" not in page


async def test_every_section_is_reached_from_the_front_page(tmp_path: Path) -> None:
    reading = newsroom(tmp_path)
    engine = make_engine(f"sqlite:///{tmp_path / 'newsroom.db'}", StoreSettings())
    fill_front(engine, stories=12)
    p = tables.placements.c
    with engine.begin() as c:
        c.execute(sa.update(tables.placements).values(section=sa.literal("part ") + sa.cast(p.rank, sa.Text)))
    async with client(make_app(SETTINGS, reading, None, lambda: NOW)) as c:
        linked = re.findall(r'href="(/us/section/[^"?]*)"', (await c.get("/us/")).text)
        assert sorted(linked) == sorted(f"/us/section/part-{rank}" for rank in range(1, 13))
        for each in linked:
            answer = await c.get(each)
            assert answer.status_code == 200
            assert f'<a href="{each}" aria-current="page">' in answer.text


async def test_a_front_page_is_made_anew_when_anything_in_it_changed(tmp_path: Path) -> None:
    reading = newsroom(tmp_path)
    engine = make_engine(f"sqlite:///{tmp_path / 'newsroom.db'}", StoreSettings())
    now = [NOW]

    def write(*statements: sa.Executable) -> None:
        with engine.begin() as c:
            for statement in statements:
                c.execute(statement)

    headline = sa.update(tables.articles).where(tables.articles.c.id == "b1")
    async with client(make_app(SETTINGS, reading, None, lambda: now[0])) as c:
        first = await c.get("/us/")
        write(headline.values(headline="Second wording"))
        assert (await c.get("/us/")).headers["etag"] == first.headers["etag"]
        assert "Second wording" in (await c.get("/us.json")).text  # JSON and sections are pages of their own.
        assert "Second wording" in (await c.get("/us/section/politics")).text
        for n, change in enumerate(
            (
                sa.update(tables.editions).where(tables.editions.c.id == "us").values(ranked=NOW),
                sa.insert(tables.meta).values(key=FORGOTTEN, value="x"),
            )
        ):
            write(headline.values(headline=f"Wording {n}"), change)
            assert f"Wording {n}" in (await c.get("/us/")).text
        write(headline.values(headline="Last wording"))
        now[0] += timedelta(seconds=31)
        assert "Last wording" in (await c.get("/us/")).text


async def test_an_edition_without_stories_says_what_goes_on_and_looks_again(
    folder: Path, reader: httpx.AsyncClient
) -> None:
    page = await reader.get("/de/?lang=en")
    assert "This edition has no sources yet. Add them" in text(page.text)
    assert "http-equiv" not in page.text
    with make_engine(f"sqlite:///{folder / 'newsroom.db'}", StoreSettings()).begin() as c:
        c.execute(sa.insert(tables.edition_sources).values(edition_id="de", source_id="kueste"))
    page = await reader.get("/de/?lang=en")
    with make_engine(f"sqlite:///{folder / 'newsroom.db'}", StoreSettings()).begin() as c:
        c.execute(sa.delete(tables.edition_sources).where(tables.edition_sources.c.edition_id == "de"))
    assert "1 of 1 feed read so far. 1 article found." in text(page.text)
    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "refresh" not in (await reader.get("/us/article/a1")).text


async def test_a_process_that_only_serves_does_not_look_again(tmp_path: Path) -> None:
    reading = newsroom(tmp_path)
    with make_engine(f"sqlite:///{tmp_path / 'newsroom.db'}", StoreSettings()).begin() as c:
        c.execute(sa.delete(tables.placements))
    async with client(make_app(SETTINGS, reading, None, lambda: NOW)) as c:
        said = (await c.get("/us/")).text
    assert "newsloom run" in said
    assert "http-equiv" not in said


async def test_a_story_tells_its_newest_report(reader: httpx.AsyncClient) -> None:
    assert "6 reports + 2 copies latest 11:30" in text((await reader.get("/us/")).text)


async def test_reserved_articles_say_why_nothing_is_quoted(reader: httpx.AsyncClient) -> None:
    assert "The outlet reserves its text" in (await reader.get("/us/article/f1")).text


async def test_foreign_items_say_their_language_and_direction(reader: httpx.AsyncClient) -> None:
    html = (await reader.get("/us/article/a1")).text
    assert '<h3 lang="ar" dir="rtl">' in html
    assert '<h3 lang="de">' in html


async def test_times_are_exact_for_machines_and_on_hover(reader: httpx.AsyncClient) -> None:
    html = (await reader.get("/us/article/a1")).text
    assert (
        '<time datetime="2026-11-24T10:00:00+00:00" title="Tuesday, 24 November 2026, 10:00 UTC">10:00</time>' in html
    )


async def test_search_highlights_and_folds_copies(reader: httpx.AsyncClient) -> None:
    page = await reader.get("/us/search?q=BRIDGE")
    assert "<mark>bridge</mark>" in page.text
    found = (await reader.get("/us/search.json?q=million")).json()
    assert [item["id"] for item in found["items"]] == ["a2"]
    assert {each["text"] for each in found["items"][0]["carried"]["named"]} == {"Lighthouse Daily", "Dale Gazette"}
    assert "Nothing found" in (await reader.get("/us/search?q=zzz")).text


async def test_source_day_choice_and_about(reader: httpx.AsyncClient) -> None:
    source = text((await reader.get("/us/source/north")).text)
    assert "3 articles in the last two weeks" in source
    assert "Well: read 6 minutes ago" in source
    days = (await reader.get("/us/source/north.json")).json()["days"]
    assert (len(days), days[-1]["reports"], days[-1]["at"]["at"][:10]) == (14, 3, "2026-11-24")
    assert "Council votes" in (await reader.get("/us/day/2026-11-24")).text
    assert text((await reader.get("/")).text).count("Top story") == 1
    assert "Küstenblatt" in (await reader.get("/about")).text


# -- addresses


async def test_slugs_may_be_wrong_and_merged_stories_move(reader: httpx.AsyncClient) -> None:
    moved = await reader.get("/us/article/a1/wrong", follow_redirects=False)
    assert moved.status_code == 301
    assert (
        moved.headers["location"] == "/us/article/a1/swing-bridge-at-port-ellery-reopens-after-nine-months-of-repairs"
    )
    assert (await reader.get(moved.headers["location"], follow_redirects=False)).status_code == 200
    merged = await reader.get("/us/story/s0/old", follow_redirects=False)
    assert (merged.status_code, merged.headers["location"]) == (301, "/us/story/s1/-")
    assert (await reader.get("/us/story/s0/feed.atom")).status_code == 200
    arabic = await reader.get("/us/article/a7")
    assert arabic.status_code == 200
    assert "Reading" not in str(arabic.url)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/us/article/none", 404),
        ("/us/story/none/x", 404),
        ("/us/source/none", 404),
        ("/xx/", 404),
        ("/us", 200),
        ("/us/day/2026-13-40", 400),
        ("/us/day/20261124", 400),
        ("/us/day/0001-01-01", 400),
        ("/us/day/2027-01-01", 404),
        ("/us/day/2026-11-24?page=0", 400),
        ("/us/day/2026-11-24?page=-1", 400),
        ("/us/day/2026-11-24?page=99999999999999999999", 400),
        ("/us/day/2026-11-24?page=%D9%A1", 400),
        ("/us/search?q=" + "a" * 201, 400),
        ("/us/search?q=%00%FF%0d%0a", 200),
        ("/us/search?q=bridge&source=%27%20OR%201", 200),
        ("/us/search?q=bridge&date=yesterday", 400),
        ("/us/search?q=%22NEAR(", 200),
        ("/us/article/..%2f..%2fetc%2fpasswd", 404),
        ("/static/../app.py", 404),
        ("/static/%2e%2e%2fapp.py", 404),
        ("/us/article/a%00b", 404),
        ("/us/article/%FF%FE", 404),
        ("//evil.example/", 404),
        ("/us/article/" + "x" * 5000, 404),
        ("/image/a1", 404),
    ],
)
async def test_bad_requests_end_friendly(reader: httpx.AsyncClient, path: str, status: int) -> None:
    answer = await reader.get(httpx.URL("https://news.example").copy_with(raw_path=path.encode()))
    assert answer.status_code == status
    assert "Traceback" not in answer.text
    assert "SELECT" not in answer.text


async def test_only_get_reads(reader: httpx.AsyncClient) -> None:
    assert (await reader.post("/us/")).status_code == 405


# -- JSON and feeds


async def test_every_page_is_json_at_the_same_address(reader: httpx.AsyncClient) -> None:
    for path in (
        "/index.json",
        "/us.json",
        "/us/section/region.json",
        "/us/article/a1/x.json",
        "/us/story/s1/x.json",
        "/us/source/north.json",
        "/us/search.json?q=bridge",
        "/us/day/2026-11-24.json",
        "/about.json",
    ):
        answer = await reader.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("application/json")
        assert json.loads(answer.text)["page"]


async def test_feed_entries_are_stories_with_stable_ids(reader: httpx.AsyncClient) -> None:
    root = ET.fromstring((await reader.get("/us/feed.atom")).content)
    entries = root.findall("a:entry", ATOM)
    assert [entry.findtext("a:id", "", ATOM) for entry in entries][:2] == [
        "urn:newsloom:story:s1",
        "urn:newsloom:story:s2",
    ]
    first = entries[0]
    assert first.findtext("a:updated", "", ATOM) == "2026-11-24T11:30:00+00:00"
    link = first.find("a:link", ATOM)
    assert link is not None
    assert link.get("href", "").startswith("https://news.example/us/story/s1/swing-bridge")
    assert "javascript:" not in ET.tostring(root, encoding="unicode")


async def test_story_feed_has_the_reports_newest_first(reader: httpx.AsyncClient) -> None:
    root = ET.fromstring((await reader.get("/us/story/s1/feed.atom")).content)
    ids = [entry.findtext("a:id", "", ATOM) for entry in root.findall("a:entry", ATOM)]
    assert ids[0] == "urn:newsloom:article:a7"
    assert len(ids) == 6


async def test_opml_robots_health(reader: httpx.AsyncClient) -> None:
    outlines = ET.fromstring((await reader.get("/opml")).content).findall("body/outline")
    assert len(outlines) == 8  # The feed that is gone is not passed on.
    assert "Disallow: /operator" in (await reader.get("/robots.txt")).text
    health = (await reader.get("/healthz")).json()
    assert health["ok"] is True
    assert health["counts"]["articles"] == 18
    assert health["last_round"] == "2026-11-24T11:57:00+00:00"


async def test_the_json_feed_says_what_the_atom_feed_says(reader: httpx.AsyncClient) -> None:
    answer = await reader.get("/us/feed.json")
    assert answer.headers["content-type"].startswith("application/feed+json")
    feed = answer.json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "https://news.example/us/feed.json"
    entries = ET.fromstring((await reader.get("/us/feed.atom")).content).findall("a:entry", ATOM)
    assert [item["id"] for item in feed["items"]] == [entry.findtext("a:id", "", ATOM) for entry in entries]
    assert [item["date_modified"] for item in feed["items"]] == [e.findtext("a:updated", "", ATOM) for e in entries]
    assert feed["items"][0]["external_url"] == "https://ferry.example/a1"
    assert "external_url" not in feed["items"][3]  # Its address is javascript:.
    assert '<link rel="alternate" type="application/feed+json"' in (await reader.get("/us/")).text
    assert (await reader.get("/xx/feed.json")).status_code == 404


async def test_sitemap_has_what_may_be_indexed(reader: httpx.AsyncClient) -> None:
    root = ET.fromstring((await reader.get("/sitemap.xml")).content)
    found = [each.text or "" for each in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert found == ["https://news.example/", "https://news.example/about"]
    for url in found:
        assert "noindex" not in (await reader.get(url)).text
    assert "Sitemap: https://news.example/sitemap.xml" in (await reader.get("/robots.txt")).text


async def test_metrics(reader: httpx.AsyncClient) -> None:
    said = (await reader.get("/metrics")).text.splitlines()
    values = dict(line.rsplit(" ", 1) for line in said if not line.startswith("#"))
    assert values["newsloom_articles"] == "18"
    assert (values['newsloom_feeds{state="ok"}'], values['newsloom_feeds{state="failing"}']) == ("8", "1")
    assert float(values["newsloom_last_round_timestamp_seconds"]) == (NOW - timedelta(minutes=3)).timestamp()
    assert len([line for line in said if line.startswith("# TYPE")]) == len({*values}) - 1


async def test_a_client_that_asks_too_fast_waits(reading: Reading) -> None:
    limited = replace(SETTINGS, site=replace(SETTINGS.site, rate=0.5))
    now = [NOW]
    app = make_app(limited, reading, None, lambda: now[0])
    async with client(app) as one, client(app, "2001:db8::1") as two, client(app, "2001:db8::2") as neighbour:
        spoofed = [await one.get("/static/icon.svg", headers={"x-forwarded-for": f"198.51.100.{n}"}) for n in range(6)]
        assert [each.status_code for each in spoofed] == [200] * 5 + [429]
        assert spoofed[-1].headers["retry-after"] == "2"
        assert "content-security-policy" in spoofed[-1].headers
        assert [(await two.get("/static/icon.svg")).status_code for _ in range(5)] == [200] * 5
        assert (await neighbour.get("/static/icon.svg")).status_code == 429  # One client is its /64.
        now[0] += timedelta(seconds=2)
        assert (await one.get("/static/icon.svg")).status_code == 200
        assert (await one.get("/static/icon.svg")).status_code == 429


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.7, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "2001:db8::5", "2001:db8::/64"),
        ("::ffff:203.0.113.9", "", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1", ""),
    ],
)
def test_only_a_trusted_proxy_names_the_client(peer: str, forwarded: str, client: str) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    request = Request({"type": "http", "client": (peer, 1), "headers": headers})
    assert client_of(request, networks("10.0.0.0/8")) == client


def test_proxies_must_be_networks() -> None:
    with pytest.raises(WrongUse, match=r"site\.proxies"):
        networks("everyone")


async def test_validators_and_no_cookies(reader: httpx.AsyncClient) -> None:
    for path in ("/us/", "/us/article/a1", "/us/feed.atom", "/us/feed.json", "/us.json", "/sitemap.xml", "/opml"):
        first = await reader.get(path)
        assert "set-cookie" not in first.headers
        assert first.headers["cache-control"].startswith("public")
        again = await reader.get(path, headers={"if-none-match": f'"other", {first.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b"")


# -- what never leaves


@pytest.mark.parametrize("path", PAGES)
async def test_nothing_hostile_is_rendered(reader: httpx.AsyncClient, path: str) -> None:
    tags = Tags()
    tags.feed((await reader.get(path)).text)
    scripts = [said["src"].partition("?")[0] for tag, said in tags.found if tag == "script"]
    assert scripts in (["/static/site.js"], ["/static/site.js", "/static/htmx.min.js"])
    for tag, said in tags.found:
        assert tag != "svg" or said["class"] == "chart"
        assert tag not in ("math", "iframe", "object", "embed", "style", "base", "b")
        assert not [name for name in said if name.startswith("on") or name in ("style", "srcset", "ping", "target")]
        for address in (said[name] for name in ("href", "src", "action", "cite", "poster") if name in said):
            assert re.match(r"/(?!/)|https://\w+\.example/|#main$|\?[\w=%+&.-]*lang=[a-z]{2}$", address)
        if tag == "a" and said["href"].startswith("http"):
            assert said["rel"] == "noopener noreferrer"
        if tag == "img":
            assert said["src"].startswith("/image/")
            assert {"alt", "width", "height"} <= set(said)


class Tags(HTMLParser):
    """Every tag of a page with its attributes, as a browser would see them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


@pytest.mark.parametrize("path", [*PAGES, "/healthz", "/us/feed.atom", "/operator/login", "/static/site.css"])
async def test_security_headers_stand_on_everything(reader: httpx.AsyncClient, path: str) -> None:
    headers = (await reader.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "object-src 'none'" in policy
    assert "base-uri 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"


async def test_a_query_is_escaped_wherever_it_appears(reader: httpx.AsyncClient) -> None:
    html = (await reader.get("/us/search", params={"q": '"><svg onload=alert(1)>'})).text
    assert "<svg" not in html
    assert "&lt;svg" in html


async def test_reserved_text_stays_here(reader: httpx.AsyncClient) -> None:
    for path in (
        "/us/article/f1",
        "/us/article/f1/x.json",
        "/us/",
        "/us/story/s6",
        "/us/search?q=reserved",
        "/us/feed.atom",
    ):
        assert "must not leave" not in (await reader.get(path)).text


async def test_host_and_forwarding_headers_are_not_reflected(reader: httpx.AsyncClient) -> None:
    evil = {"host": "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "gopher"}
    for path in ("/us/", "/us/feed.atom", "/us/story/s1/wrong", "/us", "/nowhere"):
        answer = await reader.get(path, headers=evil, follow_redirects=False)
        assert "evil.example" not in answer.text
        assert "evil.example" not in answer.headers.get("location", "")


async def test_errors_of_ours_are_friendly_and_told_nowhere(reading: Reading) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise (StoreError("the store is locked") if name == "choice" else RuntimeError("secret detail"))

    async with client(make_app(SETTINGS, Broken(), None, lambda: NOW)) as c:  # type: ignore[arg-type]
        busy, broken = await c.get("/"), await c.get("/us/")
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "10")
    assert broken.status_code == 500
    assert "secret detail" not in broken.text
    assert "default-src 'self'" in broken.headers["content-security-policy"]


# -- images


def fetched(body: bytes, status: int = 200) -> Page:
    return Page(requested_url="", url="", status=status, body=body, fetched=NOW, headers={"content-type": "text/html"})


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "image/jpeg"),
        (b"GIF89a" + bytes(20), "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x1cftypavif" + bytes(10), "image/avif"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", ""),
        (b"<!doctype html>", ""),
        (b"", ""),
    ],
)
def test_images_are_known_by_their_bytes(body: bytes, kind: str) -> None:
    assert image_type(body) == kind


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (fetched(PNG), 200),
        (fetched(b"<svg/>"), 404),
        (fetched(PNG, 403), 404),
        (fetched(PNG + bytes(MAX_BYTES)), 404),
        (Rejected(stage="fetch", reason="private-address"), 404),
    ],
)
async def test_image_proxy_gives_images_only_and_asks_once(
    reading: Reading, answer: Page | Rejected, status: int
) -> None:
    asked: list[str] = []

    async def fetch(url: str) -> Page | Rejected:
        asked.append(url)
        return answer

    async with client(make_app(SETTINGS, reading, None, lambda: NOW, fetch)) as c:
        first, second = await c.get("/image/a1"), await c.get("/image/a1")
    assert first.status_code == second.status_code == status
    assert asked == ["https://ferry.example/bridge.jpg"]
    if status == 200:
        assert first.headers["content-type"] == "image/png"
        assert first.headers["x-content-type-options"] == "nosniff"
        assert "max-age=3600" in first.headers["cache-control"]


async def test_no_image_without_leave(reading: Reading) -> None:
    async def fetch(url: str) -> Page | Rejected:
        raise AssertionError(url)

    async with client(make_app(SETTINGS, reading, None, lambda: NOW, fetch)) as c:
        for article in ("a2", "d1", "none"):
            assert (await c.get(f"/image/{article}")).status_code == 404
        assert "/image/d1" not in (await c.get("/us/article/d1")).text
    off = replace(SETTINGS, site=replace(SETTINGS.site, images=False))
    async with client(make_app(off, reading, None, lambda: NOW, fetch)) as c:
        assert (await c.get("/image/a1")).status_code == 404
        assert "/image/" not in (await c.get("/us/article/a1")).text


async def test_an_article_says_whose_its_picture_is_and_who_may_read_it(reader: httpx.AsyncClient) -> None:
    free, paid, silent = [(await reader.get(f"/us/article/{article}")).text for article in ("a1", "a2", "a4")]
    assert "<figcaption>Picture: Ida Lund &lt;b&gt;&amp; Sons&lt;/b&gt;</figcaption>" in free
    assert "Free to read" in free
    assert "subscription" not in free
    assert "May need a subscription" in paid
    assert "Jon Marsh" not in paid  # its picture may not be shown
    assert "Free to read" not in silent
    assert "subscription" not in silent
    german = (await reader.get("/us/article/a2?lang=de")).text
    assert "Eventuell nur mit Abo" in german
    assert (await reader.get("/us/article/a1.json")).json()["free"] is True
    assert "Picture:" not in (await reader.get("/us/")).text


# -- the operator


async def test_operator_page_is_for_whoever_sits_here(local: httpx.AsyncClient) -> None:
    said = text((await local.get("/operator")).text)
    assert "9 sources, 9 feeds, 2 failing. Next round in 12 minutes." in said
    assert "Failing for 3 hours, 3 times in a row: timeout. Last read" in said
    assert "Next try in 30 minutes. Nothing to do yet" in said
    assert "gone for good" in said
    assert "fetch: timeout (1)" in said
    assert "no-store" in (await local.get("/operator")).headers["cache-control"]


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "news.example"},
        {"host": "rebound.example:8000"},
        {"x-forwarded-for": "127.0.0.1"},
        {"x-real-ip": "127.0.0.1"},
        {"forwarded": "for=127.0.0.1"},
        {"via": "1.1 proxy"},
    ],
)
async def test_loopback_alone_is_no_identity(local: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await local.get("/operator", headers=headers, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/operator/login")


async def test_a_loopback_host_name_from_elsewhere_is_no_identity(reader: httpx.AsyncClient) -> None:
    assert (await reader.get("/operator", headers={"host": "localhost"}, follow_redirects=False)).status_code == 303
    forged = await reader.post("/operator/sources", headers={"host": "127.0.0.1"}, data={"url": "https://x.example"})
    assert forged.status_code == 403


async def test_the_token_opens_and_only_the_token(reader: httpx.AsyncClient, actor: Actor) -> None:
    wrong = await reader.post("/operator/login", data={"token": "a-long-tokem"})
    assert wrong.status_code == 403
    assert "set-cookie" not in wrong.headers
    right = await reader.post("/operator/login", data={"token": "a-long-token"}, follow_redirects=False)
    cookie = right.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Secure", "Path=/operator"))
    assert "a-long-token" not in cookie
    assert (await reader.get("/operator")).status_code == 200
    added = await reader.post("/operator/sources", data={"url": "ferry.example", "edition": "us"})
    assert "Added Ferry Times" in added.text
    assert actor.asked == [("add", "https://ferry.example", "us")]
    reader.cookies.clear()
    reader.cookies.set("newsloom_operator", "0" * 64, path="/operator")
    assert (await reader.get("/operator", follow_redirects=False)).status_code == 303


async def test_wrong_tokens_run_out(reader: httpx.AsyncClient) -> None:
    answers = [await reader.post("/operator/login", data={"token": str(n)}) for n in range(12)]
    assert answers[-1].status_code == 429
    assert answers[-1].headers["retry-after"] == "60"


async def test_without_a_token_nobody_signs_in(reading: Reading) -> None:
    bare = replace(SETTINGS, site=replace(SETTINGS.site, operator_token=""))
    async with client(make_app(bare, reading, None, lambda: NOW)) as c:
        assert (await c.post("/operator/login", data={"token": ""})).status_code == 403
        assert (await c.get("/operator", follow_redirects=False)).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://[::bad"},
    ],
)
async def test_other_sites_pages_can_do_nothing(
    local: httpx.AsyncClient, actor: Actor, headers: dict[str, str]
) -> None:
    for path in ("/operator/sources", "/operator/sources/ferry/remove", "/operator/login", "/operator/logout"):
        assert (await local.post(path, headers=headers, data={"url": "https://x.example"})).status_code == 403
    assert actor.asked == []


async def test_adding_and_removing(local: httpx.AsyncClient, actor: Actor) -> None:
    own = {"origin": "http://localhost:8000", "sec-fetch-site": "same-origin"}
    refused = await local.post("/operator/sources", headers=own, data={"url": "https://nothing.example"})
    assert refused.status_code == 400
    assert "Not added: no feed found" in refused.text
    for url in ("javascript:alert(1)", "file:///etc/passwd", "https://a b", ""):
        assert (await local.post("/operator/sources", data={"url": url})).status_code == 400
    assert (await local.post("/operator/sources/ferry/remove", headers=own)).status_code == 200
    assert (await local.post("/operator/sources/none/remove", headers=own)).status_code == 404
    assert actor.asked == [("add", "https://nothing.example", ""), ("remove", "ferry"), ("remove", "none")]
    assert (await local.post("/operator/sources", content=b"a" * 9000)).status_code == 413
    assert (await local.get("/operator/sources/ferry/remove")).status_code == 405


async def test_a_process_that_only_serves_adds_nothing(reading: Reading) -> None:
    async with client(make_app(SETTINGS, reading, None, lambda: NOW), "::1") as c:
        c.base_url = httpx.URL("http://[::1]:8000")
        assert "only serves" in (await c.get("/operator")).text
        assert (await c.post("/operator/sources", data={"url": "https://x.example"})).status_code == 409


# -- small parts


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://a.example/x?y#z", True),
        ("http://a.example", True),
        ("HTTPS://a.example", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("//a.example", False),
        ("https:///nohost", False),
        ("https://user:secret@a.example", False),
        ("https://a.example\\@b.example", False),
        ("data:text/html,x", False),
        ("http://[::bad", False),
        ("", False),
    ],
)
def test_only_whole_http_addresses_are_rendered(url: str, safe: bool) -> None:
    assert bool(links.safe(url)) is safe


@pytest.mark.parametrize(
    ("headline", "slug"),
    [
        ("Swing bridge: it's open!", "swing-bridge-its-open"),
        ("Brücke offen", "brücke-offen"),
        ("إعادة فتح", "إعادة-فتح"),
        ("…!", "-"),
        ("a" * 200, "a" * 70),
        ("word " * 40, "word-word-word-word-word-word-word-word-word-word-word-word-word-word"),
    ],
)
def test_slugs(headline: str, slug: str) -> None:
    assert links.slug(headline) == slug


def test_marks_are_whole_words_without_case_and_accents() -> None:
    assert str(marked("Die Brücke & der Brückentag", "brucke")) == "Die <mark>Brücke</mark> &amp; der Brückentag"
    assert str(marked("<b>x</b>", "b")) == "&lt;<mark>b</mark>&gt;x&lt;/<mark>b</mark>&gt;"
    assert str(marked("a", '"-*')) == "a"


async def test_front_page_is_light(tmp_path: Path) -> None:
    reading = newsroom(tmp_path)
    fill_front(make_engine(f"sqlite:///{tmp_path / 'newsroom.db'}", StoreSettings()))
    async with client(make_app(SETTINGS, reading, None, lambda: NOW)) as c:
        total = 0
        for path in ("/us/", "/static/site.css", "/static/site.js", "/static/icon.svg"):
            async with c.stream("GET", path) as answer:
                total += len(b"".join([part async for part in answer.aiter_raw()]))
    assert total < 60_000


async def test_an_empty_store_says_what_to_do(tmp_path: Path) -> None:
    reading = newsroom(tmp_path)
    with make_engine(f"sqlite:///{tmp_path / 'newsroom.db'}", StoreSettings()).begin() as c:
        for table in (tables.editions, tables.placements):
            c.execute(sa.delete(table))
    async with client(make_app(SETTINGS, reading, None, lambda: NOW)) as c:
        assert "newsloom run" in (await c.get("/")).text
