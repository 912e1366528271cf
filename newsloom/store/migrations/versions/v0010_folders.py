"""Folders of sources, as reading lists have them, so that a list leaves as it came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sources", sa.Column("folder", sa.Text(), server_default="", nullable=False))
