"""What came of a list is taken from whom it concerns, once, and the ledger's record of it names no firm."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest

from data.events import EventStore
from data.match_feedback import OUTCOMES, STREAMS, feedback_table
from data.match_requests import DemandsRequest, InvitationsRequest, MatchFeedback, SearchRequest, SuppliersRequest
from data.uscc import fictitious_uscc
from serving.auth.access import Caller
from serving.contract.refusals import Refusal
from serving.ledger.chain import canonical_json
from serving.matching.feedback import (
    feedback_draft,
    list_draft,
    record_feedback,
    withdraw_firm,
    withdrawal_draft,
)
from serving.matching.invitations import plan_event
from tests.serving.matching.planted import planted_service

pytestmark = pytest.mark.contract
CODES = [fictitious_uscc(number) for number in range(1, 6)]
ZONE = Caller("zone", "operator", "a", "k", frozenset())
ASKER, OTHER = (Caller(CODES[at], "enterprise", "a", "k", frozenset()) for at in (4, 3))


@pytest.fixture
def service(tmp_path):
    made = planted_service(tmp_path, CODES)
    yield made
    made.close()


@pytest.fixture
def query_id(service):
    return service.search(SearchRequest(text="风机轴承振动监测"), ASKER)["query_id"]


def report(query_id, **changed):
    members = {"outcome_id": "o1", "query_id": query_id, "uscc": CODES[0], "at": "2024-07-01T08:00:00Z", "met": True}
    return MatchFeedback.model_validate_json(json.dumps(members | changed))


def test_a_report_is_taken_once_and_changes_the_table(service, query_id):
    """The same again is not new; a click beside it counts."""
    assert record_feedback(service, report(query_id), ASKER)
    assert not record_feedback(service, report(query_id), ASKER)
    assert record_feedback(service, report(query_id, outcome_id="c1", kind="click", met=False), ASKER)
    row = feedback_table(service.store).set_index("enterprise_id").loc[CODES[0]]
    assert (row["met"], row["clicks"]) == (True, 1)


def refused(call):
    with pytest.raises(Refusal) as refusal:
        call()
    return refusal.value.key


def test_only_the_lists_own_caller_and_operators_report(service, query_id):
    """Another firm's list is not found; without a list only an operator reports."""
    assert refused(lambda: record_feedback(service, report(query_id), OTHER)) == "not-found"
    assert refused(lambda: record_feedback(service, report("never"), ASKER)) == "not-found"
    assert refused(lambda: record_feedback(service, report("never"), ZONE)) == "not-found"
    assert refused(lambda: record_feedback(service, report(None), ASKER)) == "invalid-request"
    assert record_feedback(service, report(None), ZONE)
    assert record_feedback(service, report(query_id, outcome_id="o2"), ZONE)


def test_an_operator_reports_on_firms_of_the_library_or_of_a_list_alone(service, query_id):
    """A firm that nobody knows is not found, with a list and without one."""
    stranger = fictitious_uscc(99)
    assert refused(lambda: record_feedback(service, report(None, uscc=stranger), ZONE)) == "not-found"
    assert refused(lambda: record_feedback(service, report(query_id, uscc=stranger), ZONE)) == "not-found"
    assert record_feedback(service, report(None, uscc=CODES[3]), ZONE)


@pytest.mark.parametrize("named", [{"demand_id": "D99999"}, {"event_id": "E999", "invited": True, "accepted": True}])
def test_a_demand_or_an_event_that_is_not_on_file_gets_no_outcome(service, query_id, named):
    """Not by the zone either, with a list or without one; one that is on file does."""
    for number in (None, query_id):
        assert refused(lambda number=number: record_feedback(service, report(number, **named), ZONE)) == "not-found"
    assert list(service.store.read(OUTCOMES)) == []
    there = {"demand_id": "D00001", "event_id": "E001"}
    assert record_feedback(service, report(None, invited=True, accepted=True, **there), ZONE)


