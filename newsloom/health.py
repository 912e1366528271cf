"""A feed's health in words: how it does, since when, when it is asked next, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from newsloom.types import Feed

State = Literal["well", "waiting", "failing", "gone"]

LONG_FAILING_DAYS = 7
"""A feed that fails for so long is looked for again on its outlet's site."""

_PASSES = "Nothing to do yet: it is asked again by itself, ever more rarely."
_TODO = {
    "http-401": "It wants a password: remove it, or find the outlet's open feed.",
    "http-403": "The server turns us away: ask the outlet to let our user agent in, or remove the feed.",
    "http-404": "The address is wrong now: add the outlet's homepage again to find its present feed.",
    "http-429": "Nothing to do: the server wants to be asked less often, and is.",
    "waiting": "Nothing to do: the server wants to be asked less often, and is.",
    "robots": "The outlet's robots.txt closes this address to us: ask the outlet, or remove the feed.",
    "robots-unreachable": "The outlet's robots.txt can't be read, which closes the host until it can.",
    "dns": "The name does not exist, or this machine's name server does not answer: check the address.",
    "tls": "The server's certificate is wrong: check the address, or wait until the outlet mends it.",
    "private-address": "The address is in a private network: if that is yours, open it with fetch.allow.",
    "scheme": "Only http and https are fetched: correct the address.",
    "bad-url": "This is no address of the web: correct it.",
    "too-many-redirects": "The address leads in a circle: add the outlet's homepage again.",
    "too-large": "The feed is larger than fetch.max_bytes, or takes too much memory: find a smaller one of the outlet.",
    "not-a-feed": "There is a page where the feed was: add the outlet's homepage again to find its present feed.",
    "empty": "The feed has no content: if it stays so, add the outlet's homepage again.",
}
_REPLACED = "Another feed of the outlet is looked for on its homepage once a week."


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """`words` say how the feed does, `todo` what to do ("" for nothing at all)."""

    state: State
    words: str
    todo: str = ""


def tell(feed: Feed, now: datetime, recent_new: int | None = None) -> Told:
    """The feed's health. `recent_new`: articles that its latest polls brought, where that is known."""
    if feed.gone:
        moved = feed.error.startswith(("moved to", "was replaced"))
        words = "The outlet says this feed is gone for good; it is not asked any more."
        words = f"It {feed.error}." if moved else words
        return Told(state="gone", words=words, todo="" if moved else _REPLACED)
    if feed.failures:
        return Told(state="failing", words=_failing(feed, now), todo=_todo(feed, now))
    if feed.last_success is None:
        return Told(state="waiting", words="Not asked yet." + _next(feed, now))
    return Told(state="well", words=_well(feed, now, recent_new))


def advice(reason: str) -> str:
    """What to do about a feed that failed for this reason ("http-404", "timeout", with or without its detail)."""
    return _TODO.get(reason.partition(":")[0], _PASSES)


def span(seconds: float) -> str:
    """A span of time in words: 15 minutes, 3 days."""
    minutes = max(1, round(seconds / 60))
    if minutes < 120:
        return _number(minutes, "minute")
    hours = round(minutes / 60)
    return _number(hours, "hour") if hours < 72 else _number(round(hours / 24), "day")


def _well(feed: Feed, now: datetime, recent_new: int | None) -> str:
    assert feed.last_success is not None
    brought = "" if recent_new is None else f", {_number(recent_new, 'new article')} in the polls of late"
    words = f"Well: read {span((now - feed.last_success).total_seconds())} ago{brought}."
    rhythm = f" Asked every {span(feed.interval_s)}"
    if feed.pace is not None:
        rhythm += f", for about {feed.pace:.3g} articles a day"
    if feed.push_until is not None and feed.push_until > now:
        rhythm += "; its hub tells us of news at once"
    moved = f" It seems to move to {feed.moved_to}." if feed.moved_to else ""
    return words + rhythm + "." + moved + _next(feed, now)


def _failing(feed: Feed, now: datetime) -> str:
    said = feed.error or (f"answered {feed.status}" if feed.status else "no answer")
    since = f" for {span((now - feed.failing_since).total_seconds())}" if feed.failing_since else ""
    last = f" Last read {span((now - feed.last_success).total_seconds())} ago." if feed.last_success else " Never read."
    return f"Failing{since}, {_number(feed.failures, 'time')} in a row: {said}.{last}{_next(feed, now, 'Next try')}"


def _todo(feed: Feed, now: datetime) -> str:
    todo = advice(feed.error)
    failing_days = (now - feed.failing_since).total_seconds() / 86_400 if feed.failing_since else 0.0
    return f"{todo} {_REPLACED}" if failing_days >= LONG_FAILING_DAYS else todo


def _next(feed: Feed, now: datetime, what: str = "Next poll") -> str:
    if feed.next_poll is None or feed.next_poll <= now:
        return ""
    return f" {what} in {span((feed.next_poll - now).total_seconds())}."


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
