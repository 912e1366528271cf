"""Articles as rows, and rows as the records that stages take."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from newsloom.store import keys
from newsloom.store.annotations import unpack_annotations, unpack_text
from newsloom.store.search import SearchRow
from newsloom.store.tables import annotated, articles, sources, texts
from newsloom.types import AnnotatedArticle, Annotations, Article, Copy, Passage, Rights

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
_NOTHING_SAID = Rights()

ARTICLE = [
    column
    for column in articles.c
    if column.name not in ("entry", "claim_token", "claim_until", "passages", "retry_at", "lost")
]


def shown_at(published: datetime | None, first_seen: datetime) -> datetime:
    """The time that readers see: published where that can be, else when we first saw it."""
    return published if published is not None and EARLIEST <= published <= first_seen else first_seen


def _published(article: Article, first_seen: datetime) -> datetime | None:
    """A time of publication that can be: of the web not before the web, nor more than a day after we saw it."""
    at = article.date_published
    if at is None or article.origin == "import":
        return at
    return at if EARLIEST <= at <= first_seen + AHEAD else None


def article_values(article: Article, first_seen: datetime) -> dict[str, Any]:
    """The columns that say what the page or entry says."""
    return {
        "url": article.url,
        "host": keys.host_of(article.url),
        "canonical_url": article.canonical_url,
        "shown_at": shown_at(article.date_published, first_seen),
        "headline": article.headline,
        "lead": article.description,
        "authors": list(article.authors),
        "published": _published(article, first_seen),
        "published_certainty": article.published_certainty,
        "modified": article.date_modified,
        "image": article.image,
        "image_alt": article.image_alt,
        "details": details_values(article),
        "section": article.article_section,
        "keywords": list(article.keywords),
        "language": article.in_language,
        "site_name": article.site_name,
        "origin": article.origin,
        "rights": rights_values(article.rights),
    }


def details_values(article: Article) -> dict[str, Any]:
    """What few pages say, and only that."""
    said = {
        "agencies": list(article.agencies),
        "image_credit": article.image_credit,
        "modified_certainty": article.modified_certainty,
    }
    kept: dict[str, Any] = {name: value for name, value in said.items() if value}
    return kept if article.free is None else kept | {"free": article.free}


def rights_values(rights: Rights) -> dict[str, Any]:
    """What was said of rights, and only that."""
    said = {f.name: getattr(rights, f.name) for f in fields(Rights)}
    kept = {name: value for name, value in said.items() if value != getattr(_NOTHING_SAID, name)}
    return kept | {"checked": rights.checked.isoformat()} if rights.checked else kept


def rights_of(said: dict[str, Any]) -> Rights:
    """The Rights that `rights_values` wrote."""
    checked = datetime.fromisoformat(said["checked"]) if said.get("checked") else None
    return Rights(**said | {"checked": checked, "evidence": tuple(said.get("evidence", ()))})


def passage_values(passages: tuple[Passage, ...]) -> list[dict[str, Any]]:
    """Key passages as the article's row keeps them."""
    return [{"text": p.text, "start": p.start, "end": p.end, "score": p.score} for p in passages]


def article_of(row: sa.RowMapping, text: str = "") -> Article:
    """The article of a row with the columns ARTICLE; its text stands in another table."""
    return Article(
        id=row["id"],
        source_id=row["source_id"],
        url=row["url"],
        canonical_url=row["canonical_url"],
        headline=row["headline"],
        description=row["lead"],
        paragraphs=tuple(text.split("\n")) if text else (),
        authors=tuple(row["authors"]),
        date_published=row["published"],
        published_certainty=row["published_certainty"],
        date_modified=row["modified"],
        image=row["image"],
        image_alt=row["image_alt"],
        **_details(row["details"]),
        article_section=row["section"],
        keywords=tuple(row["keywords"]),
        in_language=row["language"],
        site_name=row["site_name"],
        origin=row["origin"],
        rights=rights_of(row["rights"]),
    )


def _details(said: dict[str, Any]) -> dict[str, Any]:
    """The Article's fields that `details_values` wrote."""
    return said | {"agencies": tuple(said.get("agencies", ()))}


def annotated_query(*, with_text: bool) -> sa.Select[Any]:
    """Articles with their annotations, and their owner: the source itself where nothing is known of one."""
    owner = sa.func.coalesce(sa.func.nullif(sources.c.owner, ""), articles.c.source_id).label("owner")
    joined = articles.join(annotated, annotated.c.article_id == articles.c.id)
    joined = joined.outerjoin(sources, sources.c.id == articles.c.source_id)
    more: list[sa.ColumnElement[Any]] = [sa.null().label("body")]
    if with_text:
        joined = joined.outerjoin(texts, texts.c.article_id == articles.c.id)
        more = [texts.c.body.label("body")]
    columns = [*ARTICLE, articles.c.passages, annotated.c.data, annotated.c.version.label("made_by"), owner, *more]
    return sa.select(*columns).select_from(joined)


def annotated_of(row: sa.RowMapping) -> AnnotatedArticle:
    """The record of a row of `annotated_query`."""
    copy = Copy(article_id=row["id"], original_id=row["copy_of"], kind=row["copy_kind"], containment=row["containment"])
    return AnnotatedArticle(
        seq=row["seq"],
        article=article_of(row, unpack_text(row["body"])),
        annotations=unpack_annotations(row["data"], row["id"], row["made_by"], row["passages"]),
        first_seen=row["first_seen"],
        shown_at=row["shown_at"],
        owner=row["owner"],
        story_id=row["story_id"],
        copy=copy if row["copy_of"] else None,
    )


def search_row(seq: int, article: Article, annotations: Annotations | None, source: str) -> SearchRow:
    """What an article is found by."""
    said = "\n".join(p.text for p in annotations.passages) if annotations else ""
    return SearchRow(seq=seq, headline=article.headline, lead=article.description, passages=said, source=source)
