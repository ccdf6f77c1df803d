"""Off-policy values by hand, against a second implementation, and their coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import bootstrap

from models.matching.off_policy import examination_weights, item_position_weights, off_policy_value

# Two lists of two documents; the new list turns the first one round and leaves the second.
QUERY = np.array([0, 0, 1, 1])
POSITION = np.array([1, 2, 1, 2])
NEW = np.array([2, 1, 1, 2])
CLICKS = np.array([1.0, 1.0, 1.0, 0.0])
LOGGED = np.array([0.5, 0.5, 0.8, 0.8])


@pytest.mark.law
def test_weights_by_hand():
    """Shown at its new position: 1 / propensity, else 0; examination .4 at the second position and 1 at the first."""
    assert item_position_weights(POSITION, LOGGED, NEW, 2).tolist() == [0, 0, 1.25, 1.25]
    assert item_position_weights(POSITION, LOGGED, NEW, 1).tolist() == [0, 0, 1.25, 0]
    seen = np.array([1.0, 0.4])
    assert examination_weights(seen[POSITION - 1], NEW, seen, 2) == pytest.approx([0.4, 2.5, 1, 1])
    assert examination_weights(seen[POSITION - 1], NEW, seen, 1) == pytest.approx([0, 2.5, 1, 0])


@pytest.mark.law
def test_values_by_hand():
    """IPS (0 + 1.25) / 2; SNIPS 2 x 1.25 / 2.5; doubly robust with .5 predicted: (.8 + .8 + 1.25 (.5 - .5)) / 2."""
    weight = item_position_weights(POSITION, LOGGED, NEW, 2)
    assert off_policy_value(QUERY, CLICKS, weight).value == pytest.approx(0.625)
    assert off_policy_value(QUERY, CLICKS, weight, "snips", expected_weight=2).value == pytest.approx(1.0)
    found = off_policy_value(QUERY, CLICKS, weight, "doubly_robust", predicted=np.full(4, 0.5),
                             predicted_new=np.full(4, 0.4))  # fmt: skip
    assert found.value == pytest.approx(0.8)
    assert (found.queries, found.effective_rows) == (2, pytest.approx(2.0))


def second_implementation(query, outcome, weight, kind, first, predicted, predicted_new):
    """The same by loops over lists, with scipy's bootstrap of the lists' numbers; no code in common."""
    lists = {}
    for at, one in enumerate(query):
        found = lists.setdefault(one, [0.0, 0.0, 0.0])
        found[0] += weight[at] * outcome[at]
        found[1] += weight[at]
        found[2] += predicted_new[at] + weight[at] * (outcome[at] - predicted[at])
    clicks, weights, doubly = np.array(list(lists.values())).T
    if kind == "snips":
        data, statistic = (clicks, weights), lambda one, other, axis: first * one.sum(axis) / other.sum(axis)
    else:
        data, statistic = ((clicks if kind == "ips" else doubly),), np.mean
    result = bootstrap(data, statistic, paired=kind == "snips", confidence_level=0.9, n_resamples=4_000, rng=1)
    return statistic(*data, axis=0), result.confidence_interval


@pytest.mark.law
@pytest.mark.parametrize("kind", ["ips", "snips", "doubly_robust"])
def test_a_second_implementation_agrees(kind):
    """Values to rounding, interval ends to a tenth of the width (the other bootstrap is BCa, not studentised)."""
    rng = np.random.default_rng(4)
    query, position = np.repeat(np.arange(500), 5), np.tile(np.arange(1, 6), 500)
    clicks = (rng.random(2500) < 0.6 / position).astype(float)
    weight = item_position_weights(position, np.full(2500, 0.3), rng.integers(1, 6, 2500), 3)
    predicted, predicted_new = 0.5 / position, 0.1 * rng.random(2500)
    value, ends = second_implementation(query, clicks, weight, kind, 3, predicted, predicted_new)
    found = off_policy_value(query, clicks, weight, kind, expected_weight=3, predicted=predicted,
                             predicted_new=predicted_new, draws=4_000)  # fmt: skip
    assert found.value == pytest.approx(value)
    width = ends.high - ends.low
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high), abs=0.1 * width)


def log(rng, queries=300, items=4):
    """A ranker with chance in its order (half of the lists in random order), and the new one's positions."""
    relevance = rng.random((queries, items))
    usual = np.tile(np.arange(1, items + 1), (queries, 1))
    drawn = rng.permuted(usual, axis=1)
    position = np.where(rng.random((queries, 1)) < 0.5, usual, drawn)
    new = items + 1 - usual
    clicks = (rng.random((queries, items)) < relevance / position).astype(float)
    logged = 0.5 * (position == usual) + 0.5 / items
    truth = 0.5 * (1 + 1 / 2)  # mean relevance .5 at the first two positions
    return np.repeat(np.arange(queries), items), position.ravel(), new.ravel(), clicks.ravel(), logged.ravel(), truth


@pytest.mark.truth
def test_the_interval_covers_and_a_wrong_propensity_does_not():
    """90 % intervals of 300 logs hold the truth in 85 to 95 %; with the propensities' complement hardly ever."""
    rng, right, wrong = np.random.default_rng(2), 0, 0
    for run in range(300):
        query, position, new, clicks, logged, truth = log(rng)
        found = off_policy_value(query, clicks, item_position_weights(position, logged, new, 2), draws=400, seed=run)
        right += found.low <= truth <= found.high
        weight = item_position_weights(position, 1 - logged, new, 2)
        found = off_policy_value(query, clicks, weight, draws=400, seed=run)
        wrong += found.low <= truth <= found.high
    assert 0.85 <= right / 300 <= 0.95
    assert wrong / 300 < 0.2


@pytest.mark.contract
def test_what_cannot_be_estimated_is_said():
    """No weight: no interval; propensity 0, a missing model, an unknown method, a single query: refused."""
    nothing = off_policy_value(QUERY, CLICKS, np.zeros(4))
    assert (nothing.value, nothing.low, nothing.high) == (0.0, None, None)
    assert np.isnan(off_policy_value(QUERY, CLICKS, np.zeros(4), "snips", expected_weight=2).value)
    with pytest.raises(ValueError, match="outside"):
        item_position_weights(POSITION, np.zeros(4), NEW, 2)
    with pytest.raises(ValueError, match="covers 3 positions"):
        examination_weights(LOGGED, NEW, np.ones(2), 3)
    with pytest.raises(ValueError, match="expected_weight"):
        off_policy_value(QUERY, CLICKS, LOGGED, "snips")
    with pytest.raises(ValueError, match="predicted_new"):
        off_policy_value(QUERY, CLICKS, LOGGED, "doubly_robust")
    with pytest.raises(ValueError, match="unknown"):
        off_policy_value(QUERY, CLICKS, LOGGED, "none")
    with pytest.raises(ValueError, match="two queries"):
        off_policy_value(np.zeros(4), CLICKS, LOGGED)
