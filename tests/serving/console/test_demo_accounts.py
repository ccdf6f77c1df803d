"""Accounts for trying: of every role, only into a store that has none, each signing in as printed."""

from __future__ import annotations

import pytest

from data.uscc import fictitious_uscc
from serving.auth.access import ROLES
from serving.console.accounts import Accounts
from serving.console.demo_accounts import make_demo_accounts
from serving.console.sign_in import sign_in
from serving.ledger.ledger import Ledger
from tests.serving.console.signed_in import QUICK

FIRMS = [fictitious_uscc(1), fictitious_uscc(2)]


def test_every_role_has_an_account_that_signs_in_as_printed(sqlite_ledger: Ledger, monkeypatch: pytest.MonkeyPatch):
    """Two where two people are needed; passwords are random, and a second call makes nothing."""
    monkeypatch.setattr("serving.console.accounts.usual_passwords", lambda: QUICK)
    made = make_demo_accounts(sqlite_ledger, FIRMS)
    count = {role: sum(one.role == role for one in made) for role in ROLES}
    assert count == {"operator": 2, "zone_officer": 2, "policy_analyst": 1, "enterprise": 2, "bank": 3}
    assert len({one.password for one in made}) == len(made)
    assert len({one.holder for one in made}) == len(made)
    for one in made:
        account = sign_in(Accounts(sqlite_ledger), one.sign_in_name, one.password)
        assert (account.state, account.caller_name, account.own_password) == ("active", one.caller_name, True)
    assert [one.caller_name for one in made if one.role == "bank"] == ["standard", "standard", "growth"]
    assert make_demo_accounts(sqlite_ledger, FIRMS) == []
    assert all("演示 demo" in one.holder for one in made)
    assert sqlite_ledger.verify().breaks == ()
