"""Logistic regression on targets beyond 1."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from training.matching.logistic import fit_logistic, log_loss


@pytest.mark.law
def test_the_loss_by_hand():
    """At log-odds 0 it is ln 2 less nothing; at ln 3 and target 1 it is -ln .75, at target 2 one ln 3 less."""
    found = log_loss(np.array([0.0, np.log(3.0), np.log(3.0)]), np.array([0.0, 1.0, 2.0]))
    assert found == pytest.approx([np.log(2.0), -np.log(0.75), -np.log(0.75) - np.log(3.0)])


@pytest.mark.law
def test_a_constant_is_the_mean_target():
    """Targets 4, 0, 0, 0, 0, 0, 0, 0 (one known of four): half of eight."""
    intercept, weights = fit_logistic(np.zeros((8, 1)), np.array([4.0] + [0.0] * 7), np.ones(8), 1.0)
    assert expit(intercept) == pytest.approx(0.5, abs=1e-4)
    assert weights == pytest.approx([0.0])


@pytest.mark.truth
def test_what_is_seldom_known_is_counted_for_what_is_not():
    """Positives are known with a probability between .3 and 1; fitted as misses they would be a third too few."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40_000, 1))
    positive = rng.random(len(x)) < expit(0.5 + 1.2 * x[:, 0])
    share = rng.uniform(0.3, 1.0, len(x))
    target = (positive & (rng.random(len(x)) < share)) / share
    intercept, weights = fit_logistic(x, target, np.ones(len(x)), 1e-6)
    assert (intercept, weights[0]) == (pytest.approx(0.5, abs=0.06), pytest.approx(1.2, abs=0.08))
    naive = fit_logistic(x, (target > 0).astype(float), np.ones(len(x)), 1e-6)[0]
    assert naive < 0.0


@pytest.mark.law
def test_a_strong_penalty_leaves_the_mean():
    x, target = np.array([[-1.0], [1.0]]), np.array([0.0, 1.0])
    intercept, weights = fit_logistic(x, target, np.array([1.0, 3.0]), 1e6)
    assert intercept == pytest.approx(logit(0.75), abs=1e-3)
    assert abs(weights[0]) < 1e-5
