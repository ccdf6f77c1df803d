"""What a reading of points sends back has its type, and nothing beside it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from models.points.improve import Change
from serving.contract.points_answers import IndicatorChange, PointsAdviceAnswer

pytestmark = pytest.mark.contract
ADVICE = {
    "uscc": "91000000000000019G", "as_of": "2024-06-30", "growth_stage": "growth", "target_points": 60.0,
    "points_now": 40.0, "personal_excluded": True,
    "points_then": 60.0, "reached": True, "text_zh": "", "text_en": "", "changes": [], "own_values": [],
    "own_values_refused": [], "versions": {},
}  # fmt: skip


def test_a_change_is_sent_whole_with_both_sentences():
    """Every member of the change of the models, and its text; a missing value is null."""
    change = Change("rd_intensity", "研发费用占营收比重", "R&D expense to revenue", "ratio", None, 0.3, 20.0)
    sent = IndicatorChange.model_validate(change.as_dict())
    assert (sent.now, sent.to, sent.points) == (None, 0.3, 20.0)
    assert (sent.text_zh, sent.text_en) == change.text


def test_without_points_both_totals_are_null_and_no_other_member_is_sent():
    """An enterprise without a growth stage has none; an unknown member is a fault."""
    none = PointsAdviceAnswer.model_validate(ADVICE | {"points_now": None, "points_then": None, "reached": False})
    assert none.points_now is none.points_then is None
    with pytest.raises(ValidationError, match="quota_wan"):
        PointsAdviceAnswer.model_validate(ADVICE | {"quota_wan": 3})
