"""Feeds' health in words, and how soon articles come in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsloom.health import advice, tell
from newsloom.pipeline.managing import listed
from newsloom.store.protocol import Polled
from newsloom.store.reading import Reading
from newsloom.types import Feed
from tests.store_kit import NOW, add_source, later, new_entry, opened, poll

FEED = Feed(id="f", source_id="s", url="https://s.example/rss")
WELL = replace(
    FEED, status=200, last_success=NOW - timedelta(minutes=4), next_poll=NOW + timedelta(minutes=10), interval_s=840,
    pace=12.85,
)  # fmt: skip
FAILING = replace(
    WELL, status=404, error="http-404: the server answered 404 Not Found", failures=3,
    failing_since=NOW - timedelta(hours=5),
)  # fmt: skip


def test_a_feed_that_is_well_says_its_rhythm() -> None:
    told = tell(WELL, NOW, 3)
    assert (told.state, told.todo) == ("well", "")
    assert told.words == (
        "Well: read 4 minutes ago, 3 new articles in the polls of late. Asked every 14 minutes, for about 12.8 articles"
        " a day. Next poll in 10 minutes."
    )


def test_a_failing_feed_says_since_when_and_what_to_do() -> None:
    told = tell(FAILING, NOW)
    assert told.state == "failing"
    assert told.words == (
        "Failing for 5 hours, 3 times in a row: http-404: the server answered 404 Not Found. Last read 4 minutes ago."
        " Next try in 10 minutes."
    )
    assert "add the outlet's homepage again" in told.todo
    assert "once a week" not in told.todo
    assert "once a week" in tell(replace(FAILING, failing_since=NOW - timedelta(days=8)), NOW).todo


def test_other_states() -> None:
    assert tell(FEED, NOW).words == "Not asked yet."
    assert tell(replace(FEED, gone=True), NOW).state == "gone"
    assert "moved to https://x" in tell(replace(FEED, gone=True, error="moved to https://x, known"), NOW).words
    assert "hub tells us" in tell(replace(WELL, push_until=NOW + timedelta(days=1)), NOW).words
    assert "seems to move to https://x" in tell(replace(WELL, moved_to="https://x"), NOW).words


@pytest.mark.parametrize("reason", ["http-403", "dns", "tls", "robots: closed", "private-address", "not-a-feed"])
def test_advice_is_of_the_reason(reason: str) -> None:
    assert advice(reason) != advice("http-500")
    assert advice("timeout") == advice("http-500")


def test_sources_list_tells_health_and_history(tmp_path: Path) -> None:
    store = opened(tmp_path)
    feed = add_source(store)
    for n in range(15):
        status, error = (200, "") if n % 2 else (500, "http-500")
        store.save_poll(Polled(feed=replace(feed, status=status, error=error, failures=1 - n % 2)), later(minutes=n))
    (source,) = listed(store, "")
    (told,) = source["feeds"]
    assert told["state"] in ("waiting", "failing")
    assert [line["status"] for line in told["history"]] == [500, 200] * 5
    assert {"interval_s", "failing_since", "next_poll", "todo", "words"} <= told.keys()
    store.close()


def test_latency_is_from_publication_to_the_stored_article(tmp_path: Path) -> None:
    store = opened(tmp_path)
    feed, reading = add_source(store), Reading(store.reader)
    assert reading.latency(NOW).p50_s is None
    for n in range(1, 101):
        at = NOW + timedelta(minutes=n)
        said = {"date_published": at - timedelta(seconds=n), "published_certainty": "exact"}
        poll(store, feed, new_entry(f"https://s.example/{n}", **said), now=at)
    backlog = {"date_published": NOW - timedelta(hours=3), "published_certainty": "exact"}
    vague = {"date_published": NOW + timedelta(minutes=1), "published_certainty": "day"}
    poll(store, feed, new_entry("https://s.example/old", **backlog), now=later(minutes=101))
    poll(store, feed, new_entry("https://s.example/day", **vague), now=later(minutes=101))
    found = reading.latency(later(minutes=101))
    # An article published before its source was added says nothing of us, nor does a day without a time.
    assert (found.articles, found.p50_s, found.p95_s) == (100, 50.0, 95.0)
    assert reading.latency(datetime(2027, 1, 1, tzinfo=UTC)).articles == 0
    store.close()
