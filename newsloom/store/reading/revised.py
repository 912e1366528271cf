"""What an article said before, as its page tells it, and word by word for the operator."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from newsloom.store.annotations import unpack_changes
from newsloom.store.reading import rows
from newsloom.store.reading.records import Revision, Revisions
from newsloom.store.tables import articles, revisions

MOST = 40
_r = revisions.c
_SHOWN = (_r.seq, _r.at, _r.origin, _r.old_headline, _r.headline, _r.old_lead, _r.lead, _r.words_in, _r.words_out)


def revisions_of(connection: sa.Connection, article_id: str) -> tuple[Revision, ...]:
    """What readers may know: that and when it changed, and the headlines."""
    asked = sa.select(*_SHOWN).where(_r.article_id == article_id).order_by(_r.seq.desc()).limit(MOST)
    return tuple(_revision(row) for row in connection.execute(asked).all()[::-1])


def worded(connection: sa.Connection, article_id: str) -> Revisions | None:
    """Everything that is kept of an article's revisions; None where there is no such article."""
    asked = sa.select(*rows.LINE).select_from(rows.ARTICLES).where(articles.c.id == article_id)
    line = connection.execute(asked).mappings().first()
    if line is None:
        return None
    found = sa.select(*_SHOWN, _r.wording).where(_r.article_id == article_id).order_by(_r.seq.desc()).limit(MOST)
    return Revisions(
        article=rows.line(line),
        made=tuple(
            _revision(row, old_lead=row.old_lead, lead=row.lead, wording=unpack_changes(row.wording))
            for row in connection.execute(found)
        ),
    )


def _revision(row: Any, **wording: Any) -> Revision:
    return Revision(
        at=row.at,
        by_page=row.origin == "page",
        old_headline=row.old_headline,
        headline=row.headline,
        lead_changed=row.old_lead != row.lead,
        words_in=row.words_in,
        words_out=row.words_out,
        **wording,
    )
