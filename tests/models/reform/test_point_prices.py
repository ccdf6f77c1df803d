from __future__ import annotations

import numpy as np
import pytest

from features.columns import of_table
from models.points.step_prices import step_prices
from models.reform.evaluate import PACKED, Evaluator, Requested
from models.reform.levers import read_levers
from models.reform.point_prices import PriceSums
from models.reform.rules import Rules


@pytest.mark.truth
@pytest.mark.parametrize("key", ["other_ip_count", "rd_platform_count", "rd_staff_ratio"])
def test_an_indicator_that_a_reform_makes_cheap_is_found(simulated, key):
    """Named first in every stage that weights it, and the cheapest for nearly all of its firms."""
    cheap = {"prices": {key: {"cost_yuan": 1, "revenue_share": 0, "yuan_per_head": 0}}}
    rows = simulated({"reform": cheap}).reforms[0].point_prices
    for stage in ("startup", "growth", "stable"):
        first = next(one for one in rows if (one.scenario, one.growth_stage) == ("reform", stage))
        assert first.indicator == key
        assert first.cheapest_for > 0.9 * first.gaining
    assert next(one for one in rows if one.scenario == "baseline").indicator != key or key == "other_ip_count"


@pytest.mark.law
def test_a_heavier_weight_makes_its_points_cheaper_in_proportion(simulated):
    """Twice the points for the same yuan."""
    rows = simulated({"reform": {"weights": {"growth": {"rd_intensity": 18}}}}).reforms[0].point_prices
    price = {one.scenario: one.yuan_per_point for one in rows
             if (one.growth_stage, one.indicator) == ("growth", "rd_intensity")}  # fmt: skip
    assert price["baseline"] / price["reform"] == pytest.approx(2.0, rel=1e-6)


@pytest.mark.law
def test_firms_are_grouped_by_the_baseline_s_stage_and_pointed_by_the_reform_s(packed, firms, simulated):
    """By hand: of a border that moves, the same firms before and after; those that change stage gain other points."""
    stages = {"stages": {"startup_below_wan": 1_500}}
    base, moved = (Rules.of(read_levers(raw, packed), packed) for raw in ({}, stages))
    evaluator = Evaluator(packed, {PACKED: firms}, Requested())
    growth = np.flatnonzero(firms["growth_stage"] == "growth")
    restaged = of_table(firms) | {"growth_stage": evaluator.staged(moved)["growth_stage"]}
    assert set(restaged["growth_stage"][growth]) == {"growth", "startup"}
    steps = step_prices(packed.engine.points, restaged, packed.costs, firms[["revenue_wan", "headcount"]])
    rows = simulated({"reform": stages}).reforms[0].point_prices
    for at, cost in enumerate(packed.costs):
        priced = growth[~np.isnan(steps.gain[growth, at])]
        of_stage = {
            one.scenario: one for one in rows if (one.growth_stage, one.indicator) == ("growth", cost.key)
        }  # fmt: skip
        wanted = steps.price[priced, at].sum() / steps.gain[priced, at].sum()
        assert of_stage["reform"].yuan_per_point == pytest.approx(wanted, abs=0.01)
        assert of_stage["reform"].gaining == pytest.approx((steps.gain[priced, at] > 1e-12).sum() / len(growth))
    assert PriceSums.of(evaluator, moved, base).firms.tolist() == PriceSums.of(evaluator, base).firms.tolist()


@pytest.mark.law
def test_sums_of_parts_are_the_sums_of_the_whole(packed, firms):
    rules = Rules.of(read_levers({}, packed), packed)
    whole, first, second = (
        PriceSums.of(Evaluator(packed, {PACKED: part}, Requested()), rules)
        for part in (firms, firms.iloc[:200], firms.iloc[200:])
    )
    joined = (first + second).prices("baseline", rules)
    assert [one.indicator for one in joined] == [one.indicator for one in whole.prices("baseline", rules)]
    growth = firms.loc[firms["growth_stage"] == "growth"]
    steps = step_prices(packed.engine.points, of_table(growth), packed.costs, growth[["revenue_wan", "headcount"]])
    dearest = next(one for one in joined if (one.growth_stage, one.indicator) == ("growth", "rd_platform_count"))
    at = [cost.key for cost in packed.costs].index("rd_platform_count")
    assert dearest.yuan_per_point == pytest.approx(steps.price[:, at].sum() / steps.gain[:, at].sum(), rel=1e-6)
