"""Articles that came with their text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from newsloom.store import search
from newsloom.store.annotations import pack_annotations, pack_text
from newsloom.store.arrivals import (
    entry_row,
    forgotten,
    insert_aliases,
    insert_articles,
    known_aliases,
    put_texts,
    source_names,
)
from newsloom.store.base import Base
from newsloom.store.protocol import ImportMark, NewEntry
from newsloom.store.reads import put_annotations
from newsloom.store.rows import passage_values, search_row
from newsloom.store.tables import SETTLED, imports
from newsloom.types import Annotations

_Import = tuple[NewEntry, Annotations | None]


class Imports(Base):
    """Importing."""

    def import_articles(self, articles: Sequence[_Import], now: datetime, mark: ImportMark | None = None) -> int:
        bodies = {e.id: pack_text(e.article.text) for e, _ in articles if e.article.paragraphs}
        data = {e.id: (made.version, pack_annotations(made)) for e, made in articles if made is not None}
        with self._write() as connection:
            fresh = _unknown(connection, articles) if articles else []
            seqs = insert_articles(connection, [_row(entry, made, now) for entry, made in fresh])
            fresh = [each for each in fresh if each[0].id in seqs]
            _add_words(connection, fresh, seqs)
            ids = [entry.id for entry, _ in fresh]
            put_texts(connection, {i: bodies[i] for i in ids if i in bodies}, now + self._text_time)
            put_annotations(connection, [(i, *data[i]) for i in ids if i in data])
            if mark is not None:
                _put_mark(connection, mark, len(fresh), now)
        return len(fresh)

    def import_mark(self, file: str) -> ImportMark | None:
        with self._read() as connection:
            row = connection.execute(sa.select(imports).where(imports.c.file == file)).first()
        if row is None:
            return None
        return ImportMark(file=row.file, items=row.items, at=row.at, mark=row.mark, counts=row.counts)


def _put_mark(connection: sa.Connection, mark: ImportMark, new: int, now: datetime) -> None:
    if mark.done:
        connection.execute(sa.delete(imports).where(imports.c.file == mark.file))
        return
    counts = {**mark.counts, "new": mark.counts.get("new", 0) + new}
    said = {"items": mark.items, "at": mark.at, "mark": mark.mark, "counts": counts, "updated": now}
    put = insert(imports).values(file=mark.file, **said)
    connection.execute(put.on_conflict_do_update(index_elements=["file"], set_=said))


def _unknown(connection: sa.Connection, batch: Sequence[_Import]) -> list[_Import]:
    """Those that are neither known under any of their keys nor forgotten, each once."""
    gone = forgotten(connection, [entry for entry, _ in batch])
    wanted: dict[str, set[str]] = defaultdict(set)
    for entry, _ in batch:
        wanted[entry.article.source_id].update(entry.keys)
    known = {(source, key) for source, names in wanted.items() for key in known_aliases(connection, source, names)}
    fresh = []
    for entry, made in batch:
        names = {(entry.article.source_id, key) for key in entry.keys}
        if entry.id not in gone and known.isdisjoint(names):
            known |= names
            fresh.append((entry, made))
    return fresh


def _row(entry: NewEntry, made: Annotations | None, now: datetime) -> dict[str, Any]:
    row = entry_row(entry, entry.article.source_id, "", now, keeps_entry=False) | {"read_version": SETTLED}
    if made is not None:
        row |= {"annotate_version": made.version, "passages": passage_values(made.passages)}
        row["language"] = made.language or row["language"]
    return row


def _add_words(connection: sa.Connection, fresh: Sequence[_Import], seqs: dict[str, int]) -> None:
    outlets = source_names(connection, {entry.article.source_id for entry, _ in fresh})
    insert_aliases(
        connection,
        [{"key": k, "source_id": e.article.source_id, "article_id": e.id} for e, _ in fresh for k in e.keys],
    )
    found = [search_row(seqs[e.id], e.article, made, outlets.get(e.article.source_id, "")) for e, made in fresh]
    search.add(connection, found)
