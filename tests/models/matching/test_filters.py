"""The zone's rules: who may be shown to whom."""

from __future__ import annotations

import datetime as dt

import pytest

from data.matching import Demand
from models.matching.filters import filter_demands, filter_suppliers

DAY = dt.date(2024, 6, 30)


def demand(name="d", **changes):
    known = {
        "demand_id": name, "enterprise_id": "asker", "title": "t", "problem": "p", "requirement": None,
        "field": "materials", "budget_wan": None, "deadline": None, "district": None, "visible_to": "public",
        "as_of": DAY, "source": "s",
    }  # fmt: skip
    return Demand(**(known | changes))


@pytest.mark.law
def test_a_firm_that_two_rules_take_out_counts_once():
    found = filter_suppliers(["asker", "a", "b", "c"], demand(), DAY, exclude={"asker", "a"}, competitors={"a", "b"})
    assert found.kept.tolist() == [False, False, False, True]
    assert found.counts == {"own_firm": 1, "exclusion_list": 1, "competitor": 1}


@pytest.mark.law
@pytest.mark.parametrize(("deadline", "kept"), [(None, True), (DAY, True), (DAY - dt.timedelta(1), False)])
def test_the_last_day_is_still_in_time(deadline, kept):
    assert filter_suppliers(["a"], demand(deadline=deadline), DAY).kept.tolist() == [kept]


@pytest.mark.law
def test_a_budget_below_what_a_firm_works_for():
    wanted = [demand(budget_wan=20.0), demand(budget_wan=19.9), demand(budget_wan=None), demand(budget_wan=0.0)]
    found = filter_demands(wanted, least_budget_wan=20.0)
    assert (found.kept.tolist(), found.counts) == ([True, False, True, False], {"budget": 2})
    assert filter_demands(wanted).kept.all()
