"""Search: articles that hold the words, in one edition, of one source or day where asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa

from newsloom.store import search as index
from newsloom.store.reading import rows
from newsloom.store.reading.records import FoundRecord
from newsloom.store.tables import articles as a
from newsloom.store.tables import edition_sources

# Of the newest matches more are looked at for one source or day, which are told from others within an index.
NEWEST_NARROWED = 50_000


def search(
    connection: sa.Connection,
    words: str,
    edition_id: str,
    source_id: str,
    day: date | None,
    page: int,
    size: int,
    language: str = "",
) -> FoundRecord:
    """Matching articles, those with all the words in the headline first, then the newest: one query."""
    inside = (_of_source(source_id) if source_id else None, _of_day(day) if day else None)
    narrowed = tuple(each for each in inside if each is not None)
    found = index.match(words, NEWEST_NARROWED if narrowed else index.NEWEST, *narrowed)
    if found is None:
        return FoundRecord(reports=(), more=False)
    # Sorted inside and walked in that order, so that articles are read until the page is full and no further.
    best = sa.select(found).order_by(found.c.rank, found.c.seq.desc()).limit(2 * NEWEST_NARROWED).subquery("best")
    asked = (
        sa.select(*rows.REPORT, best.c.rank)
        .select_from(best.join(rows.ARTICLES, a.c.seq == best.c.seq))
        .where(*_filters(edition_id, language))
        .limit(size + 1)
        .offset((page - 1) * size)
    )
    reports = tuple(rows.report(row) for row in connection.execute(asked).mappings())
    return FoundRecord(reports=reports[:size], more=len(reports) > size)


def in_edition(edition_id: str) -> sa.ColumnElement[bool]:
    """Articles of an edition's sources, and of sources that belong to no edition (imports)."""
    anyones = sa.select(edition_sources.c.source_id)
    return a.c.source_id.in_(anyones.where(edition_sources.c.edition_id == edition_id)) | a.c.source_id.not_in(anyones)


def _filters(edition_id: str, language: str) -> list[sa.ColumnElement[bool]]:
    filters = [in_edition(edition_id)] if edition_id else []
    return [*filters, a.c.language == language] if language else filters


def _of_source(source_id: str) -> index.Inside:
    theirs = sa.select(a.c.seq).where(a.c.source_id == source_id).order_by(a.c.shown_at.desc()).limit(NEWEST_NARROWED)
    return lambda seq: seq.in_(theirs)


def _of_day(day: date) -> index.Inside:
    start = datetime.combine(day, time(), UTC)
    then = (a.c.shown_at >= start, a.c.shown_at < start + timedelta(days=1))
    first, last = (sa.select(edge(a.c.seq)).where(*then).scalar_subquery() for edge in (sa.func.min, sa.func.max))
    return lambda seq: sa.and_(seq >= first, seq <= last, seq.in_(sa.select(a.c.seq).where(*then)))
