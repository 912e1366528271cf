"""People's corrections of stories."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(
            sa.Column(name, sa.Text(), server_default="", nullable=False)
            for name in ("story_id", "other_id", "by", "note")
        ),
        sa.Column("applied", sa.BigInteger()),
        sa.Column("withdrawn", sa.BigInteger()),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("corrections_to_apply", "corrections", ["applied"])
    op.create_table(
        "corrected",
        sa.Column("correction", sa.BigInteger(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("side", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("correction", "article_id"),
    )
    op.create_index("ix_corrected_article_id", "corrected", ["article_id"])
