"""Editions, sources and feeds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from newsloom.store import keys
from newsloom.store.base import Base
from newsloom.store.protocol import PollLine
from newsloom.store.refusals import add_rejected
from newsloom.store.tables import (
    articles,
    edition_sources,
    editions,
    feed_polls,
    feeds,
    pushes,
    sources,
    subscriptions,
    tombstones,
)
from newsloom.types import EditionSpec, Feed, Rejected, Source

_REMOVED = "source-removed"
_FEED = [feeds.c[name] for name in Feed.__dataclass_fields__]


class Catalogue(Base):
    """The catalogue's side of the store."""

    def put_editions(self, specs: Sequence[EditionSpec]) -> None:
        if not specs:
            return
        rows = [
            {"id": s.id, "name": s.name, "country": s.country, "language": s.language, "position": position}
            for position, s in enumerate(specs)
        ]
        put = insert(editions)
        new = {name: put.excluded[name] for name in ("name", "country", "language", "position")}
        with self._write() as connection:
            connection.execute(put.on_conflict_do_update(index_elements=["id"], set_=new), rows)

    def editions(self) -> list[EditionSpec]:
        asked = sa.select(editions).order_by(editions.c.position, editions.c.id)
        with self._read() as connection:
            return [
                EditionSpec(id=r.id, name=r.name, country=r.country, language=r.language)
                for r in connection.execute(asked)
            ]

    def put_source(self, source: Source, edition_ids: Sequence[str], now: datetime) -> bool:
        with self._write() as connection:
            if _is_forgotten(connection, source.id):
                gone = Rejected(stage="sources", reason="forgotten", url=source.homepage, detail=source.id)
                add_rejected(connection, [gone], now, source.id)
                return False
            known = connection.execute(sa.select(sources.c.removed).where(sources.c.id == source.id)).first()
            _put_row(connection, source, now)
            _put_feeds(connection, source, now)
            if edition_ids:
                places = [{"edition_id": edition, "source_id": source.id} for edition in edition_ids]
                connection.execute(insert(edition_sources).on_conflict_do_nothing(), places)
            if known is not None and known.removed is not None:
                _wait_again(connection, source.id, now_removed=False)
            return known is None or known.removed is not None

    def remove_source(self, source_id: str, now: datetime) -> bool:
        with self._write() as connection:
            return stop_source(connection, source_id, now)

    def sources(self, edition_id: str = "") -> list[Source]:
        asked = sa.select(sources).where(sources.c.removed.is_(None)).order_by(sources.c.name, sources.c.id)
        if edition_id:
            places = sa.select(edition_sources.c.source_id).where(edition_sources.c.edition_id == edition_id)
            asked = asked.where(sources.c.id.in_(places))
        urls: dict[str, list[str]] = {}
        with self._read() as connection:
            rows = connection.execute(asked).mappings().all()
            for source_id, url in connection.execute(sa.select(feeds.c.source_id, feeds.c.url).order_by(feeds.c.url)):
                urls.setdefault(source_id, []).append(url)
        return [source_of(row, urls.get(row["id"], ())) for row in rows]

    def feeds(self, source_id: str = "") -> list[Feed]:
        asked = sa.select(*_FEED).order_by(feeds.c.source_id, feeds.c.url)
        if source_id:
            asked = asked.where(feeds.c.source_id == source_id)
        with self._read() as connection:
            return [Feed(**row) for row in connection.execute(asked).mappings()]

    def histories(self, most: int) -> dict[str, list[PollLine]]:
        p = feed_polls.c
        turn = sa.func.row_number().over(partition_by=p.feed_id, order_by=(p.at.desc(), p.seq.desc()))
        each = sa.select(feed_polls, turn.label("turn")).subquery()
        asked = sa.select(each).where(each.c.turn <= most).order_by(each.c.feed_id, each.c.turn)
        found: dict[str, list[PollLine]] = {}
        with self._read() as connection:
            for row in connection.execute(asked).mappings():
                found.setdefault(row["feed_id"], []).append(_poll_line(row))
        return found


def _poll_line(row: sa.RowMapping) -> PollLine:
    return PollLine(**{name: row[name] for name in PollLine.__dataclass_fields__})


def source_of(row: sa.RowMapping, urls: Sequence[str]) -> Source:
    """A source's row with the addresses of its feeds."""
    said: dict[str, Any] = {
        name: row[name] for name in ("id", "name", "homepage", "country", "owner", "kind", "folder")
    }
    return Source(**said, languages=tuple(row["languages"]), feeds=tuple(urls))


def stop_source(connection: sa.Connection, source_id: str, now: datetime) -> bool:
    """No more polls or pages of a source; False where it is not collected."""
    live = (sources.c.id == source_id) & sources.c.removed.is_(None)
    found = connection.execute(sa.update(sources).where(live).values(removed=now)).rowcount
    ours = sa.select(feeds.c.id).where(feeds.c.source_id == source_id)
    for rows in (subscriptions, pushes):  # a hub that goes on is told that we are gone
        connection.execute(sa.delete(rows).where(rows.c.feed_id.in_(ours)))
    connection.execute(sa.delete(feeds).where(feeds.c.source_id == source_id))
    _wait_again(connection, source_id, now_removed=True)
    return found > 0


def _is_forgotten(connection: sa.Connection, source_id: str) -> bool:
    key = keys.source_tombstone_key(source_id)
    return connection.execute(sa.select(tombstones.c.key).where(tombstones.c.key == key)).first() is not None


def _put_row(connection: sa.Connection, source: Source, now: datetime) -> None:
    said = {
        "name": source.name,
        "homepage": source.homepage,
        "country": source.country,
        "languages": list(source.languages),
        "owner": source.owner,
        "folder": source.folder,
        "kind": source.kind,
    }
    put = insert(sources).values(id=source.id, added=now, **said)
    connection.execute(put.on_conflict_do_update(index_elements=["id"], set_=said | {"removed": None}))


def _put_feeds(connection: sa.Connection, source: Source, now: datetime) -> None:
    rows = [
        {"id": keys.feed_id(url), "source_id": source.id, "url": url, "host": keys.host_of(url), "next_poll": now}
        for url in source.feeds
    ]
    if rows:
        connection.execute(insert(feeds).on_conflict_do_nothing(), rows)


def _wait_again(connection: sa.Connection, source_id: str, *, now_removed: bool) -> None:
    """Take a source's unread pages out of the queue, or back into it."""
    was, becomes = ("", _REMOVED) if now_removed else (_REMOVED, "")
    unread = (articles.c.source_id == source_id) & (articles.c.read_version == 0) & (articles.c.quarantined == was)
    connection.execute(sa.update(articles).where(unread).values(quarantined=becomes))
