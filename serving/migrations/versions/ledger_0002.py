"""The deadlines of open orders, indexed by their instant, and room for the longest subject of a release."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_FINAL = ("granted", "declined", "withdrawn", "expired")  # as of this revision


def upgrade() -> None:
    """Make the table and fill it from the orders that are open."""
    deadlines = op.create_table(
        "deadlines",
        sa.Column("subject", sa.String(240), primary_key=True),
        sa.Column("due_at", sa.String(32), nullable=False),
    )
    op.create_index("deadlines_by_instant", "deadlines", ["due_at", "subject"])
    if op.get_bind().dialect.name == "postgresql":  # SQLite does not limit a text
        op.alter_column("records", "subject", type_=sa.String(240))
    steps = op.get_bind().execute(sa.text("SELECT subject, body FROM records WHERE kind = 'order_step' ORDER BY seq"))
    open_orders: dict[str, str] = {}
    for subject, body in steps:
        content = json.loads(body)
        if "expires_at" in content:
            open_orders[subject] = content["expires_at"]
        if content["state"] in _FINAL:
            open_orders.pop(subject, None)
    if open_orders:
        rows = [{"subject": subject, "due_at": due_at} for subject, due_at in open_orders.items()]
        op.bulk_insert(deadlines, rows)
