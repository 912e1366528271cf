"""Search: articles that hold the words, in one edition, of one source or day where asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from newsloom.store import search as index
from newsloom.store.reading import rows
from newsloom.store.reading.records import FoundRecord
from newsloom.store.tables import articles as a
from newsloom.store.tables import edition_sources

# Of the newest matches more are looked at for one source or day, which are told from others within an index.
NEWEST_NARROWED = 30_000


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
    narrowed = bool(source_id or day)
    found = index.match(words, NEWEST_NARROWED if narrowed else index.NEWEST, *((_around_day(day),) if day else ()))
    if found is None:
        return FoundRecord(reports=(), more=False)
    # Sorted inside and walked in that order, so that articles are read until the page is full and no further.
    within = [found.c.seq.in_(each) for each in _within(source_id, day)]
    ordered = sa.select(found).where(*within).order_by(found.c.rank, found.c.seq.desc())
    best = ordered.limit(2 * NEWEST_NARROWED).subquery("best")
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


def _within(source_id: str, day: date | None) -> Iterator[sa.Select[Any]]:
    """What the articles must be among, each read from an index alone."""
    if source_id:
        theirs = sa.select(a.c.seq).where(a.c.source_id == source_id)
        yield theirs.order_by(a.c.shown_at.desc()).limit(NEWEST_NARROWED)
    if day:
        yield sa.select(a.c.seq).where(*_then(day))


def _around_day(day: date) -> index.Inside:
    """Between the first and the last article of a day in order of arrival."""
    first, last = (sa.select(edge(a.c.seq)).where(*_then(day)).scalar_subquery() for edge in (sa.func.min, sa.func.max))
    return lambda seq: sa.and_(seq >= first, seq <= last)


def _then(day: date) -> tuple[sa.ColumnElement[bool], ...]:
    start = datetime.combine(day, time(), UTC)
    return a.c.shown_at >= start, a.c.shown_at < start + timedelta(days=1)
