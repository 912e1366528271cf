"""A page, its JSON and its feed are made of one context: they list the same things in the same order."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from newsroom import NOW, newsroom
from test_site import ATOM, SETTINGS, Actor, client

from newsloom.site.app import make_app

BASE = "https://news.example"
# A page, its JSON, and what of that its feed holds.
PAGES = [
    ("/", "/index.json", "editions"),
    ("/us/", "/us.json", "stories"),
    ("/us/section/region", "/us/section/region.json", "stories"),
    ("/us/day/2026-11-24", "/us/day/2026-11-24.json", "stories"),
    ("/us/story/s1", "/us/story/s1.json", "items"),
    ("/us/source/north", "/us/source/north.json", "items"),
    ("/us/source/script", "/us/source/script.json", "items"),
    ("/us/search?q=bridge", "/us/search.json?q=bridge", "items"),
    ("/us/search?q=bridge&edition=all&language=en", "/us/search.json?q=bridge&edition=all&language=en", "items"),
    ("/us/?lang=ar", "/us.json?lang=ar", "stories"),
]


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client(make_app(SETTINGS, newsroom(tmp_path), Actor(), lambda: NOW)) as c:
        yield c


def listed(said: dict[str, Any], what: str) -> list[dict[str, Any]]:
    """What a page's JSON lists, stories before items."""
    if what == "editions":
        return [each["top"] for each in said["editions"] if each["top"]]
    if what == "stories":
        return [each for each in [said.get("top"), *said["stories"]] if each]
    found: list[dict[str, Any]] = said["items"]
    return found


def lead(each: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = each.get("lead") if isinstance(each.get("lead"), dict) else each  # type: ignore[assignment]
    return found


@pytest.mark.parametrize(("path", "as_json", "what"), PAGES)
async def test_page_json_and_feed_list_the_same(reader: httpx.AsyncClient, path: str, as_json: str, what: str) -> None:
    page, said = (await reader.get(path)).text, (await reader.get(as_json)).json()
    things = listed(said, what)
    assert things
    # The page: each headline leads to the same article, in the same order.
    titles = re.findall(r'<h[23](?: [^>]*)?><a href="(/us/article/[^"]*)">(.*?)</a></h[23]>', page, re.S)
    shown = [(html.unescape(re.sub("<[^>]+>", "", title)), href.partition("?")[0]) for href, title in titles]
    assert shown == [(lead(each)["headline"], lead(each)["href"]) for each in things]
    assert [each["href"] for each in things if "reports" in each and each["reports"] > 1] == [
        href.partition("?")[0] for href in re.findall(r'<a class="count" href="([^"]*)"', page)
    ]
    # The feed that the page names.
    named = html.unescape(
        re.findall(r'<link rel="alternate" type="application/atom\+xml" [^>]*href="([^"]*)"', page)[0]
    )
    answer = await reader.get(named)
    assert answer.headers["content-type"].startswith("application/atom+xml")
    root = ET.fromstring(answer.content)
    kind = "article" if what == "items" else "story"
    entries = [
        (
            entry.findtext("a:id", "", ATOM),
            entry.findtext("a:title", "", ATOM),
            entry.findtext("a:author/a:name", "", ATOM),
        )
        for entry in root.findall("a:entry", ATOM)
    ]
    wanted = [(f"urn:newsloom:{kind}:{e['id']}", lead(e)["headline"], lead(e)["outlet"]["text"]) for e in things]
    assert (sorted(entries) if "/story/" in path else entries) == (sorted(wanted) if "/story/" in path else wanted)
    # The feed's own addresses: itself, and the page that it is of.
    addresses = {link.get("rel"): link.get("href", "") for link in root.findall("a:link", ATOM)}
    assert addresses["self"] == BASE + named
    assert (await reader.get(addresses["alternate"].removeprefix(BASE))).status_code == 200
    moments = [each["updated"] if "updated" in each else each["when"]["at"] for each in things]
    assert root.findtext("a:updated", "", ATOM) == max(moments)


async def test_a_page_and_its_json_say_the_same_of_an_article(reader: httpx.AsyncClient) -> None:
    said = (await reader.get("/us/article/a1.json")).json()
    page = html.unescape(re.sub("<[^>]+>", "", (await reader.get("/us/article/a1")).text))
    for each in (said["article"], *said["similar"]):
        for text in (each["headline"], each["outlet"]["text"], each["when"]["short"], *each["passages"][:1]):
            assert text in page
    assert said["edition_line"] in page
    assert said["counts"] in page


async def test_a_search_moves_to_the_edition_that_was_chosen(reader: httpx.AsyncClient) -> None:
    for end in ("", ".json", "/feed.atom"):
        moved = await reader.get(f"/us/search{end}?q=bridge&edition=de&source=ferry&lang=fr", follow_redirects=False)
        assert (moved.status_code, moved.headers["location"]) == (302, f"/de/search{end}?q=bridge&lang=fr")
    assert (await reader.get("/us/search?q=bridge&edition=none")).status_code == 404
    found = (await reader.get("/us/search.json?q=bridge&edition=us")).json()
    assert [(each["href"], each["current"]) for each in found["editions"]] == [
        ("us", True),
        ("de", False),
        ("all", False),
    ]


async def test_a_search_in_one_language(reader: httpx.AsyncClient) -> None:
    for code, ids in (("de", ["a6"]), ("ar", []), ("", ["a6"])):
        found = (await reader.get(f"/us/search.json?q=Drehbrücke&language={code}")).json()
        assert [each["id"] for each in found["items"]] == ids
    assert [(each["href"], each["text"]) for each in found["languages"]] == [
        ("ar", "Arabic"), ("en", "English"), ("de", "German")]  # fmt: skip
    assert (await reader.get("/us/search/feed.atom")).status_code == 400
