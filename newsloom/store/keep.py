"""What the store keeps of itself: robots, refusals, small facts, background counts, and what time takes away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from newsloom.store.annotations import pack_counts, unpack_counts
from newsloom.store.base import BATCH, Base
from newsloom.store.protocol import RobotsRow
from newsloom.store.refusals import add_rejected
from newsloom.store.tables import TO_LOOK_AT, articles, background, feed_polls, hosts, meta, rejected, revisions, texts
from newsloom.types import Rejected

HISTORY = timedelta(days=30)
MISSED = timedelta(days=2)
_b = background.c


class Keep(Base):
    """Housekeeping."""

    def robots(self, host: str) -> RobotsRow | None:
        return self._file(host, "robots")

    def put_robots(self, row: RobotsRow) -> None:
        self._put_file(row, "robots")

    def reservation(self, host: str) -> RobotsRow | None:
        return self._file(host, "tdm")

    def put_reservation(self, row: RobotsRow) -> None:
        self._put_file(row, "tdm")

    def waits(self, now: datetime) -> dict[str, datetime]:
        asked = sa.select(hosts.c.host, hosts.c.wait_until).where(hosts.c.wait_until > now)
        with self._read() as connection:
            return dict(connection.execute(asked).all())

    def put_wait(self, host: str, until: datetime) -> None:
        self._put_host(host, {"wait_until": until})

    def _file(self, host: str, name: str) -> RobotsRow | None:
        asked = sa.select(*(hosts.c[each] for each in (f"{name}_status", name, f"{name}_fetched", f"{name}_reason")))
        with self._read() as connection:
            row = connection.execute(asked.where(hosts.c.host == host)).first()
        if row is None or row[2] is None:
            return None
        return RobotsRow(host=host, status=row[0], body=row[1], fetched=row[2], reason=row[3])

    def _put_file(self, row: RobotsRow, name: str) -> None:
        said = {f"{name}_status": row.status, name: row.body, f"{name}_reason": row.reason}
        self._put_host(row.host, said | {f"{name}_fetched": row.fetched})

    def _put_host(self, host: str, said: dict[str, Any]) -> None:
        put = insert(hosts).values(host=host, **said)
        with self._write() as connection:
            connection.execute(put.on_conflict_do_update(index_elements=["host"], set_=said))

    def reject(self, rejected: Sequence[Rejected], now: datetime, source_id: str = "") -> None:
        if rejected:
            with self._write() as connection:
                add_rejected(connection, rejected, now, source_id)

    def get_meta(self, key: str, default: str = "") -> str:
        with self._read() as connection:
            found = connection.execute(sa.select(meta.c.value).where(meta.c.key == key)).scalar()
        return default if found is None else found

    def put_meta(self, key: str, value: str) -> None:
        put = insert(meta).values(key=key, value=value)
        with self._write() as connection:
            connection.execute(put.on_conflict_do_update(index_elements=["key"], set_={"value": value}))

    def background_days(self, language: str, before: str) -> list[tuple[str, int, dict[str, int]]]:
        asked = sa.select(_b.day, _b.documents, _b.data).where(_b.language == language, _b.day < before)
        with self._read() as connection:
            rows = connection.execute(asked.order_by(_b.day)).all()
        return [(day, documents, unpack_counts(data)) for day, documents, data in rows]

    def add_background(self, language: str, day: str, documents: int, counts: dict[str, int]) -> None:
        ours = (_b.language == language) & (_b.day == day)
        with self._write() as connection:
            row = connection.execute(sa.select(_b.documents, _b.data).where(ours)).first()
            total = unpack_counts(row.data) if row else {}
            for word, count in counts.items():
                total[word] = total.get(word, 0) + count
            said = {"documents": documents + (row.documents if row else 0), "data": pack_counts(total)}
            put = insert(background).values(language=language, day=day, **said)
            connection.execute(put.on_conflict_do_update(index_elements=["language", "day"], set_=said))

    def expire(self, now: datetime) -> int:
        dropped = self._drop(texts.c.article_id, texts.c.expires <= now)
        self._forget_wording(now - self._text_time)
        self._drop(rejected.c.seq, rejected.c.at < now - HISTORY)
        self._look_no_more(now)
        self._drop(feed_polls.c.seq, feed_polls.c.at < now - HISTORY)
        return dropped

    def _forget_wording(self, before: datetime) -> None:
        """How texts were worded, as long as texts are kept; that and when they changed stays."""
        old = sa.select(revisions.c.seq).where(revisions.c.wording.is_not(None), revisions.c.at < before).limit(BATCH)
        while True:
            with self._write() as connection:
                bare = sa.update(revisions).where(revisions.c.seq.in_(old)).values(wording=None)
                if connection.execute(bare).rowcount < BATCH:
                    return

    def _look_no_more(self, now: datetime) -> None:
        """Old pages that were due two days ago and never claimed stand on no front page."""
        old = (articles.c.look_at < now - MISSED) & (articles.c.first_seen < now - HISTORY)
        past = sa.select(articles.c.seq).where(sa.text(TO_LOOK_AT), old).limit(BATCH)
        while True:
            with self._write() as connection:
                done = sa.update(articles).where(articles.c.seq.in_(past)).values(look_at=None)
                if connection.execute(done).rowcount < BATCH:
                    return

    def _drop(self, key: sa.Column[Any], old: sa.ColumnElement[bool]) -> int:
        """Delete old rows a batch a transaction, so that no writer waits long."""
        dropped = 0
        while True:
            batch = sa.select(key).where(old).limit(BATCH)
            with self._write() as connection:
                gone = connection.execute(sa.delete(key.table).where(key.in_(batch))).rowcount
            dropped += gone
            if gone < BATCH:
                return dropped
