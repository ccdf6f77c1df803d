"""Demands on file: posted and matched at once, closed, and never found by whom they do not concern."""

from __future__ import annotations

import datetime as dt

import pytest

from data.match_requests import DemandsRequest, GivenDemand, SuppliersRequest
from data.uscc import fictitious_uscc
from serving.auth.access import Caller
from serving.contract.match_answers import DemandOnFile
from serving.contract.refusals import Refusal
from serving.matching.demands import DEMAND_POSTED, close_demand, demand_draft, list_demands, one_demand, post_demand
from serving.matching.feedback import withdraw_firm
from tests.serving.matching.planted import planted_service

pytestmark = pytest.mark.behaviour
CODES = [fictitious_uscc(number) for number in range(1, 6)]
FAN, CELL, PAPER, PLAIN, ASKER = CODES
ZONE = Caller("zone", "zone_officer", "an officer", "k", frozenset())


def firm(code):
    return Caller(code, "enterprise", "a person", "k", frozenset())


@pytest.fixture
def service(tmp_path):
    made = planted_service(tmp_path, CODES)
    yield made
    made.close()


def given(number="new-1", **changed):
    members = {"demand_id": number, "title": "难题", "problem": "风机机头突然坏了，轴承振动没人监测"} | changed
    return GivenDemand(**members)


def refused(call):
    with pytest.raises(Refusal) as refusal:
        call()
    return refusal.value.key


def numbers(service, caller):
    return {row["demand_id"] for row in list_demands(service, caller)}


def test_a_posted_demand_is_matched_at_once(service):
    """The firm with the words comes first, the firm that asks is not among them; and the list then says so."""
    row, new = post_demand(service, given(visible_to="public"), firm(PLAIN))
    assert new
    shown = DemandOnFile.model_validate_json(DemandOnFile(**row).model_dump_json())
    assert (shown.uscc, shown.state, shown.posted, shown.mine, shown.proposed) == (PLAIN, "open", True, True, None)
    assert (row["as_of"], row["source"]) == ("2024-06-30", "enterprise")
    answer = service.suppliers(SuppliersRequest(demand_id="new-1"), firm(PLAIN))
    listed = [one["uscc"] for one in answer["suppliers"]]
    assert listed[0] == FAN
    assert PLAIN not in listed
    assert one_demand(service, "new-1", firm(PLAIN))["proposed"] is True
    offered = service.demands(DemandsRequest(uscc=FAN), firm(FAN))
    assert "new-1" in {one["demand_id"] for one in offered["demands"]}


def test_a_private_demand_is_not_found_by_another_firm(service):
    """Neither in its list, nor by its number, nor among what it could serve, nor to close; the zone sees it."""
    post_demand(service, given(visible_to="invited"), firm(PLAIN))
    assert "new-1" not in numbers(service, firm(FAN))
    assert "new-1" in numbers(service, ZONE)
    assert refused(lambda: one_demand(service, "new-1", firm(FAN))) == "not-found"
    assert refused(lambda: close_demand(service, "new-1", "无", firm(FAN))) == "not-found"
    assert refused(lambda: service.suppliers(SuppliersRequest(demand_id="new-1"), firm(FAN))) == "not-found"
    offered = service.demands(DemandsRequest(uscc=FAN), firm(FAN))
    assert "new-1" not in {one["demand_id"] for one in offered["demands"]}


def test_whose_a_demand_of_the_zone_is_stays_hidden(service):
    """Another firm sees the demand and not the firm, and may not close it; the zone knows whose it is."""
    post_demand(service, given(visible_to="zone"), firm(PLAIN))
    assert one_demand(service, "new-1", firm(FAN))["uscc"] is None
    assert one_demand(service, "new-1", ZONE)["uscc"] == PLAIN
    assert refused(lambda: close_demand(service, "new-1", "无", firm(FAN))) == "not-found"


