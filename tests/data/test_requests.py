"""The request side of the contract: its bounds, its defaults and what it refuses."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from data.codebook import read_credit_facts, reference_path
from data.requests import (
    BANK_FACTS,
    BATCH_LIMIT,
    Application,
    BankFacts,
    ConsentGrant,
    EnterpriseFacts,
    Grant,
    Override,
    Product,
    Purpose,
    QuotaRequest,
    QuotaRequests,
    ReleaseActivation,
    ReleaseProposal,
)
from data.uscc import fictitious_uscc

pytestmark = pytest.mark.contract
REQUEST_MEMBERS = {"request_id": "r", "uscc": fictitious_uscc(1), "requested_amount_cny": 10_000}
BOUNDS = [  # kind, what else is needed, member, values at the ends, values beyond them
    (QuotaRequest, REQUEST_MEMBERS, "requested_amount_cny", (10_000, 1_000_000_000), (9_999, 1_000_000_001)),
    (QuotaRequest, REQUEST_MEMBERS, "tenor_months", (1, 60), (0, 61)),
    (BankFacts, {}, "existing_debt_wan", (0.0, 1e7), (-0.01, 1.1e7, float("nan"))),
    (BankFacts, {}, "overdue_days", (0, 3_650), (-1, 3_651)),
    (BankFacts, {}, "guarantees_wan", (0.0, 1e7), (-0.01, float("inf"))),
    (ConsentGrant, {"request_id": "r", "bank_id": "b"}, "valid_days", (1, 1_096), (0, 1_097)),
    (Grant, {"amount_cny": 10_000, "tenor_months": 12, "reason": "x"}, "annual_rate", (0.0, 0.36), (-0.01, 0.37)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "rest", "member", "taken", "refused"), BOUNDS, ids=[one[2] for one in BOUNDS])
def test_both_ends_are_taken_and_what_is_beyond_them_is_refused(kind, rest, member, taken, refused):
    """Amounts in yuan, terms in months, shares as ratios; the message names the member."""
    for value in taken:
        assert getattr(kind(**{**rest, member: value}), member) == value
    for value in refused:
        with pytest.raises(ValidationError, match=member):
            kind(**{**rest, member: value})


def test_what_is_left_out_has_its_default():
    """The standard policy, twelve months of working capital, and nothing that the bank knows."""
    requested = QuotaRequest(**REQUEST_MEMBERS)
    assert (requested.bank_id, requested.product, requested.tenor_months, requested.purpose) == (
        "standard", "innovation_points", 12, "working_capital",
    )  # fmt: skip
    assert requested.bank_facts == BankFacts(existing_debt_wan=0.0, overdue_days=0, guarantees_wan=0.0)
    assert (requested.as_of, requested.consent, requested.enterprise, requested.policy_version) == (None,) * 4


def test_a_bank_replaces_three_credit_facts():
    """Every fact of the bank has its column in the case, one of the credit facts."""
    assert set(BANK_FACTS) == set(BankFacts.model_fields)
    assert set(BANK_FACTS.values()) <= {fact.key for fact in read_credit_facts()}


def test_products_and_purposes_are_those_of_the_table_of_loan_terms():
    """Nothing can be requested that has no row in the table."""
    lines = reference_path("loan_terms.csv").read_text(encoding="utf-8")
    assert all(name in lines for name in (*get_args(Product), *get_args(Purpose)))


def test_a_batch_has_one_to_five_hundred_requests():
    """None and one more than the limit are refused."""
    adapter, one = TypeAdapter(QuotaRequests), QuotaRequest(**REQUEST_MEMBERS)
    assert len(adapter.validate_python([one] * BATCH_LIMIT)) == BATCH_LIMIT == 500
    for count in (0, BATCH_LIMIT + 1):
        with pytest.raises(ValidationError, match="List should have at"):
            adapter.validate_python([one] * count)


def test_a_figure_of_an_enterprise_is_finite_and_its_day_is_needed():
    """Infinite is no figure; without the day nobody knows how old the figures are."""
    assert EnterpriseFacts(indicators={"rd_expense": 1.0}, known_at=date(2024, 6, 30)).credit_facts == {}
    with pytest.raises(ValidationError, match="finite number"):
        EnterpriseFacts(indicators={"rd_expense": float("inf")}, known_at=date(2024, 6, 30))
    with pytest.raises(ValidationError, match="known_at"):
        EnterpriseFacts(indicators={"rd_expense": 1.0})


def test_an_application_names_one_to_twenty_banks():
    """And what they may use is points, quota, query and reporting unless it says otherwise."""
    given = {"request_id": "r", "requested_amount_cny": 10_000}
    assert Application(**given, banks=("a",)).share == ("points", "quota", "query", "reporting")
    assert len(Application(**given, banks=tuple(f"b{number}" for number in range(20))).banks) == 20
    for banks in ((), tuple(f"b{number}" for number in range(21))):
        with pytest.raises(ValidationError, match="banks"):
            Application(**given, banks=banks)


def test_an_override_decides_one_of_three_and_expires_at_an_instant_with_a_zone():
    """Only approve, refer or decline; a time without a zone is another instant in every zone."""
    given = {"outcome": "approved", "amount_cny": 0, "reason": "x", "expires_at": datetime(2026, 1, 1, tzinfo=UTC)}
    assert Override(**given).amount_cny == 0
    with pytest.raises(ValidationError, match="'approved', 'manual_review' or 'declined'"):
        Override(**given | {"outcome": "insufficient_data"})
    with pytest.raises(ValidationError, match="timezone info"):
        Override(**given | {"expires_at": datetime(2026, 1, 1)})  # noqa: DTZ001


def test_a_release_is_named_by_kind_owner_and_version():
    """``*`` is every bank; nothing else than a policy or a model is released."""
    given = {"what": "policy", "version": "v1", "body": {}, "reason": "x"}
    assert ReleaseProposal(**given, owner="*").owner == "*"
    with pytest.raises(ValidationError, match="owner"):
        ReleaseProposal(**given, owner="bank 01")
    made = {"effective_from": date(2026, 1, 1), "reason": "x"}
    for name in ("policy:*:v1", "model:bank01:2026.1"):
        assert ReleaseActivation(**made, release=name).release == name
    for name in ("policy:v1", "code:bank01:v1", "policy:**:v1"):
        with pytest.raises(ValidationError, match="release"):
            ReleaseActivation(**made, release=name)
