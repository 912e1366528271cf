"""Polls of feeds: who is due, and what one poll brought, written in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from newsloom.store.arrivals import MOST_NAMES, Arrivals, Edit, forgotten, known_aliases, names_of
from newsloom.store.base import Base
from newsloom.store.claims import FREE
from newsloom.store.hubs import count_missed
from newsloom.store.keys import host_of, link_key
from newsloom.store.process import new_token
from newsloom.store.protocol import NewEntry, PollCounts, Polled
from newsloom.store.refusals import add_rejected
from newsloom.store.tables import POLLED, articles, feed_polls, feeds
from newsloom.types import Feed

HISTORY = 50
_ROW = ("id", "url", "origin", "seq", "headline", "lead", "said_headline", "said_lead")
_TOGETHER = 50  # polls in one transaction
_WIDTH = 8  # candidates looked at for one feed given out
_FEED = [feeds.c[name] for name in Feed.__dataclass_fields__]
# What a poll says of its feed; hubs change `push_until`, and whoever looks for other feeds changes `sought`.
_KEPT = ("id", "source_id", "url", "next_poll", "push_until", "sought")
_SAID = tuple(name for name in Feed.__dataclass_fields__ if name not in _KEPT)


class Polls(Base):
    """Claims of feeds and their results."""

    def claim_feeds(self, now: datetime, limit: int, lease_s: float, *, due_only: bool) -> list[Feed]:
        waiting = ~feeds.c.gone & (feeds.c.claim_until.is_(None) | (feeds.c.claim_until <= now))
        if due_only:
            waiting &= feeds.c.next_poll <= now
        else:
            waiting &= (feeds.c.failures == 0) | (feeds.c.next_poll <= now)
            waiting &= feeds.c.last_polled.is_(None) | (feeds.c.last_polled < now)
        with self._read() as connection:
            busy = sa.select(feeds.c.host).where(sa.text(POLLED), feeds.c.claim_until > now)
            ids = _one_a_host(connection, waiting & feeds.c.host.not_in(busy), limit)
        if not ids:
            return []
        claim = {"claim_token": new_token(self._name), "claim_until": now + timedelta(seconds=lease_s)}
        with self._write() as connection:
            taken = sa.update(feeds).where(feeds.c.id.in_(ids), waiting).values(claim).returning(*_FEED)
            found = [Feed(**row) for row in connection.execute(taken).mappings()]
        return sorted(found, key=lambda feed: (feed.next_poll or now, feed.id))

    def next_poll_at(self) -> datetime | None:
        asked = sa.select(feeds.c.next_poll).where(~feeds.c.gone).order_by(feeds.c.next_poll).limit(1)
        with self._read() as connection:
            return connection.execute(asked).scalar()

    def save_quiet(self, polls: Sequence[Polled], now: datetime) -> None:
        for start in range(0, len(polls), _TOGETHER):
            batch = polls[start : start + _TOGETHER]
            rows = [_said_of(polled.feed, now) | {"b_id": polled.feed.id} for polled in batch]
            named: dict[str, Any] = {name: sa.bindparam(name) for name in rows[0] if name != "b_id"}
            with self._write() as connection:
                connection.execute(sa.update(feeds).where(feeds.c.id == sa.bindparam("b_id")).values(named), rows)
                connection.execute(sa.insert(feed_polls), [_history_row(polled, 0, now) for polled in batch])
                _cut_histories(connection, [polled.feed.id for polled in batch])
                for polled in batch:
                    add_rejected(connection, polled.rejected, now, polled.feed.source_id)

    def save_poll(self, polled: Polled, now: datetime) -> PollCounts:
        feed = polled.feed
        with self._write() as connection:
            if not _exists(connection, feed.id):
                return PollCounts(seen=len(polled.entries))
            gone = forgotten(connection, polled.entries)
            entries = [entry for entry in polled.entries if entry.id not in gone]
            known = _Known.of(connection, feed.source_id, entries)
            arrivals = Arrivals(feed.source_id, feed.id, self._text_time)
            for entry in entries:
                known.sort(entry, arrivals)
            new, changed = arrivals.write(connection, now) if entries else (0, 0)
            after = polled.decide(new) if polled.decide else feed
            if polled.pushed:
                said = {"pace": after.pace, "last_success": after.last_success}
                connection.execute(sa.update(feeds).where(feeds.c.id == feed.id).values(said))
            else:
                _put_feed(connection, after, now)
                _add_history(connection, polled, new, now)
                if new and feed.push_until is not None:
                    count_missed(connection, feed.id)
            add_rejected(connection, polled.rejected, now, feed.source_id)
        return PollCounts(seen=len(polled.entries), new=new, changed=changed)


def _said_of(feed: Feed, now: datetime) -> dict[str, Any]:
    """The columns that a poll writes of its feed."""
    said: dict[str, Any] = {name: getattr(feed, name) for name in _SAID} | {"next_poll": feed.next_poll or now} | FREE
    return said | {"last_polled": said["last_polled"] or now}


def _one_a_host(connection: sa.Connection, waiting: sa.ColumnElement[bool], limit: int) -> list[str]:
    """The feed that waits longest of each host: among those that wait longest of all, else among all that wait."""
    order = (feeds.c.next_poll, feeds.c.id)
    asked = sa.select(feeds.c.id, feeds.c.host).where(waiting).order_by(*order).limit(limit * _WIDTH)
    found = connection.execute(asked).all()
    first: dict[str, str] = {}
    for feed_id, host in found:
        first.setdefault(host, feed_id)
    if len(first) < limit and len(found) == limit * _WIDTH:
        turn = sa.func.row_number().over(partition_by=feeds.c.host, order_by=order).label("turn")
        each = sa.select(feeds.c.id, feeds.c.next_poll, turn).where(waiting).subquery()
        best = sa.select(each.c.id).where(each.c.turn == 1).order_by(each.c.next_poll, each.c.id).limit(limit)
        return list(connection.execute(best).scalars())
    return list(first.values())[:limit]


def _exists(connection: sa.Connection, feed_id: str) -> bool:
    """Whether the feed is still there; its source may have been removed while it was polled."""
    return connection.execute(sa.select(feeds.c.id).where(feeds.c.id == feed_id)).first() is not None


def _put_feed(connection: sa.Connection, feed: Feed, now: datetime) -> None:
    """What the poll said of its feed, and its address where it moved."""
    said = _said_of(feed, now)
    ours = feeds.c.id == feed.id
    there = connection.execute(sa.select(feeds.c.id).where(feeds.c.url == feed.url)).scalar()
    if there is None:
        said |= {"url": feed.url, "host": host_of(feed.url)}
    elif there != feed.id:
        said |= {"gone": True, "error": f"moved to {feed.url}, which is a feed of its own"}
    connection.execute(sa.update(feeds).where(ours).values(said))


def _add_history(connection: sa.Connection, polled: Polled, new: int, now: datetime) -> None:
    connection.execute(sa.insert(feed_polls).values(_history_row(polled, new, now)))
    _cut_histories(connection, [polled.feed.id])


def _history_row(polled: Polled, new: int, now: datetime) -> dict[str, Any]:
    feed = polled.feed
    said = {"feed_id": feed.id, "at": now, "status": feed.status, "error": feed.error, "took_ms": polled.took_ms}
    return said | {"entries": len(polled.entries), "new": new}


def _cut_histories(connection: sa.Connection, feed_ids: Sequence[str]) -> None:
    """No more than the newest polls of each feed stay."""
    p = feed_polls.c
    turn = sa.func.row_number().over(partition_by=p.feed_id, order_by=(p.at.desc(), p.seq.desc())).label("turn")
    each = sa.select(p.seq, turn).where(p.feed_id.in_(feed_ids)).subquery()
    old = sa.select(each.c.seq).where(each.c.turn > HISTORY)
    connection.execute(sa.delete(feed_polls).where(p.seq.in_(old)))


@dataclass(slots=True)
class _Row:
    """An article as a poll needs it: what its feed last said of it, and where it stands."""

    id: str
    url: str
    origin: str
    seq: int
    headline: str
    lead: str
    seen: bool = False

    @classmethod
    def of(cls, row: sa.Row[Any]) -> _Row:
        """The feed's own words, where the page has taken their place."""
        by_page = row.origin == "page"
        headline, lead = (row.said_headline, row.said_lead) if by_page else (row.headline, row.lead)
        return cls(row.id, row.url, row.origin, row.seq, headline, lead)


