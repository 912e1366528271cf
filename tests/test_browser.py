"""The site in Debian's Chromium: the main paths with and without JavaScript, narrow and wide, light and dark."""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import uvicorn
from newsroom import NOW, fill_front, newsroom
from test_site import Actor

from newsloom.config import Settings, SiteSettings, StoreSettings
from newsloom.site.app import make_app
from newsloom.store import tables
from newsloom.store.engine import make_engine
from newsloom.types import Page as Fetched

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = os.environ.get("NEWSLOOM_CHROMIUM", "/usr/bin/chromium")
AXE = Path(os.environ.get("AXE_CORE", "node_modules/axe-core/axe.min.js"))

if not Path(CHROMIUM).exists():
    pytest.skip(f"no browser at {CHROMIUM}; NEWSLOOM_CHROMIUM names another", allow_module_level=True)

PATHS = ["/", "/us/", "/us/section/region", "/us/article/a1", "/us/article/e2", "/us/article/d1", "/us/story/s1",
         "/us/source/north", "/us/search?q=bridge", "/us/search", "/us/day/2026-11-24", "/about", "/operator",
         "/operator/quality", "/operator/settings", "/operator/story/s1?edition=us", "/operator/article/a1",
         "/operator/login", "/nowhere", "/de/"]  # fmt: skip
TONGUES = ["/?lang=ar", "/us/?lang=ar", "/us/story/s1?lang=ar", "/us/article/a1?lang=de", "/us/source/north?lang=es",
           "/us/search?q=bridge&lang=fr", "/about?lang=de", "/nowhere?lang=ar"]  # fmt: skip
LOOKS = [(360, "light"), (1280, "light"), (360, "dark"), (1280, "dark")]


def picture(width: int = 64, height: int = 36) -> bytes:
    """A small PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = b"".join(b"\0" + bytes([80, 130, 140]) * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


async def fetch(url: str) -> Fetched:
    return Fetched(requested_url=url, url=url, status=200, body=picture(), fetched=NOW)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The newsroom of `folder` on a free port of loopback."""
    settings = Settings(site=SiteSettings(operator_token="a-long-token"))
    app = make_app(settings, newsroom(folder), Actor(), lambda: NOW, fetch)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(5)
    listening.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("browser")) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    switches = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=switches)
        yield opened
        opened.close()


