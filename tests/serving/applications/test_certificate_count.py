from __future__ import annotations

import json
from typing import Any

import pytest

from data.requests import Grant
from serving.applications.certificate_count import CoveredGrants, certificate_note, certificate_warnings
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
        "total_wan": 21_000.0,
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


def noted(given: Grant, earlier: dict[str, list[int]], firm_wan: float = 0.0) -> dict[str, Any]:
    """The note of a grant to a firm that holds covered loans of ``firm_wan`` already."""
    return certificate_note(given, RECORDED, earlier, {CERTIFICATE: int(firm_wan * 10_000)}).get("certificate", {})


@pytest.mark.law
def test_grants_under_a_certificate_are_numbered_and_the_211th_is_beyond_it():
    """The first is number 1; those of another certificate do not count; the total adds up."""
    assert noted(grant(), {})["number"] == 1
    last = noted(grant(), {OTHER: [1] * 500, CERTIFICATE: [1_000_000] * 209})
    beyond = noted(grant(), {CERTIFICATE: [1_000_000] * 210})
    assert last == {
        "digest": CERTIFICATE, "number": 210, "within": True, "counted_cny": 1_000_000, "total_cny": 210_000_000,
        "short": False,
    }  # fmt: skip
    assert (beyond["number"], beyond["within"]) == (211, False)


@pytest.mark.contract
def test_a_grant_outside_the_limits_is_not_counted():
    """More than twelve months, not covered that day, or nothing calculated; a large one counts up to 260."""
    two = noted(grant(300), {CERTIFICATE: [9_000_000]})
    assert (two["number"], two["total_cny"], two["within"]) == (2, 5_200_000, False)
    assert noted(grant(tenor=18), {}) == {}
    beyond = {"loss_certificate": {**RECORDED["loss_certificate"], "covered_wan": 0.0}}
    assert certificate_note(grant(), beyond, {}, {}) == {}
    assert certificate_note(grant(), None, {}, {}) == {}


@pytest.mark.law
@pytest.mark.parametrize(
    ("before", "amount", "within", "counted"), [(0, 260, True, 260), (160, 100, True, 100), (160, 101, False, 100),
                                                (260, 100, False, 0), (500, 100, False, 0)],
)  # fmt: skip
def test_a_loan_that_is_split_counts_as_one(before: int, amount: int, within: bool, counted: int) -> None:
    """A firm's covered grants together count up to the largest amount, 260; beyond it the certificate does not hold."""
    given, firm = grant(amount), {CERTIFICATE: before * 10_000}
    note = certificate_note(given, RECORDED, {CERTIFICATE: [1_000_000] * 7}, firm)
    found = note["certificate"]
    assert (found["within"], found["counted_cny"]) == (within, counted * 10_000)
    assert found["total_cny"] == 7_000_000 + counted * 10_000
    warnings = certificate_warnings(given, note, RECORDED, {}, firm)
    assert [one["code"] for one in warnings] == ([] if within else ["certificate_firm_total"])
    if before == 160 and not within:
        assert (
            warnings[0]["zh"]
            == "损失率验证覆盖的该企业贷款合计 261 万元，高于验证的最大金额 260 万元，超出部分不在验证范围内。"
        )


@pytest.mark.law
@pytest.mark.parametrize(("number", "amount", "short"), [(209, 100, False), (210, 100, False), (210, 99, True)])
def test_the_last_grant_says_that_the_least_total_was_missed(number: int, amount: int, short: bool) -> None:
    """Loans of 100: the 210th reaches 21,000 with 100 of its own, and not with 99."""
    note = certificate_note(grant(amount), RECORDED, {CERTIFICATE: [1_000_000] * (number - 1)}, {})
    assert note["certificate"]["short"] is short
    warnings = certificate_warnings(grant(amount), note, RECORDED, {}, {})
    assert [one["code"] for one in warnings] == (["certificate_total_short"] if short else [])
    if short:
        assert warnings[0]["en"] == (
            "All 210 loans under the loss certificate have been granted. Each firm counted up to CNY 2,600,000, they "
            "total CNY 209,990,000, below the CNY 210,000,000 that the certificate needs; so its statement on the "
            "realised loss rate does not hold for them."
        )


@pytest.mark.law
@pytest.mark.parametrize(
    ("status", "granted_before", "said"),
    [("certified", 210, True), ("certified", 214, True), ("certified", 209, False), ("refused", 210, False)],
)
def test_a_grant_after_the_last_that_is_covered_says_that_the_certificate_is_used_up(status, granted_before, said):
    """It has no note, as the expert caps decide; one that was never covered says nothing."""
    calculated = {"loss_certificate": RECORDED["loss_certificate"] | {"covered_wan": 0.0, "status": status}}
    earlier = {CERTIFICATE: [1_000_000] * granted_before}
    assert certificate_note(grant(), calculated, earlier, {}) == {}
    found = certificate_warnings(grant(), {}, calculated, earlier, {})
    assert [one["code"] for one in found] == (["certificate_used_up"] if said else [])
    assert not said or found[0]["en"].startswith("The certificate is used up: it covered the bank's next 210 loans,")
    assert certificate_warnings(grant(), {}, None, earlier, {}) == []


@pytest.mark.law
def test_the_total_that_was_missed_is_that_of_the_certificates_own_number(ledger):
    """Number 210 ends the certificate with 21.0 million; a record of 211 is beyond it, and its total of another sum."""
    for number, total in ((210, 21_000_000), (211, 21_100_000)):
        draft = granted(number)
        body = json.loads(draft.body)
        body["note"]["certificate"] |= {"number": number, "short": True, "total_cny": total}
        ledger.append([draft._replace(body=canonical_json(body))])
        counted = CoveredGrants()
        counted.refresh(ledger, ["standard"])
        assert counted.short("standard") == {CERTIFICATE: 21_000_000}


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
    assert counted.short("standard") == {}
    anew = CoveredGrants()  # as after a restart
    anew.refresh(ledger, ["standard"])
    assert (anew.counts("standard"), anew.counts("growth")) == ({CERTIFICATE: 2, OTHER: 1}, {})
    anew.refresh(ledger, ["standard", "growth"])  # a bank that came later
    assert anew.counts("growth") == {CERTIFICATE: 1}


@pytest.mark.law
def test_what_is_counted_of_a_grant_and_that_the_last_one_fell_short_are_read_from_its_record(ledger):
    """A note of before firms were counted has neither: its amount counts."""
    note = {"digest": CERTIFICATE, "number": 2, "counted_cny": 400_000, "total_cny": 1_400_000, "short": True}
    body = {"state": "granted", "note": {"amount_cny": 1_000_000, "certificate": note}}
    last = Draft(BANK_APPLICATION_ACTION, "standard", "bap-2", canonical_json(body), "standard:2")
    counted = CoveredGrants()
    ledger.append([granted(1), last])
    counted.refresh(ledger, ["standard", "growth"])
    assert counted.amounts_cny("standard") == {CERTIFICATE: (1_000_000, 400_000)}
    assert counted.short("standard") == {CERTIFICATE: 1_400_000}
    assert counted.short("growth") == {}
