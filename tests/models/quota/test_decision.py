"""The published type of an answer: nothing more, nothing less, and nothing that can be changed."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from data.requests import QuotaRequest
from models.quota.decision import QuotaDecision
from models.quota.rules import RULES, STRICTNESS

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def answer(quick_engine, quick_case, quick_known, quick_policy):
    """A whole answer of hand-made models."""
    row = quick_case()
    request = QuotaRequest(request_id="r", uscc=row["uscc"], requested_amount_cny=3_000_000)
    return quick_engine.decide_row(row, quick_known, request, quick_policy)


def test_an_answer_has_exactly_the_members_of_its_type(answer):
    """In its order; each left out, or one more, is an error that names it."""
    assert list(answer) == list(QuotaDecision.model_fields)
    assert QuotaDecision.model_validate(answer).model_dump()["quota"] == answer["quota"]
    with pytest.raises(ValidationError, match=r"(?s)1 validation error.*extra\n  Extra inputs"):
        QuotaDecision.model_validate(answer | {"extra": 1})
    fixed = {"indicative", "needs_onsite_dd"}  # these have one value, so they may be left out
    for name in set(answer) - fixed:
        with pytest.raises(ValidationError, match=rf"(?s)1 validation error.*{name}\n  Field required"):
            QuotaDecision.model_validate({key: value for key, value in answer.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"), [("indicative", False), ("needs_onsite_dd", False), ("outcome", "approved")]
)
def test_an_answer_never_binds_and_has_one_of_four_outcomes(answer, name, value):
    """A bank decides after it has seen the firm."""
    with pytest.raises(ValidationError, match=rf"(?s)1 validation error.*{name}"):
        QuotaDecision.model_validate(answer | {name: value})


def test_every_outcome_of_a_rule_is_an_outcome_of_an_answer(answer):
    """Approval is what is left where no rule is hit."""
    assert {rule.outcome for rule in RULES.values()} | {"preapproved"} == set(STRICTNESS)
    for outcome in STRICTNESS:
        assert QuotaDecision.model_validate(answer | {"outcome": outcome}).outcome == outcome


def test_a_decision_is_never_edited(answer):
    """It is a value."""
    decision = QuotaDecision.model_validate(answer)
    with pytest.raises(ValidationError, match="frozen"):
        decision.quota.amount_wan = 1
