"""Scores of quantiles and intervals, by hand."""

import numpy as np
import pytest

from models.remaining_time.scores import held, pinball, winkler

pytestmark = pytest.mark.law


def test_pinball_loss_by_hand():
    """At 0.9: 2 days above the quantile cost 0.9 each, 2 days below it 0.1 each."""
    assert pinball(np.array([12.0, 8.0, 10.0]), np.full(3, 10.0), 0.9).tolist() == pytest.approx([1.8, 0.2, 0.0])


def test_winkler_score_by_hand():
    """Width 4; a day outside costs 2 / 0.2 = 10 days."""
    low, high = np.full(4, 2.0), np.full(4, 6.0)
    assert winkler(np.array([3.0, 2.0, 1.0, 6.5]), low, high).tolist() == pytest.approx([4.0, 4.0, 14.0, 9.0])


def test_the_ends_belong_to_the_interval():
    assert held(np.array([2.0, 6.0, 6.1]), np.full(3, 2.0), np.full(3, 6.0)).tolist() == [True, True, False]


def test_the_true_quantiles_have_the_least_winkler_score():
    """A proper score: no other pair of ends does better on the distribution itself."""
    values = np.random.default_rng(1).exponential(10.0, 40_000)
    best = -10.0 * np.log1p(-np.array([0.1, 0.9]))
    scores = {
        shift: winkler(values, np.full(len(values), best[0] * shift), np.full(len(values), best[1] * shift)).mean()
        for shift in (0.7, 0.85, 1.0, 1.15, 1.3)
    }
    assert min(scores, key=scores.__getitem__) == 1.0