def test_the_zone_posts_for_a_firm_and_a_firm_only_its_own(service):
    """The zone has to name the firm; a firm that names another is refused."""
    row, _ = post_demand(service, given(uscc=PAPER), ZONE)
    assert (row["uscc"], row["source"]) == (PAPER, "zone")
    assert one_demand(service, "new-1", firm(PAPER))["mine"]
    assert refused(lambda: post_demand(service, given("new-2"), ZONE)) == "invalid-request"
    assert refused(lambda: post_demand(service, given("new-2", uscc=FAN), firm(PLAIN))) == "not-yours"


def test_the_same_again_is_one_demand_and_another_under_its_number_is_refused(service):
    """Also a number of the release, and one that holds a firm's code; a past deadline and no text are refused."""
    assert post_demand(service, given(), firm(PLAIN))[1]
    assert not post_demand(service, given(), firm(PLAIN))[1]
    for again, caller in ((given(problem="电芯密封涂层开裂"), PLAIN), (given(), FAN), (given("D00001"), PLAIN)):
        assert refused(lambda again=again, caller=caller: post_demand(service, again, firm(caller))) == (
            "idempotency-conflict"
        )
    for bad in (given(f"a-{FAN}"), given("n", deadline=dt.date(2024, 6, 29)), given("n", problem="？")):
        assert refused(lambda bad=bad: post_demand(service, bad, firm(PLAIN))) == "invalid-request"
    assert numbers(service, firm(PLAIN)) == {"new-1", "D00001", "D00002", "D00005"}


def test_a_closed_demand_is_offered_to_nobody_and_its_firm_still_sees_it(service):
    """With day and reason; closing it again changes nothing; one of the release is not closed here."""
    post_demand(service, given(visible_to="public"), firm(PLAIN))
    row = close_demand(service, "new-1", "已经解决", firm(PLAIN))
    assert (row["state"], row["closed_on"], row["closed_reason"]) == ("closed", "2024-06-30", "已经解决")
    assert close_demand(service, "new-1", "另一原因", ZONE)["closed_reason"] == "已经解决"
    assert "new-1" not in numbers(service, firm(FAN))
    assert "new-1" in numbers(service, firm(PLAIN))
    assert refused(lambda: service.suppliers(SuppliersRequest(demand_id="new-1"), firm(PLAIN))) == "demand-closed"
    assert "new-1" not in {one["demand_id"] for one in service.demands(DemandsRequest(uscc=FAN), ZONE)["demands"]}
    assert refused(lambda: close_demand(service, "D00001", "无", ZONE)) == "illegal-action"


def test_a_firm_sees_its_past_demands_and_of_others_the_open_ones(service):
    """The closed-by-deadline D00004 is its firm's and the zone's; the one for guests is the guest's."""
    states = {row["demand_id"]: row["state"] for row in list_demands(service, firm(ASKER))}
    assert states["D00004"] == "past_deadline"
    assert "D00004" not in numbers(service, firm(FAN))
    assert "D00003" in numbers(service, firm(PAPER))
    assert "D00003" not in numbers(service, firm(FAN))


def test_a_firm_that_withdrew_is_nowhere(service):
    """Its posted demand is gone from every list, and it posts no more."""
    post_demand(service, given(visible_to="public"), firm(PLAIN))
    withdraw_firm(service, PLAIN)
    assert "new-1" not in numbers(service, ZONE)
    assert refused(lambda: one_demand(service, "new-1", ZONE)) == "not-found"
    assert refused(lambda: post_demand(service, given("new-2"), firm(PLAIN))) == "firm-withdrawn"
    assert "new-1" not in {one["demand_id"] for one in service.demands(DemandsRequest(uscc=FAN), ZONE)["demands"]}


def test_the_ledgers_record_names_no_firm(service):
    """Only the number, who may see it and its state: the ledger forgets nothing."""
    row, _ = post_demand(service, given(), firm(PLAIN))
    draft = demand_draft(row, DEMAND_POSTED, firm(PLAIN))
    assert PLAIN.encode() not in draft.body
    assert draft.owner == "enterprise"
    assert b'"demand_id":"new-1"' in draft.body
