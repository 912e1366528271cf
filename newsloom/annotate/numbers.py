"""Numbers of a text as plain strings, so that "3,000", "3 000" and "3 thousand" are one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

MOST = 40
LONGEST_DIGITS = 18

_COMMA_DECIMAL = frozenset(
    """sv de es fr it pt nl da no fi pl cs sk ru uk bg sr hr sl ro hu el tr id be mk lt lv et ca gl eu is vi""".split()
)
_SCALES = {
    "en": {"thousand": 3, "million": 6, "billion": 9, "trillion": 12, "mn": 6, "bn": 9, "tn": 12},
    "sv": {"tusen": 3, "miljon": 6, "miljoner": 6, "mn": 6, "miljard": 9, "miljarder": 9, "md": 9, "mdr": 9,
           "biljon": 12, "biljoner": 12},
    "de": {"tausend": 3, "million": 6, "millionen": 6, "mio": 6, "milliarde": 9, "milliarden": 9, "mrd": 9,
           "billion": 12, "billionen": 12},
    "es": {"mil": 3, "millón": 6, "millones": 6, "mil millones": 9, "billón": 12, "billones": 12},
    "fr": {"mille": 3, "million": 6, "millions": 6, "milliard": 9, "milliards": 9, "billion": 12, "billions": 12},
    "it": {"mila": 3, "milione": 6, "milioni": 6, "miliardo": 9, "miliardi": 9},
    "pt": {"mil": 3, "milhão": 6, "milhões": 6, "bilhão": 9, "bilhões": 9, "mil milhões": 9, "trilhão": 12},
    "nl": {"duizend": 3, "miljoen": 6, "mln": 6, "miljard": 9, "mld": 9},
    "da": {"tusind": 3, "million": 6, "millioner": 6, "mio": 6, "milliard": 9, "milliarder": 9, "mia": 9},
    "no": {"tusen": 3, "million": 6, "millioner": 6, "milliard": 9, "milliarder": 9},
    "ru": {"тысяч": 3, "тысячи": 3, "тыс": 3, "миллион": 6, "миллиона": 6, "миллионов": 6, "млн": 6,
           "миллиард": 9, "миллиарда": 9, "миллиардов": 9, "млрд": 9},
}  # fmt: skip
_MONEY_SUFFIX = {"k": 3, "m": 6, "b": 9}
_MONEY = "$£€¥₹"

_NUMBER = re.compile(
    r"""(?<![\w.,])(?<![^\W\d_]-)                         # not inside COVID-19 or B2B
    (?:(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?!\d)
      |(?P<digits>\d+(?:[.,'’\u00a0\u202f]\d+)*(?:[ ]\d{3}(?!\d))*))
    (?P<suffix>[kmb](?!\w))?
    (?:[ \u00a0\u202f-](?P<scale>(?:mil[ ])?[^\W\d_]{2,10}))?""",
    re.VERBOSE,
)
_DIGIT = re.compile(r"\d")
_MERIDIEM = re.compile(r"\s?([ap])\.?m\b", re.IGNORECASE)
_SPACES = re.compile(r"[\u00a0\u202f'’]")


def numbers(text: str, language: str = "en") -> tuple[str, ...]:
    """Up to 40 different numbers in the order of the text: "14" (also of "14 %"), "2.5", "3000000000", "2022", "14:30".

    `language` decides what comma and point mean and which words scale ("3 billion", "3 Mrd.").
    """
    found: dict[str, None] = {}
    comma_decimal = language in _COMMA_DECIMAL
    scales = _SCALES.get(language, _SCALES["en"])
    for match in _matches(text):
        for value in _values(match, text, comma_decimal, scales):
            found[value] = None
        if len(found) >= MOST:
            break
    return tuple(found)[:MOST]


def _matches(text: str) -> Iterator[re.Match[str]]:
    """What `_NUMBER.finditer` gives; looking for the next digit first is several times faster."""
    digit = _DIGIT.search(text)
    while digit:
        match = _NUMBER.match(text, digit.start())
        if match:
            yield match
        digit = _DIGIT.search(text, match.end() if match else digit.end())


def _values(match: re.Match[str], text: str, comma_decimal: bool, scales: dict[str, int]) -> list[str]:
    if match["hour"]:
        return [_time(match, text)]
    power = _power(match, text, scales)
    return [value for value in (_plain(part, power) for part in _split(match["digits"], comma_decimal)) if value]


def _time(match: re.Match[str], text: str) -> str:
    hour = int(match["hour"])
    half = _MERIDIEM.match(text, match.end("minute"))
    if half and hour <= 12:
        hour = hour % 12 + (12 if half.group(1).lower() == "p" else 0)
    return f"{hour}:{int(match['minute']):02d}"


def _power(match: re.Match[str], text: str, scales: dict[str, int]) -> int:
    word = (match["scale"] or "").lower()
    if word in scales:
        return scales[word]
    first = word.split(" ", 1)[0]
    if first in scales:
        return scales[first]
    before = text[max(match.start() - 1, 0) : match.start()]
    return _MONEY_SUFFIX[match["suffix"]] if match["suffix"] and before in _MONEY and before else 0


def _split(digits: str, comma_decimal: bool) -> list[str]:
    """The decimal numbers written in `digits`: usually one; several where dots only list them (a date 19.12.2022)."""
    if digits.isdecimal():
        return [digits]
    joined = _SPACES.sub(" ", digits)
    groups = joined.split(" ")
    if len(groups) > 1:
        # Groups of three after a short first one are one number with spaces; anything else is a list.
        whole = len(groups[0]) <= 3 and all(re.fullmatch(r"\d{3}(?:[.,]\d+)?", group) for group in groups[1:])
        if not whole:
            return [part for group in groups for part in _split(group, comma_decimal)]
        joined = "".join(groups)
    thousands, decimal = (".", ",") if comma_decimal else (",", ".")
    if re.fullmatch(rf"\d{{1,3}}(?:\{thousands}\d{{3}})+(?:\{decimal}\d+)?", joined):
        return [joined.replace(thousands, "").replace(decimal, ".")]
    if re.fullmatch(r"\d+[.,]\d+", joined):
        return [joined.replace(",", ".")]
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3}){2,}", joined):
        return [re.sub("[.,]", "", joined)]
    return re.split("[.,]", joined)


def _plain(number: str, power: int) -> str:
    whole, _, fraction = number.partition(".")
    if len(whole) + len(fraction) > LONGEST_DIGITS:
        return ""
    if not (power or fraction):
        return str(int(number))
    text = format(Decimal(number).scaleb(power), "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text
