"""Figures of predicted probabilities, and the interval of the calibration slope."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from models.risk.drift import estimated_performance
from training.risk.figures import Predicted, calibration_line, resamples, slope_interval, summary


@pytest.mark.law
def test_weights_count_as_repeated_rows():
    """Every figure of a doubled row is that of a row of weight two."""
    rng = np.random.default_rng(4)
    p = np.round(rng.uniform(0.01, 0.9, 300), 2)
    y = (rng.random(300) < p).astype(float)
    weight = rng.integers(1, 3, 300).astype(float)
    rows = np.repeat(np.arange(300), weight.astype(int))
    one, two = Predicted(p, y).figures(weight), Predicted(p[rows], y[rows]).figures(np.ones(len(rows)))
    for name in ("auc", "ks", "brier", "log_loss", "calibration_slope"):
        assert one[name] == pytest.approx(two[name], abs=1e-9), name


def predicted_and_observed(rng, rows, defaults, spread=0.8):
    """Perfectly calibrated log-odds of so many rows with about so many defaults, and what came of them."""
    log_odds = np.log(defaults / (rows - defaults)) - spread**2 / 2 + rng.normal(0, spread, rows)
    return log_odds, (rng.random(rows) < expit(log_odds)).astype(float)


@pytest.mark.truth
@pytest.mark.parametrize(("rows", "defaults"), [(150, 3), (250, 5), (500, 10), (500, 50)])
def test_the_slope_interval_holds_a_perfect_slope_as_often_as_it_says(rows, defaults):
    """90 % intervals of calibrated probabilities hold 1 in 90 % of samples, at a handful of defaults too."""
    rng, held = np.random.default_rng(defaults), []
    while len(held) < 300:
        log_odds, y = predicted_and_observed(rng, rows, defaults)
        if y.any():
            slope = slope_interval(log_odds, y)
            held.append(slope["low"] <= 1 <= slope["high"])
    assert abs(np.mean(held) - 0.9) < 0.05  # three standard errors


@pytest.mark.truth
@pytest.mark.parametrize(("factor", "wrong"), [(0.6, "flat"), (1.6, "steep")])
def test_the_slope_interval_finds_probabilities_that_are_too_flat_or_too_steep(factor, wrong):
    """Log-odds shrunken to their mean have a slope above 1, stretched ones below; 150 defaults are enough to say so."""
    log_odds, y = predicted_and_observed(np.random.default_rng(12), 2_000, 150, spread=1.0)
    slope = slope_interval(log_odds.mean() + factor * (log_odds - log_odds.mean()), y)
    assert (slope["low"] > 1) == (wrong == "flat")
    assert (slope["high"] < 1) == (wrong == "steep")
    assert slope["low"] < 1 / factor < slope["high"]


@pytest.mark.truth
def test_one_slope_over_cohorts_lets_each_have_its_own_level():
    """Cohorts predicted too high or too low by a constant have a common slope of 1 only if each may have its level."""
    log_odds, y = predicted_and_observed(np.random.default_rng(12), 8_000, 900)
    cohort = np.arange(8_000) % 4
    shifted = log_odds + np.array([-1.5, -0.5, 0.5, 1.5])[cohort]
    slope = slope_interval(shifted, y, groups=cohort)
    assert slope["low"] < 1 < slope["high"]
    assert slope_interval(shifted, y)["high"] < 1


@pytest.mark.law
def test_the_slope_is_that_of_plain_likelihood_with_many_defaults_and_finite_with_two():
    """The penalty is felt only where the likelihood alone would run away."""
    log_odds, y = predicted_and_observed(np.random.default_rng(11), 6_000, 900)
    assert slope_interval(log_odds, y)["value"] == pytest.approx(
        calibration_line(log_odds, y, np.ones(6_000))[1], abs=0.01
    )
    few = (np.arange(200) >= 198).astype(float)
    slope = slope_interval(np.linspace(-4, -2, 200), few)
    assert 0 < slope["low"] < slope["value"] < slope["high"] < np.inf
    with pytest.raises(ValueError, match="all the same"):
        slope_interval(np.full(200, -3.0), few)


@pytest.mark.truth
def test_performance_is_estimated_before_outcomes_are_known():
    """With calibrated probabilities, default rate, Brier and AUC come out as they later do."""
    rng = np.random.default_rng(7)
    p = expit(rng.normal(-2, 1.2, 40_000))
    result = Predicted(p, (rng.random(40_000) < p).astype(float)).figures(np.ones(40_000))
    expected = estimated_performance(p)
    assert expected["brier"].value == pytest.approx(result["brier"], abs=0.003)
    assert expected["auc"].value == pytest.approx(result["auc"], abs=0.01)


@pytest.mark.law
def test_the_figures_of_four_cases_by_hand():
    """PDs .1, .2, .2, .4, defaults at a .2 and the .4: AUC 3.5 / 4, KS 1/2, Brier (.01 + .04 + .64 + .36) / 4."""
    result = Predicted(np.array([0.1, 0.2, 0.2, 0.4]), np.array([0.0, 0.0, 1.0, 1.0])).figures(np.ones(4))
    assert result["auc"] == pytest.approx(3.5 / 4)
    assert result["ks"] == pytest.approx(0.5)
    assert result["brier"] == pytest.approx(1.05 / 4)
    assert result["log_loss"] == pytest.approx(-np.log([0.9, 0.8, 0.2, 0.4]).mean())


@pytest.mark.law
def test_a_probability_of_nought_or_one_costs_a_finite_loss():
    """It counts as one in a million."""
    assert Predicted(np.array([0.0, 1.0]), np.array([1.0, 0.0])).losses.tolist() == pytest.approx([-np.log(1e-6)] * 2)


@pytest.mark.law
def test_a_resample_takes_whole_groups_and_has_both_outcomes():
    """Three loans of a firm weigh alike in every draw."""
    groups, y = np.array(["a", "a", "a", "b", "c"]), np.array([0.0, 1.0, 0.0, 0.0, 0.0])
    draws = resamples(groups, y, 20, 1)
    assert len(draws) == 20
    for weight in draws:
        assert len(set(weight[:3])) == 1
        assert weight[0] + weight[3] + weight[4] == 3
        assert 0 < weight @ y < weight.sum()


@pytest.mark.law
def test_a_summary_has_the_middle_nine_tenths_of_the_draws():
    """0 to 100: from 5 to 95."""
    result = summary({"auc": 50.0}, pd.DataFrame({"auc": np.arange(101.0)}))
    assert (result["auc"]["value"], result["auc"]["low"], result["auc"]["high"]) == (50.0, 5.0, 95.0)
