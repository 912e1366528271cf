"""Feeds' health in words, for the operator's page and the outlets' own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from newsloom.site import present, times
from newsloom.site.contexts import FeedLine
from newsloom.store.reading.records import FeedHealth
from newsloom.types import Feed


def feed_line(health: FeedHealth, now: datetime) -> FeedLine:
    """A feed's health in words that say what to do, if anything."""
    feed = health.feed
    line = FeedLine(url=feed.url, title=feed.title, state="waiting", words="Not asked yet.")
    if feed.gone:
        return replace(
            line, state="gone", words="The outlet says this feed is gone for good; it is not asked any more."
        )
    if feed.failures:
        return replace(line, state="failing", words=_failing(feed, now))
    if feed.last_success is None:
        return line
    ago = times.ahead((now - feed.last_success).total_seconds())
    brought = present.counted(health.recent_new, "new article") + " in the polls of late"
    return replace(line, state="well", words=f"Well: read {ago} ago, {brought}.")


def _failing(feed: Feed, now: datetime) -> str:
    said = feed.error or (f"answered {feed.status}" if feed.status else "no answer")
    span = f" for {times.ahead((now - feed.failing_since).total_seconds())}" if feed.failing_since else ""
    again = ""
    if feed.next_poll and feed.next_poll > now:
        again = f" Next try in {times.ahead((feed.next_poll - now).total_seconds())}."
    return f"Failing{span}, {present.counted(feed.failures, 'time')} in a row: {said}.{again}"
