"""The lease of the one writer of stories."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from newsloom.store.base import Base
from newsloom.store.process import here, is_dead
from newsloom.store.tables import leases

_l = leases.c


class Writer(Base):
    """Taking the right to write, extending it, and (with a lease of no time) giving it back."""

    def take_writer(self, name: str, token: str, now: datetime, lease_s: float) -> int | None:
        until = now + timedelta(seconds=lease_s)
        mine = {"token": token, "holder": here(), "until": until}
        with self._write() as connection:
            row = connection.execute(sa.select(leases).where(_l.name == name)).first()
            if row is None:
                connection.execute(insert(leases).values(name=name, epoch=1, **mine))
                return 1
            ours = row.token == token
            if not ours and row.until > now and not is_dead(row.holder):
                return None
            epoch: int = row.epoch if ours else row.epoch + 1
            connection.execute(sa.update(leases).where(_l.name == name).values(epoch=epoch, **mine))
            return epoch
