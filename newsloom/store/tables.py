"""The schema: every table with what it is for. Portable between SQLite and PostgreSQL.

Times are integers, milliseconds since 1970 UTC, and come out as aware datetimes (`Moment`). Ids are short strings.
The database is the queue: `articles.read_version`, `annotate_version` and `group_version` say which version of
a stage last treated a row; a row below the present version is work to be claimed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(TypeDecorator[datetime]):
    """An aware datetime kept as milliseconds since 1970 UTC: exact, sortable, the same in every database."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - _EPOCH) // timedelta(milliseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(milliseconds=value)


metadata = sa.MetaData()
_seq = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _text(name: str, **more: object) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="", **more)  # type: ignore[arg-type]


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")


# What we know by ourselves: versions, the writer's epoch, when the last round ended.
meta = sa.Table("meta", metadata, sa.Column("key", sa.Text, primary_key=True), _text("value"))

editions = sa.Table(
    "editions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("name"),
    _text("country"),
    _text("language"),
    _count("position"),
    sa.Column("ranked", Moment),
)

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("name"),
    _text("homepage"),
    _text("country"),
    sa.Column("languages", sa.JSON, nullable=False),
    _text("owner"),
    _text("kind"),
    sa.Column("added", Moment, nullable=False),
    sa.Column("removed", Moment),
)

edition_sources = sa.Table(
    "edition_sources",
    metadata,
    sa.Column("edition_id", sa.Text, primary_key=True),
    sa.Column("source_id", sa.Text, primary_key=True),
    sa.Index("edition_sources_by_source", "source_id"),
)

feeds = sa.Table(
    "feeds",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("source_id", sa.Text, nullable=False, index=True),
    sa.Column("url", sa.Text, nullable=False, unique=True),
    _text("title"),
    _text("etag"),
    _text("last_modified"),
    sa.Column("interval_s", sa.Integer, nullable=False, server_default="900"),
    sa.Column("next_poll", Moment, nullable=False, index=True),
    sa.Column("last_polled", Moment),
    sa.Column("last_success", Moment),
    _count("status"),
    _text("error"),
    sa.Column("failing_since", Moment),
    _count("failures"),
    sa.Column("gone", sa.Boolean, nullable=False, server_default=sa.false()),
    _text("claim_token"),
    sa.Column("claim_until", Moment),
)

