"""The types of what is sent: closed, frozen, and strict in their words."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from serving.contract import answers
from serving.contract.answers import (
    AnswerPart,
    FaultAnswer,
    HealthAnswer,
    IndicationsAnswer,
    ProblemAnswer,
    RevokedAnswer,
)

pytestmark = pytest.mark.contract
TYPES = sorted(
    (kind for kind in vars(answers).values()
     if isinstance(kind, type) and issubclass(kind, BaseModel) and kind.__module__ == answers.__name__),
    key=lambda kind: kind.__name__,
)  # fmt: skip


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_every_answer_is_closed_frozen_and_explained(kind):
    """The schema of each names its members, allows no other, and says in a sentence what it is."""
    schema = kind.model_json_schema()
    assert kind.model_config["frozen"]
    assert kind.__doc__.strip()
    if issubclass(kind, AnswerPart) and kind is not AnswerPart:
        assert schema["additionalProperties"] is False
        assert schema["properties"]


def test_a_member_too_many_or_another_word_is_no_answer():
    """A state that is not listed, and a member that no schema has."""
    with pytest.raises(ValidationError, match="status"):
        HealthAnswer(status="fine")
    with pytest.raises(ValidationError, match="extra"):
        HealthAnswer(status="ok", uptime=1)
    assert HealthAnswer(status="ready").model_dump() == {"status": "ready"}


def test_no_offer_ever_binds():
    """``indicative`` can be nothing but true."""
    with pytest.raises(ValidationError, match="indicative"):
        IndicationsAnswer(uscc="u", as_of="2024-06-30", indicative=False, requested_cny=1, indications=[])


def test_a_problem_has_both_languages_and_may_have_no_faults():
    """The members of RFC 9457, and the Chinese ones beside them."""
    texts = {"type": "about:blank", "title": "t", "title_zh": "标", "status": 400, "detail": "d", "detail_zh": "详"}
    fault = FaultAnswer(where="uscc", found="'x'", allowed="a code", allowed_zh="代码")
    assert ProblemAnswer(**texts).faults is None
    assert ProblemAnswer(**texts, faults=[fault]).model_dump()["faults"] == [fault.model_dump()]
    with pytest.raises(ValidationError, match="detail_zh"):
        ProblemAnswer(**{key: value for key, value in texts.items() if key != "detail_zh"})


def test_a_revocation_lists_only_uses_that_are_recorded():
    """A decision, a bank application's step or a look at points; nothing else is a use."""
    made = {"consent_id": "c", "issuer": "i", "reason": "r", "by": "b", "revoked_at": "2026-01-01T00:00:00Z"}
    use = {"kind": "points_seen", "bank_id": "bank-a", "id": "x", "recorded_at": "2026-01-01T00:00:00Z"}
    assert RevokedAnswer(**made, used=[use]).used[0].kind == "points_seen"
    with pytest.raises(ValidationError, match="kind"):
        RevokedAnswer(**made, used=[use | {"kind": "looked"}])
