"""How well the machine does, by the store's own rows: a bounded sample of what came in last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from newsloom.store.reading.records import Quality, Versions, Waiting
from newsloom.store.tables import UNANNOTATED, UNGROUPED, UNREAD, articles, similarities, stories

SAMPLED = 2_000
# Of what waits no more are counted: nobody needs to know how many more.
COUNTED = 100_000
DAY = timedelta(days=1)
_a = articles.c
_QUEUES = (("read", UNREAD), ("annotate", UNANNOTATED), ("group", UNGROUPED))


def quality(connection: sa.Connection, now: datetime) -> Quality:
    """Stories of the last day, the newest articles, and what waits: four queries."""
    newest = sa.select(_a.seq, _a.id).where(_a.story_id != "").order_by(_a.seq.desc()).limit(SAMPLED).subquery()
    named = ("copy_of", "origin", "read_version", "annotate_version", "group_version")
    asked = sa.select(*(_a[name] for name in named)).select_from(articles.join(newest, newest.c.seq == _a.seq))
    sample = connection.execute(asked).all()
    alone = sa.func.sum(sa.case((stories.c.members == 1, 1), else_=0))
    told, single = connection.execute(sa.select(sa.func.count(), alone).where(stories.c.last_seen > now - DAY)).one()
    linked = (
        sa.select(sa.func.count(), sa.func.count(sa.distinct(similarities.c.article_id)))
        .select_from(newest.join(similarities, similarities.c.article_id == newest.c.id))
        .where(similarities.c.kind == "same")
    )
    items, beside = connection.execute(linked).one()
    return Quality(
        stories=told,
        alone=single or 0,
        sampled=len(sample),
        copies=sum(row.copy_of != "" for row in sample),
        same_items=items,
        with_same=beside,
        from_page=sum(row.origin == "page" for row in sample),
        waiting=_waiting(connection),
        versions=_versions(sample),
    )


def _waiting(connection: sa.Connection) -> tuple[Waiting, ...]:
    counted = (_queue(*each) for each in _QUEUES)
    return tuple(
        Waiting(stage=stage, count=count, oldest=oldest)
        for stage, count, oldest in connection.execute(sa.union_all(*counted))
    )


def _queue(stage: str, where: str) -> sa.Select[Any]:
    # In the order of the index that holds just what waits; else SQLite may walk all that is done.
    first = sa.select(_a.first_seen).where(sa.text(where)).order_by(_a.first_seen).limit(COUNTED).subquery()
    columns: list[sa.ColumnElement[Any]] = [sa.literal(stage), sa.func.count(), sa.func.min(first.c.first_seen)]
    return sa.select(*columns).select_from(first)


def _versions(sample: Sequence[sa.Row[Any]]) -> tuple[Versions, ...]:
    """Which versions of the stages treated the newest articles; what no stage treated is left out."""
    found = []
    for stage in ("read", "annotate", "group"):
        counted = Counter(getattr(row, f"{stage}_version") for row in sample)
        found += [Versions(stage=stage, version=version, count=n) for version, n in sorted(counted.items())]
    return tuple(each for each in found if 0 < each.version < 1_000_000)
