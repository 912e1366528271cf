"""The pages that list stories: the choice of editions, front pages with their sections, days past."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from newsloom.site import links, times
from newsloom.site.contexts import ChoicePage, DayPage, EditionChoice, FrontPage, Link, Paging
from newsloom.site.frames import Frames
from newsloom.site.present import Presenter
from newsloom.site.words import Words
from newsloom.store.reading.records import DayRecord, EditionLine, FrontRecord, Progress, StoryLine
from newsloom.types import EditionSpec

DAYS_BACK = 7
SECTIONS_SHOWN = 8
# How soon a front page without stories looks again.
AGAIN_S = 15

Waits = Literal["", "sources", "round", "collector"]


def choice_page(presenters: Sequence[Presenter], lines: Sequence[EditionLine], frames: Frames) -> ChoicePage:
    """`/`: the editions, each with its top story; a presenter each."""
    return ChoicePage(
        frame=frames.bare(frames.site, json="/index.json", feed="/feed.atom", index=True),
        editions=tuple(_choice(*each) for each in zip(presenters, lines, strict=True)),
    )


def _choice(presenter: Presenter, line: EditionLine) -> EditionChoice:
    edition = line.edition
    return EditionChoice(
        name=presenter.say.edition(edition.name, edition.country),
        href=links.edition(edition.id),
        language=presenter.say.language(edition.language) if edition.language else "",
        sources=line.sources,
        updated=presenter.when(line.ranked) if line.ranked else None,
        top=next(iter(presenter.stories([line.top] if line.top else [])), None),
    )


def section_of(record: FrontRecord, asked: str) -> str | None:
    """The section whose address is `asked`; "" for the whole front page, None where there is none."""
    if not asked:
        return ""
    return next((name for name in _sections(record.stories) if links.slug(name) == asked), None)


def front_page(
    presenter: Presenter,
    frames: Frames,
    record: FrontRecord,
    section: str,
    *,
    refreshed: datetime | None,
    interval_s: int,
    progress: Progress | None,
) -> FrontPage:
    """A front page or one of its sections. `progress`: of an edition without stories; `interval_s` 0: none collects."""
    say, edition = presenter.say, record.edition
    name, names = say.edition(edition.name, edition.country), _sections(record.stories)
    shown = [story for story in record.stories if not section or story.section == section]
    stories = presenter.stories(shown)
    waits_for = _waits_for(progress, collects=bool(interval_s)) if progress else ""
    updated = max(filter(None, (record.ranked, refreshed)), default=None)
    return FrontPage(
        frame=frames.of(
            edition,
            f"{titled(section)} – {name}" if section else name,
            description=say.say("%(edition)s: each story once, with who else reports it.", edition=name),
            sections=_section_links(edition.id, _bar(names, section), section),
            feed=links.section_feed(edition.id, section) if section else links.feed(edition.id),
            again=AGAIN_S if waits_for == "round" else 0,
        ),
        section=titled(section),
        top=stories[0] if stories else None,
        stories=stories[1:],
        updated=presenter.when(updated) if updated else None,
        refreshes=times.ahead(interval_s, say) if interval_s else "",
        waits_for=waits_for,
        progress=_progress(progress, say) if progress else "",
        days=days(presenter),
        sections=_section_links(edition.id, names[SECTIONS_SHOWN:], section),
    )


def day_page(presenter: Presenter, frames: Frames, edition: EditionSpec, record: DayRecord, page: int) -> DayPage:
    """`/{edition}/day/{date}`: older news."""
    asked, say = record.day, presenter.say
    said = times.long_day(asked, say)
    return DayPage(
        frame=frames.of(
            edition,
            f"{said} – {say.edition(edition.name, edition.country)}",
            feed=links.day_feed(edition.id, asked),
        ),
        day=said,
        date=asked.isoformat(),
        stories=presenter.stories(record.stories),
        paging=Paging(
            newer=links.day(edition.id, asked, page - 1) if page > 1 else "",
            older=links.day(edition.id, asked, page + 1) if record.more else "",
        ),
        days=days(presenter, around=asked),
    )


def days(presenter: Presenter, around: date | None = None) -> tuple[Link, ...]:
    """Links to a week of days, up to today or around one of them."""
    today = presenter.now.astimezone(UTC).date()
    last = min(today, around + timedelta(days=3)) if around else today
    return tuple(
        Link(
            text=times.short_day(each, today, presenter.say),
            href=links.day(presenter.edition_id, each),
            current=each == around,
        )
        for each in (last - timedelta(days=back) for back in range(DAYS_BACK))
    )


def titled(name: str) -> str:
    """A section's name with a capital."""
    return name[:1].upper() + name[1:]


def _section_links(edition_id: str, names: Iterable[str], current: str) -> tuple[Link, ...]:
    return tuple(
        Link(text=titled(each), href=links.section(edition_id, each), current=each == current) for each in names
    )


def _bar(names: Sequence[str], current: str) -> tuple[str, ...]:
    """The largest sections, and the one that is looked at."""
    shown = tuple(names[:SECTIONS_SHOWN])
    return (*shown, current) if current and current not in shown else shown


def _sections(stories: Iterable[StoryLine]) -> list[str]:
    counted = Counter(story.section for story in stories if story.section)
    return sorted(counted, key=lambda name: (-counted[name], name))


def _waits_for(progress: Progress, *, collects: bool) -> Waits:
    if not progress.feeds:
        return "sources"
    return "round" if collects else "collector"


def _progress(said: Progress, say: Words) -> str:
    """What goes on in an edition that has no stories yet."""
    if not said.feeds:
        return say.say("This edition has no sources yet.")
    if not said.asked:
        return say.count("%(count)s feed will be read.", "%(count)s feeds will be read.", said.feeds)
    return " ".join(
        (
            say.count(
                "%(asked)s of %(count)s feed read so far.",
                "%(asked)s of %(count)s feeds read so far.",
                said.feeds,
                asked=say.number(said.asked),
            ),
            say.count("%(count)s article found.", "%(count)s articles found.", said.articles),
        )
    )
