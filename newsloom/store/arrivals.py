"""New articles: rows, aliases, texts and search rows, in the transaction of whoever brings them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from newsloom.store import keys, search
from newsloom.store.annotations import pack_entry, pack_text
from newsloom.store.protocol import NewEntry
from newsloom.store.revising import MOST_REVISIONS, Revised, add_revisions
from newsloom.store.rows import article_values, search_row
from newsloom.store.tables import SETTLED, aliases, articles, sources, texts, tombstones

MOST_NAMES = 16  # of one article: whoever makes new guids at every fetch must not fill the store with them
_ANY_TOMBSTONE = sa.select(tombstones.c.key).limit(1)


@dataclass(frozen=True, slots=True)
class Edit:
    """Other words of the feed for an article that we know: what it said before, and the entry as it is now."""

    seq: int
    article_id: str
    origin: str
    headline: str
    lead: str
    entry: NewEntry


class Arrivals:
    """What one poll brings of one feed, gathered first and written with one statement a table."""

    def __init__(self, source_id: str, feed_id: str, text_time: timedelta) -> None:
        self._source_id = source_id
        self._feed_id = feed_id
        self._text_time = text_time
        self._new: list[NewEntry] = []
        self._aliases: list[dict[str, str]] = []
        self._edits: list[Edit] = []
        self._told: list[tuple[int, NewEntry]] = []

    def add(self, entry: NewEntry) -> None:
        """An article never seen before."""
        self._new.append(entry)

    def alias(self, key: str, article_id: str) -> None:
        """Another address or guid of an article."""
        self._aliases.append({"key": key, "source_id": self._source_id, "article_id": article_id})

    def edit(self, edit: Edit) -> None:
        """Other words for an article."""
        self._edits.append(edit)

    def told(self, seq: int, entry: NewEntry) -> None:
        """The first words of a feed for an article whose page was read before we kept them."""
        self._told.append((seq, entry))

    def write(self, connection: sa.Connection, now: datetime) -> tuple[int, int]:
        """Write all; how many were new and how many edited."""
        outlet = source_names(connection, [self._source_id]).get(self._source_id, "")
        rows = [entry_row(entry, self._source_id, self._feed_id, now) for entry in self._new]
        seqs = insert_articles(connection, rows)
        insert_aliases(connection, self._aliases)
        fresh = [entry for entry in self._new if entry.id in seqs]
        search.add(connection, [search_row(seqs[e.id], e.article, None, outlet) for e in fresh])
        # What has no page of its own is all there will ever be of it: its words are kept at once.
        bare = [e for e in fresh if e.article.paragraphs and not _has_page(e)]
        put_texts(connection, {e.id: pack_text(e.article.text) for e in bare}, now + self._text_time)
        self._write_edits(connection, outlet, now)
        for seq, entry in self._told:
            connection.execute(sa.update(articles).where(articles.c.seq == seq).values(_said(entry)))
        return len(seqs), len(self._edits)

    def _write_edits(self, connection: sa.Connection, outlet: str, now: datetime) -> None:
        counts = add_revisions(connection, [_revised(edit) for edit in self._edits], now)
        for edit in self._edits:
            row = sa.update(articles).where(articles.c.seq == edit.seq)
            values = _edited_page(edit, counts[edit.article_id], now) if edit.origin == "page" else _edited_entry(edit)
            connection.execute(row.values(values))
            if edit.origin == "entry":
                search.put(connection, [search_row(edit.seq, edit.entry.article, None, outlet)])
        bare = [e for e in self._edits if e.origin == "entry" and not _has_page(e.entry)]
        bodies = {e.article_id: pack_text(e.entry.article.text) for e in bare if e.entry.article.paragraphs}
        put_texts(connection, bodies, now + self._text_time)


def _edited_entry(edit: Edit) -> dict[str, Any]:
    """Back to work, but after its time to retry, and counting on: an outlet that edits at every poll must not make
    us ask for a page at every poll."""
    said = edit.entry.article
    again = sa.case((articles.c.read_version == SETTLED, SETTLED), else_=0)
    words = {"headline": said.headline, "lead": said.description, "entry": pack_entry(edit.entry.entry)}
    if not _has_page(edit.entry):
        return words | {"annotate_version": 0}
    return words | {"read_version": again}


def _edited_page(edit: Edit, revisions_so_far: int, now: datetime) -> dict[str, Any]:
    """Another headline most often means another page: read again at once, then ever more rarely, then not at all."""
    said = _said(edit.entry)
    if edit.entry.article.headline == edit.headline or revisions_so_far > MOST_REVISIONS:
        return said
    wait = timedelta(0) if revisions_so_far == 1 else timedelta(minutes=10 * 2 ** min(revisions_so_far - 2, 8))
    unread = sa.case((articles.c.read_version == SETTLED, SETTLED), else_=0)
    return said | {"read_version": unread, "retry_at": now + wait, "entry": pack_entry(edit.entry.entry)}


def _said(entry: NewEntry) -> dict[str, Any]:
    return {"said_headline": entry.article.headline, "said_lead": entry.article.description}


def _revised(edit: Edit) -> Revised:
    said = edit.entry.article
    return Revised(
        article_id=edit.article_id, origin="feed", old_headline=edit.headline, headline=said.headline,
        old_lead=edit.lead, lead=said.description,
    )  # fmt: skip


def _has_page(entry: NewEntry) -> bool:
    return entry.has_page and bool(keys.host_of(entry.article.url))


def entry_row(
    entry: NewEntry, source_id: str, feed_id: str, now: datetime, *, keeps_entry: bool = True
) -> dict[str, Any]:
    """The row of an article of which only the entry is known; without an address there is no page to read."""
    values = article_values(entry.article, now)
    return values | {
        "id": entry.id,
        "source_id": source_id,
        "feed_id": feed_id,
        "guid": entry.entry.id,
        "first_seen": now,
        "passages": [],
        "entry": pack_entry(entry.entry) if keeps_entry else None,
        "read_version": 0 if _has_page(entry) else SETTLED,
        "annotate_version": 0,
    }


def insert_articles(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Insert the rows whose id is new; the `seq` of each by its id."""
    if not rows:
        return {}
    made = insert(articles).on_conflict_do_nothing().returning(articles.c.id, articles.c.seq)
    return dict(connection.execute(made, rows).all())