class _Known:
    """The articles of a source that a poll's entries may be, by their keys."""

    def __init__(self, by_key: dict[str, str], rows: dict[str, _Row]) -> None:
        self._by_key = by_key
        self._rows = rows
        self._named: Counter[str] = Counter()

    @classmethod
    def of(cls, connection: sa.Connection, source_id: str, entries: Iterable[NewEntry]) -> _Known:
        """One look at the aliases, one at the articles behind them."""
        wanted = {key for entry in entries for key in entry.keys}
        found = known_aliases(connection, source_id, wanted)
        asked = sa.select(*(articles.c[name] for name in _ROW)).where(articles.c.id.in_(set(found.values())))
        known = cls(found, {row.id: _Row.of(row) for row in connection.execute(asked)})
        if len(found) < len(wanted):
            known._named.update(names_of(connection, found.values()))
        return known

    def sort(self, entry: NewEntry, arrivals: Arrivals) -> None:
        """New, an edit of one we know, or nothing of note; its keys are known from now on."""
        row = self._find(entry)
        self._name(entry, row.id if row else entry.id, arrivals)
        if row is None:
            said = entry.article
            arrivals.add(entry)
            url = said.url
            self._rows[entry.id] = _Row(entry.id, url, "", 0, said.headline, said.description, seen=True)
        elif not row.seen:
            row.seen = True
            self._compare(row, entry, arrivals)

    def _compare(self, row: _Row, entry: NewEntry, arrivals: Arrivals) -> None:
        """Whether the feed says something else of an article than it did; an import's words are not the feed's."""
        said = entry.article
        old, new = (row.headline, row.lead), (said.headline, said.description)
        if row.origin not in ("entry", "page") or old == new or not any(new):
            return
        if row.origin == "page" and not any(old):
            arrivals.told(row.seq, entry)
        else:
            arrivals.edit(Edit(row.seq, row.id, row.origin, *old, entry))

    def _name(self, entry: NewEntry, article_id: str, arrivals: Arrivals) -> None:
        """New names for the article, as long as it has not had so many that they can't be meant to last."""
        for key in entry.keys:
            if key not in self._by_key and self._named[article_id] < MOST_NAMES:
                self._named[article_id] += 1
                self._by_key[key] = article_id
                arrivals.alias(key, article_id)

    def _find(self, entry: NewEntry) -> _Row | None:
        links = [key for key in entry.keys if key.startswith("l:")]
        for key in links:
            if key in self._by_key:
                return self._rows.get(self._by_key[key])
        for key in entry.keys:
            row = self._rows.get(self._by_key.get(key, ""))
            if row is not None and _is_same(row, key, entry, links):
                return row
        return self._rows.get(entry.id)


def _is_same(row: _Row, key: str, entry: NewEntry, links: Sequence[str]) -> bool:
    """Whether a key other than the link is to be believed."""
    if row.seen:
        # Another entry of this document is that article already: a document that lists two means two.
        return not links or link_key(row.url) in links
    # A guid used again for another address is another item, unless its title says that it only moved.
    return not links or key.startswith("s:") or _same_words(row.headline, entry.article.headline)


def _same_words(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
