"""Stories as their articles make them: counts, times and lead, and no story without an article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from newsloom.store.tables import articles, placements, sources, stories, story_links

_a, _s, _l = articles.c, stories.c, story_links.c


def recount(connection: sa.Connection, story_ids: Iterable[str]) -> None:
    """Count the members of these stories; those that have none go, and their places with them."""
    ids = list(story_ids)
    if not ids:
        return
    members = sa.select(sa.func.count()).where(_a.story_id == _s.id).correlate(stories).scalar_subquery()
    connection.execute(sa.update(stories).where(_s.id.in_(ids)).values(members=members))
    empty = list(connection.execute(sa.select(_s.id).where(_s.id.in_(ids), _s.members == 0)).scalars())
    if empty:
        connection.execute(sa.delete(stories).where(_s.id.in_(empty)))
        connection.execute(sa.delete(placements).where(placements.c.story_id.in_(empty)))
        connection.execute(sa.delete(story_links).where(_l.story_id.in_(empty) | _l.other_id.in_(empty)))


def restate(connection: sa.Connection, story_ids: Iterable[str]) -> None:
    """Tell these stories anew from the articles they have, as after some were taken away."""
    ids = [story_id for story_id in story_ids if story_id]
    recount(connection, ids)
    for row in connection.execute(sa.select(_s.id, _s.lead_id).where(_s.id.in_(ids))).all():
        connection.execute(sa.update(stories).where(_s.id == row.id).values(_told(connection, row.id, row.lead_id)))


def _told(connection: sa.Connection, story_id: str, lead_id: str) -> dict[str, Any]:
    owner = sa.func.coalesce(sa.func.nullif(sources.c.owner, ""), _a.source_id).label("owner")
    asked = sa.select(_a.id, _a.copy_of, _a.shown_at, _a.language, owner).where(_a.story_id == story_id)
    asked = asked.outerjoin_from(articles, sources, sources.c.id == _a.source_id).order_by(_a.shown_at, _a.id)
    rows = connection.execute(asked).all()
    originals = [row for row in rows if not row.copy_of] or rows[:1]
    return {
        "lead_id": lead_id if any(row.id == lead_id for row in rows) else originals[0].id,
        "language": Counter(row.language for row in rows).most_common(1)[0][0],
        "first_seen": rows[0].shown_at,
        "last_seen": rows[-1].shown_at,
        "reports": len({row.owner for row in originals}),
        "copies": sum(bool(row.copy_of) for row in rows),
    }
