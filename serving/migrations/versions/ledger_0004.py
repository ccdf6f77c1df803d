"""Names of the contract's second version in the columns: callers and permissions of API keys."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Rename columns and the permission "orders"; no record is touched (see serving.ledger.earlier_contract)."""
    op.execute("ALTER TABLE api_keys RENAME COLUMN principal TO caller")
    op.execute("ALTER TABLE api_keys RENAME COLUMN scopes TO permissions")
    op.execute("UPDATE api_keys SET permissions = replace(permissions, 'orders', 'bank_applications')")
    op.execute("ALTER TABLE write_trials RENAME COLUMN place TO id")
