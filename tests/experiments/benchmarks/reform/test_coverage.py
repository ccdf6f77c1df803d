from __future__ import annotations

import numpy as np
import pytest

from experiments.benchmarks.reform.coverage import (
    PLANTED,
    counted_shares,
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
    assert set(got["withheld"]) >= set(got["held"])
    assert got["withheld"]["points of all"] == 0.0
    assert (got["seed"], got["fewest_firms"]) == (3, 5)


@pytest.mark.law
def test_repetitions_without_an_interval_are_counted_apart():
    """Two of four hold, one does not, one has none: two thirds of those given, a quarter withheld."""
    got = counted_shares({"a": [True, True, False, None], "b": [None, None]})
    assert got["held"] == {"a": 2 / 3}
    assert got["withheld"] == {"a": 0.25, "b": 1.0}
    assert (got["least"], got["most"], got["together"]) == (2 / 3, 2 / 3, 2 / 3)


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
