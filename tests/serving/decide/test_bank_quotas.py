"""The newest result of each bank for one enterprise, by hand-written records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from data.requests import BankFacts
from data.uscc import fictitious_uscc
from serving.decide.bank_quotas import bank_quotas, reported_facts
from serving.ledger.chain import DECISION, Draft, canonical_json

pytestmark = pytest.mark.behaviour
FIRM, OTHER = fictitious_uscc(1), fictitious_uscc(2)
NOW = datetime.now(UTC)


def indications(firm, amounts):
    listed = [{"bank_id": bank, "outcome": "preapproved", "amount_wan": amount} for bank, amount in amounts.items()]
    return Draft("indications", firm, f"ask-{firm}", canonical_json({"answer": {"indications": listed}}))


def decision(bank, firm, amount, name, noted=""):
    quota = {"amount_wan": amount, "valid_until": "2026-03-01"}
    answer = {"outcome": "preapproved", "quota": quota, "note": noted}
    body = {"answer": answer, "request": {"uscc": firm}}
    return Draft(DECISION, bank, name, canonical_json(body), name)


def override(bank, name, outcome, amount_cny, end, by="li"):
    body = {"audit_id": name, "outcome": outcome, "amount_cny": amount_cny, "by": by, "expires_at": end.isoformat(),
            "calculated": "preapproved", "reason": "x", "warnings": []}  # fmt: skip
    return Draft("override", bank, name, canonical_json(body))


def seen(ledger, firm=FIRM):
    return {one.bank_id: (one.source, one.outcome, one.amount_wan) for one in bank_quotas(ledger, firm, NOW)}


def test_the_newest_of_each_bank_and_a_decision_before_an_indication(sqlite_ledger):
    """An indication that is asked for later does not hide what the bank decided."""
    sqlite_ledger.append(
        [indications(FIRM, {"a": 10, "b": 20}), decision("a", FIRM, 30, "d1"), decision("a", FIRM, 40, "d2"),
         indications(FIRM, {"a": 50, "b": 60, "c": 0}), indications(OTHER, {"d": 70})]
    )  # fmt: skip
    assert seen(sqlite_ledger) == {
        "a": ("decision", "preapproved", 40),
        "b": ("indication", "preapproved", 60),
        "c": ("indication", "preapproved", 0),
    }
    assert [one.valid_until for one in bank_quotas(sqlite_ledger, FIRM, NOW)] == ["2026-03-01", None, None]


def test_another_firms_decision_that_names_this_one_is_not_its_own(sqlite_ledger):
    sqlite_ledger.append([decision("a", OTHER, 99, "d1", noted=FIRM)])
    assert seen(sqlite_ledger) == {}


def test_a_bank_reported_what_its_own_newest_decision_about_the_firm_holds(sqlite_ledger):
    """Not what it knew before a record, nor what another bank reported, nor of another firm."""

    def reported(bank, firm, debt_wan, name, noted=""):
        body = {"answer": {"note": noted}, "request": {
            "request_id": name, "uscc": firm, "requested_amount_cny": 10_000,
            "bank_facts": {"existing_debt_wan": debt_wan},
        }}  # fmt: skip
        return Draft(DECISION, bank, name, canonical_json(body), name)

    sqlite_ledger.append(
        [reported("a", FIRM, 1.0, "d1"), reported("a", FIRM, 2.0, "d2"), reported("b", FIRM, 3.0, "d3"),
         reported("a", OTHER, 4.0, "d4", noted=FIRM)]
    )  # fmt: skip
    assert reported_facts(sqlite_ledger, "a", FIRM, 0) == BankFacts(existing_debt_wan=2.0)
    assert reported_facts(sqlite_ledger, "a", FIRM, 2) == BankFacts()


def test_an_override_counts_while_it_is_active(sqlite_ledger):
    """The last active one; one that is over leaves the calculated result."""
    soon, past = NOW + timedelta(days=3), NOW - timedelta(days=3)
    sqlite_ledger.append(
        [decision("a", FIRM, 30, "d1"), override("a", "d1", "approved", 100_000, soon),
         override("a", "d1", "declined", 0, soon), decision("b", FIRM, 30, "d2"),
         override("b", "d2", "declined", 0, past)]
    )  # fmt: skip
    assert seen(sqlite_ledger) == {"a": ("override", "declined", 0.0), "b": ("decision", "preapproved", 30)}
