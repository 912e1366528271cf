"""The operator's pages over a real store: correcting stories, quality, settings."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from newsroom import NOW, newsroom

from newsloom.config import Settings, SiteSettings, StoreSettings, in_force, load
from newsloom.site.app import make_app
from newsloom.site.correcting import named_story
from newsloom.store import SqlStore, open_store
from newsloom.store.reading import Reading
from newsloom.types import Rejected

SETTINGS = Settings(site=SiteSettings(base_url="https://news.example", operator_token="a-long-token"))
OWN = {"origin": "http://localhost:8000", "sec-fetch-site": "same-origin"}


class Desk:
    """What the operator may do, done in the store."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def add_source(self, url: str, edition: str) -> str | Rejected:
        return Rejected(stage="feeds", reason="no-feed", detail="no feed found at this address")

    async def remove_source(self, source_id: str) -> bool:
        return False

    async def split_story(self, story_id: str, article_ids: Sequence[str]) -> bool:
        return self._store.split_story(story_id, article_ids, NOW) > 0

    async def merge_stories(self, story_id: str, other_id: str) -> bool:
        return self._store.merge_stories(story_id, other_id, NOW) > 0

    async def part_article(self, article_id: str) -> bool:
        return self._store.part_article(article_id, NOW) > 0

    async def withdraw_correction(self, seq: int) -> bool:
        return self._store.withdraw_correction(seq, NOW)

    def refreshed(self) -> datetime | None:
        return None

    def next_round(self) -> datetime | None:
        return None


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    newsroom(tmp_path)
    store = open_store(StoreSettings(url=str(tmp_path / "newsroom.db")))
    yield store
    store.close()


