"""What reading and annotating made of an article, written where the claim still holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as changed
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from newsloom.rights import RESERVED, WITHDRAWN
from newsloom.store import keys, search
from newsloom.store.annotations import pack_annotations, pack_text
from newsloom.store.arrivals import insert_aliases, put_texts, source_names
from newsloom.store.base import Base
from newsloom.store.claims import FREE
from newsloom.store.protocol import ReadResult
from newsloom.store.quotes import unquote
from newsloom.store.refusals import add_rejected
from newsloom.store.revising import Revised, add_revisions, drop_revisions, drop_wording, revised_pages
from newsloom.store.rows import article_values, passage_values, search_row
from newsloom.store.tables import SETTLED, annotated, articles, citations, similarities, texts
from newsloom.types import Annotations, Article

_BATCH = 50
_KNOWN = ("seq", "id", "source_id", "claim_token", "url", "headline", "lead", "origin")
_VERSIONS = ("read_version", "annotate_version", "group_version")


@dataclass(frozen=True, slots=True)
class _Packed:
    """A result with its bytes, made before the transaction begins."""

    result: ReadResult
    body: bytes | None
    data: bytes | None


@dataclass(frozen=True, slots=True)
class _Change:
    """A result and the row that it changes; `reworded`: other words than those that were annotated before."""

    packed: _Packed
    row: sa.RowMapping
    reworded: bool


class Reads(Base):
    """Results of reading and annotating."""

    def save_reads(self, results: Sequence[ReadResult], now: datetime) -> None:
        packed = [_pack(result) for result in results]
        with self._read() as connection:
            revised = revised_pages(connection, results)
        for start in range(0, len(packed), _BATCH):
            with self._write() as connection:
                self._save(connection, packed[start : start + _BATCH], revised, now)

    def _save(
        self, connection: sa.Connection, packed: Sequence[_Packed], revised: Mapping[str, Revised], now: datetime
    ) -> None:
        changes = _held(connection, packed)
        lesser = [c for c in changes if _is_lesser(c)]
        better = [c for c in changes if not _is_lesser(c)]
        _write_rows(connection, better)
        _write_words(connection, better)
        _keep_texts(connection, better, now + self._text_time)
        _put_annotations(connection, better)
        unquote(connection, [c.row["seq"] for c in better if c.row["annotate_version"] > 0])
        _count_citations(connection, better, now)
        add_revisions(connection, [revised[i] for c in better if (i := c.row["id"]) in revised], now)
        drop_wording(connection, [c.row["id"] for c in better if not _keeps(c.packed.result.article)])
        _keep_rows(connection, lesser)
        for c in changes:
            if c.packed.result.rejected is not None:
                why = changed(c.packed.result.rejected, url=c.row["id"])
                add_rejected(connection, [why], now, c.row["source_id"])


def put_annotations(connection: sa.Connection, rows: Sequence[tuple[str, int, bytes]]) -> None:
    """Keep packed annotations: (article id, version, bytes)."""
    if rows:
        put = insert(annotated)
        new = {"version": put.excluded.version, "data": put.excluded.data}
        values = [{"article_id": a, "version": version, "data": data} for a, version, data in rows]
        connection.execute(put.on_conflict_do_update(index_elements=["article_id"], set_=new), values)


def unlink(connection: sa.Connection, ids: Sequence[str]) -> None:
    """Forget what these articles resemble, in both directions."""
    for column in (similarities.c.article_id, similarities.c.other_id):
        connection.execute(sa.delete(similarities).where(column.in_(ids)))


def _pack(result: ReadResult) -> _Packed:
    article = result.article
    body = pack_text(article.text) if article.paragraphs and _keeps(article) else None
    return _Packed(result, body, pack_annotations(result.annotations) if result.annotations else None)


def _keeps(article: Article) -> bool:
    """Whether its wording may be kept."""
    return article.rights.analyse and article.rights.archive


def _held(connection: sa.Connection, packed: Sequence[_Packed]) -> list[_Change]:
    """The results whose claim still holds, each with its row."""
    ids = [p.result.article.id for p in packed]
    asked = sa.select(*(articles.c[name] for name in (*_KNOWN, *_VERSIONS))).where(articles.c.id.in_(ids))
    rows = {row["id"]: row for row in connection.execute(asked).mappings()}
    before = [row["id"] for row in rows.values() if row["annotate_version"] > 0]
    old = sa.select(texts.c.article_id, texts.c.body).where(texts.c.article_id.in_(before))
    bodies: dict[str, bytes] = dict(connection.execute(old).all()) if before else {}
    changes = {}
    for each in packed:
        row = rows.get(each.result.article.id)
        if row is not None and each.result.token and row["claim_token"] == each.result.token:
            words = (each.result.article.headline, each.result.article.description, each.body)
            reworded = row["annotate_version"] > 0 and words != (row["headline"], row["lead"], bodies.get(row["id"]))
            changes[row["id"]] = _Change(each, row, reworded)
    return list(changes.values())


def _is_lesser(change: _Change) -> bool:
    """An entry's text does not take the place of a page that was read once, unless that must not be kept any more."""
    result = change.packed.result
    reserved = result.rejected is not None and result.rejected.reason == RESERVED
    return change.row["origin"] != "entry" and result.article.origin == "entry" and not reserved


