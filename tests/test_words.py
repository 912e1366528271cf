"""The interface's languages: nothing that a reader sees is left untranslated, plural forms and dates are right."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from catalogues import CATALOGUES, catalogue, extracted
from newsroom import NOW, newsroom
from test_site import SETTINGS, Actor, client

from newsloom.site import render, times
from newsloom.site import words as spoken
from newsloom.site.app import make_app
from newsloom.site.words import LANGUAGES, Words, accepted, words
from newsloom.store import tables

OTHERS = sorted(set(LANGUAGES) - {"en"})
PLACEHOLDER = re.compile(r"%\(\w+\)s|</?\w+>")


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_says_all_that_the_site_says_and_nothing_else(code: str) -> None:
    theirs, ours = catalogue(CATALOGUES / f"{code}.po"), extracted()
    ids = {(message.id if isinstance(message.id, str) else tuple(message.id)) for message in ours if message.id}
    assert {(m.id if isinstance(m.id, str) else tuple(m.id)) for m in theirs if m.id} == ids
    assert len(ids) > 150
    for message in theirs:
        if not message.id:
            continue
        said, asked = forms(message.string), forms(message.id)
        assert all(each.strip() for each in said), f"{message.id} is not translated"
        assert not message.fuzzy
        assert len(said) == (theirs.num_plurals if len(asked) == 2 else 1)
        for n, each in enumerate(said):
            # A form for exactly none, one or two may leave the number to the noun.
            optional = {"%(count)s"} if len(asked) == 2 and len(said) - n > len(said) - 3 else set()
            wanted = set(PLACEHOLDER.findall(asked[-1]))
            assert wanted - optional <= set(PLACEHOLDER.findall(each)) <= wanted, each


def test_every_language_has_a_catalogue() -> None:
    assert sorted(path.stem for path in CATALOGUES.glob("*.po")) == OTHERS


# -- no text past the catalogues: every page in a language that does not exist


class Pseudo:
    """A catalogue that puts whatever goes through it in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, one: str, many: str, count: int) -> str:
        return self.gettext(one if count == 1 else many)

    def pgettext(self, context: str, message: str) -> str:
        return self.gettext(message)

    def npgettext(self, context: str, one: str, many: str, count: int) -> str:
        return self.ngettext(one, many, count)


class Seen(HTMLParser):
    """All that a page says to people: its text, and the attributes that are read out or shown."""

    SHOWN = ("alt", "title", "aria-label", "placeholder", "data-new", "data-more", "data-zone", "data-moment", "label")

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.read_out: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        self.text.append(" ")
        if tag != "time":  # Dates come from Babel.
            self.read_out += [value or "" for name, value in attrs if name in self.SHOWN]
        if tag == "meta" and ("name", "description") in attrs:
            self.read_out.append(dict(attrs)["content"] or "")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside not in ("time", "script", "style", "kbd", "code"):
            self.text.append(data)


def data(folder: Path) -> Iterator[str]:
    """Every word of the store: what outlets wrote and how things are named."""
    engine = sa.create_engine(f"sqlite:///{folder / 'newsroom.db'}")
    with engine.connect() as c:
        for table in (tables.articles, tables.sources, tables.feeds, tables.editions, tables.similarities):
            for row in c.execute(sa.select(table)).mappings():
                yield from re.findall(r"\w+", " ".join(map(str, row.values())))


PAGES = ["/", "/us/", "/us/section/region", "/us/article/a1", "/us/article/a8", "/us/article/c1", "/us/article/e2",
         "/us/article/f1", "/us/story/s1", "/us/story/s5", "/us/source/north", "/us/source/ferry", "/us/source/valley",
         "/us/search", "/us/search?q=bridge", "/us/search?q=zzz", "/us/day/2026-11-24", "/us/day/2026-11-01", "/de/",
         "/about", "/nowhere", "/us/article/none", "/us/story/none", "/us/source/none", "/us/section/none", "/xx/",
         "/us/day/2027-01-01", "/us/day/x", "/us/search?q=" + "a" * 300, "/us/day/2026-11-24?page=0",
         "/us/search/feed.atom"]  # fmt: skip
# What is the same in every language: the product's and languages' own names, commands, units.
NAMES = {"Newsloom", "UTC", "OPML", "Atom", *LANGUAGES.values(), "en", "de", "us", "Today", "Yesterday"}

DATES = set("Mon Tue Wed Thu Fri Sat Sun Oct Nov and".split())


@pytest.fixture
async def pseudo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    made = Words("en", Pseudo())  # type: ignore[arg-type]
    for module in ("frames", "render", "atom", "pages"):
        monkeypatch.setattr(f"newsloom.site.{module}.words", lambda code: made)
    render._environment.cache_clear()
    async with client(make_app(SETTINGS, newsroom(tmp_path), Actor(), lambda: NOW)) as c:
        yield c
    render._environment.cache_clear()


async def test_no_page_says_anything_past_the_catalogues(pseudo: httpx.AsyncClient, tmp_path: Path) -> None:
    known = {*data(tmp_path), *NAMES, *DATES, "United", "States", "Germany", "zzz"}
    known |= {word for each in (*times.ENGLISH.locale.languages.values(), *times.ENGLISH.locale.territories.values())
              for word in re.findall(r"\w+", each)}  # fmt: skip
    known |= {word for day in (date(2026, 11, 1), NOW.date()) for word in re.findall(r"\w+", times.long_day(day))}
    known = {word.casefold() for word in known}
    for path in PAGES:
        page = Seen()
        page.feed((await pseudo.get(path)).text)
        for said in (*page.read_out, "".join(page.text)):
            while (shorter := re.sub(r"⟦[^⟦⟧]*⟧", " ", said)) != said:
                said = shorter
            left = [word for word in re.findall(r"[^\W\d_]{2,}", said) if word.casefold() not in known]
            assert left == [], (path, said)


