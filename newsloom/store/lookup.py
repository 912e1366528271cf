"""What the command line asks of the store: whole lists, and everything that is known of one article.

Like `reading`, nothing here writes.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from newsloom.store.annotations import unpack_changes
from newsloom.store.corrections import read_corrections
from newsloom.store.groups import sealed_until
from newsloom.store.keys import link_key, tombstone_key
from newsloom.store.tables import (
    aliases,
    articles,
    corrections,
    rejected,
    revisions,
    similarities,
    stories,
    story_redirects,
    texts,
    tombstones,
)
from newsloom.store.tables import feeds as feeds_table
from newsloom.store.tables import sources as sources_table
from newsloom.types import Correction

Record = dict[str, Any]
_CHUNK = 1_000
_REJECTED = 20
_PAIRS = 1_000  # of one correction; two stories of hundreds would say the same thing ten thousand times


def find_article(engine: sa.Engine, asked: str) -> str:
    """The id of the article with this id or address, "" where there is none."""
    with engine.connect() as connection:
        for where in (articles.c.id == asked, articles.c.url == asked):
            found = connection.execute(sa.select(articles.c.id).where(where).limit(1)).scalar()
            if found:
                return str(found)
        by_key = sa.select(aliases.c.article_id).where(aliases.c.key == link_key(asked)).limit(1)
        return connection.execute(by_key).scalar() or ""


def list_articles(engine: sa.Engine, source: str = "", limit: int = 0) -> Iterator[Record]:
    """Articles, newest first; `source` is an outlet's id or name."""
    a, s = articles.c, sources_table.c
    changed = sa.select(sa.func.max(revisions.c.at)).where(revisions.c.article_id == a.id).scalar_subquery()
    asked = (
        sa.select(
            a.id, a.url, a.source_id, s.name, a.headline, a.published, a.shown_at, a.first_seen, a.language, a.origin,
            a.story_id, a.copy_of, changed.label("changed"),
        )
        .select_from(articles.outerjoin(sources_table, s.id == a.source_id))
        .order_by(a.shown_at.desc(), a.seq.desc())
    )  # fmt: skip
    if source:
        asked = asked.where((a.source_id == source) | (s.name == source))
    for row in _rows(engine, asked, limit):
        yield {
            "id": row.id,
            "url": row.url,
            "source": row.name or "",
            "source_id": row.source_id,
            "title": row.headline,
            "published": _iso(row.published),
            "shown_at": _iso(row.shown_at),
            "first_seen": _iso(row.first_seen),
            "language": row.language,
            "origin": row.origin,
            "story": row.story_id or None,
            "copy_of": row.copy_of or None,
            "changed": _iso(row.changed),
        }


def list_stories(engine: sa.Engine, limit: int = 0) -> Iterator[Record]:
    """Stories, those with the latest report first, with their members in order of publication.

    `final`: all of its articles were sealed, so that only people move them.
    """
    lead = articles.alias("lead")
    asked = (
        sa.select(stories, lead.c.headline)
        .select_from(stories.outerjoin(lead, lead.c.id == stories.c.lead_id))
        .order_by(stories.c.last_seen.desc(), stories.c.id)
    )
    with engine.connect() as connection:
        sealed = sealed_until(connection)
        for row in _rows(engine, asked, limit):
            inside = sa.select(articles.c.id, articles.c.first_seen).where(articles.c.story_id == row.id)
            members = connection.execute(inside.order_by(articles.c.shown_at)).all()
            merged = sa.select(story_redirects.c.old_id).where(story_redirects.c.story_id == row.id)
            yield {
                "id": row.id,
                "title": row.headline or "",
                "language": row.language,
                "reports": row.reports,
                "copies": row.copies,
                "first_seen": _iso(row.first_seen),
                "last_seen": _iso(row.last_seen),
                "lead": row.lead_id,
                "split_from": row.split_from or None,
                "merged_from": list(connection.execute(merged.order_by(story_redirects.c.old_id)).scalars()),
                "final": sealed is not None and all(member.first_seen < sealed for member in members),
                "articles": [member.id for member in members],
            }


def list_pairs(engine: sa.Engine) -> Iterator[Record]:
    """Pairs of articles that people judged, newest correction first: each pair once, as it was judged last.

    Copies are left out, for they say what their original says, and so are corrections that were withdrawn.
    """
    judged: set[frozenset[str]] = set()
    with engine.connect() as connection:
        for correction in reversed(read_corrections(connection, corrections.c.withdrawn.is_(None))):
            lines = _pair_lines(connection, (*correction.one, *correction.other))
            for one, other, same in _pairs(correction, lines.keys()):
                pair = frozenset((one, other))
                if pair not in judged:
                    judged.add(pair)
                    yield {
                        "id": f"{one} {other}",
                        "same": same,
                        "kind": correction.kind,
                        "at": _iso(correction.at),
                        "correction": correction.seq,
                        "a": lines[one],
                        "b": lines[other],
                    }


def explain(engine: sa.Engine, asked: str) -> Record:
    """Where one article stands in every stage, and why it is not shown where it is not."""
    found = find_article(engine, asked)
    with engine.connect() as connection:
        record: Record = {"id": asked, "found": bool(found)}
        subjects = {asked, found}
        if found:
            record |= _article(connection, found)
            subjects.add(record["url"])
        gone = sa.select(tombstones.c.at, tombstones.c.reason).where(tombstones.c.key == tombstone_key(asked))
        tombstone = connection.execute(gone).first()
        if tombstone:
            record["forgotten"] = {"at": _iso(tombstone.at), "reason": tombstone.reason}
        record["declined"] = _declined(connection, subjects - {""})
    return record


