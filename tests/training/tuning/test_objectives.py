"""Each objective on rows that a person can work through."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from training.tuning import objectives as given

NAN = float("nan")


@pytest.mark.law
def test_auc_by_hand():
    """Of 2 x 3 pairs four are in order, one is tied, one is not: (4 + 0.5) / 6."""
    outcome, score = np.array([1.0, 1, 0, 0, 0]), np.array([0.9, 0.4, 0.5, 0.4, -0.1])
    assert given.auc(outcome, score) == pytest.approx(4.5 / 6)
    assert np.isnan(given.auc(np.zeros(3), np.arange(3.0)))


@pytest.mark.law
def test_rank_correlation_is_taken_within_groups():
    """Group 0 in order (1), group 1 with the last two turned (0.5), sizes 4 and 3; a constant group is left out."""
    outcome = np.array([1.0, 2, 3, 4, 1, 2, 3, 7, 8, 9, 5, 6])
    score = np.array([10.0, 20, 30, 40, 1, 3, 2, 5, 5, 5, 2, 1])
    group = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3])
    assert given.rank_correlation(outcome, score, group) == pytest.approx((4 * 1.0 + 3 * 0.5) / 7)
    assert np.isnan(given.rank_correlation(outcome[7:10], score[7:10], group[7:10]))


@pytest.mark.truth
def test_slope_error_finds_predictions_that_are_too_far_apart():
    """Frequencies exactly at the log-odds: 0; log-odds doubled: the slope is one half."""
    odds = np.repeat([-2.0, 0.0, 1.0], 10_000)
    outcome = np.concatenate([np.arange(10_000) < round(10_000 * expit(one)) for one in (-2.0, 0.0, 1.0)]).astype(float)
    assert given.slope_error(outcome, odds) == pytest.approx(0.0, abs=1e-3)
    assert given.slope_error(outcome, 2 * odds) == pytest.approx(0.5, abs=1e-3)
    assert np.isnan(given.slope_error(np.ones(5), np.arange(5.0)))
    assert np.isnan(given.slope_error(np.array([0.0, 1.0]), np.zeros(2)))


@pytest.mark.law
def test_linear_slope_error_by_hand():
    """Sum of products 2 + 6 = 8 over sum of squares 1 + 4 = 5: the slope is 1.6."""
    assert given.linear_slope_error(np.array([2.0, 3.0]), np.array([1.0, 2.0])) == pytest.approx(0.6)
    assert np.isnan(given.linear_slope_error(np.ones(2), np.zeros(2)))


@pytest.mark.law
def test_coverage_error_and_pinball_by_hand():
    """Three of four at or above; on the logarithms of 1 + amount a unit above costs 0.25 and a unit below 0.75."""
    outcome, low = np.expm1([1.0, 2, 3, 4]), np.expm1([1.0, 3, 1, 1])
    assert given.coverage_error(outcome, low, 0.25) == 0.0
    assert given.coverage_error(outcome, low, 0.1) == pytest.approx(0.15)
    assert given.pinball(outcome, low, 0.25) == pytest.approx((0 + 0.75 * 1 + 0.25 * 2 + 0.25 * 3) / 4)


@pytest.mark.law
def test_means_and_spreads_leave_out_blocks_that_show_nothing():
    """0.6 of 10 cases and 0.8 of 30: 0.75; standard deviation of both: 0.1."""
    assert given.mean_over([0.6, NAN, 0.8], [10, 50, 30]) == pytest.approx(0.75)
    assert given.spread_over([0.6, NAN, 0.8]) == pytest.approx(0.1)
    assert np.isnan(given.mean_over([NAN], [1]))
    assert np.isnan(given.spread_over([0.5, NAN]))
