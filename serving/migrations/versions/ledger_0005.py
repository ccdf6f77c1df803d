"""Accounts of the console, their sessions, and wrong passwords in a row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the three tables; see serving.console.account_tables."""
    op.create_table(
        "console_accounts",
        sa.Column("account_id", sa.String(16), primary_key=True),
        sa.Column("sign_in_name", sa.String(64), nullable=False, unique=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("holder_key", sa.String(200), nullable=False, unique=True),
        sa.Column("caller_name", sa.String(80), nullable=False),
        sa.Column("bound", sa.Boolean, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("lang", sa.String(2), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("own_password", sa.Boolean, nullable=False),
        sa.Column("password_by", sa.String(64), nullable=False),
        sa.Column("password_at", sa.String(32), nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("signed_in_at", sa.String(32), nullable=True),
    )
    op.create_table(
        "console_sessions",
        sa.Column("token_digest", sa.String(64), primary_key=True),
        sa.Column("session_id", sa.String(16), nullable=False, unique=True),
        sa.Column("account_id", sa.String(16), nullable=False),
        sa.Column("browser", sa.String(120), nullable=False),
        sa.Column("begun_at", sa.String(32), nullable=False),
        sa.Column("seen_at", sa.String(32), nullable=False),
        sa.Column("ends_at", sa.String(32), nullable=False),
    )
    op.create_index("console_sessions_by_account", "console_sessions", ["account_id"])
    op.create_table(
        "console_lockouts",
        sa.Column("who", sa.String(80), primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failed_at", sa.String(32), nullable=False),
        sa.Column("locked_until", sa.String(32), nullable=True),
    )
