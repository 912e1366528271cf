"""Site rules: every file holds, each with a small page of its own; layouts end; the rest is read as on any page."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsloom.extract import extract, rules
from newsloom.extract.head import read_head
from newsloom.types import Article, Page

NOW = datetime(2026, 3, 2, tzinfo=UTC)
PAGES = sorted((Path(__file__).parent / "rules").glob("*.html"))
FILES = sorted(
    (file for file in files("newsloom.sources").joinpath(rules.FOLDER).iterdir() if file.name.endswith(".toml")),
    key=lambda file: file.name,
)


def read(html: str, url: str) -> Article:
    page = Page(requested_url=url, url=url, status=200, headers={}, body=html.encode(), fetched=NOW)
    article = extract(page)
    assert isinstance(article, Article), article
    return article


def test_every_rule_has_its_page_and_every_page_its_rule() -> None:
    assert [page.stem for page in PAGES] == [file.name.removesuffix(".toml") for file in FILES]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_files_say_what_can_be_read(file: Path) -> None:
    told = tomllib.loads(file.read_text("utf-8"))
    assert told["host"] == file.name.removesuffix(".toml")
    known = rules.layouts_of(f"https://www.{told['host']}/a")
    assert len(known) == len(told["layout"]) > 0
    blank = read_head(LexborHTMLParser(b"<p>x</p>"), "https://x.example/")
    for layout in known:
        assert layout.since <= layout.until
        assert rules.apply(layout, blank, NOW).text == ()


@pytest.mark.parametrize("saved", PAGES, ids=lambda page: page.stem)
def test_saved_pages_are_read_by_their_rules(saved: Path) -> None:
    html = saved.read_text("utf-8")
    told = json.loads(html.partition("<!--")[2].partition("-->")[0])
    article = read(html, told["url"])
    assert list(article.authors) == told["authors"]
    assert article.text.startswith(told["starts"])
    assert not any(words in article.text for words in told.get("without", ()))
    plain = read(html, told["url"].replace(saved.stem, "other.example"))
    assert (plain.text, plain.authors) != (article.text, article.authors), "the rule changes nothing here"


def test_a_layout_speaks_only_in_its_time() -> None:
    old = rules.Layout(until=date(2024, 7, 31), text=("p.old",))
    new = rules.Layout(since=date(2024, 8, 1), text=("p.new",))
    assert rules.at((old, new), date(2024, 7, 31)) == old
    assert rules.at((old, new), date(2024, 8, 1)) == new
    assert rules.at((old,), date(2024, 8, 1)) is None
    assert rules.layouts_of("https://news.techcrunch.com/x")
    assert rules.layouts_of("https://nottechcrunch.com/x") == ()
    assert rules.layouts_of("http://[::1/") == ()


def test_every_field_can_be_told_by_a_selector() -> None:
    html = b"""<div class=t>Lamp lit</div><div class=l>A lead that says enough.</div><i class=by>By Ida Lund</i>
    <i class=d>27.02.2026 18:05</i><p class=x>First.<p class=x>Second.<p class=ad>Buy this.</p>"""
    layout = rules.Layout(
        text=("p",), drop=(".ad",), headline=(".t",), lead=(".l",), authors=(".by",), published=(".d",),
        date_format="%d.%m.%Y %H:%M", zone="Europe/Oslo",
    )  # fmt: skip
    told = rules.apply(layout, read_head(LexborHTMLParser(html), "https://x.example/"), NOW)
    assert (told.text, told.headline, told.authors) == (("First.", "Second."), "Lamp lit", ("Ida Lund",))
    assert told.lead == "A lead that says enough."
    assert told.published is not None
    assert (told.published.at.isoformat(), told.published.certainty) == ("2026-02-27T18:05:00+01:00", "exact")
    unread = rules.apply(replace(layout, date_format="%Y"), read_head(LexborHTMLParser(html), ""), NOW)
    assert unread.published is None