def client(app: Any, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=(address, 5000), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost:8000", follow_redirects=True)


@pytest.fixture
async def operator(store: SqlStore) -> AsyncIterator[httpx.AsyncClient]:
    app = make_app(SETTINGS, Reading(store.reader), Desk(store), lambda: NOW)
    async with client(app, "127.0.0.1") as made:
        yield made


@pytest.fixture
async def stranger(store: SqlStore) -> AsyncIterator[httpx.AsyncClient]:
    app = make_app(SETTINGS, Reading(store.reader), Desk(store), lambda: NOW)
    async with client(app, "203.0.113.9") as made:
        yield made


# -- correcting stories


async def test_the_page_of_a_story_offers_its_articles_and_its_neighbours(operator: httpx.AsyncClient) -> None:
    page = (await operator.get("/operator/story/s1.json", params={"edition": "us"})).json()
    assert [each["id"] for each in page["members"]] == ["a8", "a2", "a4", "a1", "a6", "a7", "a9"]
    assert page["members"][1]["copies"] == 2
    assert [each["href"] for each in page["near"]] == ["s2"]
    html = await operator.get("/operator/story/s1?edition=us")
    assert html.headers["cache-control"] == "no-store"
    assert html.text.count('name="article" value="a2"') == 2


async def test_chosen_articles_are_split_off_with_their_copies(operator: httpx.AsyncClient, store: SqlStore) -> None:
    done = await operator.post("/operator/story/s1/split?edition=us", headers=OWN, data={"article": ["a2", "a4"]})
    assert done.status_code == 200
    assert "Noted." in done.text
    assert str(done.url).endswith("/operator/story/s1?edition=us&done=1")
    (made,) = store.corrections()
    assert (made.kind, made.one) == ("split", ("a2", "a3", "a4", "a5"))
    assert "and 3 more: is a story of its own." in done.text
    for chosen in ([], ["none"], ["a1", "a2", "a4", "a6", "a7", "a8", "a9"]):
        refused = await operator.post("/operator/story/s1/split", headers=OWN, data={"article": chosen})
        assert refused.status_code == 400
        assert "Choose" in refused.text
    assert len(store.corrections()) == 1


async def test_stories_are_merged_by_choice_address_or_id(operator: httpx.AsyncClient, store: SqlStore) -> None:
    for said in ({"near": "s2"}, {"other": "https://news.example/us/story/s3/choir?x=1"}, {"other": " s5 "}):
        assert (await operator.post("/operator/story/s1/merge", headers=OWN, data=said)).status_code == 200
    assert {each.story_id for each in store.corrections()} == {"s1"}
    assert [each.other_id for each in store.corrections()] == ["s2", "s3", "s5"]
    for said in ({}, {"other": "s1"}, {"other": "nothing"}, {"other": "http://[bad"}, {"other": "'; --"}):
        assert (await operator.post("/operator/story/s1/merge", headers=OWN, data=said)).status_code == 400


async def test_an_article_is_taken_out_and_the_correction_withdrawn(
    operator: httpx.AsyncClient, store: SqlStore
) -> None:
    await operator.post("/operator/story/s1/part", headers=OWN, data={"article": "a9"})
    (made,) = store.corrections()
    assert (made.kind, made.one) == ("not-this", ("a9",))
    path = f"/operator/corrections/{made.seq}/withdraw"
    assert path in (await operator.get("/operator")).text
    done = await operator.post(path, headers=OWN, data={"story": "s1"})
    assert "Withdrawn" in done.text
    assert store.corrections()[0].withdrawn == NOW
    assert path not in done.text
    assert (await operator.post(path, headers=OWN)).status_code == 404
    assert (await operator.post("/operator/story/s3/part", headers=OWN, data={"article": "c1"})).status_code == 400


async def test_a_merged_story_is_corrected_under_its_old_id(operator: httpx.AsyncClient) -> None:
    assert (await operator.get("/operator/story/s0.json")).json()["story_id"] == "s1"
    assert (await operator.get("/operator/story/nothing")).status_code == 404


CORRECTIONS = [
    ("/operator/story/s1/split", {"article": "a2"}),
    ("/operator/story/s1/merge", {"other": "s2"}),
    ("/operator/story/s1/part", {"article": "a2"}),
    ("/operator/corrections/1/withdraw", {}),
]


@pytest.mark.parametrize(("path", "said"), CORRECTIONS)
async def test_only_the_operator_corrects_and_only_by_post_from_here(
    operator: httpx.AsyncClient, stranger: httpx.AsyncClient, store: SqlStore, path: str, said: dict[str, str]
) -> None:
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        assert (await operator.post(path, headers=headers, data=said)).status_code == 403
    assert (await operator.get(path)).status_code in (404, 405)
    assert (await stranger.post(path, headers=OWN, data=said)).status_code == 403
    assert (await stranger.post(path, headers=OWN | {"x-forwarded-for": "127.0.0.1"}, data=said)).status_code == 403
    assert store.corrections() == []


async def test_a_process_that_only_serves_corrects_nothing(store: SqlStore) -> None:
    async with client(make_app(SETTINGS, Reading(store.reader), None, lambda: NOW), "127.0.0.1") as c:
        page = (await c.get("/operator/story/s1")).text
        assert "only serves" in page
        assert "<form" not in page[page.index("<main") : page.index("</main")]
        for path, said in CORRECTIONS:
            assert (await c.post(path, headers=OWN, data=said)).status_code == 409


async def test_too_large_forms_are_refused(operator: httpx.AsyncClient) -> None:
    for data in ({"article": ["x"] * 600}, {"article": "x" * 50_000}):
        assert (await operator.post("/operator/story/s1/split", headers=OWN, data=data)).status_code == 413


@pytest.mark.parametrize(
    ("said", "story"),
    [
        ("s1", "s1"),
        ("https://news.example/us/story/s1/slug", "s1"),
        ("/us/story/s1", "s1"),
        ("https://news.example/us/article/a1/slug", ""),
        ("", ""),
        ("a b", ""),
        ("x" * 201, ""),
    ],
)
def test_a_story_is_named_by_address_or_id(said: str, story: str) -> None:
    assert named_story(said) == story


# -- quality and settings


async def test_quality_tells_what_the_store_knows(operator: httpx.AsyncClient) -> None:
    page = (await operator.get("/operator/quality.json")).json()
    facts = {each["name"]: each for each in page["facts"]}
    assert facts["Stories alone"]["value"] == "60%"
    assert "of 5 stories" in facts["Stories alone"]["means"]
    assert (facts["Copies"]["value"], facts["Same event"]["value"]) == ("17%", "39%")
    assert "1.4 on average" in facts["Same event"]["means"]
    assert {each["name"]: each["value"] for each in page["declined"]} == {
        "fetch: timeout": "1",
        "extract: no-text": "1",
    }
    assert [each["name"] for each in page["waiting"]] == [
        "waits to be read",
        "waits to be annotated",
        "waits to be grouped",
    ]
    assert "version 1" in (await operator.get("/operator/quality")).text


async def test_quality_of_an_empty_store(tmp_path: Path) -> None:
    store = open_store(StoreSettings(url=str(tmp_path / "news.db")))
    async with client(make_app(SETTINGS, Reading(store.reader), None, lambda: NOW), "127.0.0.1") as c:
        page = await c.get("/operator/quality")
    assert page.status_code == 200
    assert "Nothing of the last day" in page.text
    store.close()


async def test_settings_tell_where_they_come_from_and_no_secret(store: SqlStore) -> None:
    environ = {
        "NEWSLOOM_CONFIG": "/dev/null",
        "NEWSLOOM_SITE_TITLE": "The Desk",
        "NEWSLOOM_SITE_OPERATOR_TOKEN": "a-long-token",
        "NEWSLOOM_STORE_URL": "postgresql://newsloom:hunter2@db/news",
    }
    settings = load(environ, **{"site.port": 9000})
    app = make_app(SETTINGS, Reading(store.reader), None, lambda: NOW, told=in_force(settings, environ))
    async with client(app, "127.0.0.1") as c:
        told = {each["name"]: each for each in (await c.get("/operator/settings.json")).json()["settings"]}
        html = (await c.get("/operator/settings")).text
    assert (told["site.title"]["value"], told["site.title"]["origin"]) == ("The Desk", "environment")
    assert (told["site.port"]["value"], told["site.port"]["origin"]) == ("9000", "option")
    assert (told["site.images"]["value"], told["site.images"]["origin"]) == ("on", "default")
    assert told["site.operator_token"]["value"] == "set, not shown"
    for secret in ("a-long-token", "hunter2"):
        assert secret not in html
        assert secret not in json.dumps(told)


async def test_the_operators_pages_are_for_the_operator(stranger: httpx.AsyncClient) -> None:
    for path in ("/operator", "/operator/quality", "/operator/settings", "/operator/story/s1"):
        for each in (path, path + ".json"):
            answer = await stranger.get(each, follow_redirects=False)
            assert (answer.status_code, answer.headers["location"]) == (303, "/operator/login")
