"""What an article said before: rows of revisions, from its feed or its page, few and small for each article.

The headlines stay as long as the article. The wording of a text's changes goes with the text: when its time is over,
when the outlet takes the page back, or reserves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from newsloom.store.annotations import pack_changes, unpack_text
from newsloom.store.protocol import ReadResult
from newsloom.store.tables import articles, revisions, texts
from newsloom.wording import Change, changes, counted

MOST_REVISIONS = 20
_r = revisions.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """Other words for an article than those that we had."""

    article_id: str
    origin: Literal["feed", "page"]
    old_headline: str
    headline: str
    old_lead: str
    lead: str
    text: tuple[Change, ...] = ()

    def row(self, at: datetime) -> dict[str, Any]:
        """The row as it is kept."""
        came, went = counted(self.text)
        return {
            "article_id": self.article_id, "at": at, "origin": self.origin,
            "old_headline": self.old_headline, "headline": self.headline,
            "old_lead": self.old_lead, "lead": self.lead, "words_in": came, "words_out": went,
            "wording": pack_changes(self.text) if self.text else None,
        }  # fmt: skip


def add_revisions(connection: sa.Connection, revised: Sequence[Revised], now: datetime) -> dict[str, int]:
    """Keep them, of each article the newest; how many each has had, up to one more than are kept."""
    if not revised:
        return {}
    connection.execute(sa.insert(revisions), [each.row(now) for each in revised])
    ids = {each.article_id for each in revised}
    asked = sa.select(_r.article_id, sa.func.count()).where(_r.article_id.in_(ids)).group_by(_r.article_id)
    counts: dict[str, int] = dict(connection.execute(asked).all())
    for article_id in (each for each, count in counts.items() if count > MOST_REVISIONS + 1):
        ours = sa.select(_r.seq).where(_r.article_id == article_id)
        oldest = ours.order_by(_r.seq).limit(counts[article_id] - MOST_REVISIONS - 1)
        connection.execute(sa.delete(revisions).where(_r.seq.in_(oldest)))
    return counts


def revised_pages(connection: sa.Connection, results: Sequence[ReadResult]) -> dict[str, Revised]:
    """What the outlet changed on pages that were read before; what only our own reading changed is left out."""
    pages = {each.article.id: each for each in results if each.article.origin == "page" and each.rejected is None}
    a = articles.c
    asked = (
        sa.select(a.id, a.headline, a.lead, a.read_version, texts.c.body)
        .select_from(articles.outerjoin(texts, texts.c.article_id == a.id))
        .where(a.id.in_(pages), a.origin == "page", a.annotate_version > 0)
    )
    found = {}
    for row in connection.execute(asked):
        result = pages[row.id]
        if row.read_version in (0, result.read_version):
            revised = _revised(row, result)
            if revised is not None:
                found[row.id] = revised
    return found


def drop_wording(connection: sa.Connection, ids: Iterable[str]) -> None:
    """Forget how texts were worded: they were taken back, or reserved."""
    held = _r.article_id.in_(list(ids)) & _r.wording.is_not(None)
    connection.execute(sa.update(revisions).where(held).values(wording=None))


def drop_revisions(connection: sa.Connection, ids: Iterable[str]) -> None:
    """Forget what articles said before: their outlet took them back."""
    connection.execute(sa.delete(revisions).where(_r.article_id.in_(list(ids))))


def _revised(row: Any, result: ReadResult) -> Revised | None:
    article = result.article
    old = unpack_text(row.body)
    text = changes(old, article.text) if old and article.rights.analyse and article.rights.archive else ()
    same = (row.headline, row.lead) == (article.headline, article.description)
    if same and not text:
        return None
    return Revised(
        article_id=row.id, origin="page", old_headline=row.headline, headline=article.headline, old_lead=row.lead,
        lead=article.description, text=text,
    )  # fmt: skip