def _write_rows(connection: sa.Connection, changes: Sequence[_Change]) -> None:
    if not changes:
        return
    values = [_values(change) for change in changes]
    names = [name for name in values[0] if name not in ("b_seq", "b_read")]
    is_read = sa.bindparam("b_read", type_=sa.Boolean)
    entry = sa.case((is_read, None), else_=articles.c.entry)
    row = sa.update(articles).where(articles.c.seq == sa.bindparam("b_seq"))
    connection.execute(
        row.values({name: sa.bindparam(name) for name in names} | {"entry": entry} | _said(is_read)), values
    )


def _said(is_read: sa.BindParameter[bool]) -> dict[str, Any]:
    """A page takes the place of the feed's words: these are kept beside it, to tell when the feed edits them."""
    first = is_read & (articles.c.origin == "entry")
    pairs = (("said_headline", "headline"), ("said_lead", "lead"))
    return {said: sa.case((first, articles.c[shown]), else_=articles.c[said]) for said, shown in pairs}


def _values(change: _Change) -> dict[str, Any]:
    result, row = change.packed.result, change.row
    article, annotations = result.article, result.annotations
    if not article.url:
        article = changed(article, url=row["url"])
    return article_values(article, result.first_seen) | {
        "b_seq": row["seq"],
        "b_read": (article.origin == "page" and result.retry_at is None) or not article.rights.analyse,
        "look_at": result.look_at,
        "etag": result.etag,
        "last_modified": result.last_modified,
        "language": (annotations.language if annotations else "") or article.in_language,
        "passages": passage_values(annotations.passages) if annotations else [],
        "quoted": 0,
        **_progress(change),
    }


def _progress(change: _Change) -> dict[str, Any]:
    """Where the article stands in the queue after this result."""
    result, row = change.packed.result, change.row
    read, made, grouped = (row[name] for name in _VERSIONS)
    if result.retry_at is None:
        read = max(read, result.read_version)
    if result.annotations is not None:
        made = result.annotate_version or result.annotations.version
    elif result.retry_at is None:
        made = result.annotate_version
    if change.reworded:
        grouped = -1 if grouped <= 0 else 0
    if made > 0 and result.annotations is None and result.retry_at is None:
        grouped = SETTLED
    return {
        "read_version": read,
        "annotate_version": made,
        "group_version": grouped,
        "retry_at": result.retry_at,
        "lost": 0,
        **FREE,
    }


def _write_words(connection: sa.Connection, changes: Sequence[_Change]) -> None:
    """Aliases, search rows, and no old resemblances of what says something else now."""
    outlets = source_names(connection, {c.row["source_id"] for c in changes})
    found = []
    names = []
    for c in changes:
        article, outlet = c.packed.result.article, outlets.get(c.row["source_id"], "")
        found.append(search_row(c.row["seq"], article, c.packed.result.annotations, outlet))
        for url in _own_urls(article.url, article.canonical_url, c.row["url"]):
            names.append({"key": keys.link_key(url), "source_id": c.row["source_id"], "article_id": c.row["id"]})
    search.put(connection, found)
    insert_aliases(connection, names)
    reworded = [c.row["id"] for c in changes if c.reworded]
    if reworded:
        unlink(connection, reworded)


def _own_urls(url: str, canonical: str, known: str) -> list[str]:
    """Addresses that are the article's own: a canonical link to another site is a claim, not an alias."""
    own = [url] if url and url != known else []
    if canonical and canonical != url and keys.same_site(canonical, url or known):
        own.append(canonical)
    return own


def _keep_texts(connection: sa.Connection, changes: Sequence[_Change], expires: datetime) -> None:
    put_texts(connection, {c.row["id"]: c.packed.body for c in changes if c.packed.body is not None}, expires)
    bare = [c.row["id"] for c in changes if c.packed.body is None]
    if bare:
        connection.execute(sa.delete(texts).where(texts.c.article_id.in_(bare)))


def _put_annotations(connection: sa.Connection, changes: Sequence[_Change]) -> None:
    rows = []
    for c in changes:
        annotations: Annotations | None = c.packed.result.annotations
        if annotations is not None and c.packed.data is not None:
            rows.append((c.row["id"], annotations.version, c.packed.data))
    put_annotations(connection, rows)


def _count_citations(connection: sa.Connection, changes: Sequence[_Change], now: datetime) -> None:
    """Which outlets' articles link where; a page read again is not counted again."""
    rows = [
        {"host": host, "source_id": c.row["source_id"], "articles": 1, "last": now}
        for c in changes
        if c.row["origin"] == "entry"
        for host in c.packed.result.cited
    ]
    if rows:
        put = insert(citations)
        more = {"articles": citations.c.articles + 1, "last": now}
        connection.execute(put.on_conflict_do_update(index_elements=["host", "source_id"], set_=more), rows)


def _keep_rows(connection: sa.Connection, changes: Sequence[_Change]) -> None:
    """A page that was read and can't be had again keeps its words, and its passages unless it was withdrawn."""
    for c in changes:
        result = c.packed.result
        values: dict[str, Any] = {"retry_at": result.retry_at, "lost": 0, **FREE}
        if result.retry_at is None:
            values["read_version"] = max(c.row["read_version"], result.read_version)
        if result.rejected is not None and result.rejected.status in WITHDRAWN:
            values |= {"passages": [], "lead": "", "image": "", "look_at": None}
            drop_revisions(connection, [c.row["id"]])
            connection.execute(sa.delete(texts).where(texts.c.article_id == c.row["id"]))
            outlet = source_names(connection, [c.row["source_id"]]).get(c.row["source_id"], "")
            bare = Article(headline=c.row["headline"])
            search.put(connection, [search_row(c.row["seq"], bare, None, outlet)])
        connection.execute(sa.update(articles).where(articles.c.seq == c.row["seq"]).values(values))
