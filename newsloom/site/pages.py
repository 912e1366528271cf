"""The readers' pages: each asks the store once, fills a context and answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from urllib.parse import unquote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from newsloom.config import Settings
from newsloom.site import links, present, respond, times
from newsloom.site.actions import Actions, Clock
from newsloom.site.article import article_page
from newsloom.site.asked import asked_day, asked_id, asked_page, asked_words
from newsloom.site.contexts import (
    AboutPage,
    Bar,
    ChoicePage,
    DayPage,
    EditionChoice,
    Frame,
    FrontPage,
    Item,
    Link,
    OutletLine,
    Paging,
    SearchPage,
    SourcePage,
)
from newsloom.site.health import feed_line
from newsloom.site.kept import Kept
from newsloom.site.present import Presenter
from newsloom.site.story import story_page
from newsloom.store.reading import Reading
from newsloom.store.reading.fold import carriers
from newsloom.store.reading.records import Progress, Report, SourceRecord, Volume
from newsloom.store.reading.source import DAYS as VOLUME_DAYS
from newsloom.types import EditionSpec

DAYS_BACK = 7
SECTIONS_SHOWN = 8
# How soon a front page without stories looks again.
AGAIN_S = 15


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
        lines = self.reading.choice()
        context = ChoicePage(
            frame=self.frame(title=self.settings.site.title, json="/index.json", index=True),
            editions=tuple(
                EditionChoice(
                    name=line.edition.name,
                    href=links.edition(line.edition.id),
                    sources=line.sources,
                    updated=self.present(line.edition.id).when(line.ranked) if line.ranked else None,
                    top=next(iter(self.present(line.edition.id).stories([line.top] if line.top else [])), None),
                )
                for line in lines
            ),
        )
        return respond.page(request, "choice.html", context)

    def front(self, request: Request) -> Response:
        """`/{edition}/` and `/{edition}/section/{slug}`."""
        edition_id, now = asked_id(request, "edition"), self.clock()
        refreshed = self.actions.refreshed() if self.actions else None
        kind = "application/json" if respond.wants_json(request) else "text/html"
        stamp = self.reading.stamp(edition_id)
        key = (kind, edition_id, request.path_params.get("section", ""), stamp, refreshed, now.astimezone(UTC).date())
        content = self.fronts.get(key, now)
        if content is None:
            page = self.front_page(request)
            content = respond.rendered(request, "front.html", page)
            if not page.top:
                # What waits for its first stories must not be kept: the next look may find them.
                return respond.body(request, content, kind + "; charset=utf-8", cache=respond.PRIVATE)
            self.fronts.put(key, now, content)
        return respond.body(request, content, kind + "; charset=utf-8")

    def without_slash(self, request: Request) -> Response:
        """`/{edition}` to `/{edition}/`."""
        return RedirectResponse(links.edition(self.edition(request).id), 301)

    def front_page(self, request: Request) -> FrontPage:
        """The context of a front page, which feeds share."""
        edition_id = asked_id(request, "edition")
        record = self.reading.front(edition_id)
        if record is None:
            raise HTTPException(404, "There is no such edition.")
        asked = request.path_params.get("section", "")
        names = _sections([story.section for story in record.stories])
        name = next((each for each in names if links.slug(each) == asked), "")
        if asked and not name:
            raise HTTPException(404, "There is nothing in this section at the moment.")
        shown = [story for story in record.stories if not name or story.section == name]
        stories = self.present(edition_id).stories(shown)
        progress = None if stories else self.reading.progress(edition_id)
        waits_for: Literal["", "sources", "round", "collector"] = ""
        if progress:
            waits_for = ("round" if self.actions else "collector") if progress.feeds else "sources"
        updated = self.actions.refreshed() if self.actions else None
        updated = max(filter(None, (record.ranked, updated)), default=None)
        return FrontPage(
            frame=self.edition_frame(
                record.edition,
                title=f"{_titled(name)} – {record.edition.name}" if name else record.edition.name,
                description=f"{record.edition.name}: each story once, with who else reports it.",
                sections=tuple(
                    Link(text=_titled(each), href=links.section(edition_id, each), current=each == name)
                    for each in names[:SECTIONS_SHOWN]
                ),
                feed=links.feed(edition_id),
                again=AGAIN_S if waits_for == "round" else 0,
            ),
            section=_titled(name),
            top=stories[0] if stories else None,
            stories=stories[1:],
            updated=self.present(edition_id).when(updated) if updated else None,
            refreshes=times.ahead(self.settings.collect.interval_s) if self.actions else "",
            waits_for=waits_for,
            progress=_progress(progress) if progress else "",
            days=self._days(edition_id),
        )

    def day(self, request: Request) -> Response:
        """`/{edition}/day/{date}`: older news."""
        edition = self.edition(request)
        asked, page = asked_day(request.path_params["date"]), asked_page(request)
        if asked > self.clock().astimezone(UTC).date():
            raise HTTPException(404, "This day has yet to come.")
        record = self.reading.day(edition.id, asked, page)
        context = DayPage(
            frame=self.edition_frame(edition, title=f"{times.long_day(asked)} – {edition.name}"),
            day=times.long_day(asked),
            date=asked.isoformat(),
            stories=self.present(edition.id).stories(record.stories),
            paging=Paging(
                newer=links.day(edition.id, asked, page - 1) if page > 1 else "",
                older=links.day(edition.id, asked, page + 1) if record.more else "",
            ),
            days=self._days(edition.id, around=asked),
        )
        return respond.page(request, "day.html", context)

    def article(self, request: Request) -> Response:
        """`/{edition}/article/{id}/{slug}`: the reference page."""
        edition = self.edition(request)
        record = self.reading.article(asked_id(request, "id"))
        if record is None:
            raise HTTPException(404, "This article is not here: it was never collected, or it was taken down.")
        context = article_page(self.present(edition.id), edition, record, self.edition_frame)
        return _moved(request, context.article.href) or respond.page(request, "article.html", context)

    def story(self, request: Request) -> Response:
        """`/{edition}/story/{id}/{slug}`: all reports of one story."""
        edition = self.edition(request)
        story_id = asked_id(request, "id")
        record = self.reading.story(story_id)
        if record is None or not record.members:
            return RedirectResponse(links.story(edition.id, self.successor(story_id), ""), 301)
        context = story_page(self.present(edition.id), edition, record, self.edition_frame)
        return _moved(request, context.story.href) or respond.page(request, "story.html", context)

    def source(self, request: Request) -> Response:
        """`/{edition}/source/{id}`: an outlet."""
        edition, page = self.edition(request), asked_page(request)
        record = self.reading.source(asked_id(request, "id"), self.clock(), page)
        if record is None:
            raise HTTPException(404, "There is no such source.")
        presenter, source = self.present(edition.id), record.source
        name = source.name or links.host(source.homepage) or source.id
        context = SourcePage(
            frame=replace(self.edition_frame(edition, title=f"{name} – {edition.name}"), source=source.id),
            name=name,
            homepage=links.safe(source.homepage),
            facts=_facts(record),
            days=self._volume(record.days),
            feeds=tuple(feed_line(each, self.clock()) for each in record.feeds) if not record.removed else (),
            removed=record.removed is not None,
            items=tuple(presenter.item(report) for report in record.newest),
            paging=Paging(
                newer=links.source(edition.id, source.id, page - 1) if page > 1 else "",
                older=links.source(edition.id, source.id, page + 1) if record.more else "",
            ),
        )
        return respond.page(request, "source.html", context)

    def search(self, request: Request) -> Response:
        """`/{edition}/search?q=&source=&date=`."""
        edition, page = self.edition(request), asked_page(request)
        words, source = asked_words(request, "q"), asked_words(request, "source")
        day = asked_day(request.query_params["date"]) if request.query_params.get("date") else None
        said: dict[str, str | int] = {"q": words, "source": source, "date": day.isoformat() if day else ""}
        found = self.reading.search(words, edition.id, source, day, page) if words else None
        context = SearchPage(
            frame=self.edition_frame(edition, title=f"{words or 'Search'} – {edition.name}", query=words),
            query=words,
            source=source,
            date=day.isoformat() if day else "",
            sources=tuple(
                Link(text=name, href=source_id, current=source_id == source)
                for source_id, name in self.reading.source_names(edition.id)
            ),
            items=self._found(edition.id, found.reports) if found else (),
            paging=Paging(
                newer=links.search(edition.id, **said, page=page - 1) if page > 1 else "",
                older=links.search(edition.id, **said, page=page + 1) if found and found.more else "",
            ),
            note="" if not words or (found and found.reports) else "Nothing found. Try fewer or other words.",
        )
        return respond.page(request, "search.html", context)

    def about(self, request: Request) -> Response:
        """`/about`: what this is, the sources, the rules."""
        return respond.page(request, "about.html", self.about_page())

    def about_page(self) -> AboutPage:
        """The context of the about page, which OPML shares."""
        return AboutPage(
            frame=self.frame(title=f"About {self.settings.site.title}", json="/about.json", index=True),
            sources=tuple(
                OutletLine(
                    name=source.name or source.id,
                    homepage=links.safe(source.homepage),
                    country=source.country.upper(),
                    feeds=tuple(filter(None, map(links.safe, source.feeds))),
                )
                for source in self.reading.sources()
            ),
            user_agent=self.settings.fetch.user_agent,
        )

    def edition(self, request: Request) -> EditionSpec:
        """The edition of the address. Raises 404."""
        asked = asked_id(request, "edition")
        for edition in self.reading.editions():
            if edition.id == asked:
                return edition
        raise HTTPException(404, "There is no such edition.")

    def present(self, edition_id: str) -> Presenter:
        return Presenter(settings=self.settings, now=self.clock(), edition_id=edition_id)

    def frame(self, *, title: str, json: str = "", index: bool = False) -> Frame:
        """What stands around a page of no edition."""
        return Frame(site=self.settings.site.title, title=title, json=json, index=index)

    def edition_frame(
        self,
        edition: EditionSpec,
        *,
        title: str,
        description: str = "",
        canonical: str = "",
        feed: str = "",
        query: str = "",
        sections: tuple[Link, ...] = (),
        again: int = 0,
    ) -> Frame:
        """What stands around a page of an edition."""
        return Frame(
            site=self.settings.site.title,
            title=title,
            description=description,
            edition=edition.id,
            edition_name=edition.name,
            home=links.edition(edition.id),
            search=links.search(edition.id),
            query=query,
            sections=sections,
            canonical=canonical,
            feed=feed,
            json_feed=links.json_feed(edition.id) if feed == links.feed(edition.id) else "",
            again=again,
        )

    def _found(self, edition_id: str, reports: Sequence[Report]) -> tuple[Item, ...]:
        """Results with those copies folded whose original is among them."""
        standing = {report.id for report in reports}
        presenter = self.present(edition_id)
        return tuple(
            presenter.item(report, carriers=carriers(reports, report))
            for report in reports
            if report.copy_of not in standing
        )

    def successor(self, story_id: str) -> str:
        """The id by which a merged or split story goes now. Raises 404."""
        successor = self.reading.successor(story_id)
        if not successor:
            raise HTTPException(404, "There is no such story, or all of its articles were taken down.")
        return successor

    def _volume(self, volume: Sequence[Volume]) -> tuple[Bar, ...]:
        """A bar for each of the last days, those without articles too; none where there was nothing."""
        today = self.clock().astimezone(UTC).date()
        bars = []
        for day in (today - timedelta(days=back) for back in reversed(range(VOLUME_DAYS))):
            at = times.when(datetime.combine(day, time(), UTC), self.clock(), day_only=True)
            mine = [each for each in volume if each.day == day]
            copies = sum(each.copies for each in mine)
            bars.append(Bar(at=at, reports=sum(each.articles for each in mine) - copies, copies=copies))
        return tuple(bars) if volume else ()

    def _days(self, edition_id: str, around: date | None = None) -> tuple[Link, ...]:
        today = self.clock().astimezone(UTC).date()
        last = min(today, around + timedelta(days=3)) if around else today
        days = [last - timedelta(days=back) for back in range(DAYS_BACK)]
        return tuple(
            Link(text=times.short_day(each, today), href=links.day(edition_id, each), current=each == around)
            for each in days
        )


def _moved(request: Request, href: str) -> Response | None:
    """A redirect where the address has another slug than the present headline's."""
    suffix = ".json" if request.scope.get("newsloom.json") else ""
    if request.path_params.get("slug") == _last(href):
        return None
    return RedirectResponse(href + suffix, 301)


