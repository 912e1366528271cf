"""Lists of sources from strangers: tables, OPML, catalogues; what is refused, what is told, what is updated."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsloom.config import Settings, load
from newsloom.engine import LocalPool
from newsloom.errors import WrongUse
from newsloom.feeds import read_opml
from newsloom.feeds.opml import Opml
from newsloom.fetch import refused
from newsloom.pipeline import catalogue, updating, work
from newsloom.pipeline.collector import Collector
from newsloom.pipeline.csv_lists import from_csv, to_csv
from newsloom.pipeline.lists import Listed, read_list
from newsloom.pipeline.managing import managing
from newsloom.pipeline.report import check_report
from newsloom.pipeline.start import with_catalogue
from newsloom.sources import VERSION
from newsloom.store import SqlStore, open_store
from newsloom.types import Rejected, Source
from tests.outlets import Outlets

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def conf(tmp_path: Path) -> Settings:
    said = {"store.url": str(tmp_path / "news.db"), "fetch.allow": "127.0.0.0/8", "fetch.delay_s": 0.0}
    return load({"NEWSLOOM_CONFIG": "/dev/null"}, **said)


@pytest.fixture
def store(conf: Settings) -> Iterator[SqlStore]:
    store = open_store(conf.store)
    yield store
    store.close()


def listed(text: str | bytes, allow: str = "") -> Listed:
    body = text.encode() if isinstance(text, str) else text
    found = read_list(body, "list", allow)
    assert isinstance(found, Listed), found
    return found


# Addresses that come in lists


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/f", "http://10.0.0.1/f", "http://[::1]/f", "http://169.254.169.254/latest", "http://0x7f.1/f",
        "http://2130706433/", "http://localhost/f", "http://x.localhost:8000/f", "http://printer.local/f",
        "http://[::ffff:10.0.0.1]/f", "http://192.168.1.1:80/f", "http://100.64.0.1/",
    ],
)  # fmt: skip
def test_private_addresses_are_refused_unseen(url: str) -> None:
    assert refused(url) == "private-address"
    assert refused(url, "0.0.0.0/0,::/0") == ""


def test_other_addresses_that_are_none() -> None:
    assert refused("javascript:alert(1)") == "scheme"
    assert refused("https://user:word@a.example/") == "bad-url"
    assert refused("https://a.example/f") == refused("http://127.0.0.1:8000/f", "127.0.0.1:8000") == ""
    assert refused("http://127.0.0.1:8001/f", "127.0.0.1:8000") == "private-address"


# OPML


def test_opml_tells_what_it_skips() -> None:
    found = read_opml(
        b"<opml><body><outline text='News'><outline text='A' xmlUrl='feed://a.example/f'/>"
        b"<outline text='B' xmlUrl='feed:https://b.example/f'/><outline text='C' xmlUrl='javascript:x'/>"
        b"<outline text='D' xmlUrl='file:///etc/passwd'/></outline></body></opml>"
    )
    assert isinstance(found, Opml)
    assert [link.url for link in found.links] == ["http://a.example/f", "https://b.example/f"]
    assert found.skipped == (
        "C: no address of the web: javascript:x",
        "D: no address of the web: file:///etc/passwd",
    )


def test_private_addresses_of_a_list_are_skipped_and_told() -> None:
    text = (
        "<opml><body><outline text='A' xmlUrl='https://a.example/f'/>"
        "<outline text='R' xmlUrl='http://192.168.0.1/f'/><outline text='M' xmlUrl='data:x'/></body></opml>"
    )
    found = listed(text)
    assert [source.feeds for source in found.sources] == [("https://a.example/f",)]
    assert found.skipped == ("M: no address of the web: data:x", "R: private-address: http://192.168.0.1/f")
    assert len(listed(text, "192.168.0.0/16").sources) == 2
    nothing = read_list(b"<opml><body><outline text='R' xmlUrl='http://10.0.0.1/f'/></body></opml>", "list")
    assert isinstance(nothing, Rejected)


def test_folders_leave_as_they_came(store: SqlStore) -> None:
    feeds = (
        b"<outline text='World'><outline text='A' xmlUrl='https://a.example/f' htmlUrl='https://a.example/'/></outline>"
    )
    came = listed(b"<opml><body><outline text='News'>" + feeds + b"</outline></body></opml>")
    catalogue.put(store, came.sources, "us", NOW)
    again = read_opml(catalogue.to_opml(store.sources()).encode())
    assert isinstance(again, Opml)
    assert [(link.url, link.folder) for link in again.links] == [("https://a.example/f", "News/World")]


# Tables


def test_a_table_comes_back_as_it_left() -> None:
    feeds = ("https://a.example/1", "https://a.example/2")
    sources = [
        Source(id="a.example", name='A, "quoted"; näws', homepage="https://a.example/", country="us", feeds=feeds,
               languages=("en",), owner="Owner", kind="local", folder="News/World"),
        Source(id="b.example", name="=HYPERLINK(\"http://evil.example\")", homepage="https://b.example/"),
    ]  # fmt: skip
    assert from_csv(to_csv(sources), "table") == (sources, [])


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "|cmd", "%0A=1", "\r=1"])
def test_no_cell_that_leaves_is_a_formula(name: str) -> None:
    row = list(csv.reader(io.StringIO(to_csv([Source(id="a", name=name, homepage="https://a.example/")]))))[1]
    assert row[0][0] == "'"


def test_tables_of_others() -> None:
    found = listed(
        "Title;RSS;Website\nHarbour News;https://a.example/f;a.example\n;javascript:x;\n\nB;;www.b.example\n"
    )
    assert [(s.name, s.homepage, s.feeds) for s in found.sources] == [
        ("Harbour News", "https://a.example/", ("https://a.example/f",)),
        ("B", "https://www.b.example/", ()),
    ]
    assert found.skipped == ("line 3: neither a feed nor a homepage on the web",)


def test_tables_have_bounds() -> None:
    with pytest.raises(WrongUse, match="100000 lines"):
        from_csv("feed\n" + "https://a.example/f\n" * 100_001, "table")
    with pytest.raises(WrongUse, match="names no source"):
        from_csv("feed\n,\nx\n", "table")
    with pytest.raises(WrongUse, match="can't be read"):
        from_csv('feed\n"' + "x" * 3_000_000, "table")
    with pytest.raises(WrongUse, match="no column"):
        from_csv("a,b\n1,2\n", "table")


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=300) | st.text(alphabet="feed,;\"\n\t=https://a.example[]'\\<opml", max_size=200).map(str.encode)
)
def test_any_bytes_give_a_list_or_a_reason(body: bytes) -> None:
    for start in (b"", b"feed,name\n", b"[[source]]\nname = ", b"<opml><body>"):
        with contextlib.suppress(WrongUse):
            assert isinstance(read_list(start + body, "list"), Listed | Rejected)


def test_deep_toml_is_wrong_use_and_no_crash() -> None:
    with pytest.raises(WrongUse):
        read_list(b"a = " + b"[" * 100_000, "list")
    with pytest.raises(WrongUse):
        updating.read_catalogue("a = " + "{a=" * 50_000, "list")


# The catalogue in force


def outlet(name: str, **said: Any) -> Source:
    site = f"https://{name}.example/"
    return Source(id=f"{name}.example", name=name, homepage=site, **{"country": "us", "feeds": (site + "f",)} | said)


def written(version: str, *sources: Source, more: str = "") -> str:
    found = updating.Catalogue(version=version, sources=sources, sure=dict.fromkeys((s.id for s in sources), "high"))
    return updating.to_toml(found) + more


def test_what_ships_is_one_catalogue_with_a_version() -> None:
    found = updating.shipped()
    assert found.version == VERSION
    assert len(found.sources) >= 300
    assert set(found.sure.values()) <= {"high", "medium", "low"}
    assert updating.read_catalogue(updating.to_toml(found), "here") == found


def test_an_update_brings_new_outlets_and_leaves_what_was_removed(store: SqlStore, conf: Settings) -> None:
    first = written("2027-01-01", outlet("a"), outlet("b"))
    updating.update(store, updating.read_catalogue(first, "first"), NOW)
    with_catalogue(store, conf)
    assert {source.id for source in store.sources("us")} == {"a.example", "b.example"}
    store.remove_source("b.example", NOW)
    a, b, new = outlet("a", owner="Now known", feeds=("https://a.example/new",)), outlet("b"), outlet("c")
    bad = "\n[[source]]\nname = 'Y'\n\n[[source]]\nname = 'X'\nhomepage = 'https://x.example/'\ncountry = 'zz'\n"
    told = updating.update(store, updating.read_catalogue(written("2027-02-01", a, b, new, more=bad), "second"), NOW)
    assert told["added"] == {"us": 1}
    assert told["was"] == "2027-01-01"
    assert len(told["skipped"]) == 2
    present = {source.id: source for source in store.sources("us")}
    assert set(present) == {"a.example", "c.example"}
    assert present["a.example"].owner == "Now known"
    assert set(present["a.example"].feeds) == {"https://a.example/f", "https://a.example/new"}


def test_an_older_catalogue_changes_nothing(store: SqlStore, conf: Settings) -> None:
    assert "note" in updating.update(store, updating.read_catalogue(written("2020-01-01", outlet("a")), "old"), NOW)
    assert updating.in_force(store).version == VERSION


def test_an_edition_of_ones_own_sources_gets_nothing(store: SqlStore, conf: Settings) -> None:
    store.put_source(outlet("mine"), ("us",), NOW)
    with_catalogue(store, conf)
    assert (
        updating.update(store, updating.read_catalogue(written("2027-01-01", outlet("a")), "new"), NOW)["added"] == {}
    )
    assert [source.id for source in store.sources()] == ["mine.example"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no version"),
        ('version = "new"\n', "no version"),
        ('version = "2027-01-01"\n', r"lists no \[\[source\]\]"),
        ('version = "2027-01-01"\nsource = [1, 2]', "holds no source"),
        ("version = ", "no TOML"),
    ],
)
def test_what_is_no_catalogue_says_why(text: str, said: str) -> None:
    with pytest.raises(WrongUse, match=said):
        updating.read_catalogue(text, "list")


# Over HTTP


def test_update_import_and_check_over_http(store: SqlStore, conf: Settings, tmp_path: Path) -> None:
    with Outlets(outlets=2, articles=2) as web:
        served = [
            replace(web.source(n), id=f"o{n}", country="us", feeds=web.source(n).feeds if n else ()) for n in range(2)
        ]
        text = written(
            "2027-01-01",
            *served,
            replace(outlet("dead"), homepage="http://127.9.9.9:9/", feeds=("http://127.9.9.9:9/f",)),
        )
        web.say["/catalogue.toml.gz"] = lambda: _bytes(web, gzip.compress(text.encode()))
        web.say["/list.opml"] = lambda: web.answer(200, catalogue.to_opml(web.sources()))

        async def run() -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
            async with managing(store, conf, "us") as manager:
                updated = await manager.update(web.base(0) + "/catalogue.toml.gz")
                found = updating.in_force(store)
                checked = await manager.check_catalogue(found.sources, found.sure)
                return updated, checked, await manager.bring([web.base(0) + "/list.opml", str(tmp_path / "none")])

        updated, checked, brought = asyncio.run(run())
    assert (updated["version"], updated["sources"]) == ("2027-01-01", 3)
    by_source = {record["id"]: record for record in checked}
    assert by_source["o0"]["found"] == [web.base(0) + "/feed.xml"]
    assert by_source["o1"]["entries"] == 2
    assert by_source["dead.example"]["error"].startswith("connect")
    assert (brought[0]["sources"], brought[0]["feeds"]) == (2, 2)
    assert brought[1]["error"].startswith("not-found")
    report = check_report(checked, "The catalogue", datetime.now(UTC) + timedelta(days=30))
    assert "3 addresses, 2 answer, 1 fail, 1 have nothing newer than a week, 1 were found by discovery." in report
    assert "| dead | http://127.9.9.9:9/f | connect" in report


def test_a_list_is_read_by_a_worker(store: SqlStore, conf: Settings, tmp_path: Path) -> None:
    (tmp_path / "deep.opml").write_bytes(b"<opml><body>" + b"<outline>" * 90_000)
    (tmp_path / "odd.toml").write_bytes(b"a = " + b"[" * 100_000)
    (tmp_path / "good.csv").write_text("feed\nhttps://a.example/f\n")

    async def run() -> tuple[list[dict[str, Any]], dict[str, Any]]:
        async with managing(store, conf, "us") as manager:
            names = [str(tmp_path / name) for name in ("deep.opml", "odd.toml", "good.csv")]
            return await manager.bring(names), await manager.update(names[1])

    brought, updated = asyncio.run(run())
    assert "error" in updated
    assert [("error" in record) for record in brought[1:]] == [True, False]
    assert [source.id for source in store.sources()] == ["a.example"]


def test_outlets_without_a_feed_get_one_by_discovery(store: SqlStore, conf: Settings) -> None:
    with Outlets(outlets=2, articles=1) as web, LocalPool(1, work.DEADLINE_S, work.WARM) as pool:
        blank = replace(web.source(0), feeds=())
        lost = replace(outlet("lost"), homepage="http://127.9.9.9:9/", feeds=())
        with_catalogue(store, conf)
        for source in store.sources():
            store.remove_source(source.id, NOW)
        catalogue.put(store, [blank, lost, web.source(1)], "us", NOW)

        async def rounds() -> None:
            for _ in range(2):
                async with Collector(store, conf, lambda: datetime.now(UTC), pool) as collector:
                    await collector.once()

        asyncio.run(rounds())
        asked = web.hits[web.host(0)]["/"]
    feeds = {feed.source_id: feed for feed in store.feeds()}
    assert feeds["outlet-0"].url == web.base(0) + "/feed.xml"
    assert feeds["outlet-0"].last_success is not None
    left = json.loads(store.get_meta(catalogue.BLANK))
    assert left["lost.example"]
    assert "outlet-0" not in left
    assert asked == 1


def _bytes(web: Outlets, body: bytes) -> Any:
    from aiohttp import web as http

    return http.Response(body=body, content_type="application/gzip")
