"""Grouping: what waits for a story, what is in the window, and what one step of the writer decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from newsloom.errors import StoreError
from newsloom.store import links
from newsloom.store.base import BATCH, Base
from newsloom.store.corrections import mark_applied
from newsloom.store.membership import recount, restate
from newsloom.store.protocol import MARK, WRITER
from newsloom.store.rows import annotated_of, annotated_query
from newsloom.store.tables import (
    GROUPED,
    SETTLED,
    UNGROUPED,
    articles,
    compared,
    credited,
    leases,
    meta,
    placements,
    sources,
    stories,
    story_redirects,
    unindexed,
)
from newsloom.types import AnnotatedArticle, Copy, Grouped, Recalled, Story

_a = articles.c
SEALED = "sealed-until"
RECALLED = 5_000  # rows read at a time
_grouped, _ungrouped = sa.text(GROUPED), sa.text(UNGROUPED)


class Groups(Base):
    """The writer of stories and its work."""

    def to_group(self, limit: int, *, version: int) -> list[AnnotatedArticle]:
        with self._read() as connection:
            waiting = sa.select(_a.seq).where(_ungrouped).order_by(_a.first_seen, _a.id).limit(limit)
            seqs = list(connection.execute(waiting).scalars())
            if not seqs:
                seqs = _older(connection, limit, version)
            return _load(connection, seqs, with_text=True)

    def window(self, since: datetime, *, compared_by: int | None = None) -> Iterator[AnnotatedArticle]:
        ours = compared.c.version == compared_by
        here = sa.exists().where(compared.c.article_id == _a.id, ours)
        more = [] if compared_by is None else [~here]
        yield from self._stream(_a.shown_at > since, unindexed(_a.group_version) > 0, *more)

    def recall(self, since: datetime, version: int) -> Iterator[Recalled]:
        owner = sa.func.coalesce(sa.func.nullif(sources.c.owner, ""), _a.source_id)
        joined = compared.join(articles, _a.id == compared.c.article_id)
        joined = joined.outerjoin(sources, sources.c.id == _a.source_id)
        columns = (_a.id, _a.source_id, _a.origin, owner, _a.story_id, _a.first_seen, _a.shown_at)
        copied = (_a.copy_of, _a.copy_kind, _a.containment)
        asked = sa.select(compared.c.seq, *columns, *copied, compared.c.data).select_from(joined)
        ours = (compared.c.version == version, _a.shown_at > since, unindexed(_a.group_version) > 0, _a.story_id != "")
        last = 0
        while True:
            batch = asked.where(compared.c.seq > last, *ours).order_by(compared.c.seq).limit(RECALLED)
            with self._read() as connection:
                rows = connection.execute(batch).all()
            if not rows:
                return
            for _, article_id, source, origin, owner_id, story, first, shown, of, kind, within, data in rows:
                copy = Copy(article_id=article_id, original_id=of, kind=kind, containment=within) if of else None
                yield Recalled(article_id, source, origin, owner_id, story, first, shown, copy, data)
            last = rows[-1].seq

    def drop_compared(self, article_ids: Sequence[str]) -> None:
        for start in range(0, len(article_ids), BATCH):
            gone = compared.c.article_id.in_(article_ids[start : start + BATCH])
            with self._write() as connection:
                connection.execute(sa.delete(compared).where(gone))

    def stretch(self, since: datetime, before: datetime) -> Iterator[AnnotatedArticle]:
        yield from self._stream(_grouped, _a.first_seen >= since, _a.first_seen < before)

    def stream_ends(self) -> tuple[datetime | None, datetime | None]:
        # By version, so that each end is one step into the index.
        versions = sa.select(_a.group_version).where(_grouped, _a.group_version < SETTLED).distinct()
        with self._read() as connection:
            known = list(connection.execute(versions).scalars())
            ends = [
                connection.execute(sa.select(end).where(_grouped, _a.group_version == version)).scalar()
                for version in known
                for end in (sa.func.min(_a.first_seen), sa.func.max(_a.first_seen))
            ]
        found = [moment for moment in ends if moment is not None]
        return (min(found), max(found)) if found else (None, None)

    def sealed_until(self) -> datetime | None:
        with self._read() as connection:
            return sealed_until(connection)

    def _stream(self, *where: sa.ColumnElement[bool] | sa.TextClause) -> Iterator[AnnotatedArticle]:
        known = sa.select(_a.seq).where(*where, _a.story_id != "")
        with self._read() as connection:
            seqs = list(connection.execute(known.order_by(_a.first_seen, _a.id)).scalars())
        for start in range(0, len(seqs), BATCH):
            with self._read() as connection:
                batch = _load(connection, seqs[start : start + BATCH], with_text=False)
            yield from batch

    def save_grouped(self, grouped: Grouped, now: datetime, epoch: int) -> None:
        with self._write() as connection:
            _check_epoch(connection, epoch)
            left = _stories_of(connection, grouped.members)
            _put_members(connection, grouped.members)
            _put_copies(connection, grouped)
            links.put_links(connection, grouped.links, self._max_similar)
            _put_stories(connection, grouped.stories, now)
            _redirect(connection, grouped.redirects, now)
            links.put_story_links(connection, {*grouped.linked, *grouped.redirects}, grouped.across)
            told = {story.id for story in grouped.stories if story.lead_id}
            recount(connection, told)
            told -= _longer(connection, grouped.stories)
            restate(connection, left.union(grouped.members.values()) - told - set(grouped.redirects))
            _put_credits(connection, grouped.credits)
            _mark_done(connection, grouped.done, grouped.version)
            _put_compared(connection, grouped)
            mark_applied(connection, grouped.corrected, now)
            if grouped.sealed_until is not None:
                _put_meta(connection, SEALED, grouped.sealed_until.isoformat())
            if grouped.mark is not None:
                _put_meta(connection, MARK, grouped.mark)


def sealed_until(connection: sa.Connection) -> datetime | None:
    """What was first seen before has its final story."""
    said = connection.execute(sa.select(meta.c.value).where(meta.c.key == SEALED)).scalar()
    return datetime.fromisoformat(said) if said else None


def _older(connection: sa.Connection, limit: int, version: int) -> list[int]:
    """Articles grouped by an older version."""
    oldest = connection.execute(sa.select(sa.func.min(_a.group_version)).where(_grouped)).scalar()
    if oldest is None or oldest >= version:
        return []
    asked = sa.select(_a.seq).where(_grouped, _a.group_version == oldest).order_by(_a.first_seen, _a.id).limit(limit)
    return list(connection.execute(asked).scalars())


def _load(connection: sa.Connection, seqs: Sequence[int], *, with_text: bool) -> list[AnnotatedArticle]:
    asked = annotated_query(with_text=with_text).where(_a.seq.in_(seqs)).order_by(_a.first_seen, _a.id)
    return [annotated_of(row) for row in connection.execute(asked).mappings()]


def _check_epoch(connection: sa.Connection, epoch: int) -> None:
    present = connection.execute(sa.select(leases.c.epoch).where(leases.c.name == WRITER)).scalar()
    if present != epoch:
        raise StoreError(f"another process writes the stories now (epoch {present}, ours was {epoch})")


def _stories_of(connection: sa.Connection, ids: Iterable[str]) -> set[str]:
    """The stories that these articles are in now."""
    asked = sa.select(_a.story_id).where(_a.id.in_(list(ids)), _a.story_id != "").distinct()
    return set(connection.execute(asked).scalars())


def _put_members(connection: sa.Connection, members: Mapping[str, str]) -> None:
    rows = [{"b_id": article_id, "b_story": story_id} for article_id, story_id in members.items()]
    if rows:
        row = sa.update(articles).where(_a.id == sa.bindparam("b_id"))
        connection.execute(row.values(story_id=sa.bindparam("b_story")), rows)


def _put_copies(connection: sa.Connection, grouped: Grouped) -> None:
    values: dict[str, Any] = {
        "copy_of": sa.bindparam("b_of"),
        "copy_kind": sa.bindparam("b_kind"),
        "containment": sa.bindparam("b_in"),
    }
    rows: list[dict[str, Any]] = [{"b_id": a, "b_of": "", "b_kind": "", "b_in": 0.0} for a in grouped.uncopied]
    rows += [
        {"b_id": c.article_id, "b_of": c.original_id, "b_kind": c.kind, "b_in": c.containment} for c in grouped.copies
    ]
    if rows:
        connection.execute(sa.update(articles).where(_a.id == sa.bindparam("b_id")).values(values), rows)
        flatten_copies(connection, [row["b_id"] for row in rows])


def flatten_copies(connection: sa.Connection, ids: Sequence[str]) -> None:
    """`copy_of` names the present original, never a copy: those of and behind `ids` go one step up until it does."""
    original = articles.alias("original")
    up = sa.select(original.c.copy_of).where(original.c.id == _a.copy_of, original.c.copy_of != "")
    chained = _a.copy_of.in_(ids) | (_a.id.in_(ids) & (_a.copy_of != ""))
    step = sa.update(articles).where(chained, up.correlate(articles).exists(), _a.copy_of != _a.id)
    for _ in range(8):
        if connection.execute(step.values(copy_of=up.correlate(articles).scalar_subquery())).rowcount == 0:
            break
    itself = sa.update(articles).where(_a.id.in_(ids), _a.copy_of == _a.id)
    connection.execute(itself.values(copy_of="", copy_kind="", containment=0.0))


def _put_stories(connection: sa.Connection, found: Iterable[Story], now: datetime) -> None:
    rows = [_story_row(story, now) for story in found]
    if not rows:
        return
    put = insert(stories)
    new: dict[str, Any] = {n: put.excluded[n] for n in rows[0] if n not in ("id", "founded_by", "members")}
    # Where a story came from is said once, when it comes.
    new["split_from"] = sa.func.coalesce(sa.func.nullif(put.excluded.split_from, ""), stories.c.split_from)
    connection.execute(put.on_conflict_do_update(index_elements=["id"], set_=new), rows)
    # A story that is there leads nowhere else.
    connection.execute(sa.delete(story_redirects).where(story_redirects.c.old_id.in_([row["id"] for row in rows])))


def _story_row(story: Story, now: datetime) -> dict[str, Any]:
    first = story.first_seen or story.last_seen or now
    return {
        "id": story.id,
        "founded_by": story.founded_by,
        "lead_id": story.lead_id,
        "language": story.language,
        "first_seen": first,
        "last_seen": story.last_seen or first,
        "members": len(story.members),
        "reports": story.reports,
        "copies": story.copies,
        "updated": now,
        "split_from": story.split_from,
    }


def _redirect(connection: sa.Connection, redirects: Mapping[str, str], now: datetime) -> None:
    """Old ids lead to the story that took them over, in one step whatever came before."""
    ends = {old: _end(old, redirects) for old in redirects}
    rows = [{"old_id": old, "story_id": new, "reason": "merged", "at": now} for old, new in ends.items() if old != new]
    if not rows:
        return
    put = insert(story_redirects)
    new = {name: put.excluded[name] for name in ("story_id", "reason", "at")}
    connection.execute(put.on_conflict_do_update(index_elements=["old_id"], set_=new), rows)
    names = [{"b_old": row["old_id"], "b_new": row["story_id"]} for row in rows]
    for column in (story_redirects.c.story_id, _a.story_id):
        moved = sa.update(column.table).where(column == sa.bindparam("b_old"))
        connection.execute(moved.values({column.name: sa.bindparam("b_new")}), names)
    olds = [row["old_id"] for row in rows]
    connection.execute(sa.delete(stories).where(stories.c.id.in_(olds)))
    connection.execute(sa.delete(placements).where(placements.c.story_id.in_(olds)))


def _end(story_id: str, redirects: Mapping[str, str]) -> str:
    seen = {story_id}
    while (following := redirects.get(story_id)) is not None and following not in seen:
        seen.add(following)
        story_id = following
    return story_id


def _put_compared(connection: sa.Connection, grouped: Grouped) -> None:
    """In the order in which they were compared; an article that was compared before moves to the end."""
    if grouped.compared:
        names = [article_id for article_id, _ in grouped.compared]
        connection.execute(sa.delete(compared).where(compared.c.article_id.in_(names)))
        made = [
            {"article_id": article_id, "version": grouped.compared_version, "data": data}
            for article_id, data in grouped.compared
        ]
        connection.execute(sa.insert(compared), made)


def _put_credits(connection: sa.Connection, credits: Mapping[str, str]) -> None:
    if credits:
        connection.execute(sa.delete(credited).where(credited.c.article_id.in_(sorted(credits))))
        rows = [{"article_id": article_id, "agency": agency} for article_id, agency in credits.items() if agency]
        if rows:
            connection.execute(sa.insert(credited), rows)


def _longer(connection: sa.Connection, told: Iterable[Story]) -> set[str]:
    """Stories with more members than the writer remembers: it told of the latest alone."""
    known = {story.id: len(story.members) for story in told}
    asked = sa.select(stories.c.id, stories.c.members).where(stories.c.id.in_(sorted(known)))
    return {row.id for row in connection.execute(asked) if row.members > known[row.id]}


def _put_meta(connection: sa.Connection, key: str, value: str) -> None:
    put = insert(meta).values(key=key, value=value)
    connection.execute(put.on_conflict_do_update(index_elements=["key"], set_={"value": put.excluded.value}))


def _mark_done(connection: sa.Connection, done: Sequence[str], version: int) -> None:
    """Treated at `version`, but for what was reworded meanwhile: that has one more turn."""
    turned = sa.case((_a.group_version < 0, 0), else_=version)
    for start in range(0, len(done), BATCH):
        ours = _a.id.in_(done[start : start + BATCH])
        connection.execute(sa.update(articles).where(ours).values(group_version=turned))
