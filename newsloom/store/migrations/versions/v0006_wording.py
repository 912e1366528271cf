"""What changed on a page that was read again, word by word, beside what a feed shows of edits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("origin", sa.Text(), server_default="feed", nullable=False),
        sa.Column("words_in", sa.Integer(), server_default="0", nullable=False),
        sa.Column("words_out", sa.Integer(), server_default="0", nullable=False),
        sa.Column("wording", sa.LargeBinary()),
    ):
        op.add_column("revisions", column)
    kept = sa.text("wording IS NOT NULL")
    op.create_index("revisions_worded", "revisions", ["at"], sqlite_where=kept, postgresql_where=kept)
