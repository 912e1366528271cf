"""What the operator sees of corrections: those that were made, and the stories that one may be merged with."""

from __future__ import annotations

import sqlalchemy as sa

from newsloom.store.reading.records import Corrected, Neighbour
from newsloom.store.tables import articles, corrected, corrections, similarities, stories

_a, _c, _s, _m = articles.c, corrections.c, stories.c, corrected.c
SHOWN = 50
NEIGHBOURS = 8
# The newest members that are asked for what they resemble.
MEMBERS = 100


def made(connection: sa.Connection, story_id: str = "") -> tuple[Corrected, ...]:
    """Corrections, newest first, of all stories or of what is in one now: one query."""
    named = articles.join(corrected, _m.article_id == _a.id)
    taken = sa.select(_a.headline).select_from(named).where(_m.correction == _c.seq, _m.side == 1)
    counted = sa.select(sa.func.count()).select_from(corrected).where(_m.correction == _c.seq, _m.side == 1)
    asked = sa.select(
        corrections,
        taken.order_by(_a.shown_at).limit(1).scalar_subquery().label("headline"),
        counted.scalar_subquery().label("articles"),
    )
    if story_id:
        spoken = sa.select(_m.correction).join(articles, _m.article_id == _a.id).where(_a.story_id == story_id)
        asked = asked.where(_c.seq.in_(spoken))
    return tuple(
        Corrected(
            seq=row["seq"],
            kind=row["kind"],
            at=row["at"],
            story_id=row["story_id"],
            headline=row["headline"] or "",
            articles=row["articles"],
            applied=row["applied"],
            withdrawn=row["withdrawn"],
        )
        for row in connection.execute(asked.order_by(_c.seq.desc()).limit(SHOWN)).mappings()
    )


def neighbours(connection: sa.Connection, story_id: str) -> tuple[Neighbour, ...]:
    """Other stories with articles like this one's, most alike first: one query."""
    mine = sa.select(_a.id).where(_a.story_id == story_id).order_by(_a.shown_at.desc()).limit(MEMBERS)
    other, lead = articles.alias("other"), articles.alias("lead")
    near = (
        sa.select(other.c.story_id, sa.func.max(similarities.c.score).label("score"))
        .select_from(similarities.join(other, other.c.id == similarities.c.other_id))
        .where(similarities.c.article_id.in_(mine), other.c.story_id.not_in(("", story_id)))
        .group_by(other.c.story_id)
        .order_by(sa.func.max(similarities.c.score).desc())
        .limit(NEIGHBOURS)
        .subquery("near")
    )
    asked = (
        sa.select(_s.id, _s.reports, lead.c.headline)
        .select_from(near.join(stories, _s.id == near.c.story_id).join(lead, lead.c.id == _s.lead_id))
        .order_by(near.c.score.desc())
    )
    return tuple(
        Neighbour(story_id=row["id"], headline=row["headline"], reports=row["reports"])
        for row in connection.execute(asked).mappings()
    )
