from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.growth_stages import BORDERS, StageRule
from models.reform.cliffs import MOST_FIRMS, Near


@pytest.mark.law
def test_points_jump_by_the_difference_of_the_two_stages_cards(simulated, packed, firms):
    """Just below and at the border, the same values: the card of the stage above less that of the stage below."""
    cliffs = [one for one in simulated({"reform": {}}).reforms[0].cliffs if one.scenario == "baseline"]
    border = BORDERS[0]
    cliff = next(one for one in cliffs if one.revenue_wan == border.revenue_wan)
    near = Near.of(border, firms).firms
    below, above = (
        packed.engine.points.score(near.assign(growth_stage=stage))["total"] for stage in (border.below, border.above)
    )
    assert cliff.firms == len(near) > 10
    assert cliff.points_jump.value == pytest.approx(float((above - below).mean()), abs=1e-6)
    assert cliff.points_falling.value == pytest.approx(float((above < below).mean()))
    assert [(one.growth_stage, one.revenue_wan < border.revenue_wan) for one in cliff.curve] == [
        ("startup", True)
    ] * 4 + [("growth", False)] * 4


@pytest.mark.law
def test_a_reform_that_moves_a_border_has_its_cliff_there(simulated):
    reform = simulated({"reform": {"stages": {"startup_below_wan": 800}}}).reforms[0]
    at = {scenario: [one.revenue_wan for one in reform.cliffs if one.scenario == scenario]
          for scenario in ("baseline", "reform")}  # fmt: skip
    assert at == {"baseline": [500.0, 2_000.0, 10_000.0], "reform": [2_000.0, 10_000.0, 800.0]}


@pytest.mark.truth
def test_a_cliff_that_is_planted_away_is_gone(simulated, packed):
    """Where both stages have the same weights, no points jump."""
    growth = packed.engine.points.weights["growth"]
    reform = simulated({"reform": {"weights": {"startup": growth}}}).reforms[0]
    jumps = {one.scenario: one.points_jump for one in reform.cliffs if one.revenue_wan == 500.0}
    assert jumps["baseline"].low > 0.0 or jumps["baseline"].high < 0.0
    assert (jumps["reform"].value, jumps["reform"].behind, jumps["reform"].no_interval) == (0.0, 0, "few_moved")


@pytest.mark.law
def test_the_nearest_firms_are_kept_whatever_the_parts(firms):
    many = pd.concat([firms.assign(revenue_wan=firms["revenue_wan"] * (1 + at / 1e3)) for at in range(12)])
    border = StageRule().borders[0]
    whole = Near.of(border, many)
    parts = Near.of(
        border, pd.concat([Near.of(border, many.iloc[:2_000]).firms, Near.of(border, many.iloc[2_000:]).firms])
    )
    assert len(whole.firms) == MOST_FIRMS
    np.testing.assert_array_equal(whole.firms["revenue_wan"], parts.firms["revenue_wan"])
