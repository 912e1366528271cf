"""The readers' pages: each asks the store once, fills a context and answers. Feeds share the contexts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from urllib.parse import unquote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from newsloom.config import Settings
from newsloom.site import find, links, respond
from newsloom.site.actions import Actions, Clock
from newsloom.site.article import article_page
from newsloom.site.asked import asked_day, asked_id, asked_language, asked_page
from newsloom.site.contexts import (
    AboutPage,
    ChoicePage,
    Context,
    Country,
    DayPage,
    FrontPage,
    OutletLine,
    SearchPage,
    SourcePage,
    StoryPage,
)
from newsloom.site.frames import Frames, frames
from newsloom.site.front import choice_page, day_page, front_page, section_of
from newsloom.site.kept import Kept
from newsloom.site.present import Presenter
from newsloom.site.source import source_page
from newsloom.site.story import story_page
from newsloom.site.words import N_, OURS, Words, words
from newsloom.store.reading import Reading
from newsloom.types import EditionSpec, Source


class Moved(Exception):
    """What was asked for stands at another address of ours."""

    def __init__(self, href: str, status: int = 301) -> None:
        super().__init__(href)
        self.href, self.status = href, status


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Handlers with what they need."""

    settings: Settings
    reading: Reading
    actions: Actions | None
    clock: Clock
    fronts: Kept = field(default_factory=Kept)

    def choice(self, request: Request) -> Response:
        """`/`: the editions, each with its top story."""
        return self._anyones(request, "choice.html", self.choice_page(request))

    def choice_page(self, request: Request) -> ChoicePage:
        """The context of `/`."""
        made, lines = self.frames(request), self.reading.choice()
        return choice_page([self.present(line.edition, made.say) for line in lines], lines, made)

    def front(self, request: Request) -> Response:
        """`/{edition}/` and `/{edition}/section/{slug}`."""
        edition_id, now = asked_id(request, "edition"), self.clock()
        kind = "application/json" if respond.wants_json(request) else "text/html"
        key = (
            kind,
            edition_id,
            asked_language(request),
            request.path_params.get("section", ""),
            self.reading.stamp(edition_id),
            self._refreshed(),
            now.astimezone(UTC).date(),
        )
        content = self.fronts.get(key, now)
        if content is None:
            page = self.front_page(request)
            content = respond.rendered(request, "front.html", page)
            if not page.top:
                # What waits for its first stories must not be kept: the next look may find them.
                return respond.body(request, content, kind + "; charset=utf-8", cache=respond.PRIVATE)
            self.fronts.put(key, now, content)
        return respond.body(request, content, kind + "; charset=utf-8")

    def front_page(self, request: Request) -> FrontPage:
        """The context of a front page or a section. Raises 404."""
        record = self.reading.front(asked_id(request, "edition"))
        if record is None:
            raise HTTPException(404, N_("There is no such edition."))
        section = section_of(record, request.path_params.get("section", ""))
        if section is None:
            raise HTTPException(404, N_("There is nothing in this section at the moment."))
        made = self.frames(request, record.edition)
        return front_page(
            self.present(record.edition, made.say),
            made,
            record,
            section,
            refreshed=self._refreshed(),
            interval_s=self.settings.collect.interval_s if self.actions else 0,
            progress=None if record.stories else self.reading.progress(record.edition.id),
        )

    def without_slash(self, request: Request) -> Response:
        """`/{edition}` to `/{edition}/`."""
        return RedirectResponse(_lasting(request, links.edition(self.edition(request).id)), 301)

    def day(self, request: Request) -> Response:
        """`/{edition}/day/{date}`."""
        return respond.page(request, "day.html", self.day_page(request))

    def day_page(self, request: Request) -> DayPage:
        """The context of a day past. Raises 400, 404."""
        edition, page = self.edition(request), asked_page(request)
        asked = asked_day(request.path_params["date"])
        if asked > self.clock().astimezone(UTC).date():
            raise HTTPException(404, N_("This day has yet to come."))
        made = self.frames(request, edition)
        return day_page(self.present(edition, made.say), made, edition, self.reading.day(edition.id, asked, page), page)

    def article(self, request: Request) -> Response:
        """`/{edition}/article/{id}/{slug}`: the reference page."""
        edition = self.edition(request)
        record = self.reading.article(asked_id(request, "id"))
        if record is None:
            raise HTTPException(404, N_("This article is not here: it was never collected, or it was taken down."))
        made = self.frames(request, edition)
        context = article_page(self.present(edition, made.say), edition, record, made)
        return _moved(request, context.article.href) or respond.page(request, "article.html", context)

    def story(self, request: Request) -> Response:
        """`/{edition}/story/{id}/{slug}`: all reports of one story."""
        context = self.story_page(request, lambda edition, story: links.story(edition, story, ""))
        return _moved(request, context.story.href) or respond.page(request, "story.html", context)

    def story_page(self, request: Request, address: Callable[[str, str], str]) -> StoryPage:
        """The context of a story. Raises 404, and Moved to its `address` where it was merged into another or split."""
        edition, story_id = self.edition(request), asked_id(request, "id")
        record = self.reading.story(story_id)
        if record is None or not record.members:
            successor = self.reading.successor(story_id)
            if not successor:
                raise HTTPException(404, N_("There is no such story, or all of its articles were taken down."))
            raise Moved(address(edition.id, successor))
        made = self.frames(request, edition)
        return story_page(self.present(edition, made.say), edition, record, made)

    def source(self, request: Request) -> Response:
        """`/{edition}/source/{id}`: an outlet."""
        return respond.page(request, "source.html", self.source_page(request))

    def source_page(self, request: Request) -> SourcePage:
        """The context of an outlet's page. Raises 404."""
        edition, page = self.edition(request), asked_page(request)
        record = self.reading.source(asked_id(request, "id"), self.clock(), page)
        if record is None:
            raise HTTPException(404, N_("There is no such source."))
        made = self.frames(request, edition)
        return source_page(self.present(edition, made.say), made, edition, record, page)

    def search(self, request: Request) -> Response:
        """`/{edition}/search?q=&edition=&source=&date=&language=`."""
        return respond.page(request, "search.html", self.search_page(request))

    def search_page(self, request: Request) -> SearchPage:
        """The context of a search. Raises 400, 404, and Moved where another edition is to be searched."""
        asked, editions = find.asked_search(request), self.reading.editions()
        edition = _named(editions, asked_id(request, "edition"))
        if asked.edition and asked.edition != find.EVERYWHERE:
            there = _named(editions, asked.edition)
            raise Moved(asked.elsewhere(there.id, find.suffix(request)), 302)
        made = self.frames(request, edition)
        within = "" if asked.edition else edition.id
        found = (
            self.reading.search(asked.words, within, asked.source, asked.day, asked.page, asked.language)
            if asked.words
            else None
        )
        return find.search_page(
            self.present(edition, made.say),
            made,
            edition,
            asked,
            found,
            editions=editions,
            sources=self.reading.source_names(within),
            languages=self.reading.languages(within),
        )

    def about(self, request: Request) -> Response:
        """`/about`: what this is, the sources, the rules."""
        return self._anyones(request, "about.html", self.about_page(request))

    def about_page(self, request: Request) -> AboutPage:
        """The context of the about page, which OPML shares."""
        made, sources = self.frames(request), self.reading.sources()
        say = made.say
        named = sorted(sources, key=lambda each: (not each.country, say.country(each.country), each.name))
        return AboutPage(
            frame=made.bare(say.say("About %(site)s", site=self.settings.site.title), json="/about.json", index=True),
            countries=tuple(
                Country(name=say.country(country) if country else "", sources=tuple(map(_outlet, each)))
                for country, each in groupby(named, key=lambda source: source.country)
            ),
            counts=say.count("%(count)s outlet.", "%(count)s outlets.", len(sources)),
            user_agent=self.settings.fetch.user_agent,
        )

    def edition(self, request: Request) -> EditionSpec:
        """The edition of the address. Raises 404."""
        return _named(self.reading.editions(), asked_id(request, "edition"))

    def present(self, edition: EditionSpec, say: Words) -> Presenter:
        return Presenter(settings=self.settings, now=self.clock(), edition_id=edition.id, say=say)

    def frames(self, request: Request, edition: EditionSpec | None = None) -> Frames:
        """What makes the frames of this request's pages."""
        return frames(request, self.settings.site.title, edition)

    @property
    def english(self) -> Frames:
        """Around the operator's pages, which speak English only."""
        return Frames(site=self.settings.site.title, say=words(OURS))

    def _refreshed(self) -> datetime | None:
        return self.actions.refreshed() if self.actions else None

    def _anyones(self, request: Request, template: str, context: Context) -> Response:
        """A page of no edition, whose language is the reader's."""
        answer = respond.page(request, template, context)
        answer.headers["vary"] = "Accept-Language"
        return answer


def _named(editions: tuple[EditionSpec, ...], asked: str) -> EditionSpec:
    for edition in editions:
        if edition.id == asked:
            return edition
    raise HTTPException(404, N_("There is no such edition."))


def _outlet(source: Source) -> OutletLine:
    return OutletLine(
        name=source.name or source.id,
        homepage=links.safe(source.homepage),
        feeds=tuple(filter(None, map(links.safe, source.feeds))),
    )


def _moved(request: Request, href: str) -> Response | None:
    """A redirect where the address has another slug than the present headline's."""
    if request.path_params.get("slug") == unquote(href.rpartition("/")[2]):
        return None
    return RedirectResponse(_lasting(request, href + (".json" if respond.wants_json(request) else "")), 301)


def moved(request: Request, error: Exception) -> Response:
    """The answer to what raised Moved."""
    assert isinstance(error, Moved)
    return RedirectResponse(_lasting(request, error.href), error.status)


def _lasting(request: Request, href: str) -> str:
    """`href` with the language that the request chose."""
    chosen = asked_language(request)
    return links.in_language(href, chosen) if chosen else href
