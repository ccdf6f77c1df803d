"""What is reported about a risk model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
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
    slopes = [one["figures"]["calibration_slope"] for one in (evaluated, *evaluated["stages"].values())]
    for slope in [one for one in slopes if "value" in one]:
        assert slope["low"] < slope["value"] < slope["high"]
    same = evaluate(replace(risk, level=-100.0), *result)  # the minimum for everybody
    assert "calibration_slope" not in same["figures"]
    assert same["figures"]["auc"]["value"] == 0.5


class _Known:
    """A model that rises with the number of the case."""

    def predict(self, cases, codebook):
        return pd.DataFrame({"pd_12m": np.linspace(0.01, 0.4, len(cases))}, index=cases.index)


@pytest.mark.law
def test_a_stage_with_few_defaults_or_few_others_has_their_count_and_no_interval():
    """One default of 70 had the narrowest interval of all, for resamples without it were drawn again."""
    sizes = {"startup": (20, 5), "growth": (20, 16), "stable": (70, 1), None: (12, 4)}
    stages = [name for name, (loans, _) in sizes.items() for _ in range(loans)]
    default = pd.Series([float(number < bad) for loans, bad in sizes.values() for number in range(loans)])
    cases = pd.DataFrame({"uscc": [f"F{number}" for number in range(len(stages))], "growth_stage": stages})
    found = evaluate(_Known(), cases, default, read_codebook(), 50)
    assert {"value", "low", "high", "se"} == set(found["stages"]["startup"]["figures"]["auc"])
    assert found["stages"]["growth"]["figures"]["log_loss"] == {"too_few_others": 4}
    assert set(found["stages"]["stable"]["figures"]) == set(found["figures"])
    for name, count in (("stable", 1), ("unknown", 4)):
        assert all(one == {"too_few_defaults": count} for one in found["stages"][name]["figures"].values())
    for key in ("n", "defaults"):
        assert sum(one[key] for one in found["stages"].values()) == found[key]
