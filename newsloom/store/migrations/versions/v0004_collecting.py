"""Collecting for years: pace, moves and hubs of feeds, reservations of hosts, pages looked at again, proposals."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from newsloom.store.keys import host_of

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        _text("host"),
        sa.Column("pace", sa.Float()),
        _text("moved_to"),
        _count("moved_seen"),
        _text("hub"),
        _text("topic"),
        _count("asked_s"),
        sa.Column("push_until", sa.BigInteger()),
        sa.Column("sought", sa.BigInteger()),
    ):
        op.add_column("feeds", column)
    op.create_index("ix_feeds_host", "feeds", ["host"])
    held = sa.text("claim_token != ''")
    op.create_index("feeds_in_hand", "feeds", ["host", "claim_until"], sqlite_where=held, postgresql_where=held)
    _fill_hosts()
    for column in (
        _count("tdm_status"),
        _text("tdm"),
        _text("tdm_reason"),
        sa.Column("tdm_fetched", sa.BigInteger()),
        sa.Column("wait_until", sa.BigInteger()),
    ):
        op.add_column("hosts", column)
    for column in (_text("etag"), _text("last_modified"), sa.Column("look_at", sa.BigInteger())):
        op.add_column("articles", column)
    waits = sa.text("look_at IS NOT NULL")
    op.create_index("articles_to_look_at", "articles", ["look_at"], sqlite_where=waits, postgresql_where=waits)
    _tables()


def _fill_hosts() -> None:
    connection = op.get_bind()
    put = sa.text("UPDATE feeds SET host = :host WHERE id = :id")
    for feed_id, url in connection.execute(sa.text("SELECT id, url FROM feeds")).all():
        connection.execute(put, {"id": feed_id, "host": host_of(url)})


def _tables() -> None:
    op.create_table(
        "subscriptions",
        _key("feed_id"),
        _key("token"),
        *(_text(name) for name in ("secret", "hub", "topic", "state", "error")),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("pushed", sa.BigInteger()),
        _count("failures"),
        _count("missed"),
        sa.PrimaryKeyConstraint("feed_id"),
        sa.UniqueConstraint("token"),
    )
    op.create_table(
        "pushes",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        _key("feed_id"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        _text("content_type"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_pushes_feed_id", "pushes", ["feed_id"])
    op.create_table(
        "citations",
        _key("host"),
        _key("source_id"),
        _count("articles"),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("host", "source_id"),
    )
    op.create_table(
        "proposals",
        _key("host"),
        *(_text(name) for name in ("name", "homepage", "feed", "language")),
        _count("articles"),
        _count("sources"),
        sa.Column("looked", sa.BigInteger(), nullable=False),
        _text("detail"),
        sa.PrimaryKeyConstraint("host"),
    )


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")


def _count(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default="0")
