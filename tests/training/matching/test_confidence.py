"""Probabilities and thresholds of matching."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.matching.confidence import CONFIDENCE_COLUMNS
from training.matching.confidence import ConfidenceParams, fit_head, fit_later, strongest_penalty, thresholds
from training.matching.evaluate import calibration_slope, expected_calibration_error

PARAMS = ConfidenceParams((5.0, 20.0, 80.0), 5, (0.1, 0.2, 0.4), 0.3, 0.05, 0.9, 0.4, 7)


def planted(n=4_000, seed=0):
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(n, len(CONFIDENCE_COLUMNS)))
    hit = rng.random(n) < 1 / (1 + np.exp(-(1.5 * columns[:, 0] + columns[:, -1])))
    return columns, hit


@pytest.mark.truth
def test_a_planted_probability_is_calibrated_on_new_queries():
    columns, hit = planted()
    head, crossed = fit_head(columns, hit.astype(float), np.arange(len(hit)).astype(object), np.ones(len(hit)), PARAMS)
    new, outcome = planted(seed=1)
    p = head.probability(new)
    assert expected_calibration_error(p, outcome) < 0.03
    assert calibration_slope(p, outcome) == pytest.approx(1.0, abs=0.1)
    assert calibration_slope(crossed, hit) == pytest.approx(1.0, abs=0.1)


@pytest.mark.truth
def test_few_queries_and_many_columns_do_not_make_it_over_confident():
    """200 queries, some 60 columns of which two count: with a choice of penalties the slope on new ones is near 1."""
    slopes = {}
    for penalties in ((1.0,), (1.0, 5.0, 20.0, 80.0)):
        found = []
        for seed in range(6):
            columns, hit = planted(200, seed)
            params = replace(PARAMS, penalties=penalties)
            head, _ = fit_head(columns, hit.astype(float), np.arange(200).astype(object), np.ones(200), params)
            new, outcome = planted(4_000, 100 + seed)
            found.append(calibration_slope(head.probability(new), outcome))
        slopes[len(penalties)] = np.mean(found)
    assert slopes[1] < 0.7
    assert slopes[4] > 0.8


@pytest.mark.law
def test_the_strongest_penalty_within_one_standard_error_by_hand():
    """Differences to the best (row 0) are 0 .1 0 .1: mean .05, error sqrt(4 * .05^2) / 4 = .025; then 0 .1 0 -.02."""
    losses = np.ones((3, 4))
    losses[1] += [0.0, 0.1, 0.0, -0.02]
    losses[2] += [0.0, 0.1, 0.0, 0.1]
    assert strongest_penalty(losses, np.ones(4)) == 1
    losses[2] = losses[0]
    assert strongest_penalty(losses, np.ones(4)) == 2


@pytest.mark.behaviour
def test_one_outcome_alone_is_a_constant_a_little_inside():
    columns, _ = planted(100)
    head, _ = fit_head(columns, np.ones(100), np.arange(100).astype(object), np.ones(100), PARAMS)
    assert head.probability(columns) == pytest.approx(np.full(100, 100.5 / 101))


@pytest.mark.truth
def test_what_a_lower_rank_takes_is_recovered():
    rng = np.random.default_rng(0)
    n = 60_000
    first, gap, rank = rng.uniform(0.3, 0.9, n), rng.exponential(1.0, n), rng.integers(2, 11, n).astype(float)
    odds = np.log(first / (1 - first)) - 0.8 * gap - 0.3 * np.log(rank)
    hit = rng.random(n) < 1 / (1 + np.exp(-odds))
    assert fit_later(first, gap, rank, hit) == pytest.approx((0.8, 0.3), abs=0.06)


@pytest.mark.truth
def test_a_promise_is_kept_on_new_queries_nearly_always():
    """Over 8 calibrations with a certainty of 90 %, the true error exceeds the promise at most as often as chance.

    More than 3 of 8 come by chance once in 200 times.
    """
    broken = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        p = rng.random(800)
        right = rng.random(800) < p
        found = thresholds(p, right, np.array(["one"] * 800, dtype=object), PARAMS)
        new = rng.random(200_000)
        wrong = rng.random(len(new)) >= new
        broken += any(wrong[new >= least].mean() > rate for rate, least in found.items())
    assert broken <= 3


@pytest.mark.behaviour
def test_a_hard_task_raises_the_threshold_and_a_hopeless_one_leaves_no_promise():
    rng = np.random.default_rng(0)
    p = np.concatenate([rng.random(2_000), rng.random(400)])
    task = np.array(["easy"] * 2_000 + ["hard"] * 400, dtype=object)
    right = np.concatenate([rng.random(2_000) < p[:2_000], rng.random(400) < p[2_000:] / 2.0])
    alone = thresholds(p[:2_000], right[:2_000], task[:2_000], PARAMS)
    both = thresholds(p, right, task, PARAMS)
    assert alone[0.4] == 0.5  # the average would allow less, but then none is likelier than one
    assert alone[0.2] > 0.5
    assert both.get(0.4, 1.0) > alone[0.4]
    assert thresholds(rng.random(1_000), np.zeros(1_000, dtype=bool), task[:1_000], PARAMS) == {}
