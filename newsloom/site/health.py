"""Feeds' health in words, for the operator's page and the outlets' own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from newsloom.health import tell
from newsloom.site import times
from newsloom.site.contexts import FeedLine
from newsloom.site.times import ENGLISH
from newsloom.site.words import Words
from newsloom.store.reading.records import FeedHealth, Latency
from newsloom.types import Feed


def feed_line(health: FeedHealth, now: datetime, say: Words = ENGLISH) -> FeedLine:
    """A feed's health in words that say what to do, if anything."""
    feed = health.feed
    line = FeedLine(url=feed.url, title=feed.title, state="waiting", words=say.say("Not asked yet."))
    if feed.gone:
        words = say.say("The outlet says this feed is gone for good; it is not asked any more.")
        return replace(line, state="gone", words=words)
    if feed.failures:
        return replace(line, state="failing", words=_failing(feed, now, say))
    if feed.last_success is None:
        return line
    ago = times.ago((now - feed.last_success).total_seconds(), say)
    words = say.count(
        "Well: read %(ago)s, %(count)s new article in the polls of late.",
        "Well: read %(ago)s, %(count)s new articles in the polls of late.",
        health.recent_new,
        ago=ago,
    )
    return replace(line, state="well", words=words)


def operator_line(health: FeedHealth, now: datetime) -> FeedLine:
    """The same for the operator: its rhythm, what to do, and what its last polls were answered."""
    told = tell(health.feed, now, health.recent_new)
    return FeedLine(
        url=health.feed.url,
        title=health.feed.title,
        state=told.state,
        words=told.words,
        todo=told.todo,
        answers=", ".join(f"{status or 'no answer'} {count}×" for status, count in health.answers),
    )


def latency_words(latency: Latency) -> str:
    """How soon articles were here, in words; "" where none tells."""
    if latency.p50_s is None or latency.p95_s is None:
        return ""
    half, most = _minutes(latency.p50_s), _minutes(latency.p95_s)
    return f"Of the last day's articles, half were here within {half} of publication and 95 % within {most}."


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:,.0f} minutes"


def _failing(feed: Feed, now: datetime, say: Words) -> str:
    said = [_failed(feed, now, say)]
    if feed.next_poll and feed.next_poll > now:
        said.append(say.say("Next try %(soon)s.", soon=times.until((feed.next_poll - now).total_seconds(), say)))
    return " ".join(said)


def _failed(feed: Feed, now: datetime, say: Words) -> str:
    reason = _reason(feed, say)
    if feed.failing_since is None:
        return say.count(
            "Failing, %(count)s time in a row: %(reason)s.",
            "Failing, %(count)s times in a row: %(reason)s.",
            feed.failures,
            reason=reason,
        )
    span = times.ahead((now - feed.failing_since).total_seconds(), say)
    return say.count(
        "Failing for %(span)s, %(count)s time in a row: %(reason)s.",
        "Failing for %(span)s, %(count)s times in a row: %(reason)s.",
        feed.failures,
        span=span,
        reason=reason,
    )


def _reason(feed: Feed, say: Words) -> str:
    """The reason as the collector stored it, which is English; a status or nothing said in the reader's."""
    if feed.error:
        return feed.error
    return say.say("answered %(status)s", status=feed.status) if feed.status else say.say("no answer")
