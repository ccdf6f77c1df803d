from __future__ import annotations

import pytest

from data.requests import Grant
from serving.applications.bank_applications import BankApplication
from serving.applications.certificate_count import certificate_note

RECORDED = {
    "loss_certificate": {
        "covered_wan": 100.0, "certificate": "c" * 64, "tenor_months": 12, "largest_wan": 260.0,
        "statements": [{"next_loans": None}, {"next_loans": 210}, {"next_loans": 210}],
    }
}  # fmt: skip


def grant(amount_wan: int = 100, tenor: int = 12) -> Grant:
    return Grant(amount_cny=amount_wan * 10_000, annual_rate=0.05, tenor_months=tenor, reason="a visit was made")


def bank_application(action: dict) -> BankApplication:
    return BankApplication("o", "a", "standard", "u", "granted", "", {}, {}, {}, ({"state": "sent"}, action))


def granted(count: int, digest: str = "c" * 64) -> list[BankApplication]:
    return [
        bank_application({"amount_cny": 1_000_000, "certificate": {"digest": digest, "number": at}})
        for at in range(count)
    ]


@pytest.mark.law
def test_grants_under_a_certificate_are_numbered_and_the_211th_is_beyond_it():
    """The first is number 1; those of another certificate, or outside any, do not count; the total adds up."""
    assert certificate_note(grant(), RECORDED, [])["certificate"]["number"] == 1
    others = [*granted(5, "d" * 64), bank_application({"amount_cny": 5})]
    last = certificate_note(grant(), RECORDED, [*others, *granted(209)])["certificate"]
    beyond = certificate_note(grant(), RECORDED, granted(210))["certificate"]
    assert (last["number"], last["within"], last["total_cny"]) == (210, True, 210_000_000)
    assert (beyond["number"], beyond["within"]) == (211, False)


@pytest.mark.contract
def test_a_grant_outside_the_limits_is_not_counted():
    """More than twelve months, not covered that day, or nothing calculated; a large one counts up to 260."""
    assert certificate_note(grant(300), RECORDED, [])["certificate"]["total_cny"] == 2_600_000
    assert certificate_note(grant(tenor=18), RECORDED, []) == {}
    assert (
        certificate_note(grant(), {"loss_certificate": {**RECORDED["loss_certificate"], "covered_wan": 0.0}}, []) == {}
    )
    assert certificate_note(grant(), None, []) == {}
