"""What can go wrong with the public site, over every route: docs/threats-site.md says which line stands where."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from newsroom import NOW, newsroom
from starlette.applications import Starlette
from starlette.routing import Route
from test_operator import SETTINGS, Desk

from newsloom.config import StoreSettings
from newsloom.site.app import make_app
from newsloom.store import open_store, tables
from newsloom.store.reading import Reading

ROOT = Path(__file__).parent.parent
HEADERS = {"x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "no-referrer"}
POLICY = {"default-src 'self'", "script-src 'self'", "style-src 'self'", "object-src 'none'", "base-uri 'none'",
          "frame-ancestors 'none'", "form-action 'self'"}  # fmt: skip

# What the parameters of an address are where they are right; a route that names another fails the first test.
RIGHT = {
    "edition": "us", "section": "region", "date": "2026-11-24", "slug": "x", "name": "site.css", "seq": "1",
    "token": "none", "id": "",
}  # fmt: skip
IDS = {"article": "a1", "story": "s1", "source": "north", "sources": "north", "image": "a1"}
XSS = "\"><svg onload=alert(1)>'</script><script>alert(2)</script>"
HOSTILE = [
    "..%2f..%2fetc%2fpasswd", "%00", "%FF%FE", "%C0%AF", "%0d%0aSet-Cookie:%20x=1", "x" * 5_000, "-1", "%F0%9F%A4%96",
    "99999999999999999999999", "%27%20OR%201=1%20--", "%3Cscript%3Ealert(1)%3C/script%3E", "//evil.example", "%2e%2e",
    "%EF%BF%BF", "%ED%A0%80", "{{7*7}}", "${7*7}", "a%20b", "", ".json", "feed.atom",
]  # fmt: skip
QUERIES = [
    "q=%22", "q=NEAR(", "q=a*%20AND%20(b", "q=%00", "q=%FF%FE", "q=headline:x", "q={headline}:x", "q=%22a%22%22b",
    "q=-x", "q=^a", "q=a%20NOT", "q=" + "a%20" * 60, "q=%27;DROP%20TABLE%20articles;--", "q=%EF%BC%A2",
    "q=bridge&page=0", "q=bridge&page=-1", "q=bridge&page=99999999999", "q=bridge&page=1e9", "q=bridge&page=50",
    "q=bridge&date=0000-00-00", "q=bridge&date=9999-12-31", "q=bridge&source=%00%27", "q=bridge&language=%27",
    "q=bridge&edition=%27", "lang=xx", "lang=%0d%0aX:y", "page=%D9%A1", "added=%3Cscript%3E",
    "edition=%22%3E%3Cscript%3E", "v=%0d%0a", "q=x&q=y&page=2&page=3",
]  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Starlette:
    folder = tmp_path_factory.mktemp("threats")
    newsroom(folder)
    store = open_store(StoreSettings(url=str(folder / "newsroom.db")))
    unlimited = replace(SETTINGS, site=replace(SETTINGS.site, rate=0))  # Here one client asks all there is.
    return make_app(unlimited, Reading(store.reader), Desk(store), lambda: NOW, inbox=store)


def client(app: Starlette, *, local: bool = False) -> httpx.AsyncClient:
    peer, base = ("127.0.0.1", "http://localhost:8000") if local else ("203.0.113.9", "https://news.example")
    transport = httpx.ASGITransport(app=app, client=(peer, 5000), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=base)


@pytest.fixture
async def reader(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with client(app) as made:
        yield made


@pytest.fixture
async def operator(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with client(app, local=True) as made:
        yield made


def routes(app: Starlette) -> list[Route]:
    return [route for route in app.routes if isinstance(route, Route)]


def right(path: str) -> str:
    """The address of a route with parameters that are right."""
    kind = next((each for each in path.split("/") if each in IDS), "")
    return re.sub(r"{(\w+)(?::\w+)?}", lambda found: RIGHT[found[1]] or IDS[kind], path) + (
        "?q=bridge" if "/search" in path else ""
    )


def wrong(path: str, value: str) -> str:
    """The address of a route with one value in place of every parameter."""
    return re.sub(r"{\w+(?::\w+)?}", lambda _: value, path)


def raw(asker: httpx.AsyncClient, path: str) -> httpx.URL:
    """An address whose bytes nobody touches."""
    return asker.base_url.copy_with(raw_path=path.encode("ascii", "replace"))


def sound(answer: httpx.Response) -> None:
    """What must hold of every answer, whatever was asked."""
    assert answer.status_code < 500
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    policy = answer.headers["content-security-policy"]
    assert set(policy.split("; ")) >= POLICY
    assert "unsafe" not in policy
    for leak in ("Traceback", "sqlite", "SELECT ", "no such column", "fts5", "sqlalchemy"):
        assert leak not in answer.text
    if "public" in answer.headers.get("cache-control", ""):
        assert "set-cookie" not in answer.headers
    assert answer.headers.get("location", "/").startswith("/")
    assert not answer.headers.get("location", "/").startswith("//")
    if answer.request.method == "HEAD":
        assert answer.content == b""
    elif answer.headers.get("content-type", "").startswith("application/json"):
        json.loads(answer.text)
    if answer.headers.get("content-type", "").startswith("text/html"):
        assert "<svg onload" not in answer.text
        assert "<script>" not in answer.text


async def test_every_route_answers_what_is_right(operator: httpx.AsyncClient, app: Starlette) -> None:
    for route in routes(app):
        if "GET" in (route.methods or ()):
            answer = await operator.get(right(route.path), headers={"accept-encoding": "identity"})
            sound(answer)
            # No fetcher, no image; no subscription of this name.
            expected = {404} if route.path.startswith(("/image/", "/hub/")) else {200, 301}
            assert answer.status_code in expected, route.path


@pytest.mark.parametrize("value", HOSTILE)
async def test_no_parameter_breaks_a_route(operator: httpx.AsyncClient, app: Starlette, value: str) -> None:
    for route in routes(app):
        if "{" in route.path:
            method = "GET" if "GET" in (route.methods or ()) else "POST"
            sound(await operator.request(method, raw(operator, wrong(route.path, value))))


@pytest.mark.parametrize("query", QUERIES)
async def test_no_query_breaks_a_route(operator: httpx.AsyncClient, app: Starlette, query: str) -> None:
    for route in routes(app):
        if "GET" in (route.methods or ()):
            sound(await operator.get(raw(operator, f"{right(route.path).partition('?')[0]}?{query}")))


async def test_no_form_breaks_a_route(operator: httpx.AsyncClient, app: Starlette) -> None:
    bodies = [b"", b"\xff\xfe\0", b"article=%00&other=%FF&url=%00&token=%00&story=%0d%0a", b"&" * 3_000, b"=" * 3_000,
              b"url=javascript:alert(1)", b"other=" + XSS.encode(), b"article=" + b"x" * 7_000]  # fmt: skip
    for route in routes(app):
        if "POST" in (route.methods or ()):
            for body in bodies:
                sound(await operator.post(right(route.path), content=body))


any_text = st.text(st.characters(codec="utf-8"), max_size=60)
any_path = st.lists(st.one_of(any_text, st.sampled_from(["us", "article", "story", "a1", "s1", "search", "feed.atom",
                                                         "operator", "day", "..", "x.json"])), max_size=5)  # fmt: skip
any_headers = st.dictionaries(
    st.sampled_from(["host", "x-forwarded-for", "x-forwarded-host", "origin", "cookie", "if-none-match", "range",
                     "accept-language", "accept-encoding", "sec-fetch-site", "referer", "forwarded"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
    max_size=4,
)  # fmt: skip


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=any_path,
    query=st.dictionaries(st.sampled_from(["q", "page", "date", "source", "language", "edition", "lang"]), any_text),
    headers=any_headers,
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "OPTIONS"]),
)
@example(parts=["0.json"], query={}, headers={}, method="HEAD")
async def test_nothing_that_is_asked_breaks_the_site(
    app: Starlette, parts: list[str], query: dict[str, str], headers: dict[str, str], method: str
) -> None:
    path = "/" + "/".join(quote(part, safe="") for part in parts)
    async with client(app) as reader:
        sound(await reader.request(method, raw(reader, f"{path}?{urlencode(query)}"), headers=headers))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.one_of(any_text, st.text(st.sampled_from(list('ab"*^:(){}-+ANDORNOT\0\n')), max_size=80)))
async def test_no_words_break_the_search(app: Starlette, words: str) -> None:
    async with client(app) as reader:
        answer = await reader.get("/us/search.json", params={"q": words})
    sound(answer)
    assert answer.status_code in (200, 400)


async def test_script_in_a_search_is_text_in_page_json_and_feed(reader: httpx.AsyncClient) -> None:
    for path in ("/us/search", "/us/search.json", "/us/search/feed.atom"):
        answer = await reader.get(path, params={"q": XSS})
        sound(answer)
        if not path.endswith(".json"):
            assert "<svg" not in answer.text
        else:
            assert answer.headers["content-type"].startswith("application/json")


async def test_an_error_page_says_nothing_of_what_was_asked(reader: httpx.AsyncClient) -> None:
    for path in ("/us/article/zzz123", "/zzz123/", "/us/story/zzz123", "/us/nothing/zzz123", "/us/day/zzz123"):
        answer = await reader.get(path)
        sound(answer)
        assert "zzz123" not in answer.text.replace('href="?', "")
        assert answer.headers["cache-control"] == "no-store"


HOSTS = {
    "host": "evil.example",
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "gopher",
    "x-forwarded-prefix": "//evil.example",
    "x-original-url": "/operator",
    "x-rewrite-url": "/operator",
    "forwarded": "host=evil.example",
    "referer": "https://evil.example/",
    "origin": "https://evil.example",
    "user-agent": "<script>alert(1)</script>",
    "cookie": "newsloom_operator=x; lang=ar",
    "x-http-method-override": "DELETE",
}


async def test_headers_that_no_cache_keys_change_no_cached_page(reader: httpx.AsyncClient, app: Starlette) -> None:
    for route in routes(app):
        path = right(route.path)
        if "GET" not in (route.methods or ()) or path.startswith("/operator"):
            continue
        plain = await reader.get(path)
        if "no-store" in plain.headers.get("cache-control", ""):
            continue
        asked = await reader.get(path, headers=HOSTS | {"accept-language": "ar"})
        assert "evil.example" not in asked.text + str(asked.headers.raw)
        keyed = "accept-language" in plain.headers.get("vary", "").lower()
        same = plain if not keyed else await reader.get(path, headers={"accept-language": "ar"})
        assert (asked.status_code, asked.text, asked.headers.get("location")) == (
            same.status_code,
            same.text,
            same.headers.get("location"),
        ), path


async def test_cacheable_answers_carry_validators_and_no_cookie(reader: httpx.AsyncClient, app: Starlette) -> None:
    validated = set()
    for route in routes(app):
        path = right(route.path)
        if "GET" not in (route.methods or ()) or path.startswith("/operator"):
            continue
        first = await reader.get(path)
        assert "set-cookie" not in first.headers
        if first.status_code == 200 and "public" in first.headers.get("cache-control", ""):
            again = await reader.get(path, headers={"if-none-match": first.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["cache-control"] == first.headers["cache-control"]
            validated.add(route.path)
    feeds = {route.path for route in routes(app) if "feed." in route.path}
    assert feeds <= validated


async def test_what_changes_something_is_asked_by_post_from_here_alone(
    operator: httpx.AsyncClient, reader: httpx.AsyncClient, app: Starlette
) -> None:
    changing = [right(route.path) for route in routes(app) if "POST" in (route.methods or ())]
    # Hubs are no browsers: their token and signature are their proof.
    assert (await reader.post("/hub/none", content=b"<feed/>")).status_code == 410
    changing.remove("/hub/none")
    assert len(changing) >= 8
    assert all(path.startswith("/operator") for path in changing)
    for path in changing:
        for headers in (
            {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"},
            {"origin": "null"}, {"origin": "http://localhost:8000.evil.example"},
        ):  # fmt: skip
            assert (await operator.post(path, headers=headers)).status_code == 403, path
        if path not in ("/operator/login", "/operator/logout"):
            assert (await reader.post(path)).status_code == 403, path


async def test_without_a_token_the_operators_pages_are_open_to_nobody_elsewhere(app: Starlette) -> None:
    async with client(app) as c:
        for cookie in (b"", b"0" * 64, b"a-long-token", "é".encode(), b"\xff", b"; ;=;"):
            headers = [(b"cookie", b"newsloom_operator=" + cookie)]
            assert (await c.get("/operator", headers=headers)).headers["location"] == "/operator/login"


def test_each_line_of_the_document_names_tests_that_are_there() -> None:
    document = (ROOT / "docs/threats-site.md").read_text("utf-8")
    named = re.findall(r"`(test_\w+)\.py::(test_\w+)`", document)
    assert len(named) >= 20
    assert len(set(named)) >= 15
    for file, test in named:
        source = (ROOT / "tests" / f"{file}.py").read_text("utf-8")
        assert re.search(rf"^(async )?def {test}\(", source, re.MULTILINE), f"{file}::{test}"


async def test_a_database_that_fails_is_told_without_its_words(tmp_path: Path) -> None:
    newsroom(tmp_path)
    store = open_store(StoreSettings(url=str(tmp_path / "newsroom.db")))
    with store._writer.begin() as c:
        c.execute(sa.schema.DropTable(tables.editions))
    broken = make_app(SETTINGS, Reading(store.reader), None, lambda: NOW)
    async with client(broken) as c:
        answer = await c.get("/us/")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "10"
    assert "no such table" not in answer.text
    store.close()
