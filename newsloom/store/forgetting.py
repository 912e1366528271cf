"""Taking an address or a source down everywhere for good."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from newsloom.store import keys, search
from newsloom.store.base import Base
from newsloom.store.catalogue import stop_source
from newsloom.store.membership import restate
from newsloom.store.protocol import FORGOTTEN
from newsloom.store.reads import unlink
from newsloom.store.tables import (
    aliases,
    annotated,
    articles,
    compared,
    corrected,
    credited,
    meta,
    rejected,
    revisions,
    texts,
    tombstones,
)

_BATCH = 50
_a = articles.c


class Forgetting(Base):
    """Deletion with a tombstone against coming back."""

    def forget(self, url: str, now: datetime, reason: str = "") -> int:
        if url.startswith("s:"):
            return self._forget_source(url.removeprefix("s:"), now, reason)
        with self._write() as connection:
            found = _found(connection, url)
            _bury(connection, [keys.tombstone_key(url), *_marks(connection, found)], now, reason)
            _delete(connection, found)
        return len(found)

    def _forget_source(self, source_id: str, now: datetime, reason: str) -> int:
        with self._write() as connection:
            _bury(connection, [keys.source_tombstone_key(source_id)], now, reason)
            stop_source(connection, source_id, now)
        gone = 0
        while True:
            batch = sa.select(_a.id).where(_a.source_id == source_id).limit(_BATCH)
            with self._write() as connection:
                ids = list(connection.execute(batch).scalars())
                _delete(connection, ids)
            gone += len(ids)
            if len(ids) < _BATCH:
                return gone


def _found(connection: sa.Connection, url: str) -> list[str]:
    """The articles that an address names, at any source."""
    named = sa.select(aliases.c.article_id).where(aliases.c.key == keys.link_key(url))
    return list(connection.execute(sa.select(_a.id).where(_a.id.in_(named) | (_a.url == url))).scalars())


def _marks(connection: sa.Connection, ids: Sequence[str]) -> list[str]:
    """Tombstones for every name that these articles have."""
    names = sa.select(aliases.c.source_id, aliases.c.key).where(aliases.c.article_id.in_(ids))
    urls = sa.select(_a.url).where(_a.id.in_(ids))
    return [keys.tombstone_of(source, key) for source, key in connection.execute(names)] + [
        keys.tombstone_key(url) for url in connection.execute(urls).scalars()
    ]


def _bury(connection: sa.Connection, marks: Iterable[str], now: datetime, reason: str) -> None:
    rows = [{"key": mark, "at": now, "reason": reason} for mark in sorted(set(marks))]
    connection.execute(insert(tombstones).on_conflict_do_nothing(), rows)
    told = insert(meta).values(key=FORGOTTEN, value=f"{now.isoformat()} {rows[0]['key']}")
    connection.execute(told.on_conflict_do_update(index_elements=["key"], set_={"value": told.excluded.value}))


def _delete(connection: sa.Connection, ids: Sequence[str]) -> None:
    """Articles with all that hangs on them; what they leave behind is told anew."""
    if not ids:
        return
    rows = connection.execute(sa.select(_a.seq, _a.story_id, _a.url).where(_a.id.in_(ids))).all()
    search.drop(connection, [row.seq for row in rows])
    unlink(connection, ids)
    for table in (aliases, texts, annotated, compared, corrected, credited, revisions):
        connection.execute(sa.delete(table).where(table.c.article_id.in_(ids)))
    subjects = [*ids, *(row.url for row in rows)]
    connection.execute(sa.delete(rejected).where(rejected.c.subject.in_(subjects)))
    connection.execute(sa.delete(articles).where(_a.id.in_(ids)))
    _inherit(connection, ids)
    restate(connection, {row.story_id for row in rows})


def _inherit(connection: sa.Connection, gone: Sequence[str]) -> None:
    """Of the copies of each article that went, the earliest is the original now."""
    asked = sa.select(_a.id, _a.copy_of).where(_a.copy_of.in_(gone)).order_by(_a.first_seen, _a.shown_at, _a.id)
    heirs: dict[str, str] = {}
    for article_id, original in connection.execute(asked):
        heirs.setdefault(original, article_id)
    for original, heir in heirs.items():
        connection.execute(sa.update(articles).where(_a.copy_of == original).values(copy_of=heir))
        alone = {"copy_of": "", "copy_kind": "", "containment": 0.0}
        connection.execute(sa.update(articles).where(_a.id == heir).values(alone))
