"""With how many reports of its story an article's passages were weighed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, name in (("articles", "quoted"), ("articles", "quote_version"), ("stories", "quoted")):
        op.add_column(table, sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    waits = sa.text("reports > 1 AND quoted <> reports")
    op.create_index("stories_to_quote", "stories", ["updated"], sqlite_where=waits, postgresql_where=waits)
