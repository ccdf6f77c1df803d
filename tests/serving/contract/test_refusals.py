"""A refusal says which, why and what to do, in both languages, without any status."""

from __future__ import annotations

import re

import numpy as np
import pytest
from pydantic import ValidationError

from data.requests import PointsRequest, QuotaRequest
from data.texts.sentences import label
from serving.contract.refusals import Fault, Refusal, faults_of, invalid_request, shown

pytestmark = pytest.mark.contract
HAN = re.compile(r"[\u4e00-\u9fff]")


def broken(kind, **members):
    with pytest.raises(ValidationError) as caught:
        kind.model_validate(members)
    return caught.value


def test_the_text_is_what_to_do_after_what_happened():
    """A detail in English precedes it; a detail in both languages takes its place."""
    zh, en = label("problem.not-yours.action")
    assert Refusal("not-yours").text == (zh, en)
    assert Refusal("not-yours", "sent to the wrong place.").text == (zh, f"sent to the wrong place. {en}")
    assert Refusal("not-yours", ("改", "mend it")).text == ("改", "mend it")
    assert HAN.search(Refusal("not-yours").title[0])
    assert not HAN.search(Refusal("not-yours").title[1])


def test_an_invalid_request_counts_its_faults():
    made = Refusal.invalid(Fault("a", "1", "2"), Fault("b", "3", "4"))
    assert (made.key, made.text[1]) == ("invalid-request", f"2 fault(s). {label('problem.invalid-request.action')[1]}")
    assert [fault.where for fault in made.faults] == ["a", "b"]


def test_one_of_a_batch_is_named_in_every_fault():
    """The rest of the refusal stays; outside a batch it is the same."""
    refusal = Refusal("not-yours", "d", [Fault("uscc", "a", "b"), Fault("as_of", "c", "d")], retry_after_s=3)
    assert refusal.at("") is refusal
    moved = refusal.at("3.")
    assert [fault.where for fault in moved.faults] == ["3.uscc", "3.as_of"]
    assert (moved.key, moved.detail, moved.retry_after_s) == ("not-yours", "d", 3)


def test_every_fault_of_a_body_is_listed_with_what_was_found():
    """Missing, mistyped and unknown members at once."""
    error = broken(QuotaRequest, request_id="r", requested_amount_cny="many", colour="red")
    found = {fault.where: fault.found for fault in faults_of(error)}
    assert found == {"uscc": "nothing", "requested_amount_cny": "'many'", "colour": "'red'"}
    assert invalid_request(error).key == "invalid-request"


def test_a_wrong_code_alone_has_a_key_of_its_own():
    """Beside any other fault it is an invalid request."""
    error = broken(PointsRequest, uscc="914403001922038217")
    assert invalid_request(error).key == "invalid-uscc"
    assert invalid_request(error, [Fault("uscc", "more than once", "once")]).key == "invalid-request"


def test_a_value_is_shown_as_a_person_wrote_it():
    """No type of a library, one line, never endless."""
    assert shown(np.float64(-5.0)) == "-5.0"
    assert shown(float("nan")) == "nan"
    assert shown("a\nb") == "'a\\nb'"
    assert len(shown("x" * 10_000)) <= 200
