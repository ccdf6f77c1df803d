"""Planted tables drift as they say, and their record counts by hand."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.benchmarks.risk.risk_drift import DRIFTS, paired, planted_drift, row_losses, summary


@pytest.mark.law
@pytest.mark.parametrize("kind", DRIFTS)
def test_a_planted_drift_is_what_it_says(kind):
    """Outcomes follow the planted probabilities; the base rate, the means or the effects move, as the name says."""
    planted = planted_drift(DRIFTS[kind], rows=40_000, periods=8, seed=2)
    period = planted.x["period"].to_numpy()
    for one in range(8):
        mine = period == one
        error = np.sqrt((planted.probability[mine] * (1 - planted.probability[mine])).sum()) / mine.sum()
        assert planted.y[mine].mean() == pytest.approx(planted.probability[mine].mean(), abs=4 * error)
    numbers = planted.x.filter(like="x").to_numpy()
    moved = np.nanmean(numbers[period == 7], axis=0) - np.nanmean(numbers[period == 0], axis=0)
    assert (np.abs(moved).max() > 0.3) == (kind in {"covariates", "all together"})
    assert planted.x.shape[1] == 12


@pytest.mark.law
def test_the_drift_record_counts_tables_and_means_differences():
    """By hand: rows' differences 1, 2, 3 and -1 have mean 1.25; one of two tables is not worse."""
    result = paired(np.array([1.0, 2.0, 3.0, -1.0]))
    half = 1.6448536 * 1.7078251 / 2
    assert (result["value"], result["low"]) == (1.25, pytest.approx(1.25 - half, abs=1e-6))
    assert result["not_worse"]
    tables = [
        {
            "log_loss": {"ours": 0.30, "peer": 0.31},
            "against_best": {"value": -0.01, "not_worse": True},
            "half_life": 1.0,
        },
        {
            "log_loss": {"ours": 0.35, "peer": 0.32},
            "against_best": {"value": 0.03, "not_worse": False},
            "half_life": None,
        },
    ]
    found = summary(tables)
    assert (found["not_worse"], found["tables"], found["half_life_chosen"]) == (1, 2, 1)
    assert found["ours_minus"]["peer"]["value"] == pytest.approx(0.01)


@pytest.mark.law
def test_the_loss_of_a_row_is_the_negative_logarithm_of_what_came_true():
    """Ln 2 at .5; a certainty that was wrong costs ln 1,000,000 and not infinity."""
    result = row_losses(np.array([0.5, 0.25, 0.25, 1.0]), np.array([1, 1, 0, 0]))
    assert result == pytest.approx([np.log(2), np.log(4), np.log(4 / 3), np.log(1e6)], rel=1e-6)
