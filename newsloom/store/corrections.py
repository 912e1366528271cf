"""What people say of stories: split, merge, not this. Rows for good, which name articles, for stories come and go."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from newsloom.store.base import BATCH, Base
from newsloom.store.protocol import Standing
from newsloom.store.tables import articles, corrected, corrections, stories, story_redirects
from newsloom.types import Correction, CorrectionKind

_a, _c, _m = articles.c, corrections.c, corrected.c


class Corrections(Base):
    """Making, withdrawing and reading corrections; the writer of stories applies them."""

    def split_story(
        self, story_id: str, article_ids: Sequence[str], now: datetime, *, by: str = "", note: str = ""
    ) -> int:
        with self._write() as connection:
            story_id = _present(connection, story_id)
            members = _members(connection, story_id)
            one = _with_copies(members, article_ids)
            return _add(connection, "split", one, members.keys() - one, now, story=story_id, by=by, note=note)

    def merge_stories(self, story_id: str, other_id: str, now: datetime, *, by: str = "", note: str = "") -> int:
        with self._write() as connection:
            story_id, other_id = _present(connection, story_id), _present(connection, other_id)
            if story_id == other_id:
                return 0
            one, other = _members(connection, story_id), _members(connection, other_id)
            return _add(connection, "merge", one, other, now, story=story_id, other_story=other_id, by=by, note=note)

    def part_article(self, article_id: str, now: datetime, *, by: str = "", note: str = "") -> int:
        with self._write() as connection:
            story_id = connection.execute(sa.select(_a.story_id).where(_a.id == article_id)).scalar() or ""
            members = _members(connection, story_id)
            one = _with_copies(members, [article_id])
            return _add(connection, "not-this", one, members.keys() - one, now, story=story_id, by=by, note=note)

    def withdraw_correction(self, seq: int, now: datetime) -> bool:
        standing = sa.update(corrections).where(_c.seq == seq, _c.withdrawn.is_(None))
        with self._write() as connection:
            return connection.execute(standing.values(withdrawn=now, applied=None)).rowcount > 0

    def corrections(self, *, after: int = 0) -> list[Correction]:
        with self._read() as connection:
            return read_corrections(connection, _c.seq > after)

    def waiting_corrections(self) -> list[Correction]:
        with self._read() as connection:
            return read_corrections(connection, _c.applied.is_(None))

    def stories_around(self, article_ids: Sequence[str]) -> list[Standing]:
        with self._read() as connection:
            held: set[str] = set()
            for n in range(0, len(article_ids), BATCH):
                some = sa.select(_a.story_id).where(_a.id.in_(article_ids[n : n + BATCH]), _a.story_id != "")
                held.update(connection.execute(some.distinct()).scalars())
            asked = sa.select(_a.id, _a.story_id, _a.copy_of, _a.first_seen).where(_a.story_id.in_(sorted(held)))
            rows = connection.execute(asked.order_by(_a.first_seen, _a.id)).all()
        return [
            Standing(article_id=r.id, story_id=r.story_id, copy_of=r.copy_of, first_seen=r.first_seen) for r in rows
        ]

    def free_story_id(self, article_id: str) -> str:
        s, r = stories.c, story_redirects.c
        with self._read() as connection:
            for generation in itertools.count(2):
                story_id = f"s{article_id}-{generation}"
                known = sa.union_all(
                    sa.select(s.id).where(s.id == story_id), sa.select(r.old_id).where(r.old_id == story_id)
                )
                if connection.execute(known).first() is None:
                    break
        return story_id


def read_corrections(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> list[Correction]:
    """Corrections with the articles they speak of, in the order in which they were made."""
    rows = connection.execute(sa.select(corrections).where(*where).order_by(_c.seq)).mappings().all()
    if not rows:
        return []
    asked = sa.select(corrected).join(corrections, _c.seq == _m.correction).where(*where)
    sides: dict[tuple[int, int], list[str]] = {}
    for member in connection.execute(asked.order_by(_m.correction, _m.article_id)):
        sides.setdefault((member.correction, member.side), []).append(member.article_id)
    return [
        Correction(
            seq=row["seq"],
            kind=row["kind"],
            at=row["at"],
            one=tuple(sides.get((row["seq"], 1), ())),
            other=tuple(sides.get((row["seq"], 2), ())),
            story_id=row["story_id"],
            other_id=row["other_id"],
            by=row["by"],
            note=row["note"],
            applied=row["applied"],
            withdrawn=row["withdrawn"],
        )
        for row in rows
    ]


def mark_applied(connection: sa.Connection, seqs: Sequence[int], now: datetime) -> None:
    """These corrections stand in the stories now."""
    if seqs:
        connection.execute(sa.update(corrections).where(_c.seq.in_(seqs)).values(applied=now))


def _present(connection: sa.Connection, story_id: str) -> str:
    """The story's id now, whatever it went by."""
    asked = sa.select(story_redirects.c.story_id).where(story_redirects.c.old_id == story_id)
    return connection.execute(asked).scalar() or story_id


def _members(connection: sa.Connection, story_id: str) -> dict[str, str]:
    """The story's articles, each with what it is a copy of."""
    if not story_id:
        return {}
    asked = sa.select(_a.id, _a.copy_of).where(_a.story_id == story_id)
    return {row.id: row.copy_of for row in connection.execute(asked)}


def _with_copies(members: dict[str, str], chosen: Iterable[str]) -> set[str]:
    """Those of the chosen that are members, and the members that carry their text."""
    own = members.keys() & set(chosen)
    return own | {article_id for article_id, original in members.items() if original in own}


def _add(
    connection: sa.Connection,
    kind: CorrectionKind,
    one: Iterable[str],
    other: Iterable[str],
    now: datetime,
    *,
    story: str,
    other_story: str = "",
    by: str,
    note: str,
) -> int:
    rows = [{"article_id": i, "side": 1} for i in sorted(one)]
    rest = [{"article_id": i, "side": 2} for i in sorted(other)]
    if not rows or not rest:
        return 0
    said = {"kind": kind, "at": now, "story_id": story, "other_id": other_story, "by": by, "note": note}
    key = connection.execute(sa.insert(corrections).values(said)).inserted_primary_key
    seq = int(key[0]) if key else 0
    connection.execute(sa.insert(corrected), [{"correction": seq} | row for row in rows + rest])
    return seq
