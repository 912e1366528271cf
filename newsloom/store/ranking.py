"""Editions: the stories they choose from, and the places given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa

from newsloom.store.base import Base
from newsloom.store.tables import articles, edition_sources, editions, placements, sources, stories
from newsloom.types import Placement, ReportForRank, Story, StoryForRank

_a, _s = articles.c, stories.c
_STORY = ("founded_by", "lead_id", "language", "first_seen", "last_seen", "reports", "copies", "split_from")
_REPORT = ("source_id", "section", "shown_at", "origin")


class Ranking(Base):
    """What ranking reads and writes."""

    def stories_for_rank(self, edition_id: str, since: datetime) -> list[StoryForRank]:
        here = edition_sources.c.edition_id == edition_id
        owner = sa.func.coalesce(sa.func.nullif(sources.c.owner, ""), _a.source_id).label("owner")
        asked = (
            sa.select(
                *(_s[name] for name in _STORY),
                *(_a[name] for name in _REPORT),
                _a.story_id,
                _a.id.label("article_id"),
                (_a.copy_of != "").label("is_copy"),
                owner,
                sa.func.coalesce(sources.c.kind, "").label("kind"),
            )
            .select_from(stories)
            # By no index on the story's id, so that SQLite begins with the new stories, not with all articles.
            .join(articles, _a.story_id == _s.id.concat(""))
            .join(edition_sources, (edition_sources.c.source_id == _a.source_id) & here)
            .outerjoin(sources, sources.c.id == _a.source_id)
            .where(_s.last_seen > since)
            .order_by(_a.story_id, _a.shown_at, _a.id)
        )
        with self._read() as connection:
            rows = connection.execute(asked).mappings().all()
        return [_for_rank(story_id, list(found)) for story_id, found in groupby(rows, lambda row: str(row["story_id"]))]

    def save_edition(self, edition_id: str, placed: Sequence[Placement], now: datetime) -> None:
        rows = [
            {
                "edition_id": edition_id,
                "rank": p.rank,
                "story_id": p.story_id,
                "score": p.score,
                "section": p.section,
                "reasons": dict(p.reasons),
            }
            for p in placed
        ]
        with self._write() as connection:
            connection.execute(sa.delete(placements).where(placements.c.edition_id == edition_id))
            if rows:
                connection.execute(sa.insert(placements), rows)
            connection.execute(sa.update(editions).where(editions.c.id == edition_id).values(ranked=now))


def _for_rank(story_id: str, rows: Sequence[sa.RowMapping]) -> StoryForRank:
    said = {name: rows[0][name] for name in _STORY}
    reports = tuple(
        ReportForRank(
            article_id=row["article_id"],
            owner=row["owner"],
            kind=row["kind"],
            is_copy=bool(row["is_copy"]),
            **{name: row[name] for name in _REPORT},
        )
        for row in rows
    )
    members = tuple(report.article_id for report in reports)
    return StoryForRank(story=Story(id=story_id, members=members, **said), reports=reports)
