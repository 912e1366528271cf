"""Times in words. Pages are made in UTC; a small script turns them into the reader's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from newsloom.site.contexts import When

# The interface's own words, whatever the process's locale says.
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip


def when(at: datetime, now: datetime, *, day_only: bool = False, dated: bool = True) -> When:
    """`at` as readers see it on a page made at `now`. `dated` False: nobody said when, this is when we saw it."""
    at = at.astimezone(UTC)
    day = long_day(at.date())
    full = day if day_only else f"{day}, {_clock(at)} UTC"
    return When(
        at=at,
        short=_short(at, now.astimezone(UTC), day_only),
        full=full if dated else f"First seen {full}",
        day_only=day_only,
    )


@lru_cache(1024)
def long_day(day: date) -> str:
    """Monday, 19 December 2022."""
    return f"{_DAYS[day.weekday()]}, {day.day} {_MONTHS[day.month]} {day.year}"


def short_day(day: date, today: date) -> str:
    """Today, Yesterday, or Mon 19 Dec."""
    near = {today: "Today", today - timedelta(days=1): "Yesterday"}
    return near.get(day, f"{_DAYS[day.weekday()][:3]} {day.day} {_MONTHS[day.month][:3]}")


def apart(hours: float) -> str:
    """Hours between two articles, in words."""
    hours = abs(hours)
    if hours < 1:
        return "less than an hour apart"
    if hours < 48:
        return f"{_number(round(hours), 'hour')} apart"
    return f"{_number(round(hours / 24), 'day')} apart"


def ahead(seconds: float) -> str:
    """A span of time in words: 15 minutes."""
    minutes = max(1, round(seconds / 60))
    if minutes < 120:
        return _number(minutes, "minute")
    return _number(round(minutes / 60), "hour")


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _short(at: datetime, now: datetime, day_only: bool) -> str:
    day = f"{at.day} {_MONTHS[at.month][:3]}" + ("" if at.year == now.year else f" {at.year}")
    if day_only:
        return day
    return _clock(at) if at.date() == now.date() else f"{day}, {_clock(at)}"


def _clock(at: datetime) -> str:
    return f"{at.hour:02}:{at.minute:02}"
