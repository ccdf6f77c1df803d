"""Answers of clearance take nothing extra and lose nothing."""

import pytest
from pydantic import ValidationError

from serving.contract.clearance_answers import ClearanceAnswer, CutoffAnswer, WebhookAnswer, WebhookMadeAnswer

pytestmark = pytest.mark.contract


def test_only_the_answer_to_a_registration_can_hold_a_secret():
    assert "secret" in WebhookMadeAnswer.model_fields
    assert "secret" not in WebhookAnswer.model_fields


def test_nothing_extra_is_answered():
    with pytest.raises(ValidationError):
        CutoffAnswer(cutoff_id="a", new=True, note="x")
    assert {"confirmed", "reported_status", "known_at", "simulated"} <= set(ClearanceAnswer.model_fields)
