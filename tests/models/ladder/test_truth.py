"""Three values over intervals, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from data.ladder.conditions import (
    AllOf,
    AnyOf,
    Band,
    Branch,
    ByValue,
    Category,
    Scored,
    ScoredIndicator,
    Threshold,
)
from data.ladder.facts import LadderFacts
from models.ladder.truth import category_points, compared, points, total_points, truth
from tests.data.ladder.one_firm import one_firm

pytestmark = pytest.mark.law
MET, NOT_MET, UNKNOWN = (True, True), (False, False), (False, True)
RD_3, RD_6 = Threshold("rd_ratio", "at_least", 0.03, 1.0), Threshold("rd_ratio", "at_least", 0.06, 1.0)
BIG = Threshold("revenue_wan", "at_least", 10_000.0, 1.0)
BY_REVENUE = ByValue((Branch(BIG, RD_3), Branch(None, RD_6)))


def found(condition, **values):
    """(surely, possibly) for one firm."""
    one = truth(condition, one_firm(values))
    return bool(one.surely[0]), bool(one.possibly[0])


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        (RD_3, {"rd_ratio": 0.03}, MET),
        (RD_3, {"rd_ratio": 0.0299}, NOT_MET),
        (RD_3, {}, UNKNOWN),
        (RD_3, {"rd_ratio": (0.031, None)}, MET),
        (RD_3, {"rd_ratio": (0.02, None)}, UNKNOWN),
        (RD_3, {"rd_ratio": (None, 0.02)}, NOT_MET),
        # not met and unknown is not met, met or unknown is met, met and unknown is unknown
        (AllOf((RD_3, BIG)), {"rd_ratio": 0.01}, NOT_MET),
        (AllOf((RD_3, BIG)), {"rd_ratio": 0.05}, UNKNOWN),
        (AnyOf((RD_3,), (BIG,)), {"rd_ratio": 0.05}, MET),
        (AnyOf((RD_3,), (BIG,)), {"rd_ratio": 0.01}, UNKNOWN),
        (AnyOf((RD_3,), (BIG,)), {"rd_ratio": 0.01, "revenue_wan": 1}, NOT_MET),
        # unknown revenue: 6 % is enough and 2.9 % is not, whatever the revenue is
        (BY_REVENUE, {"rd_ratio": 0.06}, MET),
        (BY_REVENUE, {"rd_ratio": 0.05}, UNKNOWN),
        (BY_REVENUE, {"rd_ratio": 0.029}, NOT_MET),
        (BY_REVENUE, {"rd_ratio": 0.05, "revenue_wan": 10_000}, MET),
        (BY_REVENUE, {"rd_ratio": 0.05, "revenue_wan": 9_999}, NOT_MET),
        (BY_REVENUE, {"rd_ratio": 0.05, "revenue_wan": (10_000, None)}, MET),
        (BY_REVENUE, {"rd_ratio": 0.05, "revenue_wan": (9_000, 11_000)}, UNKNOWN),
    ],
)
def test_three_values_by_hand(condition, values, expected):
    """Unknown is never not met, and no surer than the facts are."""
    assert found(condition, **values) == expected


@pytest.mark.parametrize("way", ["at_least", "above", "at_most", "below"])
def test_a_comparison_of_an_interval_is_that_of_its_points(way):
    """Surely where every point meets it, possibly where one does, on a grid of intervals around the edge."""
    grid = np.array([-1.0, 0.0, 1.0])
    low, high = (end.ravel() for end in np.meshgrid(grid, grid, indexing="ij"))
    low, high = low[low <= high], high[low <= high]
    one = compared(way, 0.0, low, high)
    edge = Threshold("x", way, 0.0, 1.0)
    inside = [
        [edge.holds(value) for value in grid if lower <= value <= upper] for lower, upper in zip(low, high, strict=True)
    ]
    assert one.surely.tolist() == [all(values) for values in inside]
    assert one.possibly.tolist() == [any(values) for values in inside]


def indicator(key, category, *bands):
    return ScoredIndicator(key, key, key, category, 10.0, bands, 1.0)


def test_points_of_bands_and_experts_are_intervals():
    """The best band that is met; experts' ranges and unknown facts widen it."""
    rd = indicator("rd", "a", Band(10.0, 10.0, RD_6), Band(4.0, 6.0, RD_3), Band(1.0, 1.0, None))
    for values, expected in (
        ({"rd_ratio": 0.06}, (10.0, 10.0)),
        ({"rd_ratio": 0.04}, (4.0, 6.0)),
        ({"rd_ratio": 0.0}, (1.0, 1.0)),
        ({"rd_ratio": (0.03, 0.1)}, (4.0, 10.0)),
        ({}, (1.0, 10.0)),
    ):
        ends = points(rd, one_firm(values))
        assert (ends.low[0], ends.high[0]) == expected


def test_totals_with_caps_minima_and_a_given_total():
    """8 + 8 points of a category capped at 10, a minimum that a total does not make up for, and the experts' total."""
    always = [indicator(key, key[0], Band(8.0, 8.0, None)) for key in ("a1", "a2", "b1")]
    score = Scored(
        "above",
        17.0,
        tuple(always),
        (Category("a", 10.0, None, 0.0), Category("b", 10.0, "at_least", 9.0)),
        "hnte_score",
    )
    nothing = one_firm({})
    assert {key: one.low[0] for key, one in category_points(score, nothing).items()} == {"a": 10.0, "b": 8.0}
    assert total_points(score, nothing).high[0] == 18.0
    assert found(score) == NOT_MET  # b below 9
    without = Scored(
        "above", 17.0, score.indicators, (score.categories[0], Category("b", 10.0, None, 0.0)), "hnte_score"
    )
    assert found(without) == MET
    assert found(without, hnte_score=17) == NOT_MET
    assert total_points(without, one_firm({"hnte_score": 17})).low[0] == 17.0


def test_one_firm_and_many_firms_are_the_same():
    """Column by column as row by row, on random intervals."""
    rng = np.random.default_rng(0)
    low, high = np.sort(rng.uniform(0, 0.1, (2, 50)), axis=0)
    revenue = rng.uniform(0, 20_000, 50)
    facts = LadderFacts.unknown([str(row) for row in range(50)]).with_facts(
        {"rd_ratio": (low, high), "revenue_wan": (revenue, revenue)}, None, ""
    )
    whole = truth(BY_REVENUE, facts)
    for row in range(50):
        one = truth(BY_REVENUE, facts.take([row]))
        assert (one.surely[0], one.possibly[0]) == (whole.surely[row], whole.possibly[row])
    assert not (whole.surely & ~whole.possibly).any()
    assert set((whole.possibly & ~whole.surely).tolist()) == {True, False}
