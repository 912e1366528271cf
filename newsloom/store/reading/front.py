"""Editions, their front pages, and the days that have passed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter

import sqlalchemy as sa

from newsloom.store.protocol import FORGOTTEN
from newsloom.store.reading import rows
from newsloom.store.reading.find import in_edition
from newsloom.store.reading.records import DayRecord, EditionLine, FrontRecord, Line, Stamp, StoryLine
from newsloom.store.tables import articles as a
from newsloom.store.tables import edition_sources, editions, meta, placements, stories
from newsloom.store.tables import sources as s
from newsloom.types import EditionSpec

# Newest reports read of one story; mostly enough that four owners are left after folding.
OTHERS_READ = 8
OTHERS_SHOWN = 4

_placed = (
    placements.join(stories, stories.c.id == placements.c.story_id)
    .outerjoin(a, a.c.id == stories.c.lead_id)
    .outerjoin(s, s.c.id == a.c.source_id)
)


def list_editions(connection: sa.Connection) -> tuple[EditionSpec, ...]:
    """Every edition in its order."""
    found = connection.execute(sa.select(editions).order_by(editions.c.position, editions.c.id))
    return tuple(rows.edition(row) for row in found.mappings())


def choice(connection: sa.Connection) -> tuple[EditionLine, ...]:
    """Every edition with the number of its sources and its top story: three queries."""
    counted = sa.select(edition_sources.c.edition_id, sa.func.count()).group_by(edition_sources.c.edition_id)
    sources = {row[0]: row[1] for row in connection.execute(counted)}
    first = sa.select(placements.c.edition_id, placements.c.section.label("placed_in"), *rows.STORY, *rows.FULL)
    # The first place of each edition by the key of places, not all places for the first ones.
    each = sa.and_(placements.c.edition_id.in_(sa.select(editions.c.id)), placements.c.rank == 1)
    found = connection.execute(first.select_from(_placed).where(each)).mappings()
    tops = {row["edition_id"]: rows.story(row, rank=1, section=row["placed_in"]) for row in found}
    every = connection.execute(sa.select(editions).order_by(editions.c.position, editions.c.id)).mappings()
    return tuple(
        EditionLine(
            edition=rows.edition(row),
            ranked=row["ranked"],
            sources=sources.get(row["id"], 0),
            top=tops.get(row["id"]),
        )
        for row in every
    )


def front(connection: sa.Connection, edition_id: str) -> FrontRecord | None:
    """The ranked stories of an edition: three queries."""
    known = connection.execute(sa.select(editions).where(editions.c.id == edition_id)).mappings().first()
    if known is None:
        return None
    asked = (
        sa.select(
            placements.c.rank,
            placements.c.section.label("placed_in"),
            placements.c.reasons,
            *rows.STORY,
            *rows.FULL,
        )
        .select_from(_placed)
        .where(placements.c.edition_id == edition_id)
        .order_by(placements.c.rank)
    )
    found = [
        rows.story(row, rank=row["rank"], section=row["placed_in"], reasons=row["reasons"] or {})
        for row in connection.execute(asked).mappings().all()
    ]
    return FrontRecord(
        edition=rows.edition(known), ranked=known["ranked"], stories=_with_others(connection, tuple(found))
    )


def stamp(connection: sa.Connection, edition_id: str) -> Stamp:
    """Two values, each by its key: one query."""
    asked = sa.select(
        sa.select(editions.c.ranked).where(editions.c.id == edition_id).scalar_subquery(),
        sa.select(meta.c.value).where(meta.c.key == FORGOTTEN).scalar_subquery(),
    )
    ranked, forgotten = connection.execute(asked).one()
    return Stamp(ranked=ranked, forgotten=forgotten or "")


def day(connection: sa.Connection, edition_id: str, asked: date, page: int, size: int) -> DayRecord:
    """Stories of an edition's sources whose last report came on that day: two queries."""
    start = datetime.combine(asked, time(), UTC)
    statement = (
        sa.select(*rows.STORY, *rows.REPORT)
        .select_from(stories.join(a, a.c.id == stories.c.lead_id).outerjoin(s, s.c.id == a.c.source_id))
        .where(stories.c.last_seen >= start, stories.c.last_seen < start + timedelta(days=1), in_edition(edition_id))
        .order_by(stories.c.last_seen.desc())
        .limit(size + 1)
        .offset((page - 1) * size)
    )
    found = tuple(rows.story(row, section=row["section"]) for row in connection.execute(statement).mappings())
    return DayRecord(day=asked, stories=_with_others(connection, found[:size]), more=len(found) > size)


def _with_others(connection: sa.Connection, found: Sequence[StoryLine]) -> tuple[StoryLine, ...]:
    newest = _newest(connection, [each.id for each in found])
    return tuple(dataclasses.replace(each, others=_others(each, newest.get(each.id, []))) for each in found)


def _others(story: StoryLine, newest: Sequence[rows.Row]) -> tuple[Line, ...]:
    """The newest reports of others than the lead's owner, one an owner."""
    taken = {story.lead.voice} if story.lead else set()
    kept: list[Line] = []
    for row in newest:
        # Told from the row: of the many that are read only a few become records.
        voice = rows.voice(row)
        if voice not in taken and len(kept) < OTHERS_SHOWN:
            taken.add(voice)
            kept.append(rows.line(row))
    return tuple(kept)


def _newest(connection: sa.Connection, story_ids: list[str]) -> dict[str, list[rows.Row]]:
    # The newest of each story by its index: what a story of hundreds costs must not depend on its size.
    inner = a.alias("inner_article")
    newest = (
        sa.select(inner.c.seq)
        .where(inner.c.story_id == stories.c.id, sa.func.length(inner.c.copy_of) == 0)
        .order_by(inner.c.shown_at.desc())
        .limit(OTHERS_READ)
        .correlate(stories)
    )
    statement = (
        sa.select(*rows.LINE)
        .select_from(stories.join(a, a.c.seq.in_(newest)).outerjoin(s, s.c.id == a.c.source_id))
        .where(stories.c.id.in_(story_ids))
    )
    found: dict[str, list[rows.Row]] = {}
    for row in connection.execute(statement).mappings().all():
        found.setdefault(row["story_id"], []).append(row)
    return {id: sorted(each, key=itemgetter("shown_at"), reverse=True) for id, each in found.items()}
