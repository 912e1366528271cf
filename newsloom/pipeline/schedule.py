"""When to ask again: decisions over plain records, with the clock and the dice as arguments.

A feed is asked about eight times between two of its articles, as its last days went, between five minutes and a day;
never sooner than it asks (ttl, sy:, Cache-Control), ever more rarely while it fails.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from newsloom.config import CollectSettings
from newsloom.types import Feed, FeedDocument, Page, Rejected

Dice = Callable[[], float]
"""A number in [0, 1), for jitter."""

DAY_S = 86_400.0
LONGEST_S = DAY_S
FIRST_RETRY_S = 60.0
ASKS_AN_ARTICLE = 8
# How far back a pace remembers: a weekend, not a month.
MEMORY_DAYS = 2.0
# Dates of a feed's first document that tell its pace.
DATED = 30
# Polls in a row that must follow the same permanent redirect before its target is remembered.
CONFIRMATIONS = 3
# While a hub tells us of news, polls only make sure that it does.
PUSHED_S = 3 * 3_600.0
# A page that was read is looked at again within a day, sooner where it could not be had.
LOOK_S = 20 * 3_600.0
LOOK_FAILED_S = 2 * 3_600.0
WAITING = "waiting"
# What asking again will not change: the page is not there, is closed to us, or is no article.
PASSING = (
    "timeout", "connect", "dns", "tls", "protocol", "cut", "coding", "robots-unreachable", "crashed", "error", WAITING,
)  # fmt: skip
PASSING_STATUS = (408, 425, 429)
_MAX_AGE = re.compile(r"\b(?:s-)?max-?age=(\d{1,9})\b")


def is_passing(rejected: Rejected) -> bool:
    """Whether the same request may well succeed later."""
    if rejected.reason.startswith("http-"):
        return rejected.status in PASSING_STATUS or rejected.status >= 500
    return rejected.reason in PASSING


def feed_answered(
    feed: Feed,
    page: Page,
    document: FeedDocument | None,
    published: Iterable[datetime],
    new: int,
    now: datetime,
    settings: CollectSettings,
    dice: Dice,
    digest: str = "",
) -> Feed:
    """The feed after an answer that could be read (`document`) or one that said nothing had changed (None).

    `digest`: of the body, kept where nothing of it must be read again.
    `published`: the times of its entries; `new`: how many of these had never been seen.
    """
    pace = learned_pace(feed, published, new, now)
    asked = max(document.ttl_s if document else feed.asked_s, _cache_s(page.headers))
    is_pushed = feed.push_until is not None and feed.push_until > now
    pause = interval(pace, max(asked, PUSHED_S if is_pushed else 0), settings)
    etag, last_modified = _validators(feed, page, document)
    return replace(
        _moved(feed, page),
        title=(document.title if document else "") or feed.title,
        etag=etag,
        last_modified=last_modified,
        interval_s=int(pause),
        next_poll=now + timedelta(seconds=spread(pause, dice)),
        last_polled=now,
        last_success=now,
        status=page.status,
        error="",
        failing_since=None,
        failures=0,
        pace=pace,
        asked_s=int(min(document.ttl_s, LONGEST_S)) if document else feed.asked_s,
        hub=document.hub if document else feed.hub,
        topic=document.topic if document else feed.topic,
        digest="" if document and _broke_off(document) else digest,
    )


def feed_failed(feed: Feed, rejected: Rejected, now: datetime, settings: CollectSettings, dice: Dice) -> Feed:
    """The feed after a failure: asked again ever more rarely, never before the server permits; 410 is for good."""
    if rejected.reason == WAITING:  # it was not asked at all: its host wants to be left alone for a while
        later = now + timedelta(seconds=_late(rejected.retry_after or FIRST_RETRY_S, dice))
        return replace(feed, next_poll=later, last_polled=now)
    failures = feed.failures + 1
    pause = min(settings.interval_s * 2.0 ** min(failures - 1, 20), LONGEST_S)
    wait = max(spread(pause, dice), rejected.retry_after or 0.0)
    return replace(
        feed,
        next_poll=now + timedelta(seconds=wait),
        last_polled=now,
        status=rejected.status,
        error=f"{rejected.reason}: {rejected.detail}" if rejected.detail else rejected.reason,
        failing_since=feed.failing_since or now,
        failures=failures,
        gone=rejected.status == 410,
        moved_to="",
        moved_seen=0,
        # What can't be read must not be remembered as read.
        etag="" if rejected.stage == "feeds" else feed.etag,
        last_modified="" if rejected.stage == "feeds" else feed.last_modified,
        digest="" if rejected.stage == "feeds" else feed.digest,
    )


def learned_pace(feed: Feed, published: Iterable[datetime], new: int, now: datetime) -> float | None:
    """New articles a day: at first as the entries' own times tell, then a mean over polls that forgets old days."""
    if feed.pace is None or feed.last_success is None:
        said = pace_of(published, now)
        if said is not None or feed.last_success is None:
            return said
    before = DAY_S / (ASKS_AN_ARTICLE * max(feed.interval_s, 1)) if feed.pace is None else feed.pace
    days = max((now - feed.last_success).total_seconds(), 1.0) / DAY_S
    kept = math.exp(-days / MEMORY_DAYS)
    return before * kept + new / days * (1 - kept)


