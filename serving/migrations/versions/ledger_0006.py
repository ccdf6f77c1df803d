"""Long work of the console: what is wanted, how far it is, what came out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table of jobs."""
    texts = {"kind": 40, "account_id": 80, "caller": 80, "name": 200, "state": 12, "worker": 80}
    instants = ("created_at", "started_at", "heartbeat_at", "ended_at", "expires_at")
    op.create_table(
        "jobs",
        sa.Column("job_id", sa.String(32), primary_key=True),
        *(sa.Column(name, sa.String(length), nullable=False) for name, length in texts.items()),
        sa.Column("progress", sa.Float, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("doing", "body", "result", "problem")),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("cancel_wanted", sa.Boolean, nullable=False),
        sa.Column("seen", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.String(32), nullable=False) for name in instants),
    )
    op.create_index("jobs_by_account", "jobs", ["account_id", "created_at"])
    op.create_index("jobs_by_state", "jobs", ["state", "created_at"])
