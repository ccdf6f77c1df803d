"""Match events: counts are of pairs as persons recorded them, a firm gets its own, a withdrawn firm is in none."""

from __future__ import annotations

import datetime as dt

import pytest

from data.match_feedback import outcome_event
from data.match_requests import GivenEvent, InvitationsRequest
from data.uscc import fictitious_uscc
from serving.auth.access import Caller
from serving.contract.match_answers import EventOnFile
from serving.contract.refusals import Refusal
from serving.matching.events import EVENT_ANNOUNCED, announce_event, event_draft, event_pairs, list_events, one_event
from serving.matching.feedback import withdraw_firm
from serving.matching.invitations import plan_event
from tests.serving.matching.planted import planted_service

pytestmark = pytest.mark.behaviour
CODES = [fictitious_uscc(number) for number in range(1, 6)]
FAN, CELL = CODES[:2]
ZONE = Caller("zone", "zone_officer", "an officer", "k", frozenset())
NOW = dt.datetime(2024, 6, 30, 8, tzinfo=dt.UTC)


@pytest.fixture
def service(tmp_path):
    """Two firms invited to E001 (3 seats), of which one met and solved and one gave a price as its reason."""
    made = planted_service(tmp_path, CODES)
    records = (
        ("o-1", FAN, {"invited": True, "accepted": True}, None),
        ("o-2", FAN, {"invited": True, "accepted": True, "met": True, "kept": True, "solved": True}, None),
        ("o-3", CELL, {"invited": True}, "price"),
    )
    for minute, (name, firm, steps, reason) in enumerate(records):
        at = NOW + dt.timedelta(minutes=minute)
        made.store.append(outcome_event(name, None, firm, at, steps, reason, demand_id="D00001", event_id="E001"))
    made.store.append(outcome_event("o-4", None, FAN, NOW, {"met": True}, demand_id="D00001"))  # outside events
    yield made
    made.close()


def test_counts_are_of_pairs_and_not_of_records(service):
    """Two records of one pair are one: 2 invited, 1 accepted, 1 solved; 3 seats less 2 firms is 1."""
    (row,) = list_events(service, ZONE)
    EventOnFile.model_validate_json(EventOnFile(**row).model_dump_json())
    assert (row["invited"], row["accepted"], row["met"], row["solved"], row["signed"]) == (2, 1, 1, 1, 0)
    assert (row["free_seats"], row["reasons_not"], row["state"]) == (1, {"price": 1}, "upcoming")


def test_a_firm_gets_what_came_of_its_own(service):
    """One invitation, no count of seats, and no other firm among the pairs."""
    caller = Caller(CELL, "enterprise", "a person", "k", frozenset())
    (row,) = list_events(service, caller)
    assert (row["invited"], row["accepted"], row["free_seats"]) == (1, 0, None)
    assert [one["uscc"] for one in event_pairs(service, "E001", caller)] == [CELL]


def test_pairs_keep_every_step_and_the_last_reason(service):
    """Of the pair with two records both count; an event that is not on file is not found."""
    by_firm = {one["uscc"]: one for one in event_pairs(service, "E001", ZONE)}
    assert by_firm[FAN]["kept"]
    assert by_firm[FAN]["at"] == "2024-06-30T08:01:00+00:00"
    assert by_firm[CELL]["reason_not"] == "price"
    with pytest.raises(Refusal) as refusal:
        event_pairs(service, "E999", ZONE)
    assert refusal.value.key == "not-found"


def test_a_firm_that_withdrew_is_in_no_count(service):
    """The other's pair is what is left."""
    withdraw_firm(service, FAN)
    (row,) = list_events(service, ZONE)
    assert (row["invited"], row["accepted"], row["free_seats"]) == (1, 0, 2)
    assert [one["uscc"] for one in event_pairs(service, "E001", ZONE)] == [CELL]


def test_an_announced_event_is_planned_at_once(service):
    """Its seats are free; the same again is one event, another one under its number is refused."""
    given = GivenEvent(event_id="N1", theme="新材料", date=dt.date(2024, 7, 1), seats=2, rounds=1, per_firm_limit=1)
    row = announce_event(service, given, ZONE)
    assert (row["free_seats"], row["state"], row["invited"]) == (2, "upcoming", 0)
    assert announce_event(service, given, ZONE) == row
    assert [one["event_id"] for one in list_events(service, ZONE)] == ["E001", "N1"]
    plan = plan_event(service, "N1", InvitationsRequest(demands=("D00001", "D00002")), ZONE)
    assert {one["uscc"] for one in plan["meetings"]} == set(CODES[:2])
    draft = event_draft(one_event(service, "N1", ZONE), ZONE)
    assert (draft.kind, draft.owner) == (EVENT_ANNOUNCED, "zone")
    for other, key in ((given.model_copy(update={"seats": 3}), "idempotency-conflict"),
                       (given.model_copy(update={"date": dt.date(2024, 6, 29)}), "invalid-request")):  # fmt: skip
        with pytest.raises(Refusal) as refusal:
            announce_event(service, other, ZONE)
        assert refusal.value.key == key
