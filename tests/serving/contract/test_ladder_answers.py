"""Answers hold what they name and nothing else."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from serving.contract import ladder_answers
from serving.contract.answers import AnswerPart

KINDS = [one for one in vars(ladder_answers).values() if isinstance(one, type) and issubclass(one, AnswerPart)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_member_that_is_not_named_is_refused(kind: type[BaseModel]):
    with pytest.raises(ValidationError) as refused:
        kind.model_validate({"something_else": 1})
    assert "something_else" in {error["loc"][0] for error in refused.value.errors()} or kind is AnswerPart
