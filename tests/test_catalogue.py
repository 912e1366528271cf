"""Lists of sources: what ships is right, what leaves comes back, what is wrong says where."""

from __future__ import annotations

from importlib import resources

import pytest

from newsloom.config import COUNTRIES
from newsloom.errors import WrongUse
from newsloom.feeds import parse_opml
from newsloom.pipeline import catalogue
from newsloom.types import Source

SHIPPED = sorted(f.name[:-5] for f in resources.files("newsloom.sources").iterdir() if f.name.endswith(".toml"))


@pytest.mark.parametrize("country", SHIPPED)
def test_shipped_catalogues_are_whole(country: str) -> None:
    assert country in COUNTRIES
    sources = catalogue.shipped(country)
    assert len(sources) >= 5
    assert len({feed for source in sources for feed in source.feeds}) == len(sources)
    for source in sources:
        assert source.country == country
        assert source.homepage.startswith("https://")
        assert source.languages
        assert source.owner
        assert source.kind


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
        ("[[source]]\nname = 'A'", "needs a name and a homepage"),
        ("[[source]]\nname = 'A'\nhomepage = 'ftp://a.example'", "needs a name and a homepage"),
    ],
)
def test_a_wrong_list_says_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(WrongUse, match=r"list\.toml") as error:
        catalogue.from_toml(text, "list.toml")
    assert said in str(error.value)
