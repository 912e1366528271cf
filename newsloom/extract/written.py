"""The day that a page tells its readers alone: written out in its text, near the headline or after a telling word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from selectolax.lexbor import LexborNode

from newsloom.extract.moments import EARLIEST, Moment
from newsloom.extract.months import MONTHS

MAX_CHARS = 200_000
MAX_FOUND = 60
MAX_TITLES = 8
NEAR_CHARS = 400  # of the headline
APART = ("script", "style", "template", "noscript", "svg", "select", "nav")

_WRITTEN = re.compile(
    r"""(?<![\d/.-])(?:
      (?P<y1>(?:19|20)\d\d)\s?[-/.年년]\s?(?P<m1>\d{1,2})\s?[-/.月월]\s?(?P<d1>\d{1,2})(?!\d|[-/.]\d)
     |(?P<d2>\d{1,2})\s?\.\s?(?P<m2>\d{1,2})\s?\.\s?(?P<y2>(?:19|20)\d\d|\d\d)(?![\d/]|\.\d)
     |(?P<a3>\d{1,2})[/-](?P<b3>\d{1,2})[/-](?P<y3>(?:19|20)\d\d)(?![\d/])
     |(?P<d4>\d{1,2})(?:st|nd|rd|th|er|º|ª|\.)?\s?(?:de\s|of\s)?\s?(?P<m4>[^\W\d_]{3,12})\.?,?\s(?:de\s|del\s)?(?P<y4>(?:19|20)\d\d)(?!\d)
    )|(?P<m5>[^\W\d_]{3,12})\.?\s(?P<d5>\d{1,2})(?:st|nd|rd|th)?,?\s(?P<y5>(?:19|20)\d\d)(?!\d)""",
    re.VERBOSE,
)
_TELLING = re.compile(
    r"(?:publish|publi[ée]|public|pubbl|veröff|erstellt|posted|post date|gepost|geplaatst|datum|dato\b|date\b|stand\b"
    r"|fecha|data\b|issued|released|опублик|дата|yayın|uploaded|created|written|julkais|wysł|dodan"
    r"|udgivet|publis|publicer)\w*\W*(?:\w+\W+)?$",
    re.IGNORECASE,
)
_MISLEADING = re.compile(
    r"(?:updated|aktualisiert|modified|geändert|mis à jour|actualiz|copyright|©|since|seit|born|geboren|bis|until"
    r"|expires|zuletzt|last|edited|bearbeitet|zugriff|retrieved)\W*(?:\w+\W+){0,3}$",
    re.IGNORECASE,
)
TOP_CHARS = 80  # where a page shows the day on which it is read


def written(body: LexborNode | None, headline: str, language: str, now: datetime) -> Moment | None:
    """The day of publication as the page shows it: "day" where it stands near the headline, else "guessed".

    `body` loses its scripts and the like.
    """
    if body is None:
        return None
    body.strip_tags(list(APART))
    text = " ".join(body.text(separator=" ").split())[:MAX_CHARS]
    titles = [found.start() for found in re.finditer(re.escape(headline[:60]), text)] if len(headline) > 8 else []
    ranked = [(_rank(text, start, titles), at) for at, start in _days(text, language, now)]
    if not ranked:
        return None
    rank, at = min(ranked)
    return Moment(at, "day" if rank <= NEAR_CHARS else "guessed")


def _rank(text: str, start: int, titles: list[int]) -> int:
    """How far a day at `start` is from where a publication's stands; smaller is better."""
    before = text[max(0, start - 40) : start]
    far = min((start - title if start > title else 2 * (title - start) for title in titles[:MAX_TITLES]), default=start)
    if start < TOP_CHARS and not any(title < start for title in titles):
        far += NEAR_CHARS
    if _MISLEADING.search(before):
        far += 3 * NEAR_CHARS
    if _TELLING.search(before):
        far //= 4
    return far


def _days(text: str, language: str, now: datetime) -> Iterator[tuple[datetime, int]]:
    latest = now + timedelta(days=1)
    for count, found in enumerate(_WRITTEN.finditer(text)):
        if count >= MAX_FOUND:
            return
        try:
            at = datetime(*_parts(found, language), tzinfo=UTC)
        except (ValueError, KeyError):
            continue
        if EARLIEST <= at <= latest:
            yield at, found.start()


def _parts(found: re.Match[str], language: str) -> tuple[int, int, int]:
    """Year, month, day; KeyError where a word is no month."""
    said = found.groupdict()
    if said["y1"]:
        return int(said["y1"]), int(said["m1"]), int(said["d1"])
    if said["y2"]:
        year = int(said["y2"])
        return (year if year > 99 else 2_000 + year), int(said["m2"]), int(said["d2"])
    if said["y3"]:
        first, second = int(said["a3"]), int(said["b3"])
        american = language.casefold() in ("en", "en-us", "en_us", "") and first <= 12
        month, day = (first, second) if american or second > 12 else (second, first)
        return int(said["y3"]), month, day
    number = "4" if said["y4"] else "5"
    return int(said["y" + number]), MONTHS[said["m" + number].casefold()], int(said["d" + number])
