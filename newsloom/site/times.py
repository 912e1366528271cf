"""Times in words. Pages are made in UTC; a small script turns them into the reader's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from babel.dates import format_date, format_skeleton, format_timedelta

from newsloom.site.contexts import When
from newsloom.site.words import OURS, Words, words

ENGLISH = words(OURS)
# What is no older is told by the clock alone, which is as long in the reader's zone as in ours: no line moves.
RECENT = timedelta(hours=18)


def when(at: datetime, now: datetime, say: Words = ENGLISH, *, day_only: bool = False, dated: bool = True) -> When:
    """`at` as readers see it on a page made at `now`. `dated` False: nobody said when, this is when we saw it."""
    at = at.astimezone(UTC)
    day = long_day(at.date(), say)
    full = day if day_only else say.say("%(day)s, %(clock)s UTC", day=day, clock=_clock(at))
    return When(
        at=at,
        short=_short(at, now.astimezone(UTC), day_only, say),
        full=full if dated else say.say("First seen %(when)s", when=full),
        day_only=day_only,
    )


def long_day(day: date, say: Words = ENGLISH) -> str:
    """Monday, 19 December 2022."""
    return _long(day, say.locale_name)


def short_day(day: date, today: date, say: Words = ENGLISH) -> str:
    """Today, Yesterday, or Mon 19 Dec."""
    if day == today:
        return say.say("Today")
    if day == today - timedelta(days=1):
        return say.say("Yesterday")
    return _formed(day, "MMMEd", say.locale_name)


def apart(hours: float, say: Words = ENGLISH) -> str:
    """Hours between two articles, in words."""
    hours = abs(hours)
    if hours < 1:
        return say.say("less than an hour apart")
    if hours < 48:
        return say.count("%(count)s hour apart", "%(count)s hours apart", round(hours))
    return say.count("%(count)s day apart", "%(count)s days apart", round(hours / 24))


def ahead(seconds: float, say: Words = ENGLISH) -> str:
    """A span of time in words: 15 minutes."""
    return _spanned(_round(seconds), say.locale_name, directed=False)


def ago(seconds: float, say: Words = ENGLISH) -> str:
    """How long something is past: 15 minutes ago."""
    return _spanned(-_round(seconds), say.locale_name, directed=True)


def until(seconds: float, say: Words = ENGLISH) -> str:
    """How soon something comes: in 15 minutes."""
    return _spanned(_round(seconds), say.locale_name, directed=True)


@lru_cache(4096)
def _spanned(span: timedelta, locale: str, *, directed: bool) -> str:
    return format_timedelta(span, "minute", threshold=2, add_direction=directed, locale=locale)


def _round(seconds: float) -> timedelta:
    minutes = max(1, round(seconds / 60))
    return timedelta(minutes=minutes) if minutes < 120 else timedelta(hours=round(minutes / 60))


@lru_cache(4096)
def _long(day: date, locale: str) -> str:
    return format_date(day, "EEEE, d MMMM y" if locale == "en_GB" else "full", locale=locale)


@lru_cache(4096)
def _formed(day: date, skeleton: str, locale: str) -> str:
    return str(format_skeleton(skeleton, day, locale=locale))


def _short(at: datetime, now: datetime, day_only: bool, say: Words) -> str:
    day = _formed(at.date(), "MMMd" if at.year == now.year else "yMMMd", say.locale_name)
    if day_only:
        return day
    clock = _clock(at)
    return clock if abs(now - at) < RECENT else say.say("%(day)s, %(clock)s", day=day, clock=clock)


def _clock(at: datetime) -> str:
    return f"{at.hour:02}:{at.minute:02}"
