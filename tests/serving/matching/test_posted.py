"""Posted demands are events: what was posted is found, a closed one is open no more, a withdrawal takes it away."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from data.events import EventStore
from data.match_feedback import ShownFirm, Versions, list_events, outcome_event
from data.matching import MatchEvent
from data.uscc import fictitious_uscc
from serving.matching.posted import (
    Searches,
    announced_events,
    announcing_event,
    blanked_numbers,
    closing_event,
    invited_to,
    posted_demand,
    posted_demands,
    posting_event,
)
from tests.serving.matching.planted import DAY, demand

pytestmark = pytest.mark.behaviour
ASKER, OTHER = fictitious_uscc(1), fictitious_uscc(2)
NOW = dt.datetime(2024, 6, 30, 8, tzinfo=dt.UTC)


@pytest.fixture
def store(tmp_path):
    made = EventStore(f"sqlite:///{tmp_path / 'events.sqlite'}")
    yield made
    made.close()


def test_what_was_posted_is_found_as_it_was_posted(store):
    """Every member, with and without those that may be missing; another number is none."""
    whole = demand(1, ASKER, "轴承提前失效", requirement="提前两周")
    bare = demand(2, ASKER, "电芯冒烟", budget_wan=None, deadline=None, visible_to="invited")
    for one in (whole, bare):
        store.append(posting_event(one, NOW))
    assert [one.demand for one in posted_demands(store)] == [whole, bare]
    assert posted_demand(store, "D00002").demand == bare
    assert posted_demand(store, "D00003") is None


def test_a_closed_demand_is_of_no_use_from_its_day_on(store):
    """Its deadline, 31 December, is brought forward to the day before it was closed; an earlier one stays."""
    late, early = demand(1, ASKER, "轴承提前失效"), demand(2, ASKER, "电芯冒烟", deadline=dt.date(2024, 2, 1))
    for one in (late, early):
        store.append(posting_event(one, NOW))
        store.append(closing_event(one, DAY, "已解决", "enterprise"))
    found = posted_demands(store)
    assert [one.in_force.deadline for one in found] == [dt.date(2024, 6, 29), dt.date(2024, 2, 1)]
    assert (found[0].demand, found[0].closed_on, found[0].closed_reason) == (late, DAY, "已解决")


def test_a_firm_that_withdraws_takes_its_demands_away(store):
    """Its own are gone, their numbers are known for what others were shown; another firm's stays."""
    for number, firm in ((1, ASKER), (2, OTHER)):
        store.append(posting_event(demand(number, firm, "轴承提前失效"), NOW))
    store.withdraw(ASKER, NOW)
    assert [one.demand.enterprise_id for one in posted_demands(store)] == [OTHER]
    assert posted_demand(store, "D00001") is None
    assert blanked_numbers(store) == ["D00001"]


def test_a_firm_is_invited_where_somebody_recorded_it(store):
    """A record that it met outside events, and another firm's invitation, are none."""
    for number, firm, steps in (
        (1, OTHER, {"invited": True}),
        (2, OTHER, {"met": True}),
        (3, ASKER, {"invited": True}),
    ):
        store.append(outcome_event(f"o-{number}", None, firm, NOW, steps, demand_id=f"D0000{number}", event_id="E001"))
    assert list(invited_to(store, OTHER)) == ["D00001"]


def test_the_last_list_says_whether_a_firm_was_proposed(store):
    """Lists for demands on file count, each read once; a search by text does not."""
    searches, versions = Searches(), Versions("m", "e", "l")

    def list_for(name, demand_id, kind, shown):
        more = {"kind": kind, "demand_id": demand_id}
        store.append_all(list_events(name, NOW, versions, shown, query=more))

    list_for("q1", "D00001", "suppliers", [ShownFirm(OTHER, 1, 0.7)])
    list_for("q2", "D00002", "suppliers", [])
    list_for("q3", None, "search", [])
    assert searches.proposed(store) == {"D00001": True, "D00002": False}
    list_for("q4", "D00002", "suppliers", [replace(ShownFirm(OTHER, 1, 0.7), rank=1)])
    assert searches.proposed(store) == {"D00001": True, "D00002": True}


def test_an_announced_event_is_found_as_it_was_announced(store):
    """It is about no firm, so no withdrawal takes it away."""
    event = MatchEvent("N1", "新材料", dt.date(2024, 7, 1), None, 2, 1, 1)
    store.append(announcing_event(event, NOW))
    store.withdraw(ASKER, NOW)
    assert announced_events(store) == {"N1": event}
