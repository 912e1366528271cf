"""When feeds are asked again: learned from what they bring, within what they and their servers ask for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newsloom.config import CollectSettings
from newsloom.engine import LocalPool
from newsloom.pipeline import schedule, work
from newsloom.store import open_store
from newsloom.store.lookup import list_articles
from newsloom.types import Feed, FeedDocument, Page, Rejected
from tests.collecting import add, collect, collecting
from tests.outlets import Outlets

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SETTINGS = CollectSettings()
FEED = Feed(id="f", source_id="s", url="https://s.example/rss")


def page(status: int = 200, moved_to: str = "", **headers: str) -> Page:
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return Page(requested_url=FEED.url, url=FEED.url, status=status, headers=said, fetched=NOW, moved_to=moved_to)


def every(hours: float, count: int = 20) -> list[datetime]:
    return [NOW - timedelta(hours=hours * n) for n in range(count)]


def answered(feed: Feed = FEED, *, times: list[datetime] | None = None, new: int = 0, now: datetime = NOW,
             answer: Page | None = None, ttl_s: int = 0, unchanged: bool = False) -> Feed:  # fmt: skip
    document = None if unchanged else FeedDocument(title="S", ttl_s=ttl_s)
    return schedule.feed_answered(feed, answer or page(), document, times or [], new, now, SETTINGS, lambda: 0.5)


def minutes(feed: Feed) -> float:
    assert feed.next_poll is not None
    return round((feed.next_poll - NOW).total_seconds() / 60, 1)


@pytest.mark.parametrize(
    ("hours", "wanted"), [(0.05, 5.0), (0.5, 5.0), (1.0, 7.1), (6.0, 42.8), (24.0, 171.0), (24 * 30, 1_440.0)]
)
def test_the_first_document_tells_how_often_to_ask(hours: float, wanted: float) -> None:
    assert minutes(answered(times=every(hours))) == wanted


def test_a_feed_that_dates_nothing_begins_with_the_setting() -> None:
    assert minutes(answered()) == 15.0


def test_the_interval_follows_what_polls_bring() -> None:
    feed, now = answered(times=every(6.0)), NOW
    quiet = busy = feed
    for _ in range(96):
        now += timedelta(hours=1)
        quiet = answered(quiet, unchanged=True, now=now)
        busy = answered(busy, new=4, now=now)
    assert quiet.interval_s > 3 * feed.interval_s
    assert busy.interval_s == SETTINGS.min_interval_s
    for _ in range(24 * 30):
        now += timedelta(hours=1)
        quiet = answered(quiet, unchanged=True, now=now)
    assert quiet.interval_s == SETTINGS.max_interval_s


@pytest.mark.parametrize(
    ("ttl_s", "cache", "wanted"),
    [(3_600, "", 60.0), (0, "max-age=1200", 20.0), (600, "public, max-age=1800", 30.0), (10**9, "", 1_440.0),
     (0, "max-age=31536000", 5.0), (0, "no-cache", 5.0), (60, "", 5.0), (0, "max-age=junk", 5.0)],
)  # fmt: skip
def test_never_sooner_than_the_feed_asks(ttl_s: int, cache: str, wanted: float) -> None:
    asked = answered(times=every(0.1), ttl_s=ttl_s, answer=page(cache_control=cache))
    assert minutes(asked) == wanted


def test_a_304_keeps_what_the_document_asked_for() -> None:
    asked = answered(times=every(0.1), ttl_s=3_600)
    assert minutes(answered(asked, unchanged=True, answer=page(304))) == 60.0


def test_jitter_keeps_feeds_apart() -> None:
    spread = {
        schedule.feed_answered(FEED, page(), FeedDocument(), [], 0, NOW, SETTINGS, lambda d=d: d).next_poll
        for d in (0.0, 0.3, 0.9)
    }
    assert len(spread) == 3
    assert all(at is not None and abs((at - NOW).total_seconds() - 900) <= 90 for at in spread)


def failed(feed: Feed, reason: str = "http-500", status: int = 500, **said: float) -> Feed:
    return schedule.feed_failed(
        feed, Rejected(stage="fetch", reason=reason, status=status, **said), NOW, SETTINGS, lambda: 0.5
    )


def test_failures_are_asked_again_ever_more_rarely() -> None:
    feed, waits = FEED, []
    for _ in range(12):
        feed = failed(feed)
        waits.append(minutes(feed))
    assert waits[:4] == [15.0, 30.0, 60.0, 120.0]
    assert waits[-1] == 1_440.0
    assert (feed.failures, feed.failing_since) == (12, NOW)


def test_the_servers_own_time_to_wait_is_the_least() -> None:
    assert minutes(failed(FEED, "http-429", 429, retry_after=7_200.0)) == 120.0
    assert minutes(failed(FEED, "http-503", 503, retry_after=60.0)) == 15.0


def test_gone_is_for_good_and_being_made_to_wait_is_no_failure() -> None:
    assert failed(FEED, "http-410", 410).gone
    made_to_wait = failed(replace(FEED, etag='"1"'), schedule.WAITING, 0, retry_after=600.0)
    assert (made_to_wait.failures, made_to_wait.error, made_to_wait.etag) == (0, "", '"1"')
    assert minutes(made_to_wait) >= 10.0


def test_a_move_is_remembered_once_it_was_confirmed() -> None:
    new = "https://new.example/rss"
    feed = FEED
    for seen in (1, 2):
        feed = answered(feed, answer=page(moved_to=new))
        assert (feed.url, feed.moved_to, feed.moved_seen) == (FEED.url, new, seen)
    assert answered(feed, answer=page()).moved_seen == 0, "not confirmed"
    assert answered(feed, answer=page(moved_to="https://other.example/rss")).moved_seen == 1
    assert failed(feed).moved_seen == 0
    moved = answered(feed, answer=page(304, moved_to=new), unchanged=True)
    assert (moved.url, moved.moved_to, moved.id) == (new, "", FEED.id)


def test_a_hub_that_tells_us_leaves_polls_rare() -> None:
    pushed = replace(FEED, push_until=NOW + timedelta(days=1))
    assert minutes(answered(pushed, times=every(0.1))) == 180.0
    assert minutes(answered(replace(pushed, push_until=NOW), times=every(0.1))) == 5.0


# The same body again


class _Counting(LocalPool):
    """Counts the feeds that workers read."""

    read = 0

    def submit(self, function: Callable[[Any], Any], item: Any) -> Future[Any]:
        self.read += function is work.read_feed
        return super().submit(function, item)


def test_a_body_that_is_sent_again_is_not_read_again(tmp_path: Path) -> None:
    settings = collecting(tmp_path)
    store = open_store(settings.store)
    item = "<item><guid>{0}</guid><title>Report {0}</title></item>"
    whole = "<rss><channel><title>T</title>{}</channel></rss>"
    first, second = whole.format(item.format(1)), whole.format(item.format(2) + item.format(1))
    broken = second.replace("Report 2", "Report 3")[:-60]
    index = "<sitemapindex><sitemap><loc>http://127.0.0.1:1/none.xml</loc></sitemap></sitemapindex>"
    said = [first, first, first, second, second, broken, broken, "no feed", "no feed", second, second, index, index]
    reads = []
    with Outlets(outlets=1, articles=0) as web, _Counting(1, work.DEADLINE_S, work.WARM) as pool:
        add(store, settings, web)
        for number, body in enumerate(said):
            web.say["0/feed.xml"] = lambda body=body: web.answer(200, body)
            before = pool.read
            collect(store, settings, pool, later_s=100_000.0 * number)
            reads.append(pool.read - before)
    assert reads == [1, 0, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1]
    assert {row["title"] for row in list_articles(store.reader)} >= {"Report 1", "Report 2"}
    store.close()
