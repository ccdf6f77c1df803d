"""Tenant firms at every edge of their definition and of graduation."""

from __future__ import annotations

import datetime as dt

import pytest

from models.incubators.graduation import graduation_statistics, graduation_table, tenancy_rules
from tests.models.incubators.conftest import ON, incubator, made_of, tenant

pytestmark = pytest.mark.law

# name, changes of a good tenant firm of 2020-01-01, whether it is one on 2022-05-31
TENANTS = [
    ("usual", {}, "met"),
    ("24 months old at entry", {"founded_on": "2018-01-01"}, "met"),
    ("a day older", {"founded_on": "2017-12-31"}, "not_met"),
    ("48 months inside", {"entered_on": "2018-05-31", "founded_on": "2018-05-31"}, "met"),
    ("a day longer", {"entered_on": "2018-05-30", "founded_on": "2018-05-30"}, "not_met"),
    ("longer in biology", {"entered_on": "2018-05-30", "founded_on": "2018-05-30", "field": "biology"}, "met"),
    ("60 months in farming", {"entered_on": "2017-05-31", "founded_on": "2017-05-31", "field": "farming"}, "met"),
    ("a day longer in IC", {"entered_on": "2017-05-30", "founded_on": "2017-05-30", "field": "ic"}, "not_met"),
    ("longer in an unknown field", {"entered_on": "2018-05-30", "founded_on": "2018-05-30", "field": None}, "unknown"),
    ("no new technology", {"new_technology": False}, "not_met"),
    ("new technology not known", {"new_technology": None}, "unknown"),
    ("a large firm", {"sme": False}, "not_met"),
    ("registered elsewhere", {"registered_inside": False}, "not_met"),
]
# name, changes, conditions of graduation that are met
GRADUATES = [
    ("nothing", {}, ""),
    ("certificate", {"hnte": True}, "hnte"),
    ("500 wan", {"venture_wan": 500}, ""),
    ("above 500 wan", {"venture_wan": 500.01}, "venture"),
    ("1,000 wan", {"revenue_two_years_wan": 1_000}, ""),
    ("above 1,000 wan", {"revenue_two_years_wan": 1_000.01}, "revenue"),
    ("bought", {"bought_or_listed": True}, "bought_or_listed"),
    ("two", {"hnte": True, "venture_wan": 900}, "hnte;venture"),
]


@pytest.fixture(scope="module")
def edges():
    """All of them in one registry."""
    home = incubator("Z1", founded_on="2015-01-01")
    firms = [tenant(name) | changes for name, changes, _ in (*TENANTS, *(("g " + a, b, c) for a, b, c in GRADUATES))]
    return graduation_table(made_of(incubator=[home], tenant=firms), ON).set_index("tenant_id")


def test_a_firm_at_each_edge_is_a_tenant_firm_or_none_as_written(edges):
    """The day itself is inside, the next one is not; unknown is never not met."""
    assert {name: edges.loc[name, "tenant"] for name, _, _ in TENANTS} == {name: met for name, _, met in TENANTS}
    assert edges.loc["a day longer", "tenant_not_met"] == "time"
    assert edges.loc["a day older", "tenant_not_met"] == "entry"


def test_any_one_of_four_conditions_is_graduation(edges):
    """Capital and revenue have to be above their thresholds."""
    found = {name: edges.loc["g " + name, "conditions"] for name, _, _ in GRADUATES}
    assert found == {name: met for name, _, met in GRADUATES}
    for name, _, met in GRADUATES:
        assert edges.loc["g " + name, "graduation"] == ("met" if met else "not_met")


def test_sixty_months_are_marked_as_from_memory():
    """With a confidence of their own."""
    (clause,) = [one for one in tenancy_rules().find("tenant", ON).clauses if one.key == "time"]
    assert clause.confidence == 0.4


def test_statistics_by_hand():
    """A firm that left in 2021 is counted by its time inside until then, and against the condition recorded."""
    left = {"exited": "2021-01-01", "reason": "graduated"}
    made = made_of(
        incubator=[incubator("Z1")],
        tenant=[
            tenant("A", **left, condition="revenue", revenue_two_years_wan=1_500, revenue_at_entry_wan=100,
                   revenue_latest_wan=180),
            tenant("B", **left, condition="venture", venture_wan=100, revenue_at_entry_wan=100, revenue_latest_wan=120),
            tenant("C", exited="2021-06-01", reason="closed"), tenant("D", hnte=True),
            tenant("E", entered="2018-05-31", founded_on="2018-05-31"),
        ],
    )  # fmt: skip
    table = graduation_statistics(made, ON).set_index("condition")
    assert table["graduates"].to_dict() == {"hnte": 0, "venture": 1, "revenue": 1, "bought_or_listed": 0, "": 2}
    whole = table.loc[""]
    assert whole["revenue_growth"] == pytest.approx(0.5)
    assert (whole["months_inside"], whole["exits"], whole["agreeing"], whole["waiting"]) == (12.0, 3, 1, 1)
    assert whole["graduation_rate"] == pytest.approx(2 / 3)
    assert whole["over_time"] == 0
    later = graduation_statistics(made, dt.date(2022, 6, 1)).set_index("condition")
    assert later.loc["", "over_time"] == 1


def test_every_simulated_graduate_meets_its_condition(registry):
    """And the sums by condition are the whole."""
    table = graduation_statistics(registry, ON)
    assert table["graduates"].iloc[:-1].sum() == table["graduates"].iloc[-1] == table["agreeing"].iloc[-1]
