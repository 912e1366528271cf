"""Dates as feeds write them: RFC 822 in all its broken forms, ISO 8601, and names of months in many languages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

FIRST_YEAR, LAST_YEAR = 1990, 2100

_ISO = re.compile(
    r"(\d{4})(?:[-/]?(\d\d)(?:[-/]?(\d\d))?)?"
    r"(?:[Tt\s,]+(\d\d?)(?::?(\d\d)(?::?(\d\d)(?:[.,:]\d+)?)?)?)?\s*([A-Za-z]{1,5}|[+-]\s?\d\d?:?(?:\d\d)?)?"
    r"(?:\s*\([^()]*\)|\s+[A-Z]{2,5})?"
)
# Days by their number in the year or the week, which ISO 8601 knows too.
_COUNTED = re.compile(r"(\d{4})-?(\d{3})|(\d{4})-?W(\d\d)-?([1-7])")
# What nine feeds of ten write; the other readers would give the same.
_USUAL = re.compile(
    r"[A-Z][a-z]{2}, (\d{1,2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4}) (\d\d):(\d\d):(\d\d) "
    r"(?:GMT|UTC|Z|([+-])(0\d|1[0-3])([0-5]\d))"
)
_CLOCK = re.compile(r"(\d{1,2})[:.h](\d{2})(?:[:.](\d{2}))?(?:\.\d+)?\s*([AaPp]\.?[Mm]\.?)?")
_OFFSET = re.compile(r"([+-])\s?(\d{1,2}):?(\d{2})?\b")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+")
_DOTTED = re.compile(r"\b(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})\b")
_SLASHED = re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b")
_HAN = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]?")
_EPOCH = re.compile(r"\d{9,10}(?:\d{3})?")

_ZONES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 1, "cet": 1, "mez": 1, "cest": 2, "mesz": 2, "bst": 1,
    "eet": 2, "eest": 3, "msk": 3, "sast": 2, "ist": 5.5, "pkt": 5, "wib": 7, "hkt": 8, "sgt": 8, "awst": 8,
    "jst": 9, "kst": 9, "acst": 9.5, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13, "brt": -3, "art": -3, "adt": -3,
    "ast": -4, "edt": -4, "est": -5, "cdt": -5, "cst": -6, "mdt": -6, "mst": -7, "pdt": -7, "pst": -8, "akdt": -8,
    "akst": -9, "hst": -10, "et": -5, "ct": -6, "mt": -7, "pt": -8,
}  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january janvier januar jän jänner januari enero ene gennaio gen janeiro styczeń sty stycznia"
            " янв января ιαν jan ocak oca leden ledna tammikuu tammikuuta januára ianuarie ian",
            "feb february février fév févr februar februari febrero febbraio fevereiro fev lutego lut luty"
            " фев февраля φεβ şubat şub únor února helmikuu helmikuuta februarie",
            "mar march mars märz mär mrz maart mrt marzo março marca marzec мар марта μαρ μάρ mart březen"
            " března maaliskuu maaliskuuta martie",
            "apr april avril avr abril abr aprile kwietnia kwi kwiecień апр апреля απρ nisan nis duben dubna"
            " huhtikuu huhtikuuta aprilie",
            "may mai mei mayo maggio mag maio maj maja мая май μαι μαϊ mayıs květen května toukokuu toukokuuta",
            "jun june juin juni junio giugno giu junho czerwca cze czerwiec июн июня ιουν haziran haz červen"
            " června kesäkuu kesäkuuta iunie iun",
            "jul july juillet juil juli julio luglio lug julho lipca lip lipiec июл июля ιουλ temmuz tem"
            " červenec července heinäkuu heinäkuuta iulie iul",
            "aug august août aou augustus agosto ago agt augusti sierpnia sie sierpień авг августа αυγ"
            " ağustos ağu srpen srpna elokuu elokuuta",
            "sep sept september septembre septiembre settembre set setembro września wrz wrzesień сен"
            " сентября σεπ eylül eyl září syyskuu syyskuuta septembrie",
            "oct october octobre okt oktober octubre ottobre ott outubro out października paź październik окт"
            " октября οκτ ekim eki říjen října lokakuu lokakuuta octombrie",
            "nov november novembre noviembre novembro listopada lis listopad ноя ноября νοε νοέ kasım kas"
            " marraskuu marraskuuta noiembrie noi",
            "dec december décembre déc dez dezember diciembre dic dicembre dezembro grudnia gru grudzień дек"
            " декабря δεκ aralık ara prosinec prosince joulukuu joulukuuta decembrie",
        ),
        1,
    )
    for name in names.split()
}


def parse_date(text: str) -> datetime | None:
    """The moment in UTC; no zone means UTC. None for nonsense and for years outside 1990 to 2100."""
    text = text.strip()
    return _moment_of(text) if 4 <= len(text) <= 100 else None


@lru_cache(maxsize=4_096)
def _moment_of(text: str) -> datetime | None:
    try:
        moment = _usual(text) or _counted(text) or _iso(text) or _epoch(text) or _loose(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment and FIRST_YEAR <= moment.year <= LAST_YEAR else None


def _usual(text: str) -> datetime | None:
    found = _USUAL.fullmatch(text)
    if not found:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    moment = _moment(int(year), _MONTHS[month.lower()], int(day), int(hour), int(minute), int(second))
    if not sign:
        return moment
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    return moment + ahead if sign == "-" else moment - ahead


def _iso(text: str) -> datetime | None:
    found = _ISO.fullmatch(text)
    if not found or (text.isdigit() and len(text) not in (4, 8)):
        return None
    year, month, day, hour, minute, second, zone = found.groups()
    moment = _moment(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0))
    return moment - _offset(zone or "")


def _counted(text: str) -> datetime | None:
    day, _, clock = text.partition("T")
    found = _COUNTED.fullmatch(day)
    if not found:
        return None
    year, number, of_week, week, weekday = found.groups()
    if of_week:
        start = datetime.fromisocalendar(int(of_week), int(week), int(weekday))
    else:
        start = datetime(int(year), 1, 1) + timedelta(days=int(number) - 1)
    if not of_week and start.year != int(year):
        raise ValueError("the year has no such day")
    return _iso(f"{start:%Y-%m-%d}T{clock}" if clock else f"{start:%Y-%m-%d}")


def _epoch(text: str) -> datetime | None:
    if not _EPOCH.fullmatch(text):
        return None
    return datetime.fromtimestamp(int(text) / (1000 if len(text) > 10 else 1), UTC)


def _loose(text: str) -> datetime | None:
    day = _numeric_day(text)
    clock = _CLOCK.search(_DOTTED.sub(lambda date: "/" * len(date[0]), text) if day else text)
    hour, minute, second = (int(part or 0) for part in clock.groups()[:3]) if clock else (0, 0, 0)
    if clock and clock[4]:
        hour = hour % 12 + (12 if clock[4][0] in "pP" else 0)
    before, after = (text[: clock.start()], text[clock.end() :]) if clock else (text, "")
    day = day or _named_day(f"{before} {_OFFSET.sub(' ', after)}")
    return _moment(*day, hour, minute, second) - _offset(after) if day else None


def _numeric_day(text: str) -> tuple[int, int, int] | None:
    if dotted := _DOTTED.search(text):
        return int(dotted[3]), int(dotted[2]), int(dotted[1])
    if slashed := _SLASHED.search(text):
        one, other, year = map(int, slashed.groups())
        # Whether day or month comes first is only known where one of them can't be a month.
        return (year, other, one) if one > 12 else (year, one, other) if other > 12 else None
    if written := _HAN.search(text):
        return int(written[1]), int(written[2]), int(written[3])
    return None


def _named_day(date: str) -> tuple[int, int, int] | None:
    month = next((_MONTHS[word] for word in map(str.lower, _WORD.findall(date)) if word in _MONTHS), 0)
    numbers = _NUMBER.findall(date)[:4]
    if not month or len(numbers) < 2:
        return None
    long = next((n for n in numbers if len(n) == 4), "")
    year = int(long) if long else int(numbers[1]) + (2000 if int(numbers[1]) < 70 else 1900)
    if long:
        numbers.remove(long)
    return year, month, int(numbers[0])


def _moment(year: int, month: int, day: int, hour: int, minute: int, second: int) -> datetime:
    """Leap seconds become the second before, 24:00 the next day."""
    moment = datetime(year, month, day, 0 if hour == 24 else hour, minute, min(second, 59), tzinfo=UTC)
    return moment + timedelta(days=1) if hour == 24 else moment


def _offset(zone: str) -> timedelta:
    """What a zone is ahead of UTC; unknown names count as UTC."""
    if found := _OFFSET.search(zone):
        hours, minutes = int(found[2]), int(found[3] or 0)
        if hours > 14 or minutes > 59:
            return timedelta(0)
        ahead = timedelta(hours=hours, minutes=minutes)
        return -ahead if found[1] == "-" else ahead
    names = (word.lower() for word in _WORD.findall(zone))
    return timedelta(hours=next((_ZONES[name] for name in names if name in _ZONES), 0))
