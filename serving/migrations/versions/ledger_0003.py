"""The row that a trial of writing rewrites."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make its table; the first trial writes the row."""
    op.create_table(
        "write_trials",
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("tried_at", sa.String(32), nullable=False),
        sa.Column("filling", sa.Text, nullable=False),
    )
