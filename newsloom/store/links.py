"""Similarities: rows in both directions, the best few of each article."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from newsloom.store.tables import similarities, story_links
from newsloom.types import Evidence, Similarity, StoryLink

_s, _l = similarities.c, story_links.c


def put_links(connection: sa.Connection, found: Sequence[Similarity], most: int) -> None:
    """Write links both ways and cut each article's list to the best `most`."""
    if not found:
        return
    rows = [row for link in found for row in _both(link)]
    put = insert(similarities)
    new = {name: put.excluded[name] for name in ("score", "kind", "evidence")}
    connection.execute(put.on_conflict_do_update(index_elements=["article_id", "other_id"], set_=new), rows)
    touched = [{"b_id": article_id} for article_id in {row["article_id"] for row in rows}]
    ours = _s.article_id == sa.bindparam("b_id")
    listed = similarities.alias("listed")
    rest = sa.select(listed.c.other_id).where(listed.c.article_id == sa.bindparam("b_id"))
    rest = rest.order_by(listed.c.score.desc(), listed.c.other_id).limit(-1).offset(most)
    connection.execute(sa.delete(similarities).where(ours, _s.other_id.in_(rest)), touched)


def put_story_links(connection: sa.Connection, asked: Collection[str], found: Sequence[StoryLink]) -> None:
    """The links of the stories asked, in the place of all that they had."""
    ids = sorted(asked)
    connection.execute(sa.delete(story_links).where(_l.story_id.in_(ids) | _l.other_id.in_(ids)))
    rows = {}
    for link in found:
        said = {"score": link.score, "evidence": _evidence(link.evidence)}
        rows[link.story_id, link.other_id] = {"story_id": link.story_id, "other_id": link.other_id} | said
        rows[link.other_id, link.story_id] = {"story_id": link.other_id, "other_id": link.story_id} | said
    if rows:
        connection.execute(sa.insert(story_links), list(rows.values()))


def _both(link: Similarity) -> tuple[dict[str, Any], dict[str, Any]]:
    said = {"score": link.score, "kind": link.kind, "evidence": _evidence(link.evidence)}
    there = {"article_id": link.article_id, "other_id": link.other_id}
    back = {"article_id": link.other_id, "other_id": link.article_id}
    return there | said, back | said


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "names": list(evidence.names),
        "numbers": list(evidence.numbers),
        "terms": list(evidence.terms),
        "hours": evidence.hours,
    }
