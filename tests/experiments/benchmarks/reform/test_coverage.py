from __future__ import annotations

import numpy as np
import pytest

from experiments.benchmarks.reform.coverage import (
    FEWEST_MOVERS,
    PLANTED,
    null_coverage,
    planted_card,
    quick_coverage,
    refit_coverage,
)
from models.reform.read import read_packed


@pytest.fixture(scope="module")
def packed(trained):
    return read_packed(trained.folder)


@pytest.mark.law
def test_the_planted_card_keeps_its_full_marks(packed):
    """Two indicators more, of 30 and 10 points, and no more points in all."""
    before, after = packed.engine.points, planted_card(packed.engine.points)
    for stage in before.points:
        assert after.full_marks(stage) == pytest.approx(before.full_marks(stage))
        assert [after.weights[stage][key] for key in PLANTED] == [30.0, 10.0]


@pytest.mark.truth
def test_intervals_of_planted_null_reforms_hold_zero(packed, trained):
    """Fifty repetitions of 300 firms: all figures together within four standard errors of 95 %."""
    got = null_coverage(packed, trained.snapshot.frame, 50, 300, 3)
    assert {"credit_cny", "points of all", "quota_cny of growth"} <= set(got["held"])
    assert 0.89 <= got["together"] <= 0.99
    assert set(got["moved"]) == set(got["held"]) >= set(got["held_where_moved"])
    assert got["moved"]["points of all"] == 1.0
    assert got["held_where_moved"]["points of all"] == got["held"]["points of all"]


@pytest.mark.law
def test_with_fewer_movers_no_difference_can_be_told_from_zero():
    """All one way, the most extreme case: by mid-p 1 in 16 of four firms that move either way, 1 in 32 of five."""
    mid_p = {movers: 2 / 2**movers / 2 for movers in range(1, 8)}
    assert min(movers for movers, p in mid_p.items() if p < 0.05) == FEWEST_MOVERS


@pytest.mark.truth
def test_refitted_draws_are_needed_and_suffice(packed):
    """Where models move too, the interval without draws holds far less than it claims."""
    got = refit_coverage(60, 200, 30, 3)
    assert got["held"]["with_draws"] >= 0.87
    assert got["held"]["without_draws"] <= 0.85


@pytest.mark.truth
def test_a_quick_run_s_interval_holds_the_full_figure(packed, trained):
    reforms = {"risk": {"policies": {"standard": {"pd_cutoff": 0.05}}}}
    got = quick_coverage(packed, trained.snapshot.frame, reforms, 60, 500, 3)
    assert got["of"] == len(trained.snapshot.frame)
    assert 0.88 <= got["together"] <= 1.0
    assert np.isfinite(list(got["held"].values())).all()
