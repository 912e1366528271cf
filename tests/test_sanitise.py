"""The sanitiser's fast lane says what the full one says, and nothing that either lets through can act."""

from __future__ import annotations

import pickle
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsloom.feeds import parse_feed
from newsloom.feeds.clean import _sanitised, html_text
from newsloom.feeds.quick import ATTRIBUTES, GENERIC, TAGS, tidy
from newsloom.feeds.said import FeedSaid

BASE = "https://harbour.example/news/"


class Tags(HTMLParser):
    """Every tag of some HTML with its attributes."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.odd: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        self.odd.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def assert_harmless(markup: str) -> None:
    tags = Tags(markup)
    assert not tags.odd
    for tag, said in tags.found:
        assert tag in TAGS
        assert set(said) <= {*ATTRIBUTES.get(tag, ()), *GENERIC, *(("rel",) if tag == "a" else ())}
        for link in ("href", "src"):
            assert (said.get(link) or "https://").startswith(("https://", "http://"))


@pytest.mark.parametrize(
    ("markup", "made"),
    [
        ("<p class='x'>One</p>", "<p>One</p>"),
        ('<p>A <a href="/b?x=1&amp;y" target=_blank>b</a></p>',
         '<p>A <a href="https://harbour.example/b?x=1&amp;y" rel="noopener noreferrer nofollow">b</a></p>'),
        ('<a href="javascript:alert(1)">x</a>', '<a rel="noopener noreferrer nofollow">x</a>'),
        ('<a href="java&#10;script:alert(1)">x</a>',
         '<a href="https://harbour.example/news/java%20script:alert(1)" rel="noopener noreferrer nofollow">x</a>'),
        ('<IMG SRC=pic.jpg onerror=alert(1) ALT="a &quot;b&quot;">',
         '<img src="https://harbour.example/news/pic.jpg" alt="a &quot;b&quot;">'),
        ('<img src="https://t.example/p.gif" width="1" height="1">', ""),
        ("<span style='x'><b>bold</b></span><br/>next", "<b>bold</b><br>next"),
        ("<section><p>One<p>Two</section>", "<p>One</p><p>Two</p>"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<p>a<script>alert('</p>')</script>b</p>", "<p>ab</p>"),
        ("<p>a<!-- <b>hidden</b> -->b</p>", "<p>ab</p>"),
        ("<p>open <b>ends", "<p>open <b>ends</b></p>"),
        ("</div>escape<div>", "escape<div></div>"),
        ("3 < 4 and 5 > 4", "3 &lt; 4 and 5 &gt; 4"),
        ("<math><mrow><mi>a</mi><mo>+</mo></mrow></math>", "a+"),
        ("<p>x&#x202e;y&#8;z</p>", "<p>xyz</p>"),
        ("<td rowspan='2' onclick='x'>c</td>", "c"),
    ],
)  # fmt: skip
def test_what_comes_out(markup: str, made: str) -> None:
    assert html_text(markup, BASE) == made


def test_most_markup_takes_the_fast_lane_and_odd_markup_does_not() -> None:
    assert tidy('<div class="a"><p>One <em>two</em></p><img src="/x.jpg"></div>', BASE) is not None
    for odd in ("<svg><a>x</a></svg>", "<p>a</b>", "<a href='x>y'>z</a>", "<textarea><b>", "<p/>x", "<!doctype x>"):
        assert tidy(odd, BASE) is None


NAMES = st.sampled_from("p b em a img br div ul li span section td table script style iframe h2 P svg title".split())
VALUES = st.sampled_from(
    ["x", "/a", "https://e.example/?a=1&b=2", "javascript:x()", "a b", "a&quot;b", "data:x", "//e.example", "1", ""]
)
KEYS = st.sampled_from("href src class onclick title alt style width HREF data-x srcset lang".split())
ATTRIBUTE = st.tuples(KEYS, VALUES, st.sampled_from(['"', "'", ""])).map(
    lambda said: f" {said[0]}={said[2]}{said[1] if said[2] else said[1].replace(' ', '') or 'x'}{said[2]}"
)
OPENING = st.tuples(NAMES, st.lists(ATTRIBUTE, max_size=3)).map(lambda said: f"<{said[0]}{''.join(said[1])}>")
TEXT = st.sampled_from(["words", " ", "&amp;", "&lt;b&gt;", "é", "&#39;", "&#1;", "'", '"', "\n", "\u202e", "😀"])
PIECE = OPENING | NAMES.map(lambda name: f"</{name}>") | TEXT | st.sampled_from(["<", ">", "<!--", "-->", "<![CDATA["])


@settings(max_examples=600, deadline=None)
@given(st.lists(PIECE, max_size=14).map("".join))
def test_nothing_that_acts_gets_through(markup: str) -> None:
    assert_harmless(html_text(markup, BASE))


@st.composite
def nested(draw: st.DrawFn, depth: int = 0) -> str:
    """HTML as people write it: tags that nest."""
    inner = st.one_of(TEXT, nested(depth + 1)) if depth < 3 else TEXT
    inside = "".join(draw(st.lists(inner, max_size=3)))
    name = draw(st.sampled_from("div blockquote em strong span section h3 code b i".split()))
    said = "".join(draw(st.lists(st.sampled_from([' class="x"', " id='y'", ' title="t"', " hidden"]), max_size=2)))
    return f"<{name}{said}>{inside}</{name}>"


@settings(max_examples=300, deadline=None)
@given(nested())
def test_both_lanes_say_the_same(markup: str) -> None:
    made = tidy(markup, BASE)
    if made is not None:
        assert _sanitised(made, BASE) == _sanitised(markup, BASE)


def feed(item: str) -> FeedSaid:
    found = parse_feed(f"<rss><channel><title>T</title><item>{item}</item></channel></rss>".encode(), url=BASE)
    assert isinstance(found, FeedSaid)
    return found


def test_texts_are_sanitised_whoever_asks_for_them() -> None:
    entry = feed("<title>x</title><description>&lt;p onclick=x&gt;y&lt;/p&gt;</description>").entries[0]
    for one in (
        entry,
        replace(entry, title="z"),
        pickle.loads(pickle.dumps(entry)),
        pickle.loads(pickle.dumps(feed(""))),
    ):
        text = one.summary if not isinstance(one, FeedSaid) else "<p>y</p>"
        assert text == "<p>y</p>"
    assert entry.content == ""
    assert "onclick" not in repr(entry)
    assert entry == feed("<title>x</title><description>&lt;p&gt;y&lt;/p&gt;</description>").entries[0]
    with pytest.raises(AttributeError):
        entry.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_a_field_of_any_size_is_read_in_time() -> None:
    for start in ("<p ", "<a href='", "<a " + "x=y " * 3_000, "<span " * 1_000, "<p>" * 30_000, "&#" * 90_000):
        made = html_text(start * (180_000 // len(start) or 1), BASE)
        assert len(made) <= 200_000
        assert not re.search("<(?:script|style)", made)
