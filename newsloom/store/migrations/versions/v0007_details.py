"""What few pages say of an article: agencies, the picture's credit, whether it is free to read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("articles", sa.Column("details", sa.JSON(), server_default="{}", nullable=False))
