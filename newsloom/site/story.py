"""A story page's context: its reports in order of publication, one block an owner."""

from __future__ import annotations

import dataclasses
from collections import Counter

from newsloom.site import links
from newsloom.site.agreement import agreed
from newsloom.site.contexts import Item, Link, StoryPage, Why
from newsloom.site.frames import Frames
from newsloom.site.present import Presenter
from newsloom.site.timeline import timeline
from newsloom.store.reading.fold import by_voice, carriers
from newsloom.store.reading.records import Report, StoryRecord
from newsloom.types import EditionSpec


def story_page(presenter: Presenter, edition: EditionSpec, record: StoryRecord, frames: Frames) -> StoryPage:
    """What the story's page says. Needs at least one member."""
    lead = _lead(record)
    story = presenter.story(record.story, lead)
    items = tuple(_block(presenter, record, *block) for block in by_voice(record.members, lambda report: report))
    return StoryPage(
        frame=frames.of(
            edition,
            f"{story.lead.headline} – {presenter.say.edition(edition.name, edition.country)}",
            description=story.lead.lead,
            feed=links.story_feed(edition.id, story.id),
        ),
        story=story,
        agreed=agreed(items, (*story.lead.passages, story.lead.lead)),
        items=items,
        counts=presenter.counts(story.reports, story.copies),
        timeline=timeline((*record.members, *record.copies), presenter.outlet, presenter.when, presenter.say),
        more=max(0, record.total - len(record.members)),
        credits=_credits(presenter, record),
        merged=presenter.say.count(
            "%(count)s other story became part of it", "%(count)s other stories became part of it", record.merged
        )
        if record.merged
        else "",
        split_from=links.story(edition.id, record.split_from, "") if record.split_from else "",
        elsewhere=tuple(
            presenter.item(each.story.lead, why=presenter.why(each.evidence, score=each.score))
            for each in record.elsewhere
            if each.story.lead is not None
        ),
    )


def _credits(presenter: Presenter, record: StoryRecord) -> tuple[str, ...]:
    """How many of the separately written reports credit which agency, most credited first."""
    return tuple(
        presenter.say.count("%(count)s credits %(agency)s", "%(count)s credit %(agency)s", n, agency=agency)
        for agency, n in Counter(record.credits.values()).most_common()
    )


def _lead(record: StoryRecord) -> Report:
    return record.story.lead or record.members[0]


def _block(presenter: Presenter, record: StoryRecord, first: Report, later: tuple[Report, ...]) -> Item:
    item = presenter.item(first, carriers=carriers(record.copies, first), why=_why(presenter, record, first))
    return dataclasses.replace(
        item, later=tuple(Link(text=presenter.headline(each), href=presenter.href(each)) for each in later)
    )


def _why(presenter: Presenter, record: StoryRecord, report: Report) -> Why | None:
    if report.id not in record.why:
        note = presenter.say.say("No pair of reports was kept as evidence for this one.")
        return Why(note=note) if len(record.members) > 1 else None
    other_id, evidence = record.why[report.id]
    beside = next((presenter.outlet_name(each) for each in record.members if each.id == other_id), "")
    return presenter.why(evidence, beside=beside)
