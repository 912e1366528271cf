"""Sources: an outlet's page, what the operator sees of all of them, and the list that leaves as OPML."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from newsloom.store.reading import rows
from newsloom.store.reading.records import (
    Counts,
    FeedHealth,
    Health,
    Latency,
    Progress,
    RejectedCount,
    RejectedLine,
    SourceHealth,
    SourceRecord,
    Volume,
)
from newsloom.store.scouting import proposed
from newsloom.store.tables import articles as a
from newsloom.store.tables import edition_sources, feed_polls, feeds, rejected, stories
from newsloom.store.tables import sources as s
from newsloom.types import Feed, Source

REJECTED_SHOWN = 50
PROPOSED_SHOWN = 20
# Articles that the latency is told of.
LATEST = 20_000
# Progress is told of the first minutes: nobody counts further.
COUNTED = 10_000
# Days of an outlet's volume, today among them.
DAYS = 14
DAY_MS = 86_400_000


def source(connection: sa.Connection, source_id: str, now: datetime, page: int, size: int) -> SourceRecord | None:
    """An outlet's page: four queries."""
    row = connection.execute(sa.select(s).where(s.c.id == source_id)).mappings().first()
    if row is None:
        return None
    asked = (
        sa.select(*rows.REPORT)
        .select_from(rows.ARTICLES)
        .where(a.c.source_id == source_id)
        .order_by(a.c.shown_at.desc())
        .limit(size + 1)
        .offset((page - 1) * size)
    )
    newest = tuple(rows.report(each) for each in connection.execute(asked).mappings())
    return SourceRecord(
        source=rows.source(row),
        removed=row["removed"],
        days=_volume(connection, source_id, now),
        feeds=_feeds(connection, source_id),
        newest=newest[:size],
        more=len(newest) > size,
    )


def _volume(connection: sa.Connection, source_id: str, now: datetime) -> tuple[Volume, ...]:
    first = now.astimezone(UTC).date() - timedelta(days=DAYS - 1)
    day = sa.type_coerce(a.c.shown_at, sa.BigInteger) // DAY_MS
    asked = (
        sa.select(
            day.label("day"), a.c.language, sa.func.count(), sa.func.sum(sa.case((a.c.copy_of != "", 1), else_=0))
        )
        .where(a.c.source_id == source_id, a.c.shown_at >= datetime.combine(first, time(), UTC))
        .group_by(day, a.c.language)
        .order_by(day, a.c.language)
    )
    return tuple(
        Volume(day=date(1970, 1, 1) + timedelta(days=each[0]), language=each[1], articles=each[2], copies=each[3])
        for each in connection.execute(asked)
    )


def _feeds(connection: sa.Connection, source_id: str) -> tuple[FeedHealth, ...]:
    polls = sa.select(sa.func.sum(feed_polls.c.new)).where(feed_polls.c.feed_id == feeds.c.id).scalar_subquery()
    asked = sa.select(feeds, polls.label("recent_new")).where(feeds.c.source_id == source_id).order_by(feeds.c.url)
    return tuple(
        FeedHealth(feed=_feed(row), recent_new=row["recent_new"] or 0) for row in connection.execute(asked).mappings()
    )


def health(connection: sa.Connection, now: datetime) -> Health:
    """All sources with their feeds, and what was declined in the last day: ten queries."""
    day = rejected.c.at >= now - timedelta(days=1)
    counted = (
        sa.select(rejected.c.stage, rejected.c.reason, sa.func.count())
        .where(day)
        .group_by(rejected.c.stage, rejected.c.reason)
        .order_by(sa.func.count().desc())
    )
    latest = sa.select(rejected).order_by(rejected.c.at.desc()).limit(REJECTED_SHOWN)
    return Health(
        sources=_sources(connection),
        proposed=tuple(proposed(connection)[:PROPOSED_SHOWN]),
        counts=tuple(
            RejectedCount(stage=stage, reason=reason, count=count)
            for stage, reason, count in connection.execute(counted)
        ),
        latest=tuple(_rejected(row) for row in connection.execute(latest).mappings()),
    )


def with_feeds(connection: sa.Connection) -> tuple[Source, ...]:
    """The sources collected now, with their feeds' addresses: two queries."""
    addresses = _grouped(connection.execute(sa.select(feeds.c.source_id, feeds.c.url).where(~feeds.c.gone)))
    present = sa.select(s).where(s.c.removed.is_(None)).order_by(s.c.country, s.c.name)
    found = connection.execute(present).mappings()
    return tuple(rows.source(row, tuple(addresses.get(row["id"], ()))) for row in found)


def names(connection: sa.Connection, edition_id: str) -> tuple[tuple[str, str], ...]:
    """(id, name) of an edition's present sources, of all where none is named: one query."""
    asked = sa.select(s.c.id, s.c.name).where(*_present(edition_id), s.c.name != "").order_by(s.c.name)
    return tuple((source_id, name) for source_id, name in connection.execute(asked))


def languages(connection: sa.Connection, edition_id: str) -> tuple[str, ...]:
    """What an edition's present sources write in, all where none is named: one query."""
    # As text, of which there are few: JSON has no equality everywhere, and is not read a thousand times over.
    said = connection.execute(sa.select(sa.cast(s.c.languages, sa.Text)).where(*_present(edition_id)).distinct())
    return tuple(sorted({language for (each,) in said for language in json.loads(each) or ()}))


