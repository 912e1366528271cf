"""When to ask again: decisions over plain records, with the clock and the dice as arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from newsloom.types import Feed, FeedDocument, Page, Rejected

Dice = Callable[[], float]
"""A number in [0, 1), for jitter."""

LONGEST_S = 86_400.0
FIRST_RETRY_S = 60.0
# What asking again will not change: the page is not there, is closed to us, or is no article.
PASSING = ("timeout", "connect", "dns", "tls", "protocol", "cut", "coding", "robots-unreachable", "crashed", "error")
PASSING_STATUS = (408, 425, 429)


def is_passing(rejected: Rejected) -> bool:
    """Whether the same request may well succeed later."""
    if rejected.reason.startswith("http-"):
        return rejected.status in PASSING_STATUS or rejected.status >= 500
    return rejected.reason in PASSING


def feed_answered(
    feed: Feed, page: Page, document: FeedDocument | None, now: datetime, interval_s: int, dice: Dice
) -> Feed:
    """The feed after an answer that could be read (`document`) or one that said nothing had changed (None)."""
    asked = document.ttl_s if document else feed.interval_s
    pause = min(max(float(interval_s), float(asked)), LONGEST_S)
    etag, last_modified = _validators(feed, page, document)
    return replace(
        feed,
        title=(document.title if document else "") or feed.title,
        etag=etag,
        last_modified=last_modified,
        interval_s=int(pause),
        next_poll=now + timedelta(seconds=_spread(pause, dice)),
        last_polled=now,
        last_success=now,
        status=page.status,
        error="",
        failing_since=None,
        failures=0,
    )


def feed_failed(feed: Feed, rejected: Rejected, now: datetime, interval_s: int, dice: Dice) -> Feed:
    """The feed after a failure: asked again ever more rarely, never before the server permits; 410 is for good."""
    failures = feed.failures + 1
    pause = min(interval_s * 2.0 ** min(failures - 1, 20), LONGEST_S)
    wait = max(_spread(pause, dice), rejected.retry_after or 0.0)
    return replace(
        feed,
        next_poll=now + timedelta(seconds=wait),
        last_polled=now,
        status=rejected.status,
        error=f"{rejected.reason}: {rejected.detail}" if rejected.detail else rejected.reason,
        failing_since=feed.failing_since or now,
        failures=failures,
        gone=rejected.status == 410,
        # What can't be read must not be remembered as read.
        etag="" if rejected.stage == "feeds" else feed.etag,
        last_modified="" if rejected.stage == "feeds" else feed.last_modified,
    )


def page_retry(rejected: Rejected, attempts: int, most: int, now: datetime, dice: Dice) -> datetime | None:
    """When to ask for a page again; None where it is not worth it."""
    if attempts >= most or not is_passing(rejected):
        return None
    pause = FIRST_RETRY_S * 4.0 ** min(attempts - 1, 8)
    return now + timedelta(seconds=max(_spread(pause, dice), rejected.retry_after or 0.0))


def _validators(feed: Feed, page: Page, document: FeedDocument | None) -> tuple[str, str]:
    """What to ask with next time: nothing after a document that broke off, the rest of it must come again."""
    said = page.headers.get("etag", ""), page.headers.get("last-modified", "")
    if document is None:  # a 304 need not repeat them
        return said[0] or feed.etag, said[1] or feed.last_modified
    return ("", "") if any("cut off" in note for note in document.notes) else said


def _spread(seconds: float, dice: Dice) -> float:
    """A tenth more or less, so that feeds added together do not stay together."""
    return seconds * (0.9 + 0.2 * dice())