def _last(href: str) -> str:

    return unquote(href.rpartition("/")[2])


def _sections(named: list[str]) -> list[str]:
    counted: dict[str, int] = {}
    for name in filter(None, named):
        counted[name] = counted.get(name, 0) + 1
    return sorted(counted, key=lambda name: (-counted[name], name))


def _progress(said: Progress) -> str:
    """What goes on in an edition that has no stories yet."""
    if not said.feeds:
        return "This edition has no sources yet."
    if not said.asked:
        return f"{present.counted(said.feeds, 'feed')} will be read."
    articles = present.counted(said.articles, "article")
    return f"{said.asked:,} of {present.counted(said.feeds, 'feed')} read so far, {articles} found."


def _titled(name: str) -> str:
    return name[:1].upper() + name[1:]


def _facts(record: SourceRecord) -> tuple[str, ...]:
    source = record.source
    articles, copies = sum(each.articles for each in record.days), sum(each.copies for each in record.days)
    spoken = Counter[str]()
    for each in record.days:
        spoken[each.language or "und"] += each.articles
    shares = ", ".join(f"{language} {count / articles:.0%}" for language, count in spoken.most_common(5))
    said = (
        present.counted(articles, "article") + " in the last two weeks",
        f"{copies / articles:.0%} of them share text with another outlet’s" if articles else "",
        f"Country: {source.country.upper()}" if source.country else "",
        f"Languages: {', '.join(source.languages)}" if source.languages and len(spoken) < 2 else "",
        f"Languages of late: {shares}" if len(spoken) > 1 else "",
        f"Owner: {source.owner}" if source.owner else "",
        f"Kind: {source.kind}" if source.kind else "",
    )
    return tuple(filter(None, said))