def _present(edition_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    inside = sa.select(edition_sources.c.source_id).where(edition_sources.c.edition_id == edition_id)
    return (s.c.removed.is_(None), *((s.c.id.in_(inside),) if edition_id else ()))


def counts(connection: sa.Connection) -> Counts:
    """How much is in the store: two queries."""
    one = connection.execute(
        sa.select(
            *(
                sa.select(sa.func.count()).select_from(table).scalar_subquery().label(table.name)
                for table in (a, stories)
            ),
            sa.select(sa.func.count()).where(s.c.removed.is_(None)).scalar_subquery().label("sources"),
        )
    ).one()
    polled = connection.execute(
        sa.select(
            sa.func.count(),
            sa.func.sum(sa.case((feeds.c.failures > 0, 1), else_=0)),
            sa.func.max(feeds.c.last_polled),
        )
    ).one()
    return Counts(
        articles=one.articles,
        stories=one.stories,
        sources=one.sources,
        feeds=polled[0],
        feeds_failing=polled[1] or 0,
        last_polled=polled[2],
    )


def latency(connection: sa.Connection, now: datetime) -> Latency:
    """How soon articles came in: those with a known time, published after their source was added. One query."""
    soon = sa.type_coerce(a.c.first_seen, sa.BigInteger) - sa.type_coerce(a.c.published, sa.BigInteger)
    asked = (
        sa.select(soon)
        .join(s, s.c.id == a.c.source_id)
        .where(a.c.shown_at >= now - timedelta(days=1), a.c.published == a.c.shown_at, a.c.published >= s.c.added)
        .where(a.c.published_certainty == "exact")
        .order_by(a.c.shown_at.desc())
        .limit(LATEST)
    )
    found = sorted(int(ms) / 1000 for (ms,) in connection.execute(asked))
    return Latency(articles=len(found), p50_s=_quantile(found, 0.5), p95_s=_quantile(found, 0.95))


def _quantile(ordered: list[float], share: float) -> float | None:
    """The least value that this share of them does not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def progress(connection: sa.Connection, edition_id: str) -> Progress:
    """How many of an edition's feeds were asked, and what came of it: one query."""
    inside = sa.select(edition_sources.c.source_id).where(edition_sources.c.edition_id == edition_id)
    mine = sa.select(feeds.c.last_polled).where(feeds.c.source_id.in_(inside)).subquery()
    found = sa.select(a.c.seq).where(a.c.source_id.in_(inside)).limit(COUNTED).subquery()
    row = connection.execute(
        sa.select(
            sa.select(sa.func.count()).select_from(mine).scalar_subquery(),
            sa.select(sa.func.count(mine.c.last_polled)).scalar_subquery(),
            sa.select(sa.func.count()).select_from(found).scalar_subquery(),
        )
    ).one()
    return Progress(feeds=row[0], asked=row[1], articles=row[2])


def _sources(connection: sa.Connection) -> tuple[SourceHealth, ...]:
    editions = _grouped(connection.execute(sa.select(edition_sources.c.source_id, edition_sources.c.edition_id)))
    new, answers = dict(_recent_new(connection)), _answers(connection)
    by_source = _grouped(
        (
            row["source_id"],
            FeedHealth(feed=_feed(row), recent_new=new.get(row["id"], 0), answers=tuple(answers.get(row["id"], ()))),
        )
        for row in connection.execute(sa.select(feeds).order_by(feeds.c.url)).mappings()
    )
    present = sa.select(s).where(s.c.removed.is_(None)).order_by(s.c.name)
    return tuple(
        SourceHealth(
            source=rows.source(row),
            editions=tuple(editions.get(row["id"], ())),
            feeds=tuple(by_source.get(row["id"], ())),
        )
        for row in connection.execute(present).mappings()
    )


def _recent_new(connection: sa.Connection) -> list[tuple[str, int]]:
    asked = sa.select(feed_polls.c.feed_id, sa.func.sum(feed_polls.c.new)).group_by(feed_polls.c.feed_id)
    return [(feed_id, new) for feed_id, new in connection.execute(asked)]


def _answers(connection: sa.Connection) -> dict[str, list[tuple[int, int]]]:
    """How often each feed's kept polls were answered with which status, the most frequent first."""
    p, often = feed_polls.c, sa.func.count()
    asked = sa.select(p.feed_id, p.status, often).group_by(p.feed_id, p.status).order_by(p.feed_id, often.desc())
    return _grouped((feed_id, (status, count)) for feed_id, status, count in connection.execute(asked))


def _grouped(pairs: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def _feed(row: sa.RowMapping) -> Feed:
    return Feed(
        id=row["id"],
        source_id=row["source_id"],
        url=row["url"],
        title=row["title"],
        interval_s=row["interval_s"],
        next_poll=row["next_poll"],
        last_polled=row["last_polled"],
        last_success=row["last_success"],
        status=row["status"],
        error=row["error"],
        failing_since=row["failing_since"],
        failures=row["failures"],
        gone=row["gone"],
        pace=row["pace"],
        moved_to=row["moved_to"],
        asked_s=row["asked_s"],
        hub=row["hub"],
        push_until=row["push_until"],
        sought=row["sought"],
    )


def _rejected(row: sa.RowMapping) -> RejectedLine:
    return RejectedLine(
        at=row["at"], stage=row["stage"], reason=row["reason"], detail=row["detail"], subject=row["subject"]
    )