@contextmanager
def look(browser: Any, width: int = 1280, scheme: str = "light", *, scripts: bool = True) -> Iterator[Any]:
    """A page that fails the test on any error of the browser's, CSP refusals included, and any foreign request."""
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=scripts,
        timezone_id="Asia/Tokyo", locale="en-GB",
    )  # fmt: skip
    page = context.new_page()
    wrong: list[str] = []
    page.on(
        "console", lambda said: wrong.append(said.text) if said.type == "error" and "404" not in said.text else None
    )
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: None if "//127.0.0.1:" in asked.url else wrong.append(asked.url))
    yield page
    context.close()
    assert wrong == []


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_no_page_scrolls_sideways(site: str, browser: Any, width: int, scheme: str) -> None:
    with look(browser, width, scheme) as page:
        for path in (*PATHS, *TONGUES):
            page.goto(site + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_no_violation(site: str, browser: Any, width: int, scheme: str) -> None:
    if not AXE.exists():
        pytest.skip(f"no axe-core at {AXE}: npm install axe-core, or name its axe.min.js in AXE_CORE")
    source = AXE.read_text(encoding="utf-8")
    with look(browser, width, scheme) as page:
        for path in (*PATHS, *(TONGUES if (width, scheme) in (LOOKS[0], LOOKS[3]) else ())):
            page.goto(site + path)
            page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
            page.evaluate(source)
            found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
            assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == [], path


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_from_the_front_to_the_outlet(site: str, browser: Any, width: int, scheme: str, scripts: bool) -> None:
    with look(browser, width, scheme, scripts=scripts) as page:
        page.goto(site)
        page.get_by_role("link", name="United States").first.click()
        page.get_by_role("link", name="Swing bridge at Port Ellery").click()
        assert page.get_by_role("heading", level=1).inner_text().startswith("Swing bridge")
        assert (
            page.get_by_role("link", name="Read it at Ferry Times").get_attribute("href") == "https://ferry.example/a1"
        )
        assert page.get_by_text("United States Latest News, United States Headlines").is_visible()
        why = page.get_by_text("Why is this here?").first
        why.click()
        assert page.get_by_text("Port Ellery, Ada Brandt").first.is_visible()
        page.get_by_role("link", name="All reports of this story").click()
        assert page.get_by_role("listitem").filter(has=page.get_by_role("article")).count() == 6
        if width < 500:  # A phone has no room for a field in the bar.
            page.get_by_role("link", name="Search").click()
        page.get_by_role("searchbox").fill("fees")
        page.get_by_role("search").get_by_role("button").click()
        page.wait_for_url("**/search?*q=fees*")
        assert page.locator("mark").first.inner_text() == "fees"


def test_by_keyboard_alone(site: str, browser: Any) -> None:
    with look(browser) as page:
        page.goto(f"{site}/us/")
        page.keyboard.press("Tab")
        focused = "document.activeElement"
        assert page.evaluate(f"{focused}.textContent") == "Skip to the news"
        assert page.evaluate(f"{focused}.getBoundingClientRect().top") >= 0
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate(f"{focused}.textContent").startswith("Swing bridge at Port Ellery")
        assert page.evaluate(f"getComputedStyle({focused}).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        page.wait_for_url("**/article/a1/**")


def test_a_story_by_keyboard_alone(site: str, browser: Any) -> None:
    """What is folded unfolds, the menu opens, and a search is asked, with Tab, Enter and Space."""

    def tab_to(page: Any, what: str, most: int = 60) -> None:
        for _ in range(most):
            page.keyboard.press("Tab")
            if what in page.evaluate("document.activeElement.textContent + document.activeElement.name"):
                return
        raise AssertionError(f"no way to {what}")

    with look(browser) as page:
        page.goto(f"{site}/us/story/s1")
        tab_to(page, "Why is this here?")
        page.keyboard.press("Enter")
        assert page.locator(".why[open]").count() == 1
        tab_to(page, "As a table")
        page.keyboard.press("Space")
        assert page.get_by_role("table").is_visible()
        page.goto(f"{site}/us/")
        tab_to(page, "…")
        page.keyboard.press("Enter")
        tab_to(page, "Hide this story", 2)
        page.keyboard.press("Enter")
        assert not page.get_by_role("heading", name="Swing bridge").is_visible()
        assert page.evaluate("document.activeElement.textContent").startswith("Council votes")
        page.goto(f"{site}/us/")
        tab_to(page, "q", 20)
        page.keyboard.type("fees")
        page.keyboard.press("Enter")
        page.wait_for_url("**/us/search?q=fees")


def test_the_first_render_waits_for_no_script(site: str, browser: Any) -> None:
    with look(browser, 360) as page:
        held: list[Any] = []
        page.route("**/static/*.js*", lambda route: held.append(route))
        page.goto(f"{site}/us/", wait_until="commit")
        page.get_by_role("heading", name="Swing bridge").wait_for()
        page.evaluate("""() => new Promise(painted => new PerformanceObserver(list => {
            if (list.getEntriesByName("first-contentful-paint").length) painted();
        }).observe({type: "paint", buffered: true}))""")
        assert held  # The scripts were asked for and have not come.
        assert page.locator("time").first.inner_text() == "11:57"
        for route in held:
            route.continue_()
        page.wait_for_load_state("load")


def test_times_are_in_the_readers_zone_with_the_exact_time_on_hover(site: str, browser: Any) -> None:
    with look(browser) as page:
        page.goto(f"{site}/us/article/a1")
        # 10:00 in UTC is 19:00 in Tokyo.
        assert page.locator(".byline time").first.inner_text().endswith("19:00")
        assert page.locator(".byline time").first.get_attribute("title") == "Tuesday, 24 November 2026, 10:00 UTC"
        assert "Asia/Tokyo" in page.locator("#zone").inner_text()
    with look(browser, scripts=False) as page:
        page.goto(f"{site}/us/article/a1")
        assert page.locator(".byline time").first.inner_text() == "10:00"


def test_nothing_moves_while_it_loads(site: str, browser: Any) -> None:
    watch = """() => new Promise(done => { let sum = 0;
        new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value })
            .observe({type: 'layout-shift', buffered: true});
        setTimeout(() => done(sum), 400); })"""
    with look(browser, 360) as page:
        for path in ("/us/", "/us/article/a1", "/us/story/s1"):
            page.goto(site + path, wait_until="networkidle")
            assert page.evaluate(watch) < 0.01, path


def test_a_picture_comes_through_our_proxy(site: str, browser: Any) -> None:
    with look(browser) as page:
        page.goto(f"{site}/us/article/a1", wait_until="networkidle")
        picture = page.locator("figure img")
        assert picture.evaluate("image => image.naturalWidth") == 64
        assert picture.get_attribute("alt") == "The bridge at dawn"


def test_arabic_runs_from_the_right(site: str, browser: Any) -> None:
    with look(browser) as page:
        page.goto(f"{site}/us/article/a7")
        assert page.get_by_role("heading", level=1).evaluate("h => getComputedStyle(h).direction") == "rtl"


def test_the_operator_adds_a_source_in_the_browser(site: str, browser: Any) -> None:
    with look(browser, 360) as page:
        page.goto(f"{site}/operator")
        page.get_by_label("Address of the outlet or its feed").fill("ferry.example")
        page.get_by_role("button", name="Add").click()
        assert "Added Ferry Times" in page.get_by_role("status").inner_text()


def test_a_full_front_page_is_light_and_asks_nobody_else(tmp_path: Path, browser: Any) -> None:
    with serving(tmp_path) as site, look(browser) as page:
        fill_front(make_engine(f"sqlite:///{tmp_path / 'newsroom.db'}", StoreSettings()))
        answers: list[Any] = []
        page.on("response", lambda answer: answers.append(answer))
        page.goto(f"{site}/us/", wait_until="networkidle")
        assert page.get_by_role("article").count() == 60
        sizes = {a.url: a.request.sizes()["responseBodySize"] for a in answers if "/image/" not in a.url}
        assert sum(sizes.values()) < 60_000


def test_keys_walk_through_the_stories_and_can_be_turned_off(site: str, browser: Any) -> None:
    with look(browser) as page:
        page.goto(f"{site}/us/")
        focused = "document.activeElement.textContent"
        page.keyboard.press("j")
        assert page.evaluate(focused).startswith("Swing bridge")
        page.keyboard.press("j")
        assert page.evaluate(focused).startswith("Council votes")
        page.keyboard.press("k")
        assert page.evaluate(focused).startswith("Swing bridge")
        page.keyboard.press("?")
        assert page.get_by_role("dialog").is_visible()
        page.get_by_label("Use these keys").uncheck()
        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="hidden")
        page.keyboard.press("j")
        assert page.evaluate(focused).startswith("Swing bridge")
        page.get_by_role("button", name="Keys").click()
        page.get_by_label("Use these keys").check()
        page.get_by_role("button", name="Close").click()
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.name") == "q"
        page.keyboard.type("jk?")
        assert page.get_by_role("searchbox").input_value() == "jk?"


def test_a_story_is_hidden_and_an_outlet_muted_until_shown_again(site: str, browser: Any) -> None:
    with look(browser, 360) as page:
        page.goto(f"{site}/us/")
        stories = page.locator("[data-story]:visible")
        before = stories.count()
        page.get_by_label("Why, hide, mute").first.click()
        page.keyboard.press("Escape")
        assert page.locator(".tools[open]").count() == 0
        page.get_by_label("Why, hide, mute").first.click()
        page.get_by_label("Why, hide, mute").nth(1).click()
        assert page.locator(".tools[open]").count() == 1
        page.get_by_role("heading", level=1).click()
        assert page.locator(".tools[open]").count() == 0
        page.get_by_label("Why, hide, mute").first.click()
        page.get_by_role("button", name="Hide this story").click()
        assert stories.count() == before - 1
        stories.first.get_by_label("Why, hide, mute").click()
        page.get_by_role("button", name="Mute North Coast Radio").click()
        page.reload()
        assert stories.count() == before - 2
        page.goto(f"{site}/us/story/s1")
        assert not page.get_by_role("link", name="Bridge is open: what drivers must know").is_visible()
        page.goto(f"{site}/us/source/north")
        assert page.get_by_role("button", name="Mute here").get_attribute("aria-pressed") == "true"
        page.goto(f"{site}/us/")
        page.get_by_role("button", name="Show all again").click()
        assert stories.count() == before


def test_what_is_new_since_the_last_visit_is_marked(site: str, browser: Any) -> None:
    with look(browser) as page:
        page.goto(f"{site}/us/")
        assert page.locator(".new").count() == 0
        page.evaluate("""() => {
            const visit = JSON.parse(localStorage["newsloom.visit.us"]);
            delete visit.seen.s3;
            visit.seen.s1 = 4;
            visit.last = 1;
            localStorage["newsloom.visit.us"] = JSON.stringify(visit);
        }""")
        for _ in range(2):  # Looking twice within a visit loses nothing.
            page.reload()
            assert page.locator(".new").count() == 2
            assert page.locator("[data-story=s1] h2").get_attribute("title") == "More reports since your last visit: 2"
            assert page.locator("[data-story=s3] h2").get_attribute("title") == "New since your last visit"


def test_without_scripts_nothing_offers_what_needs_them(site: str, browser: Any) -> None:
    with look(browser, scripts=False) as page:
        page.goto(f"{site}/us/")
        assert page.locator(".scripted:visible").count() == 0
        assert page.get_by_role("dialog").count() == 0


def test_on_paper_the_controls_are_gone(site: str, browser: Any) -> None:
    with look(browser) as page:
        page.emulate_media(media="print")
        page.goto(f"{site}/us/")
        for gone in (".tools", ".find", ".sections", "footer nav"):
            assert page.locator(f"{gone}:visible").count() == 0
        assert page.get_by_role("heading", name="Swing bridge").is_visible()


def test_results_follow_what_is_typed(site: str, browser: Any) -> None:
    with look(browser) as page:
        page.goto(f"{site}/us/search")
        field = page.get_by_role("searchbox")
        field.press_sequentially("fees")
        page.locator("#found mark").first.wait_for()
        page.wait_for_url("**/us/search?q=fees")
        assert page.evaluate("document.activeElement.name") == "q"
        # 05:00 in UTC, in the reader's zone like all times.
        assert page.locator("#found time").first.inner_text() == "14:00"
        page.get_by_label("Source").select_option("Ferry Times")
        page.wait_for_url("**/search?q=fees&source=ferry")
        assert page.locator("#found article").count() == 1
        field.fill("zzz")
        page.wait_for_url("**/us/search?q=zzz*")
        assert page.get_by_text("Nothing found").is_visible()
        page.reload()
        assert field.input_value() == "zzz"


def test_another_edition_is_searched_as_soon_as_it_is_chosen(site: str, browser: Any) -> None:
    with look(browser) as page:
        page.goto(f"{site}/us/search?q=fees&source=ferry")
        page.get_by_label("Edition").select_option("de")
        page.wait_for_url("**/de/search?q=fees*")
        assert page.evaluate("document.activeElement.id") == "edition"
        assert page.evaluate("document.activeElement.value") == "de"
        page.reload()
        assert page.evaluate("document.activeElement.id") != "edition"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_more_of_a_list(tmp_path: Path, browser: Any, scripts: bool) -> None:
    with serving(tmp_path) as site, look(browser, 360, scripts=scripts) as page:
        fill_front(make_engine(f"sqlite:///{tmp_path / 'newsroom.db'}", StoreSettings()))
        page.goto(f"{site}/us/source/o0")
        before = page.locator("#list article").count()
        first = page.locator("#list h3").first.inner_text()
        page.get_by_role("link", name="More").last.click()
        if not scripts:
            page.wait_for_url("**page=2*")
            assert page.locator("#list h3").first.inner_text() != first
            return
        page.locator(f"#list article >> nth={before}").wait_for()
        assert page.locator("#list h3").first.inner_text() == first
        focused = page.evaluate("[...document.querySelectorAll('#list h3 a')].indexOf(document.activeElement)")
        assert focused == before
        headlines = page.locator("#list h3 a").evaluate_all("links => links.map(link => link.href)")
        assert len(headlines) == len(set(headlines))
        page.locator("#paging:not(:has(a))").wait_for(state="attached")


def test_the_help_and_what_keys_do_in_another_language(site: str, browser: Any) -> None:
    with look(browser) as page:
        page.goto(f"{site}/us/?lang=ar")
        page.keyboard.press("?")
        assert page.get_by_role("dialog").get_by_role("heading").inner_text() == "المفاتيح"
        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="hidden")
        page.keyboard.press("j")
        page.keyboard.press("s")
        page.wait_for_url("**/us/story/s1/**lang=ar")
        page.keyboard.press("j")
        page.keyboard.press("w")
        assert page.locator(".why[open]").count() == 1
        page.keyboard.press("h")
        page.wait_for_url("**/us/?lang=ar")
        box = page.locator("a.brand").bounding_box()
        assert box["x"] > 900  # The page runs from the right.
        assert "Asia/Tokyo" in page.locator("#zone").inner_text()


@pytest.mark.parametrize("code", ["en", "de", "es", "fr", "ar"])
def test_the_browser_writes_days_as_the_page_does(site: str, browser: Any, code: str) -> None:
    texts = []
    for scripts in (True, False):
        context = browser.new_context(timezone_id="UTC", java_script_enabled=scripts)
        page = context.new_page()
        page.goto(f"{site}/us/?lang={code}")
        texts.append(page.locator("time").all_inner_texts())
        context.close()
    assert texts[0] == texts[1]
    assert any(len(text) > 5 for text in texts[0])


def test_without_scripts_a_story_says_why_it_is_where_it_is(tmp_path: Path, browser: Any) -> None:
    with serving(tmp_path) as site, look(browser, 360, scripts=False) as page:
        with make_engine(f"sqlite:///{tmp_path / 'newsroom.db'}", StoreSettings()).begin() as c:
            c.execute(sa.update(tables.placements).values(reasons={"reports": 6, "hours": 1.5}))
        page.goto(f"{site}/us/")
        page.get_by_label("Why, hide, mute").first.click()
        assert page.get_by_text("how many of this edition’s outlets wrote on it themselves (6)").first.is_visible()
        assert page.get_by_text("(90 minutes)").first.is_visible()
