"""What is reported about a risk model."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from data.codebook import read_codebook
from training.risk.reports import evaluate, interval_report


@pytest.mark.law
def test_the_cost_of_a_refer_level_is_a_share_of_the_cases(trained):
    """A higher level never refers less; those that exceed and those that are referred are different firms."""
    result = interval_report(trained.engine.risk, trained.snapshot.frame, read_codebook(), [0.08, 0.02])
    costs = {cutoff: pd.DataFrame(levels).T for cutoff, levels in result["refer_levels"].items()}
    assert list(costs) == ["0.02", "0.08"]
    for mine in costs.values():
        assert mine["refers"].is_monotonic_increasing
        assert mine["exceeds"].is_monotonic_decreasing
        assert (mine["refers"] + mine["exceeds"] <= 1).all()
    answers = trained.engine.risk.predict(trained.snapshot.frame)
    held = ((answers["pd_low"] <= 0.02) & (answers["pd_high"] > 0.02)).mean()
    assert costs["0.02"].loc["0.9", "refers"] == held


@pytest.mark.behaviour
def test_a_model_that_shows_all_the_same_is_evaluated_without_a_slope(trained):
    """A stage's figures carry its slope's interval; one probability for everybody has none, and stops nothing."""
    risk, result = trained.engine.risk, (trained.later, trained.later_default, read_codebook(), 20)
    evaluated = evaluate(risk, *result)
    for one in (evaluated, *evaluated["stages"].values()):
        slope = one["figures"]["calibration_slope"]
        assert slope["low"] < slope["value"] < slope["high"]
    same = evaluate(replace(risk, level=-100.0), *result)  # the minimum for everybody
    assert "calibration_slope" not in same["figures"]
    assert same["figures"]["auc"]["value"] == 0.5
