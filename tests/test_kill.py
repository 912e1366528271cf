"""kill -9 at any moment loses nothing and doubles nothing. The seeds are committed; `-m long` has fifty of them."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from evals.kills import Kill, kill_once
from newsloom.config import load
from newsloom.pipeline.collector import Collector
from newsloom.pipeline.stories_writer import put_editions
from newsloom.store import open_store
from newsloom.store.lookup import list_articles, list_stories
from tests.outlets import Outlets

COMMAND = [sys.executable, "-m", "newsloom", "collect", "--once"]


def survive(folder: Path, first_seed: int, wanted: int, *, articles: int, longest_s: float) -> list[Kill]:
    """Kill `wanted` collectors over one store, then collect once in peace and compare with what the web holds."""
    with Outlets(outlets=8, articles=articles, latency_s=0.15) as web:
        settings = load(
            {"NEWSLOOM_CONFIG": os.devnull},
            **{"store.url": str(folder / "news.db"), "fetch.allow": "127.3.0.0/16", "fetch.delay_s": 0.0},
        )
        store = open_store(settings.store)
        put_editions(store, settings)
        for source in web.sources():
            store.put_source(source, ("us",), datetime.now(UTC))
        store.close()
        environ = os.environ | {
            "NEWSLOOM_CONFIG": os.devnull,
            "NEWSLOOM_DB": settings.store.url,
            "NEWSLOOM_FETCH_ALLOW": settings.fetch.allow,
            "NEWSLOOM_FETCH_DELAY_S": "0",
        }
        kills: list[Kill] = []
        for seed in range(first_seed, first_seed + 2 * wanted):
            if len(kills) == wanted:
                break
            web.extra[seed % 8].append(f"/n/extra-{seed}")  # so that there is always something new
            kill = kill_once(
                COMMAND, environ, folder / "news.db", lambda: sum(web.open.values()), Random(seed), longest_s
            )
            kills += [kill] if kill else []
        store = open_store(settings.store)

        async def once() -> None:
            async with Collector(store, settings) as collector:
                await collector.once()

        asyncio.run(once())
        rows = list(list_articles(store.reader))
        assert {row["url"] for row in rows} == web.urls()
        assert len(rows) == len(web.urls())
        assert all(row["story"] for row in rows)
        assert all(row["origin"] == "page" for row in rows), "a killed collector is not the page's fault"
        members = [member for story in list_stories(store.reader) for member in story["articles"]]
        assert sorted(members) == sorted(row["id"] for row in rows)
        assert max(web.most_open.values()) == 1
        store.close()
    return kills


def test_a_few_kills(tmp_path: Path) -> None:
    kills = survive(tmp_path, 0, 8, articles=6, longest_s=1.5)
    assert len(kills) == 8
    assert sum(kill.hurt for kill in kills) >= 3


@pytest.mark.long
def test_fifty_kills(tmp_path: Path) -> None:
    kills = survive(tmp_path, 100, 50, articles=30, longest_s=2.0)
    assert len(kills) == 50
    assert sum(kill.hurt for kill in kills) >= 30
