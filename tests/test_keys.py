"""Two spellings of one address give one key; ids are minted the same for ever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsloom.store import keys

SAME = [
    "https://example.com/news/1",
    "http://www.example.com/news/1/",
    "https://EXAMPLE.com:443/news/1#top",
    "https://m.example.com/news/1?utm_source=rss&utm_medium=feed",
    "https://amp.example.com/news/1/amp",
    "https://example.com/news/1?fbclid=abc&at_medium=RSS",
    "https://example.com/news/1;jsessionid=0A1B",
    " https://example.com/news/1?ref=rss ",
]


@pytest.mark.parametrize("url", SAME)
def test_one_address_has_one_key(url: str) -> None:
    assert keys.link_key(url) == "l:example.com/news/1"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/news/1", "https://example.com/news/2"),
        ("https://example.com/?id=1", "https://example.com/?id=2"),
        ("https://example.com:8080/", "https://example.com/"),
        ("https://a.example.com/", "https://b.example.com/"),
        ("https://example.com/News", "https://example.com/news"),
        ("https://example.com/?ref=chapter-2", "https://example.com/"),
        ("https://example.com/#!/one", "https://example.com/#!/two"),
    ],
)
def test_other_addresses_have_other_keys(one: str, other: str) -> None:
    assert keys.link_key(one) != keys.link_key(other)


def test_order_and_spelling_of_a_query_do_not_matter() -> None:
    assert keys.link_key("https://e.com/?b=2&a=%C3%A9") == keys.link_key("https://e.com?a=é&b=2")
    assert keys.link_key("https://e.com/%7Euser") == keys.link_key("https://e.com/~user")


def test_guids_keep_their_case_and_addresses_among_them_are_normalised() -> None:
    assert keys.guid_key("AbC") != keys.guid_key("abc")
    assert keys.guid_key("https://www.e.com/?p=1&utm_source=x") == "g:e.com?p=1"


def test_a_short_top_level_host_keeps_its_first_part() -> None:
    assert keys.link_key("https://m.co/x") == "l:m.co/x"


def test_very_long_addresses_stay_apart() -> None:
    long = "https://example.com/" + "a" * 5000
    assert len(keys.link_key(long)) < 420
    assert keys.link_key(long) != keys.link_key(long + "b")


def test_ids_are_pinned() -> None:
    assert keys.article_id("bbc", "l:example.com/1") == "b5oxy4asiau5"
    assert keys.story_id("abc") == "tka6tn33kmom"
    assert keys.story_id("abc") != keys.story_id("abc", 1)
    assert keys.feed_id("http://example.com/rss") == keys.feed_id("https://Example.com/rss")
    assert keys.source_id_for("https://www.bbc.co.uk/") == "bbc.co.uk"
    assert keys.source_id_for("https://medium.com/@someone") == "medium.com-someone"


def test_same_site_is_one_host() -> None:
    assert keys.same_site("https://www.e.com/1", "http://e.com/2")
    assert not keys.same_site("https://e.com/1", "https://other.com/1")
    assert not keys.same_site("urn:a", "urn:a")


@given(st.text(max_size=200))
def test_any_text_gives_keys(text: str) -> None:
    for make in (keys.link_key, keys.guid_key, keys.feed_id, keys.source_id_for, keys.host_of, keys.tombstone_key):
        made = make(text)
        made.encode("utf-8")
        assert "\0" not in made


@given(st.text(alphabet="abc/?&=#%.:;@[]\ud800é", max_size=60))
def test_a_key_of_an_address_is_stable(tail: str) -> None:
    assert keys.link_key("http://e.com/" + tail) == keys.link_key("https://www.e.com/" + tail)
