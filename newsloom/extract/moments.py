"""Reading one written date: with the page's own offset where it has one, as a day where only a day is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from newsloom.extract.months import MONTHS
from newsloom.types import Certainty

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)

_ISO = re.compile(
    r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?:(?:[T ]|\s+)(\d{1,2}):(\d{2})(?::(\d{1,2}))?(?:[.,]\d+)?)?"
    r"\s*(Z\b|UTC|GMT|[+-]\d{2}:?\d{2}(?!\d)|[+-]\d{2}(?!\d))?",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"(?<![\d.])(0?[1-9]|[12]\d|3[01])\.(0?[1-9]|1[0-2])\.((?:19|20)\d{2})(?![\d.]\d)")
_EASTERN = re.compile(r"((?:19|20)\d\d)\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})")
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_DAY_MONTH = re.compile(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|\.|er)?\s+(?:de\s+)?([^\W\d_]{3,12})\.?,?\s+(?:de\s+)?(\d{4})")
_MONTH_DAY = re.compile(r"([^\W\d_]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")


@dataclass(frozen=True, slots=True)
class Moment:
    """`certainty`: exact (offset written), guessed (time without offset, read as UTC), day (midnight UTC)."""

    at: datetime
    certainty: Certainty


def moment(text: str, now: datetime) -> Moment | None:
    """The date written in `text`; None where there is none between 1990 and a day after `now`."""
    try:
        found = _iso(text) or _epoch(text) or _mail(text) or _worded(text) or _dotted(text) or _eastern(text)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    if found is None or not EARLIEST <= found.at <= now + timedelta(days=1):
        return None
    return found


def _iso(text: str) -> Moment | None:
    found = _ISO.search(text[:100])
    if not found or _EPOCH.fullmatch(text.strip()):
        return None
    year, month, day = (int(part) for part in found.group(1, 2, 3))
    if found.group(4) is None:
        return Moment(datetime(year, month, day, tzinfo=UTC), "day")
    clock = [int(part or 0) for part in found.group(4, 5, 6)]
    zone = found.group(7)
    at = datetime(year, month, day, clock[0] % 24, clock[1], min(clock[2], 59), tzinfo=_zone(zone))
    return Moment(at, "exact" if zone else "guessed")


def _zone(written: str | None) -> timezone:
    if not written or written[0] not in "+-":
        return UTC
    digits = written[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if written[0] == "-" else offset) if offset else UTC


def _epoch(text: str) -> Moment | None:
    written = text.strip()
    if not _EPOCH.fullmatch(written):
        return None
    return Moment(datetime.fromtimestamp(int(written[:10]), UTC), "exact")


def _mail(text: str) -> Moment | None:
    if "," not in text or ":" not in text:
        return None
    try:
        at = parsedate_to_datetime(text.strip()[:60])
    except (ValueError, TypeError, IndexError):
        return None
    return Moment(at, "exact") if at.tzinfo else Moment(at.replace(tzinfo=UTC), "guessed")


def _worded(text: str) -> Moment | None:
    for pattern, order in ((_DAY_MONTH, (3, 2, 1)), (_MONTH_DAY, (3, 1, 2))):
        found = pattern.search(text[:120])
        month = MONTHS.get(found.group(order[1]).lower()) if found else None
        if found and month:
            return Moment(datetime(int(found.group(3)), month, int(found.group(order[2])), tzinfo=UTC), "day")
    return None


def _eastern(text: str) -> Moment | None:
    """2026年2月27日, 2026년 2월 27일."""
    found = _EASTERN.search(text[:120])
    if not found:
        return None
    year, month, day = (int(part) for part in found.groups())
    return Moment(datetime(year, month, day, tzinfo=UTC), "day")


def _dotted(text: str) -> Moment | None:
    """Day, month, year with dots between them: never the other way round."""
    found = _DOTTED.search(text[:120])
    if not found:
        return None
    day, month, year = (int(part) for part in found.groups())
    return Moment(datetime(year, month, day, tzinfo=UTC), "day")
