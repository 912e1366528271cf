"""Passages weighed again once others report the same: which stories wait for it, and what came of it.

An article is weighed anew when the reports of its story have doubled since the last time, so that however large a story
grows, each costs a handful of turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from newsloom.store import search
from newsloom.store.arrivals import source_names
from newsloom.store.base import Base
from newsloom.store.protocol import Quoted, ToQuote
from newsloom.store.rows import annotated_of, annotated_query, passage_values, search_row
from newsloom.store.tables import TO_QUOTE, articles, stories, texts
from newsloom.types import AnnotatedArticle

VOICES = 16  # reports that are asked what they state
DUE = 40  # articles of one story weighed in one turn
_a, _s = articles.c, stories.c
_waits = sa.text(TO_QUOTE)


class Quotes(Base):
    """Stories whose passages wait to be weighed again."""

    def to_quote(self, limit: int, *, version: int) -> list[ToQuote]:
        asked = sa.select(_s.id, _s.reports).where(_waits).order_by(_s.updated.desc()).limit(limit)
        with self._read() as connection:
            return [
                ToQuote(
                    story_id=row.id,
                    reports=row.reports,
                    due=tuple(_due(connection, row.id, row.reports, version)),
                    voices=tuple(_voices(connection, row.id)),
                )
                for row in connection.execute(asked).all()
            ]

    def save_quotes(self, told: ToQuote, quoted: Sequence[Quoted], now: datetime, *, version: int) -> None:
        with self._write() as connection:
            outlets = source_names(connection, {each.article.article.source_id for each in quoted})
            found = []
            for each in _unchanged(connection, told.story_id, quoted):
                article = each.article
                new = {"passages": passage_values(each.passages), "quoted": told.reports, "quote_version": version}
                connection.execute(sa.update(articles).where(_a.seq == article.seq).values(new))
                outlet = outlets.get(article.article.source_id, "")
                found.append(search_row(article.seq, article.article, each.annotations, outlet))
            search.put(connection, found)
            if len(told.due) < DUE:
                done = sa.update(stories).where(_s.id == told.story_id, _s.reports == told.reports)
                connection.execute(done.values(quoted=told.reports))


def _unchanged(connection: sa.Connection, story_id: str, quoted: Sequence[Quoted]) -> list[Quoted]:
    """Those that still are of the story, and still have the passages that were weighed: none was read meanwhile."""
    asked = sa.select(_a.seq, _a.passages).where(_a.seq.in_([q.article.seq for q in quoted]), _a.story_id == story_id)
    now = dict(connection.execute(asked).all())
    return [q for q in quoted if now.get(q.article.seq) == passage_values(q.article.annotations.passages)]


def unquote(connection: sa.Connection, seqs: Sequence[int]) -> None:
    """Let the stories of these articles be weighed again: they say something else now."""
    those = sa.select(_a.story_id).where(_a.seq.in_(list(seqs)), _a.story_id != "")
    connection.execute(sa.update(stories).where(_s.id.in_(those), _s.quoted > 0).values(quoted=0))


def _due(connection: sa.Connection, story_id: str, reports: int, version: int) -> list[AnnotatedArticle]:
    ripe = (_a.quoted * 2 <= reports) | (_a.quote_version != version)
    asked = annotated_query(with_text=True).where(_a.story_id == story_id, _a.copy_of == "", ripe)
    asked = asked.where(texts.c.body.is_not(None))
    return [annotated_of(row) for row in connection.execute(asked.order_by(_a.shown_at).limit(DUE)).mappings()]


def _voices(connection: sa.Connection, story_id: str) -> list[AnnotatedArticle]:
    """The first report of each owner, at most as many as are asked."""
    asked = annotated_query(with_text=False).where(_a.story_id == story_id, _a.copy_of == "")
    voices: dict[str, AnnotatedArticle] = {}
    for row in connection.execute(asked.order_by(_a.shown_at).limit(4 * VOICES)).mappings():
        voices.setdefault(row["owner"], annotated_of(row))
        if len(voices) == VOICES:
            break
    return list(voices.values())
