"""What stages declined, kept so that `explain` can say why something is not shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from newsloom.store.tables import rejected
from newsloom.types import Rejected


def add_rejected(connection: sa.Connection, refusals: Iterable[Rejected], now: datetime, source_id: str = "") -> None:
    """Keep refusals; `url` of each is its subject: an address, a feed's or an article's id."""
    rows = [
        {"at": now, "stage": r.stage, "reason": r.reason, "detail": r.detail, "subject": r.url, "source_id": source_id}
        for r in refusals
    ]
    if rows:
        connection.execute(sa.insert(rejected), rows)
