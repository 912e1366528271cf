"""Articles that came with their text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

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
from newsloom.store.protocol import NewEntry
from newsloom.store.reads import put_annotations
from newsloom.store.rows import passage_values, search_row
from newsloom.store.tables import SETTLED
from newsloom.types import Annotations

_BATCH = 50
_Import = tuple[NewEntry, Annotations | None]


class Imports(Base):
    """Importing."""

    def import_articles(self, articles: Sequence[_Import], now: datetime) -> int:
        new = 0
        for start in range(0, len(articles), _BATCH):
            batch = articles[start : start + _BATCH]
            bodies = {e.id: pack_text(e.article.text) for e, _ in batch if e.article.paragraphs}
            data = {e.id: (made.version, pack_annotations(made)) for e, made in batch if made is not None}
            with self._write() as connection:
                fresh = _unknown(connection, batch)
                seqs = insert_articles(connection, [_row(entry, made, now) for entry, made in fresh])
                fresh = [each for each in fresh if each[0].id in seqs]
                _add_words(connection, fresh, seqs)
                ids = [entry.id for entry, _ in fresh]
                put_texts(connection, {i: bodies[i] for i in ids if i in bodies}, now + self._text_time)
                put_annotations(connection, [(i, *data[i]) for i in ids if i in data])
            new += len(fresh)
        return new


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
    row = entry_row(entry, entry.article.source_id, "", now) | {"read_version": SETTLED, "entry": None}
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
