"""What an outlet brought day by day is counted in its index alone: 25,000 articles in 10 ms, not 400."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("articles_by_source", "articles")
    op.create_index("articles_by_source", "articles", ["source_id", "shown_at", "language", "copy_of"])
