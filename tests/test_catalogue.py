"""Lists of sources: what ships is right, what leaves comes back, what is wrong says where."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

import pytest

from newsloom.config import COUNTRIES
from newsloom.errors import WrongUse
from newsloom.feeds import parse_opml
from newsloom.pipeline import catalogue
from newsloom.types import Source

SHIPPED = sorted(f.name[:-5] for f in resources.files("newsloom.sources").iterdir() if f.name.endswith(".toml"))
OTHERS = "af bn ca cy eu fy ga hi ml mr ms nn sw ta te ur"  # spoken in a country beside its first language
LANGUAGES = {spoken for _, spoken in COUNTRIES.values()} | set(OTHERS.split())


@pytest.mark.parametrize("country", SHIPPED)
def test_shipped_catalogues_are_whole(country: str) -> None:
    assert country in COUNTRIES
    sources = catalogue.shipped(country)
    assert len(sources) >= 5
    for source in sources:
        assert source.country == country
        assert source.name == source.name.strip()
        assert source.kind
        assert source.languages
        assert set(source.languages) <= LANGUAGES
        for url in (source.homepage, *source.feeds):
            assert url.isascii()
            assert urlsplit(url).scheme in ("http", "https")
            assert "." in urlsplit(url).netloc


def test_shipped_catalogues_name_an_outlet_once_and_say_how_sure_they_are() -> None:
    tables = [table for country in SHIPPED for table in _tables(country)]
    sources = [source for country in SHIPPED for source in catalogue.shipped(country)]
    feeds = [feed for source in sources for feed in source.feeds]
    assert len(tables) == len({source.id for source in sources}) == len({source.homepage for source in sources})
    assert len(feeds) == len(set(feeds))
    assert {table["sure"] for table in tables} <= {"high", "medium", "low"}


def test_shipped_catalogues_are_worth_starting_with() -> None:
    sources = [source for country in SHIPPED for source in catalogue.shipped(country)]
    assert len(sources) >= 300
    assert len({source.country for source in sources}) >= 15
    assert len({language for source in sources for language in source.languages}) >= 10


def test_how_sure_an_entry_is_is_read_and_left_out() -> None:
    text = "[[source]]\nname = 'A'\nhomepage = 'https://a.example/'\n"
    assert catalogue.from_toml(f"{text}sure = 'low'", "here") == catalogue.from_toml(text, "here")


def test_a_country_without_a_catalogue_has_no_sources() -> None:
    assert catalogue.shipped("xx") == []


def test_toml_comes_back_as_it_left() -> None:
    sources = [
        Source(id="a", name='The "Quoted" \\ Näws\n', homepage="https://a.example/", feeds=("https://a.example/f",)),
        Source(id="b", name="B", homepage="https://b.example/", country="se", languages=("sv", "en"), kind="local"),
    ]
    assert catalogue.from_toml(catalogue.to_toml(sources), "here") == sources


def test_opml_keeps_feeds_and_joins_those_of_one_homepage() -> None:
    feeds = ("https://a.example/one", "https://a.example/two")
    source = Source(id="a.example", name="A & B", homepage="https://a.example/", languages=("en",), feeds=feeds)
    links = parse_opml(catalogue.to_opml([source]).encode())
    assert isinstance(links, tuple)
    assert catalogue.from_opml(links) == [source]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not toml at all [", "neither OPML nor TOML"),
        ("", "lists no [[source]]"),
        ("[[source]]\nname = 'A'\nhomepag = 'https://a.example'", "unknown key homepag"),
        ("[[source]]\nname = 'A'\nhomepage = 'https://a.example'\nfeeds = 'https://a.example/f'", "feeds does not fit"),
        ("[[source]]\nname = 'A'\nhomepage = 'https://a.example'\nkind = 'blog'", "kind does not fit"),
        ("[[source]]\nname = 'A'\nhomepage = 'https://a.example'\nsure = 'very'", "sure does not fit"),
        ("[[source]]\nname = 'A'", "needs a name and a homepage"),
        ("[[source]]\nname = 'A'\nhomepage = 'ftp://a.example'", "needs a name and a homepage"),
    ],
)
def test_a_wrong_list_says_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(WrongUse, match=r"list\.toml") as error:
        catalogue.from_toml(text, "list.toml")
    assert said in str(error.value)


def _tables(country: str) -> list[dict[str, Any]]:
    text = (resources.files("newsloom.sources") / f"{country}.toml").read_text("utf-8")
    tables: list[dict[str, Any]] = tomllib.loads(text)["source"]
    return tables
