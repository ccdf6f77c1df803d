"""What matching answers is whole: nothing extra, nothing missing, dates as texts."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from data.uscc import fictitious_uscc
from serving.contract.match_answers import DemandAnswer, EvidenceAnswer

pytestmark = pytest.mark.contract
LINE = {"rank": 1, "match_score": 0.7, "probability": 0.4, "evidence": [], "reasons": []}
DEMAND = {
    "demand_id": "D1", "uscc": None, "title": "漏水", "problem": "地下管子漏水", "requirement": None, "field": "iot",
    "budget_wan": None, "deadline": "2024-12-31", "district": None, "repeats": [],
}  # fmt: skip


def test_a_demand_whose_firm_is_hidden_has_no_code():
    """None is allowed, a member that is missing is not."""
    assert DemandAnswer.model_validate(LINE | DEMAND).uscc is None
    assert DemandAnswer.model_validate(LINE | DEMAND | {"uscc": fictitious_uscc(1)}).uscc
    without = {name: value for name, value in DEMAND.items() if name != "uscc"}
    with pytest.raises(ValidationError, match="uscc"):
        DemandAnswer.model_validate(LINE | without)


def test_evidence_is_not_withheld_unless_it_says_so():
    """A passage that is withheld is empty in all its texts."""
    members = {"document_id": "C1", "kind": "patent", "title": "t", "passage": "p", "marks": [(0, 1)]}
    assert not EvidenceAnswer.model_validate(members).withheld
    with pytest.raises(ValidationError, match="extra"):
        EvidenceAnswer.model_validate(members | {"score": 1})
