"""Who may see which demand and which passage: a table of every role and every kind."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from data.matching import CAPABILITY_KINDS
from data.uscc import fictitious_uscc
from serving.auth.access import Caller
from serving.matching.visibility import (
    NOT_PUBLIC,
    is_open,
    may_see,
    may_see_asker,
    may_see_passage,
    visible_demands,
)
from tests.serving.matching.planted import DAY, demand

pytestmark = pytest.mark.contract
ASKER, GUEST, OTHER = (fictitious_uscc(number) for number in (1, 2, 3))
INVITED = {"D00001": frozenset({GUEST})}
CALLERS = {
    "asker": Caller(ASKER, "enterprise", "a", "k", frozenset()),
    "guest": Caller(GUEST, "enterprise", "a", "k", frozenset()),
    "other": Caller(OTHER, "enterprise", "a", "k", frozenset()),
    "bank": Caller("standard", "bank", "a", "k", frozenset()),
    "operator": Caller("zone", "operator", "a", "k", frozenset()),
    "officer": Caller("zone", "zone_officer", "a", "k", frozenset()),
    "analyst": Caller("zone", "policy_analyst", "a", "k", frozenset()),
}
SEEN = {
    "public": set(CALLERS),
    "zone": {"asker", "guest", "other", "operator", "officer"},
    "invited": {"asker", "guest", "operator", "officer"},
}


@pytest.mark.parametrize("visible_to", SEEN)
def test_a_demand_is_seen_by_whom_it_is_for_and_by_nobody_else(visible_to):
    """The firm that has it and the zone's side always; whose it is, only where it is public or one's own."""
    one = demand(1, ASKER, "漏水", visible_to=visible_to)
    assert {name for name, caller in CALLERS.items() if may_see(one, caller, INVITED)} == SEEN[visible_to]
    known = set(CALLERS) if visible_to == "public" else {"asker", "operator", "officer"}
    assert {name for name, caller in CALLERS.items() if may_see_asker(one, caller)} == known


def test_a_demand_is_open_from_its_day_until_its_deadline():
    """Both days included; without a deadline it stays open."""
    one = demand(1, ASKER, "漏水", as_of=DAY, deadline=DAY)
    days = [DAY - dt.timedelta(days=1), DAY, DAY + dt.timedelta(days=1)]
    assert [is_open(one, day) for day in days] == [False, True, False]
    assert is_open(replace(one, deadline=None), days[2])
    assert visible_demands([one], CALLERS["other"], INVITED, days[2]) == []
    assert visible_demands([one], CALLERS["other"], INVITED, DAY) == [one]


@pytest.mark.parametrize("kind", CAPABILITY_KINDS)
def test_what_a_firm_filed_itself_is_hidden_from_banks_and_analysts_without_its_consent(kind):
    """Products and projects; what registers hold is public."""
    seen = {name for name, caller in CALLERS.items() if may_see_passage(kind, OTHER, caller, ())}
    assert seen == (set(CALLERS) - {"bank", "analyst"} if kind in NOT_PUBLIC else set(CALLERS))
    assert may_see_passage(kind, OTHER, CALLERS["bank"], {OTHER})
