"""Polls of feeds: who is due, and what one poll brought, written in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from newsloom.store.arrivals import Arrivals, forgotten, known_aliases
from newsloom.store.base import Base
from newsloom.store.claims import FREE
from newsloom.store.process import new_token
from newsloom.store.protocol import NewEntry, PollCounts, Polled
from newsloom.store.refusals import add_rejected
from newsloom.store.tables import articles, feed_polls, feeds
from newsloom.types import Feed

HISTORY = 50
_FEED = [feeds.c[name] for name in Feed.__dataclass_fields__]
_SAID = tuple(name for name in Feed.__dataclass_fields__ if name not in ("id", "source_id", "url", "next_poll"))


class Polls(Base):
    """Claims of feeds and their results."""

    def claim_feeds(self, now: datetime, limit: int, lease_s: float, *, due_only: bool) -> list[Feed]:
        waiting = ~feeds.c.gone & (feeds.c.claim_until.is_(None) | (feeds.c.claim_until <= now))
        if due_only:
            waiting &= feeds.c.next_poll <= now
        else:
            waiting &= (feeds.c.failures == 0) | (feeds.c.next_poll <= now)
            waiting &= feeds.c.last_polled.is_(None) | (feeds.c.last_polled < now)
        chosen = sa.select(feeds.c.id).where(waiting).order_by(feeds.c.next_poll, feeds.c.id).limit(limit)
        with self._read() as connection:
            ids = connection.execute(chosen).scalars().all()
        if not ids:
            return []
        claim = {"claim_token": new_token(self._name), "claim_until": now + timedelta(seconds=lease_s)}
        with self._write() as connection:
            taken = sa.update(feeds).where(feeds.c.id.in_(ids), waiting).values(claim).returning(*_FEED)
            found = [Feed(**row) for row in connection.execute(taken).mappings()]
        return sorted(found, key=lambda feed: (feed.next_poll or now, feed.id))

    def save_poll(self, polled: Polled, now: datetime) -> PollCounts:
        feed = polled.feed
        with self._write() as connection:
            if not _put_feed(connection, feed, now):
                return PollCounts(seen=len(polled.entries))
            gone = forgotten(connection, polled.entries)
            entries = [entry for entry in polled.entries if entry.id not in gone]
            known = _Known.of(connection, feed.source_id, entries)
            arrivals = Arrivals(feed.source_id, feed.id, self._text_time)
            for entry in entries:
                known.sort(entry, arrivals)
            new, changed = arrivals.write(connection, now)
            _add_history(connection, polled, new, now)
            add_rejected(connection, polled.rejected, now, feed.source_id)
        return PollCounts(seen=len(polled.entries), new=new, changed=changed)


def _put_feed(connection: sa.Connection, feed: Feed, now: datetime) -> bool:
    """What the poll said of its feed; False where the feed was removed meanwhile."""
    said = {name: getattr(feed, name) for name in _SAID} | {"next_poll": feed.next_poll or now} | FREE
    if not said["last_polled"]:
        said["last_polled"] = now
    return connection.execute(sa.update(feeds).where(feeds.c.id == feed.id).values(said)).rowcount > 0


def _add_history(connection: sa.Connection, polled: Polled, new: int, now: datetime) -> None:
    feed, ours = polled.feed, feed_polls.c.feed_id == polled.feed.id
    said = {"feed_id": feed.id, "at": now, "status": feed.status, "error": feed.error, "took_ms": polled.took_ms}
    connection.execute(sa.insert(feed_polls).values(said | {"entries": len(polled.entries), "new": new}))
    last = sa.select(feed_polls.c.seq).where(ours).order_by(feed_polls.c.at.desc(), feed_polls.c.seq.desc())
    connection.execute(sa.delete(feed_polls).where(feed_polls.c.seq.in_(last.limit(-1).offset(HISTORY))))


@dataclass(slots=True)
class _Row:
    id: str
    headline: str
    lead: str
    origin: str
    seq: int
    seen: bool = False


class _Known:
    """The articles of a source that a poll's entries may be, by their keys."""

    def __init__(self, by_key: dict[str, str], rows: dict[str, _Row]) -> None:
        self._by_key = by_key
        self._rows = rows

    @classmethod
    def of(cls, connection: sa.Connection, source_id: str, entries: Iterable[NewEntry]) -> _Known:
        """One look at the aliases, one at the articles behind them."""
        wanted = {key for entry in entries for key in entry.keys}
        found = known_aliases(connection, source_id, wanted)
        asked = sa.select(*(articles.c[name] for name in ("id", "headline", "lead", "origin", "seq")))
        rows = connection.execute(asked.where(articles.c.id.in_(set(found.values()))))
        return cls(found, {row.id: _Row(*row) for row in rows})

    def sort(self, entry: NewEntry, arrivals: Arrivals) -> None:
        """New, an edit of one we know, or nothing of note; its keys are known from now on."""
        row = self._find(entry)
        article_id = row.id if row else entry.id
        for key in entry.keys:
            if key not in self._by_key:
                self._by_key[key] = article_id
                arrivals.alias(key, article_id)
        if row is None:
            said = entry.article
            arrivals.add(entry)
            self._rows[entry.id] = _Row(entry.id, said.headline, said.description, "", 0, seen=True)
        elif not row.seen:
            row.seen = True
            if row.origin == "entry" and _is_edited(row, entry):
                arrivals.edit(row.seq, entry)

    def _find(self, entry: NewEntry) -> _Row | None:
        links = [key for key in entry.keys if key.startswith("l:")]
        for key in links:
            if key in self._by_key:
                return self._rows.get(self._by_key[key])
        for key in entry.keys:
            row = self._rows.get(self._by_key.get(key, ""))
            # A guid used again for another address is another item, unless its title says that it only moved.
            if row is not None and (not links or _same_words(row.headline, entry.article.headline)):
                return row
        return self._rows.get(entry.id)


def _is_edited(row: _Row, entry: NewEntry) -> bool:
    said = entry.article
    return bool(said.headline or said.description) and (row.headline, row.lead) != (said.headline, said.description)


def _same_words(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
