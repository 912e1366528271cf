"""What is looked for beyond the feeds we have: feeds in place of those that fail for long, and sites much linked to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from newsloom.store.base import Base
from newsloom.store.keys import feed_id, host_of
from newsloom.store.protocol import Cited, Proposal
from newsloom.store.tables import citations, feeds, proposals, sources
from newsloom.types import Feed

_FEED = [feeds.c[name] for name in Feed.__dataclass_fields__]
_PROPOSAL = tuple(Proposal.__dataclass_fields__)


class Scouting(Base):
    """Rows of the scout."""

    def lost_feeds(self, failing_before: datetime, sought_before: datetime, limit: int) -> list[tuple[Feed, str]]:
        lost = feeds.c.failing_since <= failing_before
        asked = (
            sa.select(*_FEED, sources.c.homepage)
            .join(sources, sources.c.id == feeds.c.source_id)
            .where(lost, sources.c.removed.is_(None), sources.c.homepage != "")
            .where(feeds.c.sought.is_(None) | (feeds.c.sought <= sought_before))
            .where(~feeds.c.gone | (feeds.c.status == 410))
            .order_by(feeds.c.sought, feeds.c.id)
            .limit(limit)
        )
        with self._read() as connection:
            rows = connection.execute(asked).mappings().all()
        return [(Feed(**{name: row[name] for name in Feed.__dataclass_fields__}), row["homepage"]) for row in rows]

    def put_sought(self, lost: Feed, found: str, now: datetime) -> None:
        ours = feeds.c.id == lost.id
        said = {"sought": now} | ({"gone": True, "status": 0, "error": f"was replaced by {found}"} if found else {})
        new = {"id": feed_id(found), "source_id": lost.source_id, "url": found, "host": host_of(found)}
        with self._write() as connection:
            connection.execute(sa.update(feeds).where(ours).values(said))
            if found:
                connection.execute(insert(feeds).values(new | {"next_poll": now}).on_conflict_do_nothing())

    def cited(self, since: datetime, sources_least: int, articles_least: int, limit: int) -> list[Cited]:
        c = citations.c
        outlets, count = sa.func.count().label("sources"), sa.func.sum(c.articles).label("articles")
        looked = sa.select(proposals.c.host).where(proposals.c.looked >= since)
        asked = (
            sa.select(c.host, outlets, count)
            .where(c.last >= since, c.host.not_in(looked))
            .group_by(c.host)
            .having((outlets >= sources_least) & (count >= articles_least))
            .order_by(outlets.desc(), count.desc(), c.host)
        )
        with self._read() as connection:
            known = _known_hosts(connection)
            rows = connection.execute(asked.limit(limit + len(known))).all()
        found = [Cited(host=row.host, sources=row.sources, articles=row.articles) for row in rows]
        return [each for each in found if not _is_known(each.host, known)][:limit]

    def put_proposal(self, proposal: Proposal) -> None:
        said = {name: getattr(proposal, name) for name in _PROPOSAL}
        put = insert(proposals).values(said)
        with self._write() as connection:
            connection.execute(put.on_conflict_do_update(index_elements=["host"], set_=said))

    def proposals(self) -> list[Proposal]:
        with self._read() as connection:
            return proposed(connection)


def proposed(connection: sa.Connection) -> list[Proposal]:
    """Sites with a feed that are no sources, those that most outlets link to first."""
    p = proposals.c
    asked = sa.select(*(p[name] for name in _PROPOSAL)).where(p.feed != "")
    known = _known_hosts(connection)
    rows = connection.execute(asked.order_by(p.sources.desc(), p.articles.desc(), p.host)).mappings()
    return [Proposal(**row) for row in rows if not _is_known(row["host"], known)]


def _known_hosts(connection: sa.Connection) -> set[str]:
    """Hosts of what is or was a source: whoever was removed is not proposed again."""
    homepages: Iterable[str] = connection.execute(sa.select(sources.c.homepage)).scalars()
    hosts = {host_of(url) for url in homepages} | set(connection.execute(sa.select(feeds.c.host).distinct()).scalars())
    return {host.removeprefix("www.") for host in hosts if host}


def _is_known(host: str, known: set[str]) -> bool:
    """Whether the host, or the domain that it belongs to, is a source's."""
    labels = host.split(".")
    return any(".".join(labels[n:]) in known for n in range(len(labels) - 1))
