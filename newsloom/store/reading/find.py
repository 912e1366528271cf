"""Search: articles that hold the words, in one edition, of one source or day where asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa

from newsloom.store import search as index
from newsloom.store.reading import rows
from newsloom.store.reading.records import FoundRecord
from newsloom.store.tables import articles as a
from newsloom.store.tables import edition_sources

# A common word is in a great part of all articles: only the newest matches are ranked.
RANKED = 3_000
RANKED_FILTERED = 20_000


def search(
    connection: sa.Connection, words: str, edition_id: str, source_id: str, day: date | None, page: int, size: int
) -> FoundRecord:
    """Matching articles, best first: one query."""
    found = index.match(words)
    if found is None:
        return FoundRecord(reports=(), more=False)
    most = RANKED_FILTERED if source_id or day else RANKED
    newest = sa.select(found.c.seq, found.c.rank).order_by(found.c.seq.desc()).limit(most).subquery("newest")
    # Sorted inside and walked in that order, so that articles are read until the page is full and no further.
    best = sa.select(newest).order_by(newest.c.rank, newest.c.seq.desc()).limit(most).subquery("best")
    asked = (
        sa.select(*rows.REPORT, best.c.rank)
        .select_from(best.join(rows.ARTICLES, a.c.seq == best.c.seq))
        .where(*_filters(edition_id, source_id, day))
        .limit(size + 1)
        .offset((page - 1) * size)
    )
    ranked = sorted(connection.execute(asked).mappings(), key=lambda row: row["rank"])
    reports = tuple(rows.report(row) for row in ranked[:size])
    return FoundRecord(reports=reports, more=len(ranked) > size)


def in_edition(edition_id: str) -> sa.ColumnElement[bool]:
    """Articles of an edition's sources, and of sources that belong to no edition (imports)."""
    anyones = sa.select(edition_sources.c.source_id)
    return a.c.source_id.in_(anyones.where(edition_sources.c.edition_id == edition_id)) | a.c.source_id.not_in(anyones)


def _filters(edition_id: str, source_id: str, day: date | None) -> list[sa.ColumnElement[bool]]:
    filters = [in_edition(edition_id)] if edition_id else []
    if source_id:
        filters.append(a.c.source_id == source_id)
    if day:
        start = datetime.combine(day, time(), UTC)
        filters += [a.c.shown_at >= start, a.c.shown_at < start + timedelta(days=1)]
    return filters
