"""Figures of rankings and probabilities by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from training.matching.evaluate import (
    brier,
    calibration_slope,
    expected_calibration_error,
    ndcg,
    pair_accuracy,
    paired_interval,
    ranking_figures,
    recall,
    reciprocal_rank,
)


@pytest.mark.law
def test_ndcg_by_hand():
    """Gains 0, 2, 1: 2 / log2(3) + 1 / log2(4); the best order 2, 1: 2 / log2(2) + 1 / log2(3)."""
    assert ndcg([0, 2, 1], [1, 2]) == pytest.approx((2 / math.log2(3) + 0.5) / (2 + 1 / math.log2(3)))
    assert ndcg([1], [1]) == 1.0
    assert ndcg([0] * 10 + [1], [1]) == 0.0
    assert ndcg([1, 1], []) == 0.0


@pytest.mark.law
def test_a_wrong_discount_would_be_seen():
    assert ndcg([0, 1], [1]) == pytest.approx(1 / math.log2(3))
    assert ndcg([0, 1], [1]) != pytest.approx(0.5)


@pytest.mark.law
def test_recall_and_reciprocal_rank_by_hand():
    assert recall([0, 1, 0, 1], [1, 1, 1], 2) == pytest.approx(1 / 3)
    assert reciprocal_rank([0, 0, 1]) == pytest.approx(1 / 3)
    assert reciprocal_rank([0] * 10 + [1]) == 0.0
    assert ranking_figures([1], [1])["ndcg_10"] == 1.0


@pytest.mark.law
def test_calibration_error_by_hand():
    """Two bins: probabilities .2 with a share of .5, and .8 with a share of 1: (.3 + .2) / 2."""
    p, hit = np.array([0.2, 0.2, 0.8, 0.8]), np.array([True, False, True, True])
    assert expected_calibration_error(p, hit, bins=2) == pytest.approx(0.25)
    assert brier(p, hit).mean() == pytest.approx((0.64 + 0.04 + 0.04 + 0.04) / 4)


@pytest.mark.truth
@pytest.mark.parametrize("planted", [0.5, 1.0, 2.0])
def test_the_slope_is_recovered(planted):
    rng = np.random.default_rng(0)
    odds = rng.normal(0, 1.5, 40_000)
    hit = rng.random(len(odds)) < 1 / (1 + np.exp(-planted * odds))
    assert calibration_slope(1 / (1 + np.exp(-odds)), hit) == pytest.approx(planted, abs=0.06)
    assert math.isnan(calibration_slope(np.array([0.5, 0.6]), np.array([True, True])))


@pytest.mark.law
def test_twins_do_not_narrow_an_interval():
    rng = np.random.default_rng(1)
    gain = rng.normal(0.1, 1.0, 200)
    alone = paired_interval(gain, np.arange(200).astype(object))
    twins = paired_interval(np.repeat(gain, 5), np.repeat(np.arange(200), 5).astype(object))
    assert twins[2] - twins[1] == pytest.approx(alone[2] - alone[1], rel=0.15)


@pytest.mark.law
def test_pairs_that_are_apart_are_all_right_and_mixed_ones_half():
    gain = np.eye(50)
    assert pair_accuracy(np.eye(50), gain, 0).mean() == 1.0
    assert pair_accuracy(np.random.default_rng(0).random((50, 50)), gain, 0).mean() == pytest.approx(0.55, abs=0.1)
