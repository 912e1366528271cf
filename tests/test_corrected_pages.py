"""From the operator's button to the readers' page: the site writes rows, the writer of stories applies them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from newsloom import config
from newsloom.config import Settings
from newsloom.pipeline.desk import Desk
from newsloom.pipeline.newsroom import Newsroom
from newsloom.pipeline.stories_writer import StoriesWriter
from newsloom.site.app import make_app
from newsloom.store import SqlStore
from newsloom.store.reading import Reading
from tests.collecting import nine_outlets
from tests.test_correcting import story_of, together
from tests.test_similar_news import NOW, SIX, one_by_one

LATER = NOW + timedelta(hours=3)
OWN = {"origin": "http://localhost:8000", "sec-fetch-site": "same-origin"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return config.load({"NEWSLOOM_DB": str(tmp_path / "news.db"), "NEWSLOOM_CONFIG": "/dev/null"})


@pytest.fixture
def store(settings: Settings) -> Iterator[SqlStore]:
    with nine_outlets(settings, NOW) as store:
        yield store


async def test_what_the_operator_says_is_what_readers_get(store: SqlStore, settings: Settings) -> None:
    writer = StoriesWriter(store, settings, lambda: LATER)
    ids = one_by_one(store, writer, SIX[:5])
    old = story_of(store, ids[0])
    desk = Desk("test")
    collector: Any = SimpleNamespace(desk=desk, refreshed=None, next_poll=None)
    app = make_app(settings, Reading(store.reader), Newsroom(store, collector, lambda: LATER), lambda: LATER)
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000", follow_redirects=True) as c:
        page = f"/operator/story/{old}"
        assert f'href="{page}?edition=us"' in (await c.get(f"/us/story/{old}")).text
        split = await c.post(f"{page}/split?edition=us", headers=OWN, data={"article": ids[3:]})
        assert "as soon as the collector is at it" in split.text
        writer.step()
        new = story_of(store, ids[3])
        assert new != old
        assert "is a story of its own." in (await c.get(f"/operator/story/{new}")).text
        told = {each["id"] for each in (await c.get(f"/us/story/{old}.json")).json()["items"]}
        assert told == set(ids[:3])
        await c.post(f"{page}/merge", headers=OWN, data={"other": f"https://n.example/us/story/{new}/x"})
        writer.step()
        assert together(store, *ids)
        gone = next(each for each in (old, new) if each != story_of(store, ids[0]))
        moved = await c.get(f"/us/story/{gone}")
        assert moved.status_code == 200
        assert f"/story/{story_of(store, ids[0])}/" in str(moved.url)
        await c.post(f"/operator/story/{gone}/part", headers=OWN, data={"article": ids[4]})
        writer.step()
        assert not together(store, ids[0], ids[4])
        seq = store.corrections()[-1].seq
        assert (await c.post(f"/operator/corrections/{seq}/withdraw", headers=OWN)).status_code == 200
        assert store.corrections()[-1].withdrawn is not None
    writer.release()
    desk.close()
