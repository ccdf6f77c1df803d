from __future__ import annotations

import pytest

from data.requests import Grant
from serving.applications.certificate_count import CoveredGrants, certificate_note
from serving.ledger.chain import BANK_APPLICATION_ACTION
from serving.ledger.ledger import Draft, canonical_json

CERTIFICATE, OTHER = "c" * 64, "d" * 64
STATEMENTS = [
    {"kind": kind, "certified": certified, "cap": 0.02, "delta": 0.1, "confidence": 0.75, "next_loans": loans,
     "rho": 0.0, "n_needed": None}
    for kind, certified, loans in (("expected", True, None), ("realised", True, 210), ("realised", False, 50))
]  # fmt: skip
RECORDED = {
    "loss_certificate": {
        "covered_wan": 100.0, "certificate": CERTIFICATE, "tenor_months": 12, "largest_wan": 260.0,
        "statements": STATEMENTS,
    }
}  # fmt: skip


def grant(amount_wan: int = 100, tenor: int = 12) -> Grant:
    return Grant(amount_cny=amount_wan * 10_000, annual_rate=0.05, tenor_months=tenor, reason="a visit was made")


def granted(number: int, bank: str = "standard", digest: str | None = CERTIFICATE, amount: int = 1_000_000) -> Draft:
    """The record of a grant, with the note of the certificate that covered it, if any did."""
    note = {"by": "li", "amount_cny": amount, "reason": '"certificate":{"digest":'}
    covered = {} if digest is None else {"certificate": {"digest": digest, "number": 1}}
    body = {"bank_application_id": f"bap-{bank}-{number}", "state": "granted", "note": note | covered}
    return Draft(BANK_APPLICATION_ACTION, bank, f"bap-{bank}-{number}", canonical_json(body), f"{bank}:{number}")


@pytest.mark.law
def test_grants_under_a_certificate_are_numbered_and_the_211th_is_beyond_it():
    """The first is number 1; those of another certificate do not count; the total adds up."""
    assert certificate_note(grant(), RECORDED, {})["certificate"]["number"] == 1
    last = certificate_note(grant(), RECORDED, {OTHER: [1] * 500, CERTIFICATE: [1_000_000] * 209})["certificate"]
    beyond = certificate_note(grant(), RECORDED, {CERTIFICATE: [1_000_000] * 210})["certificate"]
    assert last == {"digest": CERTIFICATE, "number": 210, "within": True, "total_cny": 210_000_000}
    assert (beyond["number"], beyond["within"]) == (211, False)


@pytest.mark.contract
def test_a_grant_outside_the_limits_is_not_counted():
    """More than twelve months, not covered that day, or nothing calculated; a large one counts up to 260."""
    two = certificate_note(grant(300), RECORDED, {CERTIFICATE: [9_000_000]})["certificate"]
    assert (two["number"], two["total_cny"]) == (2, 5_200_000)
    assert certificate_note(grant(tenor=18), RECORDED, {}) == {}
    beyond = {"loss_certificate": {**RECORDED["loss_certificate"], "covered_wan": 0.0}}
    assert certificate_note(grant(), beyond, {}) == {}
    assert certificate_note(grant(), None, {}) == {}


@pytest.mark.law
def test_covered_grants_are_counted_from_the_ledger_by_bank_and_certificate_and_each_once(ledger):
    """Standard: two under one certificate, one under another, one under none; growth: one. Read again: the same."""
    counted = CoveredGrants()
    counted.refresh(ledger, ["standard", "growth"])
    assert counted.counts("standard") == {}
    ledger.append([granted(1), granted(2, digest=None), granted(3, digest=OTHER), granted(1, bank="growth")])
    for _ in range(2):
        counted.refresh(ledger, ["standard", "growth"])
        assert counted.counts("standard") == {CERTIFICATE: 1, OTHER: 1}
    ledger.append([granted(4, amount=2_500_000), granted(1)])  # the second is in the ledger already
    counted.refresh(ledger, ["standard", "growth"])
    assert counted.amounts_cny("standard") == {CERTIFICATE: (1_000_000, 2_500_000), OTHER: (1_000_000,)}
    assert (counted.counts("growth"), counted.counts("rural")) == ({CERTIFICATE: 1}, {})
    anew = CoveredGrants()  # as after a restart
    anew.refresh(ledger, ["standard"])
    assert (anew.counts("standard"), anew.counts("growth")) == ({CERTIFICATE: 2, OTHER: 1}, {})
    anew.refresh(ledger, ["standard", "growth"])  # a bank that came later
    assert anew.counts("growth") == {CERTIFICATE: 1}
