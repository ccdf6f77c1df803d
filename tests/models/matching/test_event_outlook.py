"""Expectations by hand, counts by exact convolution."""

from __future__ import annotations

import numpy as np
import pytest

from models.matching.event_outlook import event_outlook


def poisson_binomial(chances):
    """P(count = 0, 1, ...) by convolution."""
    found = np.ones(1)
    for chance in chances:
        found = np.convolve(found, [1 - chance, chance])
    return found


@pytest.mark.law
def test_expectations_by_hand():
    """Demand 0: 1 - (1 - .5 x .8)(1 - 1 x .5) = .7; demand 1: .5 x .4 = .2; meetings .5 + 1 + .5 = 2."""
    found = event_outlook(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([0.8, 0.5, 0.4]), np.array([0.5, 1.0]))
    assert (found.meetings.expected, found.solved.expected) == pytest.approx((2.0, 0.9))
    assert (found.meetings.low, found.meetings.high) == (1, 3)


@pytest.mark.law
def test_one_meeting_each_gives_the_poisson_binomial():
    """Every firm has one meeting and every demand one firm, so solved demands are independent draws."""
    rng = np.random.default_rng(3)
    chance, accept, each = rng.random(30), rng.uniform(0.3, 1, 30), np.arange(30)
    found = event_outlook(each, each, chance, accept, simulations=40_000)
    for count, chances in ((found.meetings, accept), (found.solved, chance * accept)):
        cumulated = poisson_binomial(chances).cumsum()
        for end, level in ((count.low, 0.05), (count.high, 0.95)):
            assert cumulated[end] >= level - 0.01
            assert end == 0 or cumulated[end - 1] <= level + 0.01
        assert count.expected == pytest.approx(chances.sum())


@pytest.mark.behaviour
def test_a_shared_acceptance_and_uncertain_calibration_widen_the_interval():
    """The same meetings with one firm for all, and with draws that move all probabilities together."""
    each, chance = np.arange(20), np.full(20, 0.5)
    alone = event_outlook(each, each, chance, np.full(20, 0.5)).solved
    shared = event_outlook(each, np.zeros(20, dtype=int), chance, np.array([0.5])).solved
    assert shared.expected == pytest.approx(alone.expected)
    assert shared.high - shared.low > alone.high - alone.low
    draws = np.repeat(np.linspace(0.1, 0.9, 50)[:, None], 20, axis=1)
    drawn = event_outlook(each, each, chance, np.full(20, 0.5), draws=draws).solved
    assert (drawn.expected_low, drawn.expected_high) == pytest.approx((20 * 0.5 * 0.14, 20 * 0.5 * 0.86), abs=0.2)
    assert drawn.high - drawn.low > alone.high - alone.low
    assert (alone.expected_low, alone.expected_high) == (alone.expected, alone.expected)


@pytest.mark.contract
def test_no_meetings_and_bad_probabilities():
    """Nothing planned brings nothing; a missing probability is refused."""
    nothing = np.zeros(0, dtype=int)
    assert event_outlook(nothing, nothing, np.zeros(0), np.ones(3)).solved.high == 0
    with pytest.raises(ValueError, match="missing or outside"):
        event_outlook(np.array([0]), np.array([0]), np.array([np.nan]), np.ones(1))
