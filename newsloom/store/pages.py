"""Pages to read and articles to annotate: who is next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from newsloom.store.annotations import unpack_entry, unpack_text
from newsloom.store.claims import Claims, idle, quarantine, suspect, take
from newsloom.store.protocol import PageJob
from newsloom.store.rows import ARTICLE, article_of
from newsloom.store.tables import ANNOTATED, IN_HAND, READ, TO_RETRY, UNANNOTATED, UNREAD, articles, texts, unindexed
from newsloom.types import Entry

_WIDTH = 8  # candidates looked at for one page given out
_a = articles.c
_unread, _read, _in_hand = sa.text(UNREAD), sa.text(READ), sa.text(IN_HAND)
_unannotated, _annotated = sa.text(UNANNOTATED), sa.text(ANNOTATED)
_Found = list[tuple[int, str]]


class Pages(Claims):
    """Claims of pages and of articles to annotate."""

    def claim_pages(
        self, now: datetime, limit: int, lease_s: float, *, version: int, busy_hosts: Iterable[str] = ()
    ) -> list[PageJob]:
        below = unindexed(_a.read_version) < version
        with self._read() as connection:
            busy = set(busy_hosts) | self._hosts_of_others(connection, now)
            found = _unread_pages(connection, now, limit, busy)
            if len(found) < limit and version > 1:
                taken = busy | {host for _, host in found}
                found += _older_pages(connection, now, limit - len(found), taken, version)
            lost = connection.execute(sa.select(_a.seq).where(_in_hand, idle(now), below).limit(1)).first()
        if not found and lost is None:
            return []
        with self._write() as connection:
            quarantine(connection, "extract", below, now)
            taken = busy | {host for _, host in found}
            alone = suspect(connection, below & _a.host.not_in(taken), now) if len(found) < limit or lost else None
            seqs = [seq for seq, _ in found[: limit - 1 if alone is not None else limit]]
            return self._give(connection, [*seqs, *([alone] if alone is not None else [])], now, lease_s, below)

    def next_page_at(self, *, version: int) -> datetime | None:
        asked = sa.select(sa.func.min(_a.retry_at)).where(sa.text(TO_RETRY))
        with self._read() as connection:
            return connection.execute(asked).scalar()

    def claim_annotate(self, now: datetime, limit: int, lease_s: float, *, version: int) -> list[PageJob]:
        below = (unindexed(_a.read_version) > 0) & (unindexed(_a.annotate_version) < version)
        with self._read() as connection:
            newest = sa.select(_a.seq).where(_unannotated).order_by(_a.first_seen.desc()).limit(limit)
            seqs = list(connection.execute(newest).scalars())
            older = [] if seqs else _older_annotated(connection, limit, version)
            lost = connection.execute(sa.select(_a.seq).where(_in_hand, idle(now), below).limit(1)).first()
        if not seqs and not older and lost is None:
            return []
        with self._write() as connection:
            quarantine(connection, "annotate", below, now)
            seqs = seqs or _with_text(connection, older, version)
            if not seqs:
                alone = suspect(connection, below, now)
                seqs = [] if alone is None else [alone]
            return self._give(connection, seqs, now, lease_s, below, with_text=True)

    def _give(
        self,
        connection: sa.Connection,
        seqs: Sequence[int],
        now: datetime,
        lease_s: float,
        waiting: sa.ColumnElement[bool],
        *,
        with_text: bool = False,
    ) -> list[PageJob]:
        taken = take(connection, seqs, self._token(), now, lease_s, waiting)
        body: sa.ColumnElement[Any] = texts.c.body if with_text else sa.null().label("body")
        joined = articles.outerjoin(texts, texts.c.article_id == _a.id) if with_text else articles
        asked = sa.select(*ARTICLE, _a.entry, _a.claim_token, body).select_from(joined).where(_a.seq.in_(taken))
        asked = asked.order_by(_a.first_seen.desc(), _a.shown_at.desc(), _a.id)
        return [_job(row) for row in connection.execute(asked).mappings()]


def _job(row: sa.RowMapping) -> PageJob:
    return PageJob(
        article=article_of(row, unpack_text(row["body"])),
        entry=_entry(row),
        host=row["host"],
        attempts=row["attempts"],
        token=row["claim_token"],
        first_seen=row["first_seen"],
        etag=row["etag"],
        last_modified=row["last_modified"],
    )


def _entry(row: sa.RowMapping) -> Entry:
    """What the feed said; of a page that was read, what we still know of that."""
    if row["entry"]:
        return unpack_entry(row["entry"])
    title = row["said_headline"] or row["headline"]
    return Entry(id=row["guid"], link=row["url"], title=title, published=row["published"], language=row["language"])


def _unread_pages(connection: sa.Connection, now: datetime, limit: int, busy: set[str]) -> _Found:
    """The newest page of each host: first among the newest of all, then, where few hosts fill those, host by host."""
    newest = sa.select(_a.seq, _a.host).where(_unread, _due(now), _a.host.not_in(busy))
    newest = newest.order_by(_a.first_seen.desc(), _a.shown_at.desc()).limit(limit * _WIDTH)
    found = connection.execute(newest).all()
    hosts: dict[str, int] = {}
    for seq, host in found:
        hosts.setdefault(host, seq)
    if len(hosts) < limit and len(found) == limit * _WIDTH:
        return _by_host(connection, now, limit, busy)
    return [(seq, host) for host, seq in hosts.items()][:limit]


def _by_host(connection: sa.Connection, now: datetime, limit: int, busy: set[str]) -> _Found:
    """One step in the index for each host, however many pages it has waiting."""
    hosts = sa.select(sa.func.min(_a.host).label("host")).where(_unread).cte("hosts", recursive=True)
    following = sa.select(sa.func.min(_a.host)).where(_unread, _a.host > hosts.c.host).correlate(hosts)
    hosts = hosts.union_all(sa.select(following.scalar_subquery()).where(hosts.c.host.is_not(None)))
    best = sa.select(_a.seq).where(_unread, _due(now), _a.host == hosts.c.host).correlate(hosts)
    best = best.order_by(_a.first_seen.desc(), _a.shown_at.desc()).limit(1)
    each = sa.select(best.scalar_subquery().label("seq")).where(hosts.c.host.is_not(None), hosts.c.host.not_in(busy))
    chosen = each.subquery("chosen")
    asked = sa.select(_a.seq, _a.host).join(chosen, chosen.c.seq == _a.seq)
    asked = asked.order_by(_a.first_seen.desc(), _a.shown_at.desc()).limit(limit)
    return [(seq, host) for seq, host in connection.execute(asked)]


def _older_pages(connection: sa.Connection, now: datetime, limit: int, busy: set[str], version: int) -> _Found:
    """Pages read by an older version, a host each."""
    oldest = connection.execute(sa.select(sa.func.min(_a.read_version)).where(_read)).scalar()
    if oldest is None or oldest >= version:
        return []
    asked = sa.select(_a.seq, _a.host).where(_read, _a.read_version == oldest, _a.lost == 0, _a.quarantined == "")
    asked = asked.where(_due(now), _a.host.not_in(busy)).order_by(_a.first_seen.desc()).limit(limit * _WIDTH)
    hosts: dict[str, int] = {}
    for seq, host in connection.execute(asked):
        hosts.setdefault(host, seq)
    return [(seq, host) for host, seq in hosts.items()][:limit]


def _older_annotated(connection: sa.Connection, limit: int, version: int) -> list[int]:
    """Articles annotated by an older version."""
    oldest = connection.execute(sa.select(sa.func.min(_a.annotate_version)).where(_annotated)).scalar()
    if oldest is None or oldest >= version:
        return []
    asked = sa.select(_a.seq).where(_annotated, _a.annotate_version == oldest, _a.lost == 0, _a.quarantined == "")
    return list(connection.execute(asked.order_by(_a.first_seen.desc()).limit(limit)).scalars())


def _with_text(connection: sa.Connection, seqs: Sequence[int], version: int) -> list[int]:
    """Those whose text is still kept; the annotations of the others stand for good."""
    asked = sa.select(_a.seq).join(texts, texts.c.article_id == _a.id).where(_a.seq.in_(seqs))
    kept = list(connection.execute(asked).scalars())
    bare = sorted(set(seqs) - set(kept))
    if bare:
        connection.execute(sa.update(articles).where(_a.seq.in_(bare)).values(annotate_version=version))
    return kept


def _due(now: datetime) -> sa.ColumnElement[bool]:
    return _a.retry_at.is_(None) | (_a.retry_at <= now)
