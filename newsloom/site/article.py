"""The reference page's context: the article, the edition's line, Similar News."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from newsloom.site import links
from newsloom.site.changed import change_lines
from newsloom.site.contexts import ArticlePage, Item, Link
from newsloom.site.frames import Frames
from newsloom.site.present import Presenter
from newsloom.store.reading.fold import carriers, one_a_voice
from newsloom.store.reading.records import ArticleRecord, Line, Linked
from newsloom.types import EditionSpec

SIMILAR_SHOWN = 12
RELATED_SHOWN = 6


def article_page(presenter: Presenter, edition: EditionSpec, record: ArticleRecord, frames: Frames) -> ArticlePage:
    """What the article's page says."""
    report, say = record.report, presenter.say
    similar, related = _beside(record)
    item = presenter.item(report, carriers=carriers(record.copies, report))
    shared = report.story_id and record.story_reports > 1
    story = links.story(edition.id, report.story_id, record.story_headline) if shared else ""
    return ArticlePage(
        frame=frames.of(
            edition,
            f"{item.headline} – {item.outlet.text}",
            description=item.lead,
            canonical=links.safe(report.url),
            feed=links.story_feed(edition.id, report.story_id) if report.story_id else "",
        ),
        article=_credited(_dated(item, record, presenter), record.image_credit),
        authors=record.authors,
        modified=presenter.when(record.modified) if record.modified and _later(record) else None,
        edition_line=say.say(
            "%(edition)s Latest News, %(edition)s Headlines", edition=say.edition(edition.name, edition.country)
        ),
        similar=tuple(presenter.linked(each, carriers(record.copies, each.report)) for each in similar),
        related=tuple(presenter.linked(each, carriers(record.copies, each.report)) for each in related),
        story=Link(text=say.say("All reports of this story"), href=story)
        if record.story_reports > 1 and story
        else None,
        counts=presenter.counts(record.story_reports, record.story_copies) if record.story_reports else "",
        changes=change_lines(presenter, record.revisions),
        free=record.free,
    )


def _beside(record: ArticleRecord) -> tuple[tuple[Linked, ...], tuple[Linked, ...]]:
    """Other outlets' reports: those of the present story and the same event first, the merely related apart."""
    standing = {record.report.id, *(each.report.id for each in (*record.members, *record.links))}
    beside = [*record.members, *(each for each in record.links if each.report.copy_of not in standing)]
    # The merely related come last, so that an owner's report of the event itself is the one that is kept.
    beside.sort(key=lambda each: each.kind == "related")
    kept = one_a_voice(beside, _line, taken=[record.report.voice])
    related = tuple(each for each in kept if each.kind == "related")
    return kept[: len(kept) - len(related)][:SIMILAR_SHOWN], related[:RELATED_SHOWN]


def _line(linked: Linked) -> Line:
    return linked.report


def _dated(item: Item, record: ArticleRecord, presenter: Presenter) -> Item:
    when = presenter.when(record.report.shown_at, day_only=record.certainty == "day", dated=record.report.dated)
    return dataclasses.replace(item, when=when)


def _credited(item: Item, credit: str) -> Item:
    image = dataclasses.replace(item.image, credit=credit) if item.image else None
    return dataclasses.replace(item, image=image)


def _later(record: ArticleRecord) -> bool:
    return record.modified is not None and record.modified - record.report.shown_at > timedelta(minutes=1)
