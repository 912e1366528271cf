"""Columns that lists read, and rows turned into records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from newsloom.store.reading.records import Line, PageState, Report, StoryLine
from newsloom.store.reading.records import voice as voice_of
from newsloom.store.tables import SETTLED
from newsloom.store.tables import articles as a
from newsloom.store.tables import sources as s
from newsloom.store.tables import stories as st
from newsloom.types import EditionSpec, Evidence, Passage, Rights, Source

Row = sa.RowMapping

# An import without a source has no row in `sources`; its articles are shown all the same.
ARTICLES = a.outerjoin(s, s.c.id == a.c.source_id)

# Spelled so that no planner takes the index on `copy_of` for it: most articles are originals.
IS_ORIGINAL = sa.func.length(a.c.copy_of) == 0

LINE: tuple[sa.ColumnElement[Any], ...] = (
    a.c.id,
    a.c.source_id,
    s.c.name.label("outlet"),
    s.c.owner,
    a.c.url,
    a.c.headline,
    a.c.language,
    a.c.shown_at,
    a.c.published,
    a.c.story_id,
    a.c.copy_of,
)
REPORT = (*LINE, a.c.lead, a.c.section, a.c.origin, a.c.read_version, a.c.attempts, a.c.quarantined,
          a.c.image, a.c.image_alt, a.c.rights)  # fmt: skip
FULL = (*REPORT, a.c.passages)
# A headline is all there is.
BARE = sa.and_(a.c.lead == "", sa.cast(a.c.passages, sa.Text) == "[]").label("bare")
STORY: tuple[sa.ColumnElement[Any], ...] = (
    st.c.id.label("st_id"),
    st.c.language.label("st_language"),
    st.c.first_seen,
    st.c.last_seen,
    st.c.updated,
    st.c.reports,
    st.c.copies,
)


def voice(row: Row) -> str:
    """Whose report a row of LINE is."""
    return voice_of(row["owner"], row["outlet"], row["source_id"], row["id"])


def line(row: Row) -> Line:
    """A row of LINE."""
    published, shown_at = row["published"], row["shown_at"]
    return Line(
        id=row["id"],
        source_id=row["source_id"],
        outlet=row["outlet"] or "",
        owner=row["owner"] or "",
        url=row["url"],
        headline=row["headline"],
        language=row["language"],
        shown_at=shown_at,
        dated=published == shown_at,
        story_id=row["story_id"],
        copy_of=row["copy_of"],
    )


def report(row: Row) -> Report:
    """A row of REPORT or FULL."""
    published, shown_at = row["published"], row["shown_at"]
    return Report(
        id=row["id"],
        source_id=row["source_id"],
        outlet=row["outlet"] or "",
        owner=row["owner"] or "",
        url=row["url"],
        headline=row["headline"],
        language=row["language"],
        shown_at=shown_at,
        dated=published == shown_at,
        story_id=row["story_id"],
        copy_of=row["copy_of"],
        lead=row["lead"],
        section=row["section"],
        page=page(row),
        image=row["image"],
        image_alt=row["image_alt"],
        rights=rights(row["rights"]),
        passages=passages(row["passages"]) if "passages" in row else (),
    )


def page(row: Row) -> PageState:
    """What became of an article's page, where only the feed speaks."""
    if row["origin"] != "entry" or row["read_version"] == SETTLED:
        return "read" if row["origin"] != "entry" else "none"
    if row["read_version"] or row["quarantined"]:
        return "failed"
    return "again" if row["attempts"] else "waiting"


def story(row: Row, **more: Any) -> StoryLine:
    """A row of STORY, with REPORT or FULL of its lead article (all null where that is gone)."""
    return StoryLine(
        id=row["st_id"],
        language=row["st_language"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        updated=row["updated"],
        reports=row["reports"],
        copies=row["copies"],
        lead=report(row) if row["id"] is not None else None,
        **more,
    )


def edition(row: Row) -> EditionSpec:
    """A row of `editions`."""
    return EditionSpec(id=row["id"], name=row["name"], country=row["country"], language=row["language"])


def source(row: Row, feeds: tuple[str, ...] = ()) -> Source:
    """A row of `sources`."""
    return Source(
        id=row["id"],
        name=row["name"],
        homepage=row["homepage"],
        country=row["country"],
        languages=tuple(row["languages"] or ()),
        owner=row["owner"],
        kind=row["kind"],
        feeds=feeds,
    )


def rights(data: Mapping[str, Any] | None) -> Rights:
    """Rights as stored; what can't be read counts as nothing said, never as leave given."""
    data = data or {}
    checked = data.get("checked")
    return Rights(
        analyse=bool(data.get("analyse", True)),
        snippet_chars=int(data.get("snippet_chars", -1)),
        image=data.get("image") if isinstance(data.get("image"), bool) else None,
        archive=bool(data.get("archive", True)),
        evidence=tuple(data.get("evidence") or ()),
        checked=datetime.fromisoformat(checked) if isinstance(checked, str) else None,
    )


def passages(data: list[Mapping[str, Any]] | None) -> tuple[Passage, ...]:
    """Key passages as stored."""
    return tuple(Passage(text=p["text"], start=p["start"], end=p["end"], score=p["score"]) for p in data or ())


def evidence(data: Mapping[str, Any] | None) -> Evidence:
    """Evidence as stored."""
    data = data or {}
    hours = data.get("hours")
    return Evidence(
        names=tuple(data.get("names") or ()),
        numbers=tuple(data.get("numbers") or ()),
        terms=tuple(data.get("terms") or ()),
        hours=float(hours) if hours is not None else None,
    )
