from __future__ import annotations

import numpy as np
import pytest

from data.growth_stages import BORDERS, growth_stage, is_legacy_micro, near_border, revenue_band
from data.sizes import size_class

pytestmark = pytest.mark.law


@pytest.mark.parametrize(
    ("revenue_wan", "band"),
    [
        (0, "seed"),
        (49.99, "seed"),
        (50, "sapling"),
        (499.99, "sapling"),
        (500, "growth"),
        (2_000, "expansion"),
        (9_999.99, "expansion"),
        (10_000, "mature"),
        (np.nan, "unknown"),
        (-1, "unknown"),
    ],
)
def test_a_border_belongs_to_the_higher_band(revenue_wan, band):
    """Bands include their lower end, as published; an unknown or impossible revenue has no band."""
    assert revenue_band([revenue_wan])[0] == band


@pytest.mark.parametrize(
    ("revenue_wan", "age", "stage"),
    [
        (499, 8, "startup"),
        (499, 8.1, "growth"),
        (2_000, 10, "stable"),
        (2_000, 9.9, "growth"),
        (10_000, 1, "stable"),
        (np.nan, 3, "unknown"),
        (100, np.nan, "unknown"),
    ],
)
def test_three_stages_by_revenue_and_age(revenue_wan, age, stage):
    """The stage that carries weights; a missing fact is unknown, never guessed."""
    assert growth_stage([revenue_wan], [age])[0] == stage


def test_an_old_small_firm_is_flagged():
    """The growth stage without growth is marked."""
    assert is_legacy_micro([100, 100, 900], [9, 7, 9]).tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("rule", "staff", "revenue_wan", "size"),
    [
        ("software", 9, 5_000, "micro"),
        ("software", 10, 49, "micro"),
        ("software", 10, 50, "small"),
        ("software", 100, 999, "small"),
        ("software", 100, 1_000, "medium"),
        ("software", 300, 10_000, "large"),
        ("software", 300, 9_999, "medium"),
        ("other", 100, 0, "medium"),
        ("industrial", 20, 300, "small"),
    ],
)
def test_a_size_class_needs_both_lower_limits(rule, staff, revenue_wan, size):
    """Failing one test drops an enterprise one class (2011 standard)."""
    assert size_class([rule], [staff], [revenue_wan], [0])[0] == size


def test_an_unknown_figure_has_no_size():
    """Without headcount nobody knows the size."""
    assert size_class(["software"], [np.nan], [100], [0])[0] == "unknown"


@pytest.mark.parametrize("border", BORDERS, ids=lambda border: f"{border.below}-{border.above}-{border.revenue_wan:g}")
@pytest.mark.parametrize("end", ["youngest", "oldest"])
def test_every_border_is_where_the_stage_changes(border, end):
    """A yuan below and at the border, at both ends of the ages it is for; and half of each stage right at it."""
    age = min(getattr(border, end), 60.0)
    below, above = growth_stage([border.revenue_wan - 0.0001, border.revenue_wan], [age, age])
    assert (below, above) == (border.below, border.above)
    at = border.revenue_wan * np.array([0.95, 1.0, 1.05, 1.11, 0.89, np.nan])
    near, across = near_border(at, np.full(6, age), 0.1)
    assert near.tolist() == [BORDERS.index(border)] * 3 + [-1] * 3
    assert across == pytest.approx([0.25, 0.5, 0.75, np.nan, np.nan, np.nan], nan_ok=True)
