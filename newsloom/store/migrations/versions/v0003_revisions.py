"""Edits that feeds show: what an article was called before, and what its feed last said of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_WORDS = ("old_headline", "headline", "old_lead", "lead")


def upgrade() -> None:
    for name in ("said_headline", "said_lead"):
        op.add_column("articles", _text(name))
    op.create_table(
        "revisions",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(_text(name) for name in _WORDS),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("revisions_by_article", "revisions", ["article_id", "at"])


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)
