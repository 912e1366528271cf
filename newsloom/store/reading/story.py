"""A story's page: its separately written reports in order of publication, their copies, and what ties them."""

from __future__ import annotations

import sqlalchemy as sa

from newsloom.store.reading import rows
from newsloom.store.reading.article import copies_of
from newsloom.store.reading.records import Elsewhere, StoryRecord
from newsloom.store.tables import articles as a
from newsloom.store.tables import credited, similarities, stories, story_links, story_redirects
from newsloom.store.tables import sources as s
from newsloom.types import Evidence

MEMBERS_READ = 200

_whole = stories.alias("whole")
_moved = (
    sa.select(story_redirects.c.story_id)
    .where(story_redirects.c.old_id == stories.c.split_from)
    .correlate(stories)
    .scalar_subquery()
)
# How many stories became part of it, and the one that it was part of: as that is called now, where it still is another.
_LINEAGE = (
    sa.select(sa.func.count())
    .where(story_redirects.c.story_id == stories.c.id)
    .correlate(stories)
    .scalar_subquery()
    .label("merged"),
    sa.select(_whole.c.id)
    .where(_whole.c.id == sa.func.coalesce(_moved, stories.c.split_from), _whole.c.id != stories.c.id)
    .correlate(stories)
    .scalar_subquery()
    .label("split_from"),
)


def story(connection: sa.Connection, story_id: str) -> StoryRecord | None:
    """Everything the story's page shows: seven queries."""
    led = stories.outerjoin(a, a.c.id == stories.c.lead_id).outerjoin(s, s.c.id == a.c.source_id)
    asked = sa.select(*rows.STORY, *rows.FULL, *_LINEAGE).select_from(led).where(stories.c.id == story_id)
    row = connection.execute(asked).mappings().first()
    if row is None:
        return None
    inside = (a.c.story_id == story_id, rows.IS_ORIGINAL)
    members = tuple(
        rows.report(each)
        for each in connection.execute(
            sa.select(*rows.FULL)
            .select_from(rows.ARTICLES)
            .where(*inside)
            .order_by(a.c.shown_at, a.c.seq)
            .limit(MEMBERS_READ)
        ).mappings()
    )
    ids = [each.id for each in members]
    return StoryRecord(
        story=rows.story(row),
        members=members,
        copies=copies_of(connection, ids),
        why=_why(connection, ids),
        elsewhere=_elsewhere(connection, story_id),
        credits=_credits(connection, ids),
        merged=row["merged"],
        split_from=row["split_from"] or "",
        total=connection.execute(sa.select(sa.func.count()).select_from(a).where(*inside)).scalar_one(),
    )


def successor(connection: sa.Connection, story_id: str) -> str:
    """The id that a merged or split story goes by now, "" where it has none."""
    asked = sa.select(story_redirects.c.story_id).where(story_redirects.c.old_id == story_id)
    return str(connection.execute(asked).scalar() or "")


def _elsewhere(connection: sa.Connection, story_id: str) -> tuple[Elsewhere, ...]:
    """Stories of other languages on the same event, surest first; without those whose lead was taken down."""
    other = story_links.join(stories, stories.c.id == story_links.c.other_id)
    other = other.join(a, a.c.id == stories.c.lead_id).outerjoin(s, s.c.id == a.c.source_id)
    asked = sa.select(*rows.STORY, *rows.FULL, story_links.c.score, story_links.c.evidence).select_from(other)
    asked = asked.where(story_links.c.story_id == story_id).order_by(story_links.c.score.desc(), stories.c.id)
    return tuple(
        Elsewhere(story=rows.story(row), score=row["score"], evidence=rows.evidence(row["evidence"]))
        for row in connection.execute(asked).mappings()
    )


def _credits(connection: sa.Connection, ids: list[str]) -> dict[str, str]:
    asked = sa.select(credited.c.article_id, credited.c.agency).where(credited.c.article_id.in_(ids))
    return {row.article_id: row.agency for row in connection.execute(asked)}


def _why(connection: sa.Connection, ids: list[str]) -> dict[str, tuple[str, Evidence]]:
    # Not by the key: an article has twenty links at most, and a long story would be probed for each pair.
    other = similarities.c.other_id.concat("")
    nth = sa.func.row_number().over(partition_by=similarities.c.article_id, order_by=similarities.c.score.desc())
    ranked = (
        sa.select(similarities, nth.label("nth")).where(similarities.c.article_id.in_(ids), other.in_(ids)).subquery()
    )
    asked = sa.select(ranked.c.article_id, ranked.c.other_id, ranked.c.evidence).where(ranked.c.nth == 1)
    return {
        row["article_id"]: (row["other_id"], rows.evidence(row["evidence"]))
        for row in connection.execute(asked).mappings()
    }
