"""Accounts: two people for each, nobody with two, nobody on an own one, and a record of every act."""

from __future__ import annotations

from dataclasses import replace

import pytest

from data.uscc import fictitious_uscc
from serving.console.accounts import Accounts, sign_in_form
from serving.console.acts import CONSOLE_ACT
from serving.contract.refusals import Refusal
from serving.ledger.ledger import Ledger
from tests.serving.console.signed_in import BINDER, MAKER, OWN, QUICK

pytestmark = pytest.mark.contract
WHY = "for a test"


@pytest.fixture
def accounts(sqlite_ledger: Ledger) -> Accounts:
    return Accounts(sqlite_ledger, QUICK)


def refused(call, key, where=None):
    """The refusal of a call: its key, and where its first fault is."""
    with pytest.raises(Refusal) as caught:
        call()
    assert caught.value.key == key
    if where is not None:
        assert caught.value.faults[0].where == where
    return caught.value


def test_an_account_acts_for_nobody_until_a_second_person_binds_it(accounts):
    """Its maker cannot, under whatever spelling of the name and with whatever caller's name."""
    uscc = fictitious_uscc(5)
    made, _ = accounts.make("firm-5", "enterprise", "firm five", MAKER, WHY)
    assert (made.state, made.account().permissions, made.caller_name) == ("to_bind", frozenset(), "")
    for same in (MAKER, replace(MAKER, name="elsewhere"), replace(MAKER, holder="  LI ")):
        refused(lambda same=same: accounts.bind(made.account_id, uscc, same, WHY), "four-eyes", "by")
    bound = accounts.bind(made.account_id, uscc, BINDER, WHY)
    assert (bound.state, bound.caller_name) == ("active", uscc)
    caller = bound.account().caller()
    assert (caller.name, caller.role, caller.holder) == (uscc, "enterprise", "firm five")
    assert "apply" in caller.permissions
    refused(lambda: accounts.bind(made.account_id, uscc, BINDER, WHY), "illegal-action", "account")


def test_a_zone_officer_may_bind_and_make_nothing(accounts):
    officer = replace(BINDER, role="zone_officer", permissions=frozenset())
    made, _ = accounts.make("op", "operator", "an operator", MAKER, WHY)
    assert accounts.bind(made.account_id, "anything", officer, WHY).caller_name == "zone"
    for act in (
        lambda: accounts.make("x", "bank", "x", officer, WHY),
        lambda: accounts.disable(made.account_id, officer, WHY),
        lambda: accounts.reset(made.account_id, officer, WHY),
    ):
        refused(act, "permission-missing")
    bank = replace(BINDER, role="bank", permissions=frozenset({"accounts"}))
    other, _ = accounts.make("op2", "operator", "another", MAKER, WHY)
    refused(lambda: accounts.bind(other.account_id, "", bank, WHY), "permission-missing")


@pytest.mark.parametrize(
    ("role", "caller"),
    [("enterprise", "no code"), ("enterprise", "91330000MA0000000X"), ("bank", "two words"), ("bank", "")],
)
def test_a_caller_that_cannot_be_is_refused(accounts, role, caller):
    made, _ = accounts.make("one", role, "one", MAKER, WHY)
    refused(lambda: accounts.bind(made.account_id, caller, BINDER, WHY), "invalid-request", "caller")


def test_nobody_has_two_accounts(accounts):
    """Neither under another sign-in name nor under another spelling of the own name."""
    accounts.make("one", "operator", "Bank Officer One", MAKER, WHY)
    refused(lambda: accounts.make("ONE ", "bank", "somebody", MAKER, WHY), "illegal-action", "sign_in_name")
    refused(lambda: accounts.make("two", "bank", "bank  officer ONE", MAKER, WHY), "illegal-action", "holder")
    assert len(accounts.every()) == 1


def test_every_fault_of_a_new_account_is_named_at_once(accounts):
    with pytest.raises(Refusal) as caught:
        accounts.make("", "king", "bootstrap", MAKER, "no")
    assert {fault.where for fault in caught.value.faults} == {"sign_in_name", "role", "holder", "reason"}
    assert all(zh != en for zh, en in (fault.texts for fault in caught.value.faults))


