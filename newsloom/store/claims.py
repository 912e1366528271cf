"""Claims: short leases on rows of the queue, and what becomes of rows whose worker never came back.

A claim counts in `attempts` and `lost` before the work; a result sets `lost` back to 0. A row lost once is suspect:
suspects are given out alone, the least lost first, so that one that kills its worker is told from those which were
only in the same hands. What was lost six times is quarantined: three, as designed, put away pages that had only been
in hand while an operator killed collectors (17 of 185 in fifty kills).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from newsloom.store.base import BATCH, Base
from newsloom.store.process import holder, is_dead, is_of, new_token
from newsloom.store.refusals import add_rejected
from newsloom.store.tables import IN_HAND, POLLED, articles, feeds
from newsloom.types import Rejected, Stage

MOST_LOST = 6

_in_hand = sa.text(IN_HAND)


class Claims(Base):
    """Claims as such, whatever is claimed."""

    def _hosts_of_others(self, connection: sa.Connection, now: datetime) -> set[str]:
        """Hosts of which another process has a page or a feed in hand."""
        a, f = articles.c, feeds.c
        pages = sa.select(a.host, a.claim_token).where(_in_hand, a.claim_until > now, a.host != "").distinct()
        polls = sa.select(f.host, f.claim_token).where(sa.text(POLLED), f.claim_until > now)
        claims = [*connection.execute(pages), *connection.execute(polls)]
        return {host for host, token in claims if not is_of(token, self._name)}

    def _token(self) -> str:
        return new_token(self._name)

    def release(self, tokens: Sequence[str]) -> None:
        """Undo the claims of articles whose work was not begun, as if they had never been made."""
        undone = {"attempts": articles.c.attempts - 1, "lost": articles.c.lost - 1} | FREE
        with self._write() as connection:
            connection.execute(sa.update(articles).where(_in_hand, articles.c.claim_token.in_(tokens)).values(undone))

    def free_dead(self) -> None:
        """Free what processes of this machine held that are no more."""
        with self._write() as connection:
            _free(connection, feeds, feeds.c.claim_token != "")
            _free(connection, articles, _in_hand & (articles.c.claim_token != ""))


FREE = {"claim_token": "", "claim_until": None}


def take(
    connection: sa.Connection,
    seqs: Iterable[int],
    token: str,
    now: datetime,
    lease_s: float,
    waiting: sa.ColumnElement[bool],
) -> list[int]:
    """Claim the rows that are still nobody's and to be done, each with a token of its own; the `seq` of those taken.

    They were found before this transaction began: another process may have done them since.
    """
    until = now + timedelta(seconds=lease_s)
    own = sa.literal(token + "-") + sa.cast(articles.c.seq, sa.Text)
    taken = (
        sa.update(articles)
        .where(articles.c.seq.in_(list(seqs)), idle(now), waiting)
        .values(attempts=articles.c.attempts + 1, lost=articles.c.lost + 1, claim_token=own, claim_until=until)
        .returning(articles.c.seq)
    )
    return [seq for (seq,) in connection.execute(taken)]


def quarantine(connection: sa.Connection, stage: Stage, below: sa.ColumnElement[bool], now: datetime) -> None:
    """Put away what was lost too often, with the reason for `explain`."""
    lost = _in_hand & (articles.c.lost >= MOST_LOST) & (articles.c.quarantined == "") & below & idle(now)
    found = connection.execute(
        sa.select(articles.c.seq, articles.c.id, articles.c.source_id).where(lost).limit(BATCH)
    ).all()
    for row in found:
        why = Rejected(stage=stage, reason="quarantined", detail=f"{MOST_LOST} workers ended over it", url=row.id)
        add_rejected(connection, [why], now, row.source_id)
    if found:
        away = sa.update(articles).where(articles.c.seq.in_([row.seq for row in found]))
        connection.execute(away.values(quarantined="lost", lost=0, **FREE))


def suspect(connection: sa.Connection, below: sa.ColumnElement[bool], now: datetime) -> int | None:
    """The one lost row to try next, None while another is being tried or none waits."""
    rows = _in_hand & (articles.c.quarantined == "") & below
    trying = sa.select(articles.c.seq).where(rows, articles.c.lost > 1, ~idle(now)).limit(1)
    if connection.execute(trying).first() is not None:
        return None
    waiting = sa.select(articles.c.seq).where(rows, idle(now))
    waiting = waiting.order_by(articles.c.lost, articles.c.first_seen.desc(), articles.c.seq).limit(1)
    return connection.execute(waiting).scalar()


def idle(now: datetime) -> sa.ColumnElement[bool]:
    """Rows that nobody holds at `now`."""
    return articles.c.claim_until.is_(None) | (articles.c.claim_until <= now)


def _free(connection: sa.Connection, table: sa.Table, claimed: sa.ColumnElement[bool]) -> None:
    tokens = connection.execute(sa.select(table.c.claim_token).where(claimed).distinct()).scalars().all()
    ended = {process for process in {holder(token) for token in tokens} if is_dead(process)}
    dead = [token for token in tokens if holder(token) in ended]
    for start in range(0, len(dead), BATCH):
        held = table.c.claim_token.in_(dead[start : start + BATCH])
        connection.execute(sa.update(table).where(held).values(FREE))
