"""Pages that were read, looked at again: who is next, what stands, and what another source's article says already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from newsloom.store.annotations import unpack_text
from newsloom.store.base import BATCH
from newsloom.store.claims import FREE, MOST_LOST, idle
from newsloom.store.keys import link_key
from newsloom.store.pages import Pages
from newsloom.store.protocol import Looked, PageJob
from newsloom.store.rows import ARTICLE, article_of
from newsloom.store.tables import TO_LOOK_AT, aliases, articles, placements, texts, unindexed
from newsloom.types import Article

_WIDTH = 8  # candidates looked at for one page given out
_a = articles.c
_to_look_at = sa.text(TO_LOOK_AT)
_fresh = sa.text("other.read_version = 0 AND other.lost = 0 AND other.quarantined = ''")


class Looks(Pages):
    """Claims of pages to be looked at again."""

    def claim_looks(
        self, now: datetime, limit: int, lease_s: float, *, since: datetime, busy_hosts: Iterable[str] = ()
    ) -> list[PageJob]:
        ranked = sa.select(placements.c.story_id)
        other = articles.alias("other")
        fresh = sa.select(other.c.seq).where(other.c.host == _a.host, _fresh, other.c.retry_at.is_(None))
        due = (
            sa.select(_a.seq, _a.host)
            .where(_to_look_at, _a.look_at <= now, _a.lost < MOST_LOST, _a.quarantined == "", idle(now))
            .where((_a.first_seen >= since) | _a.story_id.in_(ranked), ~fresh.exists())
        )
        with self._read() as connection:
            busy = set(busy_hosts) | self._hosts_of_others(connection, now)
            asked = due.where(_a.host.not_in(busy)).order_by(_a.look_at).limit(limit * _WIDTH)
            hosts: dict[str, int] = {}
            for seq, host in connection.execute(asked):
                hosts.setdefault(host, seq)
        if not hosts:
            return []
        with self._write() as connection:
            return self._give(connection, list(hosts.values())[:limit], now, lease_s, _a.look_at <= now)

    def save_looks(self, looks: Sequence[Looked]) -> None:
        for start in range(0, len(looks), BATCH):
            with self._write() as connection:
                for look in looks[start : start + BATCH]:
                    held = (_a.id == look.article_id) & (_a.claim_token == look.token)
                    values = {"look_at": look.look_at, "attempts": _a.attempts - 1, "lost": 0, **FREE}
                    connection.execute(sa.update(articles).where(held).values(values))

    def read_lately(self, source_id: str, most: int) -> list[Article]:
        asked = (
            sa.select(*ARTICLE, texts.c.body)
            .join(texts, texts.c.article_id == _a.id)
            .where(_a.source_id == source_id, unindexed(_a.read_version) > 0)
            .order_by(_a.seq.desc())
            .limit(most)
        )
        with self._read() as connection:
            rows = connection.execute(asked).mappings().all()
        return [article_of(row, unpack_text(row["body"])) for row in rows]

    def twin(self, article_id: str, url: str) -> Article | None:
        named = sa.select(aliases.c.article_id).where(aliases.c.key == link_key(url))
        asked = (
            sa.select(*ARTICLE, texts.c.body)
            .join(texts, texts.c.article_id == _a.id)
            .where(_a.id.in_(named), _a.id != article_id, _a.origin == "page", unindexed(_a.read_version) > 0)
            .order_by(_a.seq.desc())
            .limit(1)
        )
        with self._read() as connection:
            row = connection.execute(asked).mappings().first()
        return article_of(row, unpack_text(row["body"])) if row else None