def insert_aliases(connection: sa.Connection, rows: Sequence[Mapping[str, str]]) -> None:
    """Let keys name articles; a key that names one already keeps it."""
    if rows:
        connection.execute(insert(aliases).on_conflict_do_nothing(), rows)


def put_texts(connection: sa.Connection, bodies: Mapping[str, bytes], expires: datetime) -> None:
    """Keep packed texts until `expires`."""
    if bodies:
        put = insert(texts)
        new = {"body": put.excluded.body, "expires": put.excluded.expires}
        rows = [{"article_id": a, "body": body, "expires": expires} for a, body in bodies.items()]
        connection.execute(put.on_conflict_do_update(index_elements=["article_id"], set_=new), rows)


def known_aliases(connection: sa.Connection, source_id: str, wanted: Iterable[str]) -> dict[str, str]:
    """Which article each key names at the source."""
    asked = sa.select(aliases.c.key, aliases.c.article_id)
    asked = asked.where(aliases.c.key.in_(list(wanted)), aliases.c.source_id == source_id)
    return dict(connection.execute(asked).all())


def names_of(connection: sa.Connection, ids: Iterable[str]) -> dict[str, int]:
    """How many names each article has."""
    counted = sa.select(aliases.c.article_id, sa.func.count()).where(aliases.c.article_id.in_(set(ids)))
    return dict(connection.execute(counted.group_by(aliases.c.article_id)).all())


def forgotten(connection: sa.Connection, entries: Iterable[NewEntry]) -> set[str]:
    """The ids of those entries that must not come back."""
    if connection.execute(_ANY_TOMBSTONE).first() is None:
        return set()
    marks = {entry.id: _marks(entry) for entry in entries}
    wanted = {mark for each in marks.values() for mark in each}
    asked = sa.select(tombstones.c.key).where(tombstones.c.key.in_(wanted))
    gone = set(connection.execute(asked).scalars())
    return {entry_id for entry_id, each in marks.items() if not gone.isdisjoint(each)}


def _marks(entry: NewEntry) -> set[str]:
    """The tombstones that would keep an entry out."""
    source_id = entry.article.source_id
    urls = {url for url in (entry.article.url, entry.article.canonical_url) if url}
    named = {keys.tombstone_of(source_id, key) for key in entry.keys}
    return named | {keys.source_tombstone_key(source_id)} | {keys.tombstone_key(url) for url in urls}


def source_names(connection: sa.Connection, ids: Iterable[str]) -> dict[str, str]:
    """Names of sources by id."""
    asked = sa.select(sources.c.id, sources.c.name).where(sources.c.id.in_(list(ids)))
    return dict(connection.execute(asked).all())
