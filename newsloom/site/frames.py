"""What stands around a page, in the language in which the page is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict, Unpack
from urllib.parse import urlencode

from starlette.requests import Request

from newsloom.site import links
from newsloom.site.asked import asked_language
from newsloom.site.contexts import Frame, Link, Tongue
from newsloom.site.words import LANGUAGES, Words, accepted, spoken, words
from newsloom.types import EditionSpec

# What a page in another language still asks.
_KEPT = ("q", "edition", "source", "date", "language", "page")


class Around(TypedDict, total=False):
    """What differs from page to page of an edition."""

    description: str
    canonical: str
    feed: str
    query: str
    sections: tuple[Link, ...]
    again: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """Makes the frames of one request's pages."""

    site: str
    say: Words
    chosen: bool = False
    languages: tuple[Tongue, ...] = ()

    def bare(self, title: str, *, json: str = "", feed: str = "", index: bool = False) -> Frame:
        """Around a page of no edition."""
        return Frame(
            site=self.site,
            title=title,
            language=self.say.code,
            chosen=self.chosen,
            languages=self.languages,
            json=json,
            feed=feed,
            index=index,
        )

    def of(self, edition: EditionSpec, title: str, **around: Unpack[Around]) -> Frame:
        """Around a page of an edition."""
        return Frame(
            site=self.site,
            title=title,
            language=self.say.code,
            chosen=self.chosen,
            languages=self.languages,
            edition=edition.id,
            edition_name=self.say.edition(edition.name, edition.country),
            home=links.edition(edition.id),
            search=links.search(edition.id),
            json_feed=links.json_feed(edition.id) if around.get("feed") == links.feed(edition.id) else "",
            **around,
        )


def frames(request: Request, site: str, edition: EditionSpec | None = None) -> Frames:
    """In the language that was asked for, else the edition's, else the reader's."""
    asked = asked_language(request)
    otherwise = spoken(edition.language) if edition else accepted(request.headers.get("accept-language", ""))
    code = asked or otherwise
    return Frames(site=site, say=words(code), chosen=bool(asked), languages=_languages(request, code))


def _languages(request: Request, code: str) -> tuple[Tongue, ...]:
    asked = {name: value for name in _KEPT if (value := request.query_params.get(name))}
    return tuple(
        Tongue(code=each, name=name, href="?" + urlencode({**asked, "lang": each}), current=each == code)
        for each, name in LANGUAGES.items()
    )
