"""The tables as the migration makes them, and an account as a session holds it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import sqlalchemy as sa

from serving.auth.access import ROLE_PERMISSIONS
from serving.console.account_tables import StoredAccount, accounts_table, lockouts_table, sessions_table, written
from serving.ledger.ledger import Ledger

ONE = StoredAccount(
    "acc-1", "one", "zone_officer", "officer", "zone", bound=True, disabled=False, lang="zh", own_password=True,
    password_by="li", made_at="", signed_in_at=None,
)  # fmt: skip


def test_the_migration_makes_what_the_tables_say(ledger: Ledger):
    """The same columns, kinds and keys on both kinds of store."""
    inspector = sa.inspect(ledger.engine)
    for table in (accounts_table, sessions_table, lockouts_table):
        made = {column["name"]: column["nullable"] for column in inspector.get_columns(table.name)}
        assert made == {column.name: column.nullable for column in table.columns}
        assert inspector.get_pk_constraint(table.name)["constrained_columns"] == [c.name for c in table.primary_key]
    unique = {tuple(one["column_names"]) for one in inspector.get_unique_constraints("console_accounts")}
    assert {("sign_in_name",), ("holder_key",)} <= unique


def test_only_a_bound_account_has_permissions():
    assert ONE.account().permissions == frozenset(ROLE_PERMISSIONS["zone_officer"])
    assert (ONE.state, replace(ONE, bound=False).state, replace(ONE, disabled=True).state) == (
        "active", "to_bind", "disabled",
    )  # fmt: skip
    for other in (replace(ONE, bound=False), replace(ONE, disabled=True)):
        assert other.account().permissions == frozenset()


def test_instants_compare_as_texts():
    early = datetime(2026, 3, 1, 9, tzinfo=UTC)
    late = datetime(2026, 3, 1, 18, tzinfo=timezone(timedelta(hours=8)))  # an hour later
    assert written(early) < written(late) == "2026-03-01T10:00:00.000000+00:00"
