"""The stability index against chance and against what matters, and performance before outcomes are known."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from models.risk.drift import (
    DriftParams,
    chance_limit,
    drift,
    drifts,
    estimated_performance,
    histogram,
    psi,
    reference_of,
)
from training.params import read_section

PARAMS = read_section("drift", DriftParams)
ALWAYS = DriftParams(false_alarm_rate=0.05, material_psi=0.0, looks=1)


def population(rng, n, shift=0.0):
    """Three features, one with a pile and one with gaps, a probability and its grade."""
    x = rng.normal(size=(n, 3)) + np.array([shift, 0, 0])
    x[:, 1] = np.maximum(x[:, 1], 0)
    x[rng.random(n) < 0.1, 2] = np.nan
    pd_12m = 1 / (1 + np.exp(3.5 - 0.8 * x[:, 0]))
    return x, pd_12m, np.where(pd_12m < 0.02, "A", np.where(pd_12m < 0.05, "B", "C"))


def reference(seed=0, n=3_000):
    x, pd_12m, grade = population(np.random.default_rng(seed), n)
    return reference_of(x, ("a", "b", "c"), pd_12m, grade)


@pytest.mark.truth
@pytest.mark.parametrize("n", [60, 300, 2_000])
def test_without_a_shift_chance_passes_its_limit_at_the_stated_rate(n):
    """400 windows of one population: the chi-square limit at 5 % is passed by about 5 %, never by more than 8 %."""
    rng, alarms = np.random.default_rng(n), 0
    own = reference()
    for _ in range(400):
        _, pd_12m, _ = population(rng, n)
        alarms += drift("pd", own.score.all_counts, own.score.count(pd_12m).tolist(), ALWAYS).alarm
    assert 0.01 <= alarms / 400 <= 0.08


@pytest.mark.truth
def test_all_columns_together_keep_one_false_alarm_rate_and_a_planted_shift_alarms():
    """At the project's own numbers: quiet on 100 unmoved windows, loud on every moved one, and the column is named."""
    rng, own = np.random.default_rng(5), reference()
    quiet = loud = 0
    for _ in range(100):
        x, pd_12m, _ = population(rng, 500)
        quiet += any(one.alarm for one in drifts(own, pd_12m, dict(zip("abc", x.T, strict=True)), PARAMS))
        x, pd_12m, _ = population(rng, 500, shift=0.7)
        found = {one.column for one in drifts(own, pd_12m, dict(zip("abc", x.T, strict=True)), PARAMS) if one.alarm}
        loud += {"a", "pd_12m"} <= found <= {"a", "pd_12m"}
    assert quiet <= 1
    assert loud >= 97


@pytest.mark.truth
def test_values_that_go_missing_alarm():
    """A source that stops delivering is drift, though no value moved."""
    x, pd_12m, _ = population(np.random.default_rng(2), 500)
    x[::2, 0] = np.nan
    first = drifts(reference(), pd_12m, dict(zip("abc", x.T, strict=True)), PARAMS)[0]
    assert (first.column, first.alarm) == ("a", True)


@pytest.mark.law
def test_the_index_is_zero_for_equal_shares_and_its_chance_limit_falls_with_the_cases():
    """PSI never falls below 0, is symmetric for equal sizes, and .25 from 40 cases proves nothing."""
    assert psi([100, 300], [100, 300]) == 0
    assert psi([100, 300], [300, 100]) == psi([300, 100], [100, 300]) > 0
    limits = [chance_limit([500] * 10, [n // 10] * 10, 0.01) for n in (40, 400, 4_000)]
    assert limits[0] > 0.25 > limits[1] > 0.02 > limits[2]
    assert not drift("few", [500] * 10, [0] * 10, PARAMS).alarm
    assert not drift("many", [50_000, 50_000], [52_000, 48_000], PARAMS).alarm  # certain, and too small to matter


@pytest.mark.law
def test_every_case_is_counted_once():
    """Bins and the missing add up, and a shared value has a bin of its own."""
    values = np.concatenate([np.zeros(50), np.arange(1, 51), [np.nan] * 7])
    made = histogram(values)
    assert sum(made.all_counts) == values.size
    assert made.missing == 7
    assert made.counts[0] == 50
    assert made.count(np.array([-1e300, 1e300, np.inf, np.nan])).sum() == 4


@pytest.mark.truth
def test_performance_before_outcomes_holds_the_performance_after_them():
    """Over 100 portfolios with calibrated probabilities the 90 % intervals hold the later figures 82 to 98 times."""
    rng, held = np.random.default_rng(7), Counter()
    for position in range(100):
        _, pd_12m, _ = population(rng, 400, shift=1.0)
        outcome = rng.random(pd_12m.size) < pd_12m
        result = estimated_performance(pd_12m, draws=100, seed=position)
        bad, good = pd_12m[outcome], pd_12m[~outcome]
        later = {
            "auc": (bad[:, None] > good).mean(),
            "brier": np.mean((outcome - pd_12m) ** 2),
            "log_loss": -np.mean(np.log(np.where(outcome, pd_12m, 1 - pd_12m))),
        }
        held.update(name for name, one in result.items() if one.low <= later[name] <= one.high)
    assert all(82 <= held[name] <= 98 for name in ("auc", "brier", "log_loss")), held


@pytest.mark.contract
def test_features_without_values_and_counts_of_other_bins_are_errors():
    """What is missing is named, and so are both numbers of bins."""
    own = reference()
    with pytest.raises(ValueError, match=r"no values of \['b', 'c'\]"):
        drifts(own, np.full(5, 0.1), {"a": np.zeros(5)}, PARAMS)
    with pytest.raises(ValueError, match="3 counts for a reference of 2 bins"):
        psi([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="inside"):
        estimated_performance(np.array([0.0, 0.5]))
