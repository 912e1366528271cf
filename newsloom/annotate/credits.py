"""Which news agency a report credits: in its dateline, its byline, at its end, or where its text says "told Reuters".

Only where the text itself says so. A name alone is no credit: agencies are in the news themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from newsloom.types import Article

START, END = 200, 400  # characters of the text where a dateline or a closing credit may stand
BODY = 4_000

# As they are shown, with the other names that they are credited by.
AGENCIES = {
    "AAP": ("Australian Associated Press",),
    "AFP": ("Agence France-Presse", "Agence France Presse"),
    "ANP": (),
    "ANSA": (),
    "AP": ("Associated Press",),
    "APA": ("Austria Presse Agentur",),
    "Belga": (),
    "Bloomberg": ("Bloomberg News",),
    "Canadian Press": (),
    "dpa": ("Deutsche Presse-Agentur",),
    "EFE": ("Agencia EFE",),
    "Europa Press": (),
    "Kyodo": ("Kyodo News",),
    "NTB": (),
    "PA Media": ("Press Association",),
    "PTI": ("Press Trust of India",),
    "Reuters": ("Thomson Reuters",),
    "Ritzau": (),
    "STT": (),
    "TASS": (),
    "TT": ("Tidningarnas Telegrambyrå",),
    "UPI": ("United Press International",),
    "Xinhua": (),
    "Yonhap": ("Yonhap News Agency",),
}
_PARTS = re.compile(r"[,/()]|\s[–—-]\s")
_BEFORE = (
    r"told|tells|according\ to|reported\ by|reporting\ by|reports\ from|said\ to|seen\ by|interview\ with"
    r"|enligt|skriver|rapporterar|uppger|säger\ \w+\ till|till\ nyhetsbyrån|nyhetsbyrån"
    r"|laut|meldet|berichtet|wie|Nachrichtenagentur|der\ Agentur"
    r"|según|informó|dijo\ a|declaró\ a|agencia|selon|a\ indiqué\ à|a\ déclaré\ à|agence"
)
_AFTER = (
    r"reported|reports|says|said|news\ agency|has\ learned"
    r"|rapporterar|uppger|skriver|meldete|berichtete|informó|rapporte"
)


def credited(article: Article, own_names: Iterable[str] = (), more: tuple[str, ...] = ()) -> str:
    """The agency that an article credits, "" where none; `own_names` are the outlet's, `more` agencies beside ours."""
    text = article.text or article.description
    own = {name.casefold() for name in (*own_names, article.site_name) if name}
    signed = {part.strip().removeprefix("The ").casefold() for part in _PARTS.split(", ".join(article.authors))}
    for agency, names in _known(more):
        if own & {name.casefold() for name in (agency, *names)}:
            continue
        pattern = _pattern((agency, *names))
        if (
            signed & {name.casefold() for name in (agency, *names)}
            or pattern.dateline.search(text[:START])
            or pattern.end.search(text[-END:])
            or pattern.said.search(text[:BODY])
        ):
            return agency
    return ""


class _Pattern:
    """How one agency is credited."""

    def __init__(self, names: tuple[str, ...]) -> None:
        name = "(?:the |l[’'])?(?:" + "|".join(re.escape(name) for name in names) + ")"
        self.dateline = re.compile(
            rf"(?:^|[A-ZÅÄÖÜÉ][^\n.]{{0,60}})\(\s*{name}(?:\s*[/,][^)]{{1,30}})?\s*\)\s*[-–—:.]?"
        )
        self.end = re.compile(rf"(?:\(\s*|©\s*|/|[–—-]\s*){name}(?:\s*\)|\s*[.]?)\s*$")
        self.said = re.compile(rf"\b(?:{_BEFORE})\s+{name}\b|\b{name}\s+(?:{_AFTER})\b", re.VERBOSE)


@lru_cache(maxsize=256)
def _pattern(names: tuple[str, ...]) -> _Pattern:
    return _Pattern(tuple(name.replace(" ", r" ") for name in names))


@lru_cache(maxsize=8)
def _known(more: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """All agencies, longest names first, so that AAP is not taken for AP."""
    every = {**dict.fromkeys(more, ()), **AGENCIES}
    return tuple(sorted(every.items(), key=lambda each: (-len(each[0]), each[0])))
