"""The tables of accounts, sessions and wrong passwords, in the ledger's store; instants are UTC with microseconds."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from serving.auth.access import ROLE_PERMISSIONS
from serving.console.account import Account
from serving.console.texts import Lang
from serving.ledger.ledger import metadata

# ``caller_name`` is empty until a second person bound the account; ``password_by`` is who knows its first password.
accounts_table = sa.Table(
    "console_accounts",
    metadata,
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
sessions_table = sa.Table(
    "console_sessions",
    metadata,
    sa.Column("token_digest", sa.String(64), primary_key=True),
    sa.Column("session_id", sa.String(16), nullable=False, unique=True),
    sa.Column("account_id", sa.String(16), nullable=False),
    sa.Column("browser", sa.String(120), nullable=False),
    sa.Column("begun_at", sa.String(32), nullable=False),
    sa.Column("seen_at", sa.String(32), nullable=False),
    sa.Column("ends_at", sa.String(32), nullable=False),
    sa.Index("console_sessions_by_account", "account_id"),
)
lockouts_table = sa.Table(
    "console_lockouts",
    metadata,
    sa.Column("who", sa.String(80), primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("failed_at", sa.String(32), nullable=False),
    sa.Column("locked_until", sa.String(32), nullable=True),
)


def written(when: datetime) -> str:
    """An instant as these tables hold and compare it."""
    return when.astimezone(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """An account as it is stored, without its password.

    caller_name : for whom it acts; empty before it was first bound
    bound : whether it may act now
    own_password : False while the password is a first one, which somebody else knows
    password_by : who made that first password
    """

    account_id: str
    sign_in_name: str
    role: str
    holder: str
    caller_name: str
    bound: bool
    disabled: bool
    lang: Lang
    own_password: bool
    password_by: str
    made_at: str
    signed_in_at: str | None

    @property
    def state(self) -> str:
        """``disabled``, ``to_bind`` or ``active``."""
        return "disabled" if self.disabled else "active" if self.bound else "to_bind"

    def account(self) -> Account:
        """As a session holds it; without permissions until it is bound."""
        permissions = ROLE_PERMISSIONS[self.role] if self.bound and not self.disabled else ()
        return Account(
            self.account_id, self.sign_in_name, self.role, self.caller_name, self.holder, frozenset(permissions),
            self.lang,
        )  # fmt: skip


def stored(row: sa.Row[Any]) -> StoredAccount:
    """The account of a row of ``accounts_table``."""
    return StoredAccount(**{field.name: getattr(row, field.name) for field in fields(StoredAccount)})