def stages(engine: sa.Engine) -> Record:
    """How many articles stand where in the queue."""
    a = articles.c
    with engine.connect() as connection:
        counted = {
            "by_origin": sa.select(a.origin, sa.func.count()).group_by(a.origin),
            "by_language": sa.select(a.language, sa.func.count()).group_by(a.language),
            "declined": sa.select(rejected.c.stage + ":" + rejected.c.reason, sa.func.count()).group_by(
                rejected.c.stage, rejected.c.reason
            ),
        }
        found: Record = {name: {k or "?": n for k, n in connection.execute(q)} for name, q in counted.items()}
        one = {
            "waiting_to_read": a.read_version == 0,
            "waiting_to_annotate": a.annotate_version == 0,
            "waiting_to_group": a.group_version == 0,
            "quarantined": a.quarantined != "",
            "copies": a.copy_of != "",
        }
        for name, where in one.items():
            found[name] = connection.execute(sa.select(sa.func.count()).select_from(articles).where(where)).scalar()
        found["texts"] = connection.execute(sa.select(sa.func.count()).select_from(texts)).scalar()
        return found


def _article(connection: sa.Connection, article_id: str) -> Record:
    a, s, f = articles.c, sources_table.c, feeds_table.c
    row = connection.execute(
        sa.select(articles, s.name, s.removed, f.url.label("feed_url"))
        .select_from(articles.outerjoin(sources_table, s.id == a.source_id).outerjoin(feeds_table, f.id == a.feed_id))
        .where(a.id == article_id)
    ).one()
    kept = connection.execute(sa.select(texts.c.expires).where(texts.c.article_id == article_id)).scalar()
    links = sa.select(sa.func.count()).select_from(similarities).where(similarities.c.article_id == article_id)
    return {
        "article": row.id,
        "url": row.url,
        "title": row.headline,
        "source": row.name or "",
        "source_removed": _iso(row.removed),
        "feed": row.feed_url or "",
        "first_seen": _iso(row.first_seen),
        "published": _iso(row.published),
        "stages": {
            "read": {
                "version": row.read_version, "from": row.origin, "attempts": row.attempts,
                "retry_at": _iso(row.retry_at), "in_hand_until": _iso(row.claim_until),
                "quarantined": row.quarantined, "text_until": _iso(kept),
            },
            "annotate": {"version": row.annotate_version, "language": row.language, "passages": len(row.passages)},
            "group": {
                "version": row.group_version, "story": row.story_id or None, "copy_of": row.copy_of or None,
                "copy_kind": row.copy_kind or None, "similar": connection.execute(links).scalar(),
            },
        },
        "rights": row.rights,
        "revisions": _revisions(connection, article_id),
    }  # fmt: skip


def _pair_lines(connection: sa.Connection, ids: Sequence[str]) -> dict[str, Record]:
    """What is said of each article of a pair, by its id; without copies."""
    a, s = articles.c, sources_table.c
    asked = sa.select(a.id, a.url, s.name, a.headline, a.published, a.language)
    asked = asked.select_from(articles.outerjoin(sources_table, s.id == a.source_id)).where(a.copy_of == "")
    rows = (
        row
        for n in range(0, len(ids), _CHUNK)
        for row in connection.execute(asked.where(a.id.in_(ids[n : n + _CHUNK])))
    )
    return {
        row.id: {
            "id": row.id,
            "url": row.url,
            "source": row.name or "",
            "title": row.headline,
            "published": _iso(row.published),
            "language": row.language,
        }
        for row in rows
    }


def _pairs(correction: Correction, known: Collection[str]) -> Iterator[tuple[str, str, bool]]:
    """The pairs that a correction judges: (one, other, same event)."""
    one = [i for i in correction.one if i in known]
    other = [i for i in correction.other if i in known]
    pairs = [(a, b, correction.kind == "merge") for a, b in itertools.product(one, other)]
    if correction.kind == "split":
        pairs += [(a, b, True) for a, b in itertools.combinations(one, 2)]
    return itertools.islice(pairs, _PAIRS)


def _revisions(connection: sa.Connection, article_id: str) -> list[Record]:
    """The edits that the feed or the page showed, oldest first, with the wording of the text where it is kept."""
    asked = sa.select(revisions).where(revisions.c.article_id == article_id).order_by(revisions.c.seq)
    return [
        {
            "at": _iso(row.at), "from": row.origin, "old_title": row.old_headline, "title": row.headline,
            "old_summary": row.old_lead, "summary": row.lead, "words_in": row.words_in, "words_out": row.words_out,
            "text": [f"{sign} {words}" for sign, words in unpack_changes(row.wording)],
        }
        for row in connection.execute(asked)
    ]  # fmt: skip


def _declined(connection: sa.Connection, subjects: set[str]) -> list[Record]:
    asked = sa.select(rejected).where(rejected.c.subject.in_(sorted(subjects))).order_by(rejected.c.at.desc())
    return [
        {"at": _iso(row.at), "stage": row.stage, "reason": row.reason, "detail": row.detail}
        for row in connection.execute(asked.limit(_REJECTED))
    ]


def _rows(engine: sa.Engine, asked: sa.Select[Any], limit: int) -> Iterator[Any]:
    if limit:
        asked = asked.limit(limit)
    with engine.connect() as connection:
        yield from connection.execution_options(yield_per=_CHUNK).execute(asked)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
