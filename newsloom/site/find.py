"""The search page: what was asked, the filters, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from starlette.requests import Request

from newsloom.site import links
from newsloom.site.asked import asked_day, asked_page, asked_words
from newsloom.site.contexts import Item, Link, Paging, SearchPage
from newsloom.site.frames import Frames
from newsloom.site.present import Presenter
from newsloom.store.reading.fold import carriers
from newsloom.store.reading.records import FoundRecord, Report
from newsloom.types import EditionSpec

EVERYWHERE = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A search as it was asked for. `edition`: another than the page's, or EVERYWHERE."""

    words: str
    edition: str
    source: str
    day: date | None
    language: str
    page: int

    def href(self, edition_id: str, page: int) -> str:
        """The address of one page of this search."""
        return links.search(edition_id, {**self._query(), "page": page})

    def elsewhere(self, edition_id: str, suffix: str) -> str:
        """The same search in another edition, without what only this one has."""
        return links.search(edition_id, {**self._query(), "edition": "", "source": ""}, suffix)

    def feed(self, edition_id: str) -> str:
        return links.search(edition_id, self._query(), "/feed.atom")

    def _query(self) -> dict[str, str | int]:
        return {
            "q": self.words,
            "edition": self.edition,
            "source": self.source,
            "date": self.day.isoformat() if self.day else "",
            "language": self.language,
        }


def asked_search(request: Request) -> Asked:
    """What a request asks for. Raises 400."""
    given = request.query_params.get("date")
    edition = asked_words(request, "edition")
    return Asked(
        words=asked_words(request, "q"),
        edition="" if edition == request.path_params.get("edition") else edition,
        source=asked_words(request, "source"),
        day=asked_day(given) if given else None,
        language=asked_words(request, "language"),
        page=asked_page(request),
    )


def suffix(request: Request) -> str:
    """What the address of this search ends in: page, JSON and feed move alike."""
    path = request.url.path
    return next((each for each in (".json", "/feed.atom") if path.endswith(each)), "")


def search_page(
    presenter: Presenter,
    frames: Frames,
    edition: EditionSpec,
    asked: Asked,
    found: FoundRecord | None,
    *,
    editions: Sequence[EditionSpec],
    sources: Sequence[tuple[str, str]],
    languages: Sequence[str],
) -> SearchPage:
    """What was found. `found` is None where no words were asked for."""
    say = presenter.say
    name = say.edition(edition.name, edition.country)
    return SearchPage(
        frame=frames.of(
            edition,
            f"{asked.words or say.say('Search')} – {name}",
            query=asked.words,
            feed=asked.feed(edition.id) if asked.words else "",
        ),
        query=asked.words,
        source=asked.source,
        date=asked.day.isoformat() if asked.day else "",
        language=asked.language,
        editions=_editions(editions, edition, asked, presenter),
        sources=tuple(Link(text=name, href=id, current=id == asked.source) for id, name in sources),
        languages=tuple(
            Link(text=say.language(each), href=each, current=each == asked.language)
            for each in sorted(languages, key=say.language)
        ),
        items=_folded(presenter, found.reports) if found else (),
        paging=Paging(
            newer=asked.href(edition.id, asked.page - 1) if asked.page > 1 else "",
            older=asked.href(edition.id, asked.page + 1) if found and found.more else "",
        ),
        note=say.say("Nothing found. Try fewer or other words.") if found and not found.reports else "",
    )


def _editions(
    editions: Sequence[EditionSpec], here: EditionSpec, asked: Asked, presenter: Presenter
) -> tuple[Link, ...]:
    """Where to search, this edition first among equals; nothing to choose where there is but one."""
    if len(editions) < 2:
        return ()
    say = presenter.say
    every = Link(text=say.say("All editions"), href=EVERYWHERE, current=asked.edition == EVERYWHERE)
    named = (
        Link(text=say.edition(each.name, each.country), href=each.id, current=not every.current and each.id == here.id)
        for each in editions
    )
    return (*named, every)


def _folded(presenter: Presenter, reports: Sequence[Report]) -> tuple[Item, ...]:
    """Results with those copies folded whose original is among them."""
    standing = {report.id for report in reports}
    return tuple(
        presenter.item(report, carriers=carriers(reports, report))
        for report in reports
        if report.copy_of not in standing
    )