# -- which language


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client(make_app(SETTINGS, newsroom(tmp_path), Actor(), lambda: NOW)) as c:
        yield c


def language(page: httpx.Response) -> str:
    return re.findall(r'<html lang="(\w+)"', page.text)[0]


async def test_an_edition_speaks_its_language_and_the_choice_the_readers(reader: httpx.AsyncClient) -> None:
    german = {"accept-language": "sv, de-AT;q=0.8, en;q=0.5"}
    choice = await reader.get("/", headers=german)
    assert language(choice) == "de"
    assert choice.headers["vary"].startswith("Accept-Language")
    assert "Ausgabe wählen" in choice.text
    assert "Deutschland" in choice.text
    assert language(await reader.get("/nowhere", headers=german)) == "de"
    assert language(await reader.get("/us/", headers=german)) == "en"
    assert language(await reader.get("/de/")) == "de"


async def test_a_chosen_language_goes_on_from_page_to_page(reader: httpx.AsyncClient) -> None:
    page = await reader.get("/us/?lang=ar")
    assert '<html lang="ar" dir="rtl">' in page.text
    ours = [each for each in re.findall(r'href="(/[^"]*)"', page.text) if not each.startswith(("/static", "/operator"))]
    assert len(ours) > 20
    assert [each for each in ours if not each.endswith("lang=ar")] == []
    assert '<input type="hidden" name="lang" value="ar">' in page.text
    moved = await reader.get("/us/story/s0/old?lang=ar", follow_redirects=False)
    assert moved.headers["location"] == "/us/story/s1/-?lang=ar"
    assert language(await reader.get("/us/?lang=tlh")) == "en"
    # The other languages of a search keep what was asked.
    found = (await reader.get("/us/search?q=fees&source=ferry")).text
    assert 'href="?q=fees&amp;source=ferry&amp;lang=de"' in found


async def test_own_language_needs_no_lang_and_others_say_theirs(reader: httpx.AsyncClient) -> None:
    html = (await reader.get("/us/article/a1?lang=de")).text
    assert "lang=" in re.findall(r'<a class="brand" href="([^"]*)"', html)[0]
    assert '<h3 lang="ar" dir="rtl">' in html
    assert '<h1 lang="en">' in html
    assert '<h3><a href="/us/article/a6' in html  # German in German.
    html = (await reader.get("/us/article/a1?lang=ar")).text
    assert '<h1 lang="en" dir="ltr">' in html
    assert "الولايات المتحدة" in html


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("fr-CA,fr;q=0.9", "fr"),
        ("en;q=0.3, es;q=0.9", "es"),
        ("de;q=0, fr;q=0.1", "fr"),
        ("tlh, *", "en"),
        ("DE", "de"),
        ("q=;;;,,\x00", "en"),
        ("de;q=9999999999", "en"),
        ("x," * 10_000, "en"),
    ],
)
def test_accept_language(header: str, code: str) -> None:
    assert accepted(header) == code


# -- forms


def test_plural_forms() -> None:
    def said(code: str, count: int) -> str:
        return words(code).count("%(count)s report", "%(count)s reports", count)

    assert [said("en", n) for n in (0, 1, 2, 1200)] == ["0 reports", "1 report", "2 reports", "1,200 reports"]
    assert [said("de", n) for n in (1, 2, 1200)] == ["1 Bericht", "2 Berichte", "1.200 Berichte"]
    assert [said("fr", n) for n in (0, 1, 2)] == ["0 article", "1 article", "2 articles"]
    assert [said("es", n) for n in (0, 1, 2)] == ["0 noticias", "1 noticia", "2 noticias"]
    arabic = [said("ar", n) for n in (0, 1, 2, 3, 10, 11, 99, 100, 102, 103)]
    assert arabic == ["لا تقارير", "تقرير واحد", "تقريران", "3 تقارير", "10 تقارير", "11 تقريرًا", "99 تقريرًا",
                      "100 تقرير", "102 تقرير", "103 تقارير"]  # fmt: skip


def test_dates_and_spans_are_as_each_language_writes_them() -> None:
    at, now = datetime(2026, 11, 24, 9, 5, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    short = {code: times.when(at, now, words(code)).short for code in LANGUAGES}
    assert short == {"en": "24 Nov, 09:05", "de": "24. Nov., 09:05", "es": "24 nov, 09:05", "fr": "24 nov., 09:05",
                     "ar": "24 نوفمبر، 09:05"}  # fmt: skip
    full = {code: times.when(at, now, words(code), day_only=True).full for code in LANGUAGES}
    assert full["en"] == "Tuesday, 24 November 2026"
    assert full["de"] == "Dienstag, 24. November 2026"
    assert full["fr"] == "mardi 24 novembre 2026"
    assert [times.ago(seconds, words("de")) for seconds in (20, 3600, 7200, 4 * 86400)] == [
        "vor 1 Minute", "vor 60 Minuten", "vor 2 Stunden", "vor 4 Tagen"]  # fmt: skip
    assert times.until(1800, words("es")) == "dentro de 30 minutos"


def test_english_needs_no_catalogue_and_unknown_languages_get_it() -> None:
    assert words("sv").code == "en"
    assert words("en").say("No %(thing)s", thing="x") == "No x"
    assert spoken.spoken("de-AT") == "de"
    assert spoken.spoken("sv") == "en"
    assert str(words("en").listed(["<a>", "b", "c"])) == "&lt;a&gt;, b and c"
