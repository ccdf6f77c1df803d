"""Invitations: the planted pairs meet, and seats, rounds, limits and refusals of firms are kept."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from data.match_requests import Declined, Exposure, InvitationsRequest
from data.uscc import fictitious_uscc
from serving.auth.access import Caller
from serving.contract.match_answers import InvitationsAnswer
from serving.contract.refusals import Refusal
from serving.matching.invitations import plan_event
from tests.serving.matching.planted import PlantedMatcher, planted_service

pytestmark = pytest.mark.law
CODES = [fictitious_uscc(number) for number in range(1, 6)]
ZONE = Caller("zone", "operator", "a", "k", frozenset())
ALL = ("D00001", "D00002", "D00003", "D00005")


@pytest.fixture
def plan(tmp_path):
    service = planted_service(tmp_path, CODES)
    yield lambda **given: InvitationsAnswer.model_validate(
        plan_event(service, "E001", InvitationsRequest(**{"demands": ALL} | given), ZONE)
    )
    service.close()


def test_the_planted_suppliers_meet_their_demands(plan):
    """Three seats, three planted pairs: each firm meets its demand."""
    made = plan()
    assert {(one.demand_id, one.uscc) for one in made.meetings} >= {("D00001", CODES[0]), ("D00002", CODES[1])}
    assert made.seats == 3
    open_chance = dict.fromkeys((one.demand_id for one in made.meetings), 1.0)
    for one in made.meetings:
        open_chance[one.demand_id] *= 1 - one.probability
    assert made.expected_solved == pytest.approx(sum(1 - chance for chance in open_chance.values()))
    assert 0 <= made.solved_low <= made.expected_solved <= made.solved_high <= len(open_chance)
    assert sum(one.probability for one in made.meetings) <= made.bound + 1e-9


@pytest.mark.parametrize("given", [{}, {"seats": 1}, {"seats": 4, "rounds": 1}, {"per_firm_limit": 2, "seats": 2}])
def test_seats_rounds_and_limits_are_kept(plan, given):
    """Never more firms than seats, meetings than a firm's limit, or two meetings of one side in one round."""
    made = plan(**given)
    assert set(made.invited) == {one.uscc for one in made.meetings}
    assert len(made.invited) <= made.seats
    assert max(Counter(one.uscc for one in made.meetings).values()) <= made.per_firm_limit
    for side in ("uscc", "demand_id"):
        turns = [(getattr(one, side), one.round) for one in made.meetings]
        assert len(turns) == len(set(turns))
    assert {one.round for one in made.meetings} <= set(range(1, made.rounds + 1))


def test_nobody_meets_itself_or_who_has_declined(plan):
    """The firm of D00005 is a supplier too; a declined pair goes to others."""
    assert ("D00005", CODES[0]) not in {(one.demand_id, one.uscc) for one in plan(seats=4, rounds=4).meetings}
    declined = (Declined(demand_id="D00001", uscc=CODES[0]),)
    made = plan(declined=declined, seats=4, rounds=4, per_firm_limit=4)
    assert ("D00001", CODES[0]) not in {(one.demand_id, one.uscc) for one in made.meetings}


def test_meetings_are_spread_over_the_demands(plan, monkeypatch):
    """One demand is the easiest for all four firms: it has one of four meetings, and more demands are solved."""
    chances = np.array([[0.5] * 4, [0.4] * 4, [0.4] * 4, [0.0, 0.4, 0.4, 0.4]])
    monkeypatch.setattr(PlantedMatcher, "probabilities", lambda *_: chances)
    rules = {"seats": 4, "rounds": 4, "per_firm_limit": 1}
    made, free = plan(**rules), plan(**rules, per_demand_limit=4)
    assert (made.per_demand_limit, free.per_demand_limit) == (1, 4)
    assert Counter(one.demand_id for one in free.meetings) == {"D00001": 4}
    assert Counter(one.demand_id for one in made.meetings) == dict.fromkeys(ALL, 1)
    assert made.expected_solved == pytest.approx(1.7)
    assert free.expected_solved == pytest.approx(1 - 0.5**4)


def test_a_group_gets_its_share_of_the_seats_or_the_most_that_can_be_had_is_named(plan):
    """One startup, whose chance is the lowest: half of two seats is its, more cannot be had."""
    assert CODES[1] not in plan(seats=2).invited
    made = plan(seats=2, exposure=(Exposure(group="startup", least_share=0.5),))
    assert [(one.group, one.least_seats, one.seats) for one in made.exposure] == [("startup", 1, 1)]
    assert CODES[1] in made.invited
    assert made.price_of_fairness > 0
    assert plan().exposure == []
    with pytest.raises(Refusal) as refusal:
        plan(seats=2, exposure=(Exposure(group="startup", least_share=0.6),))
    (fault,) = refusal.value.faults
    assert (fault.where, fault.found) == ("exposure.startup", "0.6")
    assert fault.texts == ("该类企业至多可占 1 个席位", "at most 1 of the seats for this group")


def test_demands_that_nobody_meets_are_named(plan):
    """One seat and one round: one demand has a meeting."""
    made = plan(seats=1, rounds=1)
    assert len(made.meetings) == 1
    assert set(made.demands_without_supplier) == set(ALL) - {made.meetings[0].demand_id}


@pytest.mark.contract
def test_an_event_or_a_demand_that_is_not_on_file_is_not_found(tmp_path):
    """Each with its name."""
    service = planted_service(tmp_path, CODES)
    for event, demands in (("E999", ALL), ("E001", ("D09999",))):
        with pytest.raises(Refusal) as refusal:
            plan_event(service, event, InvitationsRequest(demands=demands), ZONE)
        assert refusal.value.key == "not-found"
        assert refusal.value.faults[0].found in (event, "D09999")
    service.close()
