"""A digest of each feed's last body: what is sent again unchanged is not read again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("feeds", sa.Column("digest", sa.Text(), server_default="", nullable=False))
