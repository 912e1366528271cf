"""WebSub: which feeds' hubs tell us of news, what they brought, and whether they can be relied on."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from newsloom.store.base import Base
from newsloom.store.protocol import Push, Subscription
from newsloom.store.tables import feeds, pushes, subscriptions
from newsloom.types import Feed

MOST_WAITING = 20
"""Deliveries of one feed that may wait; what comes beyond is refused, and the next poll finds it."""

MOST_MISSED = 3
"""Polls in a row that find what a hub did not tell; then it counts as silent, and polls are what they were."""

_LEAST_LEASE_S, _MOST_LEASE_S = 300, 30 * 86_400
_s = subscriptions.c
_ROW = tuple(_s[name] for name in Subscription.__dataclass_fields__)
_FEED = [feeds.c[name] for name in Feed.__dataclass_fields__]


class Hubs(Base):
    """Subscriptions and deliveries."""

    def hub_feeds(self) -> list[tuple[Feed, Subscription | None]]:
        asked = sa.select(*_FEED).where(feeds.c.hub != "", ~feeds.c.gone).order_by(feeds.c.id)
        with self._read() as connection:
            found = connection.execute(sa.select(*_ROW)).mappings()
            known = {row["feed_id"]: Subscription(**row) for row in found}
            rows = connection.execute(asked).mappings().all()
        return [(Feed(**row), known.get(row["id"])) for row in rows]

    def put_subscription(self, subscription: Subscription) -> None:
        said = {name: getattr(subscription, name) for name in Subscription.__dataclass_fields__}
        put = insert(subscriptions).values(said)
        with self._write() as connection:
            connection.execute(put.on_conflict_do_update(index_elements=["feed_id"], set_=said))

    def subscription(self, token: str) -> Subscription | None:
        with self._read() as connection:
            row = connection.execute(sa.select(*_ROW).where(_s.token == token)).mappings().first()
        return Subscription(**row) if row else None

    def confirm_subscription(self, token: str, topic: str, lease_s: int, now: datetime) -> bool:
        until = now + timedelta(seconds=min(max(lease_s, _LEAST_LEASE_S), _MOST_LEASE_S))
        ours = (_s.token == token) & (_s.topic == topic) & _s.state.in_(("asked", "active"))
        active = {"state": "active", "lease_until": until, "failures": 0, "missed": 0, "error": ""}
        with self._write() as connection:
            feed_id = connection.execute(sa.select(_s.feed_id).where(ours)).scalar()
            if feed_id is None:
                return False
            connection.execute(sa.update(subscriptions).where(ours).values(active))
            connection.execute(sa.update(feeds).where(feeds.c.id == feed_id).values(push_until=until))
        return True

    def deny_subscription(self, token: str, topic: str, why: str) -> bool:
        ours = (_s.token == token) & (_s.topic == topic)
        with self._write() as connection:
            feed_id = connection.execute(sa.select(_s.feed_id).where(ours)).scalar()
            if feed_id is None:
                return False
            _end(connection, feed_id, "refused", why)
        return True

    def put_push(self, token: str, body: bytes, content_type: str, now: datetime) -> bool:
        with self._write() as connection:
            feed_id = connection.execute(sa.select(_s.feed_id).where(_s.token == token)).scalar()
            if feed_id is None:
                return False
            waiting = sa.select(sa.func.count()).select_from(pushes).where(pushes.c.feed_id == feed_id)
            if connection.execute(waiting).scalar_one() >= MOST_WAITING:
                return False
            said = {"feed_id": feed_id, "at": now, "content_type": content_type, "body": body}
            connection.execute(sa.insert(pushes).values(said))
            connection.execute(sa.update(subscriptions).where(_s.token == token).values(pushed=now, missed=0))
        return True

    def next_push(self) -> Push | None:
        asked = sa.select(pushes).order_by(pushes.c.seq).limit(1)
        with self._read() as connection:
            row = connection.execute(asked).first()
            if row is None:
                return None
            feed = connection.execute(sa.select(*_FEED).where(feeds.c.id == row.feed_id)).mappings().first()
        return Push(
            seq=row.seq, feed=Feed(**feed) if feed else None, at=row.at, content_type=row.content_type, body=row.body
        )

    def push_done(self, seq: int) -> None:
        with self._write() as connection:
            connection.execute(sa.delete(pushes).where(pushes.c.seq == seq))


def count_missed(connection: sa.Connection, feed_id: str) -> None:
    """A poll found what the feed's hub had not told; a hub that goes on like this is not waited for."""
    missed = sa.update(subscriptions).where(_s.feed_id == feed_id, _s.state == "active")
    found = connection.execute(missed.values(missed=_s.missed + 1).returning(_s.missed)).scalar()
    if found is not None and found >= MOST_MISSED:
        _end(connection, feed_id, "silent", f"{found} polls in a row found what the hub had not told")


def _end(connection: sa.Connection, feed_id: str, state: str, why: str) -> None:
    said = {"state": state, "error": why[:300], "lease_until": None}
    connection.execute(sa.update(subscriptions).where(_s.feed_id == feed_id).values(said))
    connection.execute(sa.update(feeds).where(feeds.c.id == feed_id).values(push_until=None))
