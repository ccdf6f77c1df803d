"""An account calls the API as its caller."""

from __future__ import annotations

from serving.console.account import Account


def test_the_caller_is_the_account_s_person_with_its_permissions_and_no_key():
    """Four-eyes rules compare holders; the rate is taken from the account, not from all who share a bank."""
    account = Account("a1", "ming", "bank", "standard", "Bank officer 1", frozenset({"quota"}))
    caller = account.caller()
    assert (caller.name, caller.role, caller.holder) == ("standard", "bank", "Bank officer 1")
    assert caller.permissions == {"quota"}
    assert caller.key_id == "console:a1"