def test_what_is_allowed_is_said_in_both_languages(service, query_id):
    """No English in the Chinese of a fault, whatever is refused."""
    ahead = report(query_id, at="2100-01-01T00:00:00Z")
    withdraw_firm(service, CODES[2])
    calls = [
        lambda: record_feedback(service, report(query_id, outcome_id=f"x-{CODES[0]}"), ASKER),
        lambda: record_feedback(service, ahead, ASKER),
        lambda: record_feedback(service, report(None), ASKER),
        lambda: record_feedback(service, report("never"), ASKER),
        lambda: record_feedback(service, report(query_id, uscc=ASKER.name), ASKER),
        lambda: record_feedback(service, report(None, uscc=fictitious_uscc(99)), ZONE),
        lambda: record_feedback(service, report(None, uscc=CODES[2]), ZONE),
        lambda: record_feedback(service, report(query_id), ASKER) and record_feedback(
            service, report(query_id, kept=True), ASKER
        ),
        lambda: service.demand("D99999", ZONE),
        lambda: service.demand("D00004", ZONE),
        lambda: service.demands(DemandsRequest(uscc=fictitious_uscc(99)), ZONE),
        lambda: service.demands(DemandsRequest(uscc=CODES[2]), ZONE),
        lambda: plan_event(service, "E999", InvitationsRequest(demands=("D00001",)), ZONE),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(Refusal) as refusal:
            call()
        for fault in refusal.value.faults:
            zh, en = fault.texts
            assert re.search(r"[\u4e00-\u9fff]", zh), (refusal.value.key, zh)
            assert not re.search(r"[\u4e00-\u9fff]", en)


def test_an_identifier_has_one_content(service, query_id):
    """Another body under it is refused."""
    record_feedback(service, report(query_id), ASKER)
    again = report(query_id, kept=True)
    assert refused(lambda: record_feedback(service, again, ASKER)) == "idempotency-conflict"


@pytest.mark.law
def test_an_identifier_is_its_callers_own(service, query_id):
    """Two firms, a bank and an operator use the number o1; none meets the other's report, and no code is kept in it."""
    theirs = service.search(SearchRequest(text="风机轴承振动监测"), OTHER)["query_id"]
    bank = Caller("standard", "bank", "a", "k", frozenset())
    its = service.search(SearchRequest(text="风机轴承振动监测"), bank)["query_id"]
    for caller, name in ((ASKER, query_id), (OTHER, theirs), (bank, its), (ZONE, query_id)):
        assert record_feedback(service, report(name, kept=caller is OTHER), caller)
        assert not record_feedback(service, report(name, kept=caller is OTHER), caller)
    kept = [one.event_id for one in service.store.read(OUTCOMES)]
    assert len(set(kept)) == 4
    assert not [one for one in kept if any(code in one for code in CODES)]
    keys = {feedback_draft(report(query_id), caller).unique_key for caller in (ASKER, ZONE, bank)}
    assert len(keys) == 3


@pytest.mark.law
def test_the_number_of_a_withdrawn_firms_demand_goes_with_it(service, tmp_path):
    """Other firms were shown for it: those lines are blank too, also where another worker took the withdrawal."""
    service.suppliers(SuppliersRequest(demand_id="D00001"), ASKER)
    service.demands(DemandsRequest(uscc=CODES[1]), ZONE)
    other = planted_service(tmp_path, CODES)
    other.search(SearchRequest(text="风机轴承振动监测"), ZONE)
    assert "D00001" in _texts(service.store)
    withdraw_firm(service, ASKER.name)
    assert "D00001" not in _texts(service.store)
    assert "D00005" in _texts(service.store)
    withdraw_firm(other, CODES[0])
    assert "D00005" not in _texts(service.store)
    other.close()


@pytest.mark.law
@pytest.mark.parametrize("name", [f"x-{CODES[0]}", f"x-{CODES[1]}-1", CODES[1].lower()])
def test_no_identifier_holds_the_code_of_any_firm(service, query_id, name):
    """It outlives a withdrawal: that of the firm or of another one, in large or small letters, is refused."""
    given = report(query_id, outcome_id=name)
    assert refused(lambda: record_feedback(service, given, ASKER)) == "invalid-request"
    assert record_feedback(service, report(query_id, outcome_id="910000000000000000"), ASKER)


@pytest.mark.law
def test_a_firm_that_came_back_and_withdraws_again_takes_its_demands_along(service):
    """A worker that saw the first withdrawal blanks what was shown between the return and the second."""
    service.suppliers(SuppliersRequest(demand_id="D00001"), ASKER)
    withdraw_firm(service, ASKER.name)
    service.store.readmit(ASKER.name, datetime.now(UTC))
    service.suppliers(SuppliersRequest(demand_id="D00001"), ASKER)
    assert "D00001" in _texts(service.store)
    withdraw_firm(service, ASKER.name)
    assert "D00001" not in _texts(service.store)


def _texts(store):
    return "".join(str(one.payload) for stream in STREAMS for one in store.read(stream))


def test_nothing_is_taken_about_a_firm_that_withdrew(service, query_id):
    """And what was taken is blank."""
    record_feedback(service, report(query_id), ASKER)
    assert withdraw_firm(service, CODES[0]) == 2
    assert refused(lambda: record_feedback(service, report(query_id, outcome_id="o9"), ASKER)) == "firm-withdrawn"
    assert CODES[0] not in set(feedback_table(service.store)["enterprise_id"])


def test_a_store_that_is_away_is_matching_that_is_away(service, query_id, monkeypatch):
    """Whatever is reported, and for a withdrawal."""
    from data.events import EventStoreError

    def away(*_):
        raise EventStoreError("the event store cannot be reached")

    for name in ("get", "withdraw"):
        monkeypatch.setattr(EventStore, name, away)
    assert refused(lambda: record_feedback(service, report(query_id), ASKER)) == "matching-unavailable"
    assert refused(lambda: withdraw_firm(service, CODES[0])) == "matching-unavailable"


@pytest.mark.law
def test_the_ledger_forgets_nothing_so_it_is_told_of_no_firm(service):
    """A list's and a report's record hold versions, counts and digests; the withdrawal's alone names the firm."""
    answer = service.search(SearchRequest(text="风机轴承振动监测"), ASKER)
    drafts = [
        list_draft(answer, "search", ASKER, canonical_json(answer)),
        feedback_draft(report(answer["query_id"]), ASKER),
    ]
    for draft in drafts:
        text = draft.owner + draft.subject + draft.body.decode() + str(draft.unique_key)
        assert not [code for code in CODES if code in text]
    assert json.loads(drafts[0].body)["count"] == len(answer["suppliers"])
    assert json.loads(withdrawal_draft(CODES[0], "li", "moves away").body)["uscc"] == CODES[0]