def test_a_reset_account_is_bound_again_by_another_than_who_reset_it(accounts):
    """And for the same caller: who resets a password cannot let the account act for somebody else."""
    made, _ = accounts.make("bank-1", "bank", "officer", MAKER, WHY)
    accounts.bind(made.account_id, "standard", BINDER, WHY)
    accounts.reset(made.account_id, BINDER, WHY)
    assert accounts.find(made.account_id).state == "to_bind"
    refused(lambda: accounts.bind(made.account_id, "standard", BINDER, WHY), "four-eyes")
    refused(lambda: accounts.bind(made.account_id, "growth", MAKER, WHY), "illegal-action", "caller")
    assert accounts.bind(made.account_id, "standard", MAKER, WHY).state == "active"


def test_another_role_is_bound_again(accounts):
    made, _ = accounts.make("one", "policy_analyst", "one", MAKER, WHY)
    accounts.bind(made.account_id, "", BINDER, WHY)
    changed = accounts.change_role(made.account_id, "operator", MAKER, WHY)
    assert (changed.role, changed.state, changed.caller_name) == ("operator", "to_bind", "")
    refused(lambda: accounts.bind(made.account_id, "", MAKER, WHY), "four-eyes")
    refused(lambda: accounts.change_role(made.account_id, "king", MAKER, WHY), "invalid-request", "role")


def test_nobody_acts_on_an_own_account(accounts):
    made, _ = accounts.make("li", "operator", "Li", BINDER, WHY)
    for act in (accounts.disable, accounts.enable, accounts.reset):
        refused(lambda act=act: act(made.account_id, MAKER, WHY), "four-eyes", "by")


def test_a_password_is_changed_by_who_knows_the_present_one(accounts):
    made, first = accounts.make("one", "operator", "officer one", MAKER, WHY)
    for present, new, where in ((OWN, OWN, "present"), (first, "short", "new"), (first, first, "new"),
                                (first, "my name is officer one", "new")):  # fmt: skip
        refused(lambda p=present, n=new: accounts.change_password(made.account_id, p, n), "invalid-request", where)
    accounts.change_password(made.account_id, first, OWN)
    assert accounts.find(made.account_id).own_password


def test_every_act_is_a_record_without_a_password(accounts):
    """Who, what, to whom and why; an act that was refused is none, but a password that somebody tried is."""
    made, first = accounts.make("one", "operator", "officer one", MAKER, WHY)
    refused(lambda: accounts.change_password(made.account_id, "a guess of it", OWN), "invalid-request", "present")
    accounts.change_password(made.account_id, first, OWN)
    accounts.bind(made.account_id, "", BINDER, "seen in person")
    with pytest.raises(Refusal):
        accounts.disable(made.account_id, MAKER, "")
    accounts.disable(made.account_id, MAKER, "left")
    accounts.enable(made.account_id, BINDER, "came back")
    second = accounts.reset(made.account_id, MAKER, "forgot it")
    records = accounts.ledger.find(kind=CONSOLE_ACT, subject=made.account_id)
    seen = [(record.content["act"], record.content["holder"], record.content.get("reason")) for record in records]
    assert seen == [
        ("account_made", "li", WHY),
        ("password_refused", "officer one", None),
        ("password_changed", "officer one", None),
        ("account_bound", "wang", "seen in person"),
        ("account_disabled", "li", "left"),
        ("account_enabled", "wang", "came back"),
        ("account_reset", "li", "forgot it"),
    ]
    assert not [
        record for record in records for secret in (first, second, OWN, "a guess") if secret.encode() in record.body
    ]
    assert accounts.ledger.verify().breaks == ()


def test_what_is_not_there_is_not_found(accounts):
    refused(lambda: accounts.find("acc-none"), "not-found")
    refused(lambda: accounts.disable("acc-none", MAKER, WHY), "not-found")
    assert accounts.ledger.tip() == 0


def test_names_are_compared_without_case_and_width():
    assert sign_in_form(" Ｏperator-1 ") == "operator-1"
