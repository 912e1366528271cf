"""The first schema: queue, catalogue, articles, stories, editions, search.

Written out, not taken from `store.tables`: a revision never changes once it is released.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SEARCH = (
    "CREATE VIRTUAL TABLE search"
    " USING fts5(headline, lead, passages, source, tokenize='unicode61 remove_diacritics 2')",
    "INSERT INTO search(search, rank) VALUES ('rank', 'bm25(4.0, 2.0, 1.0, 0.5)')",
)


def upgrade() -> None:
    op.create_table(
        "aliases", _key("key"), _key("source_id"), _key("article_id"), sa.PrimaryKeyConstraint("key", "source_id")
    )
    _index("ix_aliases_article_id", "aliases", "article_id")
    op.create_table(
        "annotations",
        _key("article_id"),
        _count("version"),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("article_id"),
    )
    op.create_table(
        "articles",
        _seq(),
        _key("id"),
        _key("source_id"),
        _text("feed_id"),
        _key("url"),
        _text("host"),
        _text("canonical_url"),
        _text("guid"),
        _time("first_seen"),
        _time("shown_at"),
        _text("headline"),
        _text("lead"),
        _json("authors"),
        _time("published", nullable=True),
        _text("published_certainty"),
        _time("modified", nullable=True),
        _text("image"),
        _text("image_alt"),
        _text("section"),
        _json("keywords"),
        _text("language"),
        _text("site_name"),
        _text("origin"),
        _json("rights"),
        _json("passages"),
        sa.Column("entry", sa.LargeBinary(), nullable=True),
        _count("read_version"),
        _count("annotate_version"),
        _count("group_version"),
        _count("attempts"),
        _count("lost"),
        _time("retry_at", nullable=True),
        _text("claim_token"),
        _time("claim_until", nullable=True),
        _text("quarantined"),
        _text("story_id"),
        _text("copy_of"),
        _text("copy_kind"),
        sa.Column("containment", sa.Float(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
    )
    _index("articles_annotated", "articles", "annotate_version", "first_seen", where="annotate_version > 0")
    _index("articles_by_copy", "articles", "copy_of")
    _index("articles_by_source", "articles", "source_id", "shown_at")
    _index("articles_by_story", "articles", "story_id", "shown_at")
    _index("articles_by_time", "articles", "shown_at")
    _index("articles_by_url", "articles", "url")
    _index("articles_grouped", "articles", "group_version", "first_seen", "id", where="group_version > 0")
    _index("articles_in_hand", "articles", "lost", where="lost > 0")
    _index("articles_read", "articles", "read_version", "first_seen", where="read_version > 0")
    _index(
        "articles_to_annotate",
        "articles",
        "first_seen",
        where="annotate_version = 0 AND read_version > 0 AND lost = 0 AND quarantined = ''",
    )
    _index("articles_to_group", "articles", "first_seen", "id", where="group_version <= 0 AND annotate_version > 0")
    _index(
        "articles_to_read",
        "articles",
        "host",
        "first_seen",
        "shown_at",
        "retry_at",
        where="read_version = 0 AND lost = 0 AND quarantined = ''",
    )
    _index(
        "articles_to_retry",
        "articles",
        "retry_at",
        where="read_version = 0 AND lost = 0 AND quarantined = '' AND retry_at IS NOT NULL",
    )
    _index(
        "articles_to_read_by_time",
        "articles",
        "first_seen",
        "shown_at",
        "host",
        "retry_at",
        where="read_version = 0 AND lost = 0 AND quarantined = ''",
    )
    op.create_table(
        "background",
        _key("language"),
        _key("day"),
        _count("documents"),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("language", "day"),
    )
    op.create_table(
        "edition_sources", _key("edition_id"), _key("source_id"), sa.PrimaryKeyConstraint("edition_id", "source_id")
    )
    _index("edition_sources_by_source", "edition_sources", "source_id")
    op.create_table(
        "editions",
        _key("id"),
        _text("name"),
        _text("country"),
        _text("language"),
        _count("position"),
        _time("ranked", nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "feed_polls",
        _seq(),
        _key("feed_id"),
        _time("at"),
        _count("status"),
        _text("error"),
        _count("entries"),
        _count("new"),
        _count("took_ms"),
        sa.PrimaryKeyConstraint("seq"),
    )
    _index("feed_polls_by_feed", "feed_polls", "feed_id", "at")
    op.create_table(
        "feeds",
        _key("id"),
        _key("source_id"),
        _key("url"),
        _text("title"),
        _text("etag"),
        _text("last_modified"),
        sa.Column("interval_s", sa.Integer(), server_default="900", nullable=False),
        _time("next_poll"),
        _time("last_polled", nullable=True),
        _time("last_success", nullable=True),
        _count("status"),
        _text("error"),
        _time("failing_since", nullable=True),
        _count("failures"),
        sa.Column("gone", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        _text("claim_token"),
        _time("claim_until", nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("url"),
    )
    _index("ix_feeds_next_poll", "feeds", "next_poll")
    _index("ix_feeds_source_id", "feeds", "source_id")
    op.create_table(
        "hosts",
        _key("host"),
        _count("robots_status"),
        _text("robots"),
        _text("robots_reason"),
        _time("robots_fetched", nullable=True),
        sa.PrimaryKeyConstraint("host"),
    )
    op.create_table(
        "leases",
        _key("name"),
        _text("token"),
        _text("holder"),
        _count("epoch"),
        _time("until"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table("meta", _key("key"), _text("value"), sa.PrimaryKeyConstraint("key"))
    op.create_table(
        "placements",
        _key("edition_id"),
        sa.Column("rank", sa.Integer(), nullable=False),
        _key("story_id"),
        sa.Column("score", sa.Float(), nullable=False),
        _text("section"),
        _json("reasons"),
        sa.PrimaryKeyConstraint("edition_id", "rank"),
    )
    _index("ix_placements_story_id", "placements", "story_id")
    op.create_table(
        "rejected",
        _seq(),
        _time("at"),
        _text("stage"),
        _text("reason"),
        _text("detail"),
        _text("subject"),
        _text("source_id"),
        sa.PrimaryKeyConstraint("seq"),
    )
    _index("ix_rejected_at", "rejected", "at")
    _index("ix_rejected_source_id", "rejected", "source_id")
    _index("ix_rejected_subject", "rejected", "subject")
    op.create_table(
        "similarities",
        _key("article_id"),
        _key("other_id"),
        sa.Column("score", sa.Float(), nullable=False),
        _text("kind"),
        _json("evidence"),
        sa.PrimaryKeyConstraint("article_id", "other_id"),
        sqlite_with_rowid=False,
    )
    _index("similarities_by_other", "similarities", "other_id")
    op.create_table(
        "sources",
        _key("id"),
        _text("name"),
        _text("homepage"),
        _text("country"),
        _json("languages"),
        _text("owner"),
        _text("kind"),
        _time("added"),
        _time("removed", nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "stories",
        _key("id"),
        _text("founded_by"),
        _text("lead_id"),
        _text("language"),
        _time("first_seen"),
        _time("last_seen"),
        _count("members"),
        _count("reports"),
        _count("copies"),
        _time("updated"),
        _text("split_from"),
        sa.PrimaryKeyConstraint("id"),
    )
    _index("ix_stories_last_seen", "stories", "last_seen")
    _index("ix_stories_updated", "stories", "updated")
    op.create_table(
        "story_redirects",
        _key("old_id"),
        _key("story_id"),
        _text("reason"),
        _time("at"),
        sa.PrimaryKeyConstraint("old_id"),
    )
    _index("ix_story_redirects_story_id", "story_redirects", "story_id")
    op.create_table(
        "texts",
        _key("article_id"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _time("expires"),
        sa.PrimaryKeyConstraint("article_id"),
    )
    _index("ix_texts_expires", "texts", "expires")
    op.create_table("tombstones", _key("key"), _time("at"), _text("reason"), sa.PrimaryKeyConstraint("key"))

    if op.get_context().dialect.name == "sqlite":
        for statement in _SEARCH:
            op.execute(statement)


def _seq() -> sa.Column[Any]:
    return sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False)


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _count(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), server_default="0", nullable=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=False)


def _index(name: str, table: str, *columns: str, where: str = "") -> None:
    partial: dict[str, Any] = {f"{dialect}_where": sa.text(where) for dialect in ("sqlite", "postgresql") if where}
    op.create_index(name, table, list(columns), **partial)
