from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.reform.allowed import allowed


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    share: Annotated[float, Field(gt=0, le=1)] = 0.5
    days: Annotated[int, Field(ge=1, lt=10)] = 1
    kind: Literal["a", "b"] = "a"
    listed: Annotated[tuple[str, ...], Field(min_length=1)] = ("x",)
    name: str = ""

    @model_validator(mode="after")
    def _is_named(self) -> _Form:
        if self.name == "nobody":
            raise ValueError("nobody is no name")
        return self


@pytest.mark.contract
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"share": 3}, "1 or less"),
        ({"share": 0}, "above 0"),
        ({"share": "much"}, "a number"),
        ({"days": 0}, "1 or more"),
        ({"days": 10}, "below 10"),
        ({"days": 2.5}, "a whole number"),
        ({"kind": "c"}, "'a' or 'b'"),
        ({"listed": []}, "at least 1 of them"),
        ({"listed": 5}, "a list"),
        ({"name": 5}, "a text"),
        ({"other": 5}, "no such member"),
        ({"name": "nobody"}, "nobody is no name"),
    ],
    ids=str,
)
def test_what_is_allowed_is_said_in_words(given, words):
    """Without the words of the library."""
    with pytest.raises(ValidationError) as raised:
        _Form.model_validate(given)
    assert allowed(raised.value.errors()[0]) == words
