"""Keys that an operator issues in the console: none of an operator, none without a record."""

from __future__ import annotations

import pytest

from serving.auth.access import KeyRing
from serving.console.acts import CONSOLE_ACT
from serving.console.key_acts import ISSUED_ROLES, KeyActs
from serving.contract.refusals import Refusal
from serving.ledger.ledger import Ledger
from serving.ledger.store import LedgerError
from tests.serving.console.signed_in import MAKER

pytestmark = pytest.mark.contract
WHY = "new system"


def issue(acts, **changed):
    given = {"caller": "standard", "role": "bank", "holder": "system", "permissions": (), "days": 30.0, "by": MAKER,
             "reason": WHY} | changed  # fmt: skip
    return acts.issue(**given)


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"role": "operator", "caller": "zone"}, "role"), ({"role": "enterprise"}, "caller"), ({"days": 0}, "days"),
        ({"days": 367}, "days"), ({"holder": "clock"}, "holder"), ({"permissions": ("release",)}, "permissions"),
        ({"reason": ""}, "reason"),
    ],
)  # fmt: skip
def test_what_cannot_be_issued(sqlite_ledger: Ledger, changed, where):
    """An operator's key least of all: with one, a single person could act as two."""
    with pytest.raises(Refusal) as caught:
        issue(KeyActs(sqlite_ledger), **changed)
    assert [fault.where for fault in caught.value.faults] == [where]
    assert KeyRing(sqlite_ledger).every() == []
    assert "operator" not in ISSUED_ROLES


def test_an_operators_key_is_not_rotated_here_either(sqlite_ledger: Ledger):
    key = KeyRing(sqlite_ledger).issue("zone", "operator", "wang")
    with pytest.raises(Refusal) as caught:
        KeyActs(sqlite_ledger).rotate(key.split("_")[1], MAKER, WHY)
    assert caught.value.key == "illegal-action"
    KeyActs(sqlite_ledger).end(key.split("_")[1], MAKER, WHY)  # but it may be ended
    with pytest.raises(Refusal):
        KeyRing(sqlite_ledger).caller_of(f"Bearer {key}")


def test_acts_are_records_without_secrets(sqlite_ledger: Ledger):
    acts = KeyActs(sqlite_ledger)
    key = issue(acts)
    fresh = acts.rotate(key.split("_")[1], MAKER, "once a quarter")
    acts.end(fresh.split("_")[1], MAKER, "switched off")
    records = sqlite_ledger.find(kind=CONSOLE_ACT)
    assert [one.content["act"] for one in records] == ["key_issued", "key_rotated", "key_ended"]
    assert not [one for one in records for whole in (key, fresh) if whole.split("_", 2)[2].encode() in one.body]


def test_a_key_that_could_not_be_recorded_opens_nothing(sqlite_ledger: Ledger, monkeypatch):
    def broken(_):
        raise LedgerError("the disk is full")

    acts = KeyActs(sqlite_ledger)
    monkeypatch.setattr(sqlite_ledger, "append", broken)
    with pytest.raises(LedgerError):
        issue(acts)
    ((_, ends),) = KeyRing(sqlite_ledger).every()
    assert ends is not None


def test_keys_that_are_not_there_and_people_without_the_permission(sqlite_ledger: Ledger):
    from dataclasses import replace

    with pytest.raises(Refusal) as caught:
        KeyActs(sqlite_ledger).end("00000000", MAKER, WHY)
    assert caught.value.key == "not-found"
    for act in (lambda: issue(KeyActs(sqlite_ledger), by=replace(MAKER, permissions=frozenset())),
                lambda: KeyActs(sqlite_ledger).end("00000000", replace(MAKER, role="bank"), WHY)):  # fmt: skip
        with pytest.raises(Refusal) as caught:
            act()
        assert caught.value.key == "permission-missing"