# History of polls; the newest fifty of a feed are kept.
feed_polls = sa.Table(
    "feed_polls",
    metadata,
    sa.Column("seq", _seq, primary_key=True, autoincrement=True),
    sa.Column("feed_id", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    _count("status"),
    _text("error"),
    _count("entries"),
    _count("new"),
    _count("took_ms"),
    sa.Index("feed_polls_by_feed", "feed_id", "at"),
)

# robots.txt as last read, so that a restart does not ask again.
hosts = sa.Table(
    "hosts",
    metadata,
    sa.Column("host", sa.Text, primary_key=True),
    _count("robots_status"),
    _text("robots"),
    _text("robots_reason"),
    sa.Column("robots_fetched", Moment),
)

# One row an article: what the page or entry says, where it stands in the queue, and what it belongs to.
articles = sa.Table(
    "articles",
    metadata,
    sa.Column("seq", _seq, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("source_id", sa.Text, nullable=False),
    _text("feed_id"),
    sa.Column("url", sa.Text, nullable=False),
    _text("host"),
    _text("canonical_url"),
    _text("guid"),
    sa.Column("first_seen", Moment, nullable=False),
    # The time that readers see and pages sort by: published, clamped to [1990, first seen], else first seen.
    sa.Column("shown_at", Moment, nullable=False),
    _text("headline"),
    _text("lead"),
    sa.Column("authors", sa.JSON, nullable=False),
    sa.Column("published", Moment),
    _text("published_certainty"),
    sa.Column("modified", Moment),
    _text("image"),
    _text("image_alt"),
    _text("section"),
    sa.Column("keywords", sa.JSON, nullable=False),
    _text("language"),
    _text("site_name"),
    _text("origin"),
    sa.Column("rights", sa.JSON, nullable=False),
    # Key passages as {"text","start","end","score"}; they stay when the text expires, and `newsloom.rights` cuts them.
    sa.Column("passages", sa.JSON, nullable=False),
    # What the feed said, kept until the page is read: {"title","summary","content",...}.
    sa.Column("entry", sa.LargeBinary),
    _count("read_version"),
    _count("annotate_version"),
    _count("group_version"),
    _count("attempts"),
    sa.Column("retry_at", Moment),
    _text("claim_token"),
    sa.Column("claim_until", Moment),
    _text("quarantined"),
    _text("story_id"),
    _text("copy_of"),
    _text("copy_kind"),
    sa.Column("containment", sa.Float, nullable=False, server_default="0"),
    sa.Index("articles_by_story", "story_id", "shown_at"),
    sa.Index("articles_by_copy", "copy_of"),
    sa.Index("articles_by_source", "source_id", "shown_at"),
    sa.Index("articles_by_time", "shown_at"),
    sa.Index("articles_by_url", "url"),
    sa.Index("articles_to_read", "read_version", "retry_at"),
    sa.Index("articles_to_annotate", "annotate_version", "seq"),
    sa.Index("articles_to_group", "group_version", "seq"),
)

# An article's other addresses and guids: "l:" + normalised link, "g:" + guid, unique within its source.
aliases = sa.Table(
    "aliases",
    metadata,
    sa.Column("source_id", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("article_id", sa.Text, nullable=False, index=True),
)

# Bodies, zlib, apart from the rows that pages read; dropped when `expires` has passed.
texts = sa.Table(
    "texts",
    metadata,
    sa.Column("article_id", sa.Text, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("expires", Moment, nullable=False, index=True),
)

# What the similarity room needs to compare an article again after a restart: zlib of JSON, see store.annotations.
annotated = sa.Table(
    "annotations",
    metadata,
    sa.Column("article_id", sa.Text, primary_key=True),
    _count("version"),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

stories = sa.Table(
    "stories",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("founded_by"),
    _text("lead_id"),
    _text("language"),
    sa.Column("first_seen", Moment, nullable=False),
    sa.Column("last_seen", Moment, nullable=False, index=True),
    _count("members"),
    _count("reports"),
    _count("copies"),
    sa.Column("updated", Moment, nullable=False, index=True),
    _text("split_from"),
)

# Merged and split ids keep working for good.
story_redirects = sa.Table(
    "story_redirects",
    metadata,
    sa.Column("old_id", sa.Text, primary_key=True),
    sa.Column("story_id", sa.Text, nullable=False, index=True),
    _text("reason"),
    sa.Column("at", Moment, nullable=False),
)

# Both directions are rows, so that an article's page reads one index range, best first; bounded per article.
similarities = sa.Table(
    "similarities",
    metadata,
    sa.Column("article_id", sa.Text, primary_key=True),
    sa.Column("other_id", sa.Text, primary_key=True),
    sa.Column("score", sa.Float, nullable=False),
    _text("kind"),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Index("similarities_by_other", "other_id"),
)

placements = sa.Table(
    "placements",
    metadata,
    sa.Column("edition_id", sa.Text, primary_key=True),
    sa.Column("rank", sa.Integer, primary_key=True),
    sa.Column("story_id", sa.Text, nullable=False, index=True),
    sa.Column("score", sa.Float, nullable=False),
    _text("section"),
    sa.Column("reasons", sa.JSON, nullable=False),
)

# Why something is not shown; `subject` is a URL, a feed id or an article id.
rejected = sa.Table(
    "rejected",
    metadata,
    sa.Column("seq", _seq, primary_key=True, autoincrement=True),
    sa.Column("at", Moment, nullable=False, index=True),
    _text("stage"),
    _text("reason"),
    _text("detail"),
    _text("subject", index=True),
    _text("source_id", index=True),
)

# Addresses and names that must never be collected again: key is "u:" + hash of the normalised URL, "s:" + source id.
tombstones = sa.Table(
    "tombstones",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    _text("reason"),
)

# Document counts of words, a row a language and day; sums over days older than two are the background.
background = sa.Table(
    "background",
    metadata,
    sa.Column("language", sa.Text, primary_key=True),
    sa.Column("day", sa.Text, primary_key=True),
    _count("documents"),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

# Who may write stories, and until when; `epoch` grows with every take-over.
leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    _text("token"),
    _count("epoch"),
    sa.Column("until", Moment, nullable=False),
)
