"""The interface's languages: catalogues, plural forms, numbers, and which of them a reader gets.

Texts stand in the code in English and are translated where a page is made, never in the store. A catalogue is
`catalogues/<language>.po`, compiled when it is first needed; `make words` brings it up to date.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from gettext import NullTranslations
from importlib.resources import files
from typing import Literal

from babel import Locale
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import Translations
from markupsafe import Markup, escape

from newsloom.site.languages import direction

# The interface's languages by their own names, in the order in which they are offered.
LANGUAGES = {"en": "English", "de": "Deutsch", "es": "Español", "fr": "Français", "ar": "العربية"}
OURS = "en"
# What says how dates and numbers are written; English dates are European.
_LOCALES = {"en": "en_GB"}
_ACCEPTED = re.compile(r"\s*([A-Za-z]{1,8})(?:-[\w-]+)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?))?\s*")


def N_(message: str) -> str:
    """Marks a text that is translated later, where it is shown."""
    return message


class Words:
    """Says what pages say in one language."""

    def __init__(self, code: str, catalogue: NullTranslations | None = None) -> None:
        self.code = code
        self.catalogue = catalogue or catalogue_of(code)
        self.locale_name = _LOCALES.get(code, code)

    @cached_property
    def locale(self) -> Locale:
        return Locale.parse(self.locale_name)

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """The way the interface runs."""
        return "rtl" if direction(self.code) == "rtl" else "ltr"

    def say(self, message: str, **values: object) -> str:
        """`message` in this language, with its %(named)s values."""
        return self.catalogue.gettext(message) % values

    def count(self, one: str, many: str, count: int, **values: object) -> str:
        """The form of the message that fits `count`, which it may name as %(count)s."""
        return self.catalogue.ngettext(one, many, count) % {"count": self.number(count), **values}

    def number(self, value: int) -> str:
        """1,200 as it is written here."""
        return str(value) if 0 <= value < 1000 else format_decimal(value, locale=self.locale)

    def percent(self, share: float) -> str:
        """A share of one as whole per cent."""
        return format_percent(share, "#,##0%" if self.code == OURS else None, locale=self.locale)

    def listed(self, parts: Iterable[str]) -> Markup:
        """A, B and C; parts that are no markup are escaped."""
        return Markup(format_list([str(escape(part)) for part in parts], locale=self.locale))  # noqa: S704

    def language(self, code: str) -> str:
        """A language's name; its code where it has none."""
        name = self.locale.languages.get(code.replace("-", "_")) or self.locale.languages.get(code.partition("-")[0])
        return name or code

    def country(self, code: str) -> str:
        """A country's name; its code where it has none."""
        return self.locale.territories.get(code.upper()) or code.upper()

    def edition(self, name: str, country: str) -> str:
        """An edition's name: a country's in this language, any other as the operator gave it."""
        return self.country(country) if name == _ENGLISH.territories.get(country.upper()) else name


_ENGLISH = Locale.parse("en")


@cache
def words(code: str) -> Words:
    """The words of a language; English where the interface does not speak it."""
    return Words(code if code in LANGUAGES else OURS)


@cache
def catalogue_of(code: str) -> NullTranslations:
    """The compiled catalogue of a language; what the code itself says for English."""
    if code == OURS:
        return NullTranslations()
    said = read_po(io.BytesIO((files("newsloom.site") / "catalogues" / f"{code}.po").read_bytes()), locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, said)
    compiled.seek(0)
    return Translations(compiled)


def spoken(language: str) -> str:
    """The interface's language for news in `language`: the same, else English."""
    code = language.partition("-")[0].lower()
    return code if code in LANGUAGES else OURS


def accepted(header: str) -> str:
    """The language that an Accept-Language header likes best of ours; English where it names none."""
    wanted = [found.groups() for found in map(_ACCEPTED.fullmatch, header[:500].split(",")) if found]
    ours: Sequence[tuple[float, str]] = [
        (float(share or 1), code.lower()) for code, share in wanted if code.lower() in LANGUAGES and float(share or 1)
    ]
    return max(ours, key=lambda each: each[0], default=(1.0, OURS))[1]
