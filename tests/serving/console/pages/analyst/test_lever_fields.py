from __future__ import annotations

import pytest
import yaml

from models.reform.levers import read_levers
from serving.console.pages.analyst.lever_fields import (
    Field,
    as_yaml,
    bound_fields,
    every_field,
    from_levers,
    policy_fields,
    stage_fields,
    weight_fields,
)

pytestmark = pytest.mark.behaviour


def field(packed, key):
    """The field of a key."""
    return next(one for one in every_field(packed) if one.key == key)


@pytest.mark.parametrize(
    ("key", "unit", "now", "low", "high", "above"),
    [
        ("policies.standard.pd_cutoff", "percent", (8.0, 8.0), 0.0, 100.0, True),
        ("policies.standard.el_budget_wan", "wan", (4.0, 4.0), 0.0, None, True),
        ("policies.standard.stage_cap_wan.growth", "wan", (500.0, 500.0), 0.0, None, True),
        ("policies.standard.overdue_refer_days", "days", (30.0, 30.0), 1.0, 3650.0, False),
        ("policies.standard.products.zheke.annual_rate", "percent", (4.1, 4.1), 0.0, 100.0, False),
        ("stages.startup_to_years", "years", (8.0, 8.0), 0.0, None, False),
        ("weight_bounds.largest_base_share", "percent", (100.0, 100.0), 0.0, 100.0, True),
    ],
)
def test_a_field_has_the_value_in_force_and_the_bounds_of_the_policy_itself(packed, key, unit, now, low, high, above):
    """As data/reference/policies/standard.yaml and the class of policies have them."""
    one = field(packed, key)
    assert (one.unit, one.now, one.low, one.high, one.above) == (unit, now, low, high, above)


def test_every_bank_at_once_shows_lowest_and_highest(packed):
    """4 % at the most careful bank, 10 % at the boldest; there is no one value."""
    one = field(packed, "policies.*.pd_cutoff")
    assert one.now == (4.0, 10.0)
    assert one.only_value is None


def test_an_indicator_may_have_all_points_of_its_part_and_no_more(packed):
    """100 base points and 30 of the bonus."""
    assert {round(one.high, 6) for one in weight_fields(packed, "growth")} == {100.0, 30.0}


@pytest.mark.parametrize(
    ("shown", "allowed"), [(0.0, False), (0.1, True), (100.0, True), (100.1, False), (-1.0, False)]
)
def test_what_a_field_allows(shown, allowed):
    """Above 0 and up to 100."""
    assert Field(("a",), "percent", (1.0, 1.0), 0.0, 100.0, above=True).allows(shown) is allowed


def test_every_field_is_a_lever_that_the_command_reads_to_the_same_number(packed):
    """Each of a bank, a stage and the rest is written and read alone: its lever is what was filled in, nothing else."""
    fields = [
        *weight_fields(packed, "growth"),
        *bound_fields(),
        *stage_fields(packed),
        *policy_fields(packed, "standard"),
    ]
    for one in fields:
        shown = one.now[0] * 0.75 if one.path[0] != "stages" else one.now[0] * 1.01
        shown = float(round(shown)) if one.whole else shown
        if not one.allows(shown) or one.now[0] == shown:
            continue
        body = yaml.safe_load(as_yaml("x", {one.key: shown}, {}, packed))
        body.pop("name")
        levers = read_levers(body, packed)
        assert list(levers.values) == [one.path]
        assert levers.values[one.path] == pytest.approx(shown / 100 if one.unit == "percent" else shown, rel=1e-12)
        assert from_levers(levers, packed)[0] == {one.key: pytest.approx(shown)}


def test_levers_without_a_field_come_through_as_they_were(packed):
    """A list and a price; certificates have a switch of their own."""
    raw = {
        "policies": {"standard": {"excluded_industries": ["iot"]}},
        "prices": {"rd_expense": {"cost_yuan": 7}},
        "certificates": "void",
    }
    first = read_levers(raw, packed)
    changes, others, void = from_levers(first, packed)
    assert (changes, void) == ({}, True)
    body = yaml.safe_load(as_yaml("x", changes, others, packed, void=void))
    body.pop("name")
    assert read_levers(body, packed) == first


def test_all_numbers_of_a_policy_but_the_certificates_are_fields(packed):
    """What is no number has none: names, lists, the purposes of a product."""
    names = {one.path[2] for one in policy_fields(packed, "standard")}
    body = packed.policies["standard"].model_dump()
    numbers = {name for name, value in body.items() if isinstance(value, int | float)}
    assert names == numbers | {"stage_cap_wan", "expert_cap_wan", "products"}
