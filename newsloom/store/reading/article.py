"""An article's page: the article, its story, what resembles it, and the copies of all of those."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from newsloom.store.reading import rows
from newsloom.store.reading.records import ArticleRecord, ImageRecord, Line, Linked, Report
from newsloom.store.reading.revised import revisions_of
from newsloom.store.tables import articles as a
from newsloom.store.tables import similarities, stories
from newsloom.store.tables import sources as s
from newsloom.types import SURE, SimilarityKind

# Reports of one story read for an article's page; the story page has them all.
MEMBERS_READ = 60
COPIES_READ = 300

_lead = a.alias("lead_article")


def article(connection: sa.Connection, article_id: str) -> ArticleRecord | None:
    """Everything the article's page shows: five queries."""
    columns = (*rows.FULL, a.c.authors, a.c.modified, a.c.published_certainty, a.c.details, s.c.country)
    counts = (stories.c.reports, stories.c.copies, _lead.c.headline.label("story_headline"))
    joined = rows.ARTICLES.outerjoin(stories, stories.c.id == a.c.story_id).outerjoin(
        _lead, _lead.c.id == stories.c.lead_id
    )
    asked = sa.select(*columns, *counts).select_from(joined).where(a.c.id == article_id)
    row = connection.execute(asked).mappings().first()
    if row is None:
        return None
    report = rows.report(row)
    members = _members(connection, report)
    links = _links(connection, report)
    originals = {report.id, report.copy_of, *(each.report.id for each in (*members, *links))} - {""}
    return ArticleRecord(
        report=report,
        authors=tuple(row["authors"] or ()),
        image_credit=row["details"].get("image_credit", ""),
        free=row["details"].get("free"),
        modified=row["modified"],
        certainty=row["published_certainty"],
        country=row["country"] or "",
        story_reports=row["reports"] or 0,
        story_copies=row["copies"] or 0,
        story_headline=row["story_headline"] or "",
        members=members,
        links=links,
        copies=tuple(each for each in copies_of(connection, originals) if each.id != article_id),
        revisions=revisions_of(connection, article_id),
    )


def image(connection: sa.Connection, article_id: str) -> ImageRecord | None:
    """Where an article's lead image is, and what may be done with it."""
    row = connection.execute(sa.select(a.c.image, a.c.rights).where(a.c.id == article_id)).mappings().first()
    return ImageRecord(url=row["image"], rights=rows.rights(row["rights"])) if row else None


def copies_of(connection: sa.Connection, originals: Iterable[str]) -> tuple[Line, ...]:
    """Copies of any of `originals`, in order of publication."""
    asked = (
        sa.select(*rows.LINE)
        .select_from(rows.ARTICLES)
        .where(a.c.copy_of.in_(sorted(originals)))
        .order_by(a.c.shown_at, a.c.seq)
        .limit(COPIES_READ)
    )
    return tuple(rows.line(row) for row in connection.execute(asked).mappings())


def _members(connection: sa.Connection, report: Report) -> tuple[Linked, ...]:
    link = sa.and_(similarities.c.article_id == report.id, similarities.c.other_id == a.c.id)
    asked = (
        sa.select(*rows.REPORT, rows.BARE, similarities.c.score, similarities.c.evidence)
        .select_from(rows.ARTICLES.outerjoin(similarities, link))
        .where(a.c.story_id == report.story_id, a.c.story_id != "", rows.IS_ORIGINAL, a.c.id != report.id)
        .order_by(sa.func.coalesce(similarities.c.score, 0.0).desc(), a.c.shown_at.desc())
        .limit(MEMBERS_READ)
    )
    return tuple(
        Linked(
            report=rows.report(row),
            kind=_kind(report, row),
            score=row["score"],
            evidence=rows.evidence(row["evidence"]) if row["evidence"] is not None else None,
        )
        for row in connection.execute(asked).mappings()
    )


def _kind(report: Report, row: rows.Row) -> SimilarityKind:
    """What another member of the story is to a report; of two bare headlines more is asked."""
    if row["id"] == report.copy_of:
        return "copy"
    bare = row["bare"] and not report.lead and not report.passages
    unsure = bare and (row["score"] or 0.0) < SURE
    return "related" if unsure else "same"


def _links(connection: sa.Connection, report: Report) -> tuple[Linked, ...]:
    # The kind that was written may be out of date: stories merge and split, copies get another original.
    joined = similarities.join(a, a.c.id == similarities.c.other_id).outerjoin(s, s.c.id == a.c.source_id)
    elsewhere = sa.or_(a.c.story_id != report.story_id, a.c.story_id == "")
    asked = (
        sa.select(*rows.REPORT, similarities.c.score, similarities.c.evidence)
        .select_from(joined)
        .where(similarities.c.article_id == report.id, elsewhere)
        .order_by(similarities.c.score.desc())
        .limit(MEMBERS_READ)
    )
    family = report.copy_of or report.id
    return tuple(
        Linked(
            report=rows.report(row),
            kind="copy" if (row["copy_of"] or row["id"]) == family else "related",
            score=row["score"],
            evidence=rows.evidence(row["evidence"]),
        )
        for row in connection.execute(asked).mappings()
    )
