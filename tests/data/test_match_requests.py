"""Requests of matching refuse what cannot be."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from data.match_requests import LONGEST_LIST, InvitationsRequest, MatchFeedback, SuppliersRequest
from data.uscc import fictitious_uscc

pytestmark = pytest.mark.contract
FEEDBACK = {"outcome_id": "o1", "query_id": "q1", "uscc": fictitious_uscc(1), "at": "2024-06-30T08:00:00Z"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "click", "query_id": None}, "a click names the query_id"),
        ({"kept": True}, "met is needed"),
        ({"second_meeting": True, "met": True}, "kept is needed"),
        ({"event_id": "E1", "met": True, "invited": True}, "who met accepted"),
        ({"event_id": "E1", "accepted": True}, "who accepted was invited"),
        ({"signed": True, "reason_not": "price"}, "has no reason_not"),
        ({"uscc": "91"}, "18 characters"),
        ({"liked": True}, "Extra inputs"),
    ],
)
def test_feedback_that_cannot_be_is_refused(change, message):
    """Each contradiction has its message."""
    with pytest.raises(ValidationError, match=message):
        MatchFeedback.model_validate_json(json.dumps(FEEDBACK | change))


def test_feedback_outside_an_event_needs_no_invitation():
    """A firm is met without one."""
    given = MatchFeedback.model_validate_json(json.dumps(FEEDBACK | {"met": True, "kept": True, "solved": True}))
    assert (given.met, given.invited, given.kind) == (True, False, "outcome")


@pytest.mark.parametrize("body", [{}, {"demand_id": "D1", "demand": {"problem": "漏水"}}])
def test_a_demand_is_named_or_written_and_not_both(body):
    """One of the two."""
    with pytest.raises(ValidationError, match="exactly one of demand_id and demand"):
        SuppliersRequest.model_validate_json(json.dumps(body))


def test_lists_and_seats_have_their_bounds():
    """None, and more than a list's longest, are refused."""
    for count in (0, LONGEST_LIST + 1):
        with pytest.raises(ValidationError):
            SuppliersRequest(demand_id="D1", count=count)
    with pytest.raises(ValidationError):
        InvitationsRequest(demands=("D1",), seats=0)
    with pytest.raises(ValidationError):
        InvitationsRequest(demands=())
    assert SuppliersRequest(demand_id="D1").count == 10