def pace_of(published: Iterable[datetime], now: datetime) -> float | None:
    """The pace that the newest times speak of; None where fewer than two are known."""
    times = sorted((at for at in published if at <= now), reverse=True)[:DATED]
    if len(times) < 2:
        return None
    return len(times) / max((now - times[-1]).total_seconds() / DAY_S, 1 / 24)


def interval(pace: float | None, asked_s: float, settings: CollectSettings) -> float:
    """Seconds until the next poll of a feed of this pace that asks to be left alone for so long."""
    wanted = float(settings.interval_s) if pace is None else DAY_S / max(ASKS_AN_ARTICLE * pace, 1e-6)
    least = min(settings.interval_s, settings.min_interval_s)
    return min(max(wanted, float(asked_s), float(least)), max(float(settings.max_interval_s), float(least)), LONGEST_S)


def page_retry(rejected: Rejected, attempts: int, most: int, now: datetime, dice: Dice) -> datetime | None:
    """When to ask for a page again; None where it is not worth it."""
    if rejected.reason == WAITING:
        return now + timedelta(seconds=_late(rejected.retry_after or FIRST_RETRY_S, dice))
    if attempts >= most or not is_passing(rejected):
        return None
    pause = FIRST_RETRY_S * 4.0 ** min(attempts - 1, 8)
    return now + timedelta(seconds=max(spread(pause, dice), rejected.retry_after or 0.0))


def _moved(feed: Feed, page: Page) -> Feed:
    """The feed with what this poll adds to what is known of its move."""
    if not page.moved_to or page.moved_to == feed.url:
        return replace(feed, moved_to="", moved_seen=0)
    seen = feed.moved_seen + 1 if page.moved_to == feed.moved_to else 1
    if seen < CONFIRMATIONS:
        return replace(feed, moved_to=page.moved_to, moved_seen=seen)
    return replace(feed, url=page.moved_to, moved_to="", moved_seen=0)


def _cache_s(headers: Mapping[str, str]) -> float:
    """What Cache-Control asks for; more than a day is a static file's default, not a wish."""
    found = _MAX_AGE.search(headers.get("cache-control", "").lower())
    seconds = float(found[1]) if found else 0.0
    return seconds if seconds <= DAY_S else 0.0


def _validators(feed: Feed, page: Page, document: FeedDocument | None) -> tuple[str, str]:
    """What to ask with next time: nothing after a document that broke off, the rest of it must come again."""
    said = page.headers.get("etag", ""), page.headers.get("last-modified", "")
    if document is None:  # a 304 need not repeat them
        return said[0] or feed.etag, said[1] or feed.last_modified
    return ("", "") if _broke_off(document) else said


def _broke_off(document: FeedDocument) -> bool:
    """Whether the body ended before the document did."""
    return any("cut off" in note for note in document.notes)


def spread(seconds: float, dice: Dice) -> float:
    """A tenth more or less, so that feeds added together do not stay together."""
    return seconds * (0.9 + 0.2 * dice())


def _late(seconds: float, dice: Dice) -> float:
    """Up to a tenth more, at most ten minutes: never before the time, and not all at once after it."""
    return seconds + min(0.1 * seconds, 600.0) * dice()
