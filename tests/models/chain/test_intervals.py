"""Intervals against exact laws, and the share of repetitions in which they hold what was planted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.stats import beta, chi2

from models.chain.intervals import FirmDraws, count_interval, herfindahl_interval


def one(*values: float) -> np.ndarray:
    return np.array(values)


@pytest.mark.law
@pytest.mark.parametrize("count", [1, 4, 30])
def test_sure_counts_have_the_exact_interval(count):
    low, high = count_interval(one(count), one(count), one(1.0), 0.9)
    assert low[0] == pytest.approx(chi2.ppf(0.05, 2 * count) / 2)
    assert high[0] == pytest.approx(chi2.ppf(0.95, 2 * count + 2) / 2)


def test_no_firm_has_the_rule_of_three():
    low, high = count_interval(one(0.0), one(0.0), one(1.0), 0.9)
    assert (low[0], round(float(high[0]), 2)) == (0.0, 3.0)


@pytest.mark.law
def test_a_weight_scales_a_count():
    """Firms of weight 1/2 each: half the interval of as many sure firms."""
    sure = count_interval(one(8.0), one(8.0), one(1.0), 0.9)
    half = count_interval(one(4.0), one(2.0), one(0.5), 0.9)
    assert half[0][0] == pytest.approx(sure[0][0] / 2)
    assert half[1][0] == pytest.approx(sure[1][0] / 2)


def test_sums_under_draws():
    """Mean and variance of a sum of a column are its sum and its sum of squares; equal seeds give equal draws."""
    column = np.array([[1.0, 0.0], [2.0, 1.0], [0.0, 3.0]])
    draws = FirmDraws(3, 20_000, 7, 0.9)
    found = draws.sums({"a": csr_array(column), "b": csr_array(column[:, :1])})
    assert found["a"].mean(axis=0) == pytest.approx([3.0, 4.0], rel=0.03)
    assert found["a"].var(axis=0) == pytest.approx([5.0, 10.0], rel=0.06)
    np.testing.assert_array_equal(found["a"][:, 0], found["b"][:, 0])
    np.testing.assert_array_equal(FirmDraws(3, 20_000, 7, 0.9).sums({"a": csr_array(column)})["a"], found["a"])


def test_the_draws_do_not_depend_on_how_many_are_held_at_once(monkeypatch):
    column = csr_array(np.ones((5, 1)))
    whole = FirmDraws(5, 50, 7, 0.9).sums({"a": column})["a"]
    monkeypatch.setattr("models.chain.intervals.CELLS", 35)
    np.testing.assert_allclose(FirmDraws(5, 50, 7, 0.9).sums({"a": column})["a"], whole, rtol=1e-15)


def test_half_a_firm_more_gives_jeffreys_interval():
    draws = FirmDraws(10, 20_000, 7, 0.9)
    found = draws.sums(
        {
            "own": csr_array(np.r_[np.ones(3), np.zeros(7)][:, None]),
            "rest": csr_array(np.r_[np.zeros(3), np.ones(7)][:, None]),
        }
    )
    own, rest = found["own"] + draws.halves(one(1.0), 0), found["rest"] + draws.halves(one(1.0), 1)
    low, high = draws.interval(one(0.3), own / (own + rest))
    assert low[0] == pytest.approx(beta.ppf(0.05, 3.5, 7.5), abs=0.01)
    assert high[0] == pytest.approx(beta.ppf(0.95, 3.5, 7.5), abs=0.01)


def test_few_firms_of_unequal_amounts_reach_further():
    """Student's t: of five firms the tails are those at -sqrt(5/4) t, .008 each; of many they are the level's own."""
    drawn = np.random.default_rng(0).standard_normal((40_000, 3))
    low, high = FirmDraws(1, 1, 0, 0.9).interval(np.zeros(3), drawn, np.array([5.0, 30.0, np.inf]))
    assert high == pytest.approx([np.sqrt(5 / 4) * 2.1318, np.sqrt(30 / 29) * 1.6991, 1.6449], abs=0.06)
    assert low == pytest.approx(-high, abs=0.1)


def test_an_interval_holds_its_value():
    low, high = FirmDraws(1, 1, 0, 0.9).interval(np.array([0.0, 9.0]), np.ones((10, 2)))
    assert (low.tolist(), high.tolist()) == ([0.0, 1.0], [1.0, 9.0])


def test_herfindahl_of_one_firm_is_open_below():
    """One firm: the index is 1, and nothing is known of how many more there could be but by the draws."""
    draws = FirmDraws(1, 2_000, 7, 0.9)
    assert draws.lognormal_herfindahls(np.array([5.0]), 1.0, 0) is None
    resampled = 1.0 / draws.sums({"a": csr_array(np.ones((1, 1)))})["a"].ravel()
    low, high = herfindahl_interval(1.0, resampled, None, 0.9)
    assert low == pytest.approx(1 / -np.log(0.05), rel=0.1)  # up to 3.0 firms like it
    assert high == 1.0


@pytest.mark.truth
@pytest.mark.parametrize("seed", [1, 2])
def test_herfindahl_intervals_hold_the_mean_index(seed):
    """Firms of log-normal size (sd 1.2), 20 on average: in 78 to 98 % of 100 libraries, nominal 90."""
    generator = np.random.default_rng(seed)
    index = []
    for _ in range(1_500):
        amounts = np.exp(generator.normal(0.0, 1.2, max(generator.poisson(20), 1)))
        index.append((amounts**2).sum() / amounts.sum() ** 2)
    truth, held = float(np.mean(index)), 0
    for _ in range(100):
        amounts = np.exp(generator.normal(0.0, 1.2, max(generator.poisson(20), 2)))
        draws = FirmDraws(len(amounts), 300, seed, 0.9)
        sums = draws.sums({"r": csr_array(amounts[:, None]), "rr": csr_array(amounts[:, None] ** 2)})
        model = draws.lognormal_herfindahls(amounts, float(len(amounts)), 0)
        value = (amounts**2).sum() / amounts.sum() ** 2
        low, high = herfindahl_interval(value, (sums["rr"] / sums["r"] ** 2).ravel(), model, 0.9)
        held += low <= truth <= high
    assert 78 <= held <= 98
