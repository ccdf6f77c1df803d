"""Requests of clearance are taken whole or refused with what is allowed."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from data.clearance_requests import Cutoff, WebhookRegistration
from data.uscc import fictitious_uscc

pytestmark = pytest.mark.contract
CUTOFF = {
    "cutoff_id": "b1", "number": "E1", "kind": "ship", "milestone": "released", "cutoff_at": "2036-01-01T00:00:00Z",
    "empty_space_fee_cny": 6000.0,
}  # fmt: skip
WEBHOOK = {"url": "https://erp.example.com/x", "events": ["clearance.message"], "owner": "zone"}


def read(kind: Any, values: dict[str, Any]) -> Any:
    """As the service reads a body."""
    return TypeAdapter(kind).validate_json(json.dumps(values))


def test_a_cut_off_has_a_time_zone_a_milestone_and_a_fee_that_is_no_gain():
    assert read(Cutoff, CUTOFF).empty_space_fee_cny == 6000.0
    for wrong in ({"cutoff_at": "2036-01-01T00:00:00"}, {"milestone": "accepted"}, {"empty_space_fee_cny": -1.0}):
        with pytest.raises(ValidationError):
            read(Cutoff, CUTOFF | wrong)


def test_a_webhook_names_its_events_and_whose_declarations_are_meant():
    assert read(WebhookRegistration, WEBHOOK | {"owner": fictitious_uscc(3)}).owner == fictitious_uscc(3)
    for wrong in ({"events": []}, {"events": ["everything"]}, {"owner": "9133"}):
        with pytest.raises(ValidationError):
            read(WebhookRegistration, WEBHOOK | wrong)
