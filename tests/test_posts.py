"""Live blogs: the newest posts as posts, apart from the intro, and nothing taken for a live blog that is none."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from newsloom.extract import extract, extract_record
from newsloom.extract.posts import NEWEST, POST_CHARS
from newsloom.types import Article, Page

NOW = datetime(2026, 3, 2, tzinfo=UTC)
START = datetime(2026, 2, 27, 6, 0, tzinfo=UTC)
HEADLINE = "Storm reaches Port Ember: the day as it happened"
INTRO = "The storm reached Port Ember before dawn on Friday; we report from the harbour as long as it lasts."
COUNT = 25


def words(number: int) -> str:
    return f"At the harbour, boat number {number} was brought in by three men and a dog before the wave came over."


def at(number: int) -> datetime:
    return START + timedelta(minutes=20 * number)


def update(number: int, **more: Any) -> dict[str, Any]:
    told = {"headline": f"Boat {number} is in", "datePublished": at(number).isoformat(), "articleBody": words(number)}
    return {"@type": "BlogPosting", **told, **more}


def data(updates: Any, kind: str = "LiveBlogPosting", headline: str = HEADLINE) -> str:
    node = {"@type": kind, "headline": headline, "liveBlogUpdate": updates}
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


def shown(number: int) -> str:
    return (
        f'<div class="live-post"><time datetime="{at(number).isoformat()}">{at(number):%H:%M}</time>'
        f"<h2>Boat {number} is in</h2><p>{words(number)}</p></div>"
    )


def read(body: str, head: str = "") -> Article:
    head = f"<head><title>{HEADLINE}</title>{head}</head>"
    html = f"<!doctype html><html>{head}<body><h1>{HEADLINE}</h1>{body}</body></html>"
    page = Page(requested_url="", url="https://a.example/live", status=200, headers={}, body=html.encode(), fetched=NOW)
    article = extract(page)
    assert isinstance(article, Article), article
    return article


def assert_newest(article: Article) -> None:
    wanted = list(range(COUNT - 1, COUNT - 1 - NEWEST, -1))
    assert [post.date_published for post in article.posts] == [at(number) for number in wanted]
    assert [post.headline for post in article.posts] == [f"Boat {number} is in" for number in wanted]
    assert [post.text for post in article.posts] == [words(number) for number in wanted]
    told = [row for number in wanted for row in (f"Boat {number} is in", words(number))]
    assert article.paragraphs == (INTRO, *told)


@pytest.mark.parametrize("order", [1, -1])
def test_posts_of_data_whatever_their_order(order: int) -> None:
    numbers = list(range(COUNT))[::order]
    page_shows = "".join(f"<h2>Boat {number} is in</h2><p>{words(number)}</p>" for number in numbers)
    assert_newest(read(f"<article><p>{INTRO}</p>{page_shows}</article>", data([update(n) for n in numbers])))


@pytest.mark.parametrize("order", [1, -1])
def test_posts_of_markup_whatever_their_order(order: int) -> None:
    posts = "".join(shown(number) for number in list(range(COUNT))[::order])
    assert_newest(read(f'<article><p>{INTRO}</p><div class="liveblog-posts">{posts}</div></article>'))


def test_posts_loaded_by_script_follow_the_text_that_is_there() -> None:
    article = read(f"<article><p>{INTRO}</p></article>", data([update(number) for number in range(COUNT)]))
    assert_newest(article)


def test_more_posts_than_a_hundred_are_all_looked_at() -> None:
    article = read(f"<p>{INTRO}</p>", data([update(number) for number in range(150)]))
    assert article.posts[0].text == words(149)


def test_record_tells_posts_after_the_contract() -> None:
    record = extract_record(read(f"<p>{INTRO}</p>", data([update(number) for number in range(COUNT)])))
    assert list(record)[-1] == "posts"
    first = {"title": "Boat 24 is in", "published": "2026-02-27T14:00:00+00:00", "text": words(24)}
    assert record["posts"][0] == first
    assert len(record["posts"]) == NEWEST


def test_posts_beside_the_article_node_count_where_they_are_its_own() -> None:
    updates = [update(number) for number in range(COUNT)]
    text = f"<article><p>{INTRO}</p></article>"
    assert_newest(read(text, data([], "NewsArticle") + data(updates)))
    other = read(
        f"<article><p>{INTRO}</p><p>{words(1)}</p></article>",
        data([], "NewsArticle") + data(updates, headline="Another live blog"),
    )
    assert other.posts == ()
    assert other.paragraphs == (INTRO, words(1))


def test_long_posts_are_bounded_at_whole_paragraphs() -> None:
    long = "</p><p>".join(words(number) for number in range(100))
    post = read(f"<p>{INTRO}</p>", data([update(number, articleBody=long) for number in range(3)])).posts[0]
    assert POST_CHARS / 2 < len(post.text) <= POST_CHARS + 100
    assert set(post.text.split("\n")) <= {words(number) for number in range(100)}


def test_an_article_with_a_ticker_comments_or_teasers_is_no_live_blog() -> None:
    text = "".join(f"<p>{words(number)}</p>" for number in range(12))
    for beside in (
        "<aside class='live-ticker'>" + "".join(shown(number) for number in range(20, 24)) + "</aside>",
        "<div class='comments'>"
        + "".join(shown(number).replace("live-post", "comment") for number in range(30))
        + "</div>",
    ):
        article = read(f"<article><p>{INTRO}</p>{text}</article>{beside}")
        assert article.posts == ()
        assert article.paragraphs == (INTRO, *(words(number) for number in range(12)))


def test_posts_without_times_or_all_of_one_time_are_none() -> None:
    untimed = [update(number, datePublished="") for number in range(5)]
    same = [update(number, datePublished=START.isoformat()) for number in range(5)]
    future = [update(number, datePublished="2031-01-01T00:00:00Z") for number in range(5)]
    for updates in (untimed, same, future):
        assert read(f"<p>{INTRO}</p>", data(updates)).posts == ()


@pytest.mark.parametrize(
    "updates",
    [
        7, "posts", None, [None, 3, [], {}], {"articleBody": {"a": 1}}, [{"headline": [1], "datePublished": {}}],
        [update(1, articleBody=[["x"]]), update(2, headline={"a": "b"}), update(3, datePublished=[5])],
        [update(number) for number in range(3)] * 2_000,
    ],
)  # fmt: skip
def test_odd_data_costs_the_posts_alone(updates: Any) -> None:
    article = read(f"<p>{INTRO}</p>", data(updates))
    assert article.paragraphs[0] == INTRO
    assert len(article.posts) <= NEWEST


def test_control_characters_and_markup_stay_out_of_posts() -> None:
    dirty = [
        update(number, articleBody=f"<b>{words(number)}</b>\u0007<br>&amp; so on, they said.") for number in range(3)
    ]
    assert read(f"<p>{INTRO}</p>", data(dirty)).posts[0].text == f"{words(2)}\n& so on, they said."
