"""Intervals against exact laws, and the share of repetitions in which they hold what was planted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.stats import beta, chi2, poisson

from models.chain.intervals import (
    FirmDraws,
    count_interval,
    herfindahl_interval,
    share_interval,
    spread_firms,
    spread_freedom,
)


def one(*values: float) -> np.ndarray:
    return np.array(values)


@pytest.mark.law
@pytest.mark.parametrize("count", [1, 4, 30])
def test_sure_counts_have_the_mid_p_interval(count):
    """At each end the counts beyond the one seen, and half of it, have 5 %: P(more) + P(as many) / 2."""
    low, high = count_interval(one(count), one(count), one(1.0), 0.9)
    assert poisson.sf(count, low[0]) + poisson.pmf(count, low[0]) / 2 == pytest.approx(0.05, abs=1e-9)
    assert poisson.cdf(count - 1, high[0]) + poisson.pmf(count, high[0]) / 2 == pytest.approx(0.05, abs=1e-9)
    exact = chi2.ppf([0.05, 0.95], [2 * count, 2 * count + 2]) / 2
    assert exact[0] < low[0] < count < high[0] < exact[1]  # within the interval that is never below 90 %


def test_no_firm_has_an_upper_end():
    """Half the chance of none is 5 % where the mean is -ln .1."""
    low, high = count_interval(one(0.0), one(0.0), one(1.0), 0.9)
    assert (low[0], high[0]) == (0.0, pytest.approx(-np.log(0.1)))


@pytest.mark.law
@pytest.mark.parametrize("mean", [3.0, 5.0, 8.0, 15.0, 30.0])
def test_mid_p_intervals_hold_the_mean_about_as_often_as_they_say(mean):
    """Over every count that a Poisson law of the mean gives: 86 to 94 %, where the exact interval holds up to 96 %."""
    counts = np.arange(0.0, 120.0)
    low, high = count_interval(counts, counts, np.ones(120), 0.9)
    held = float(poisson.pmf(counts, mean) @ ((low <= mean) & (mean <= high)))
    assert 0.86 <= held <= 0.94


def test_a_sure_share_has_jeffreys_interval():
    low, high = share_interval(one(3.0), one(3.0), one(7.0), one(7.0), 0.9)
    assert (low[0], high[0]) == (pytest.approx(beta.ppf(0.05, 3.5, 7.5)), pytest.approx(beta.ppf(0.95, 3.5, 7.5)))
    low, high = share_interval(one(0.0), one(0.0), one(7.0), one(7.0), 0.9)
    assert (low[0], high[0]) == (0.0, pytest.approx(beta.ppf(0.95, 0.5, 7.5)))


@pytest.mark.law
def test_a_share_of_unsure_firms_is_that_of_their_draws():
    """Ten firms of .9 and .4 on either side: quantiles of the ratio of the sums under draws, half a firm added."""
    own, rest = np.array([0.9, 0.9, 0.4, 0.4]), np.array([0.9, 0.9, 0.4, 0.9, 0.4, 0.9])
    low, high = share_interval(one(own.sum()), one((own**2).sum()), one(rest.sum()), one((rest**2).sum()), 0.9)
    draws = FirmDraws(10, 60_000, 7, 0.9)
    found = draws.sums(
        {"own": csr_array(np.r_[own, rest * 0][:, None]), "rest": csr_array(np.r_[own * 0, rest][:, None])}
    )
    drawn = [
        found[name] + draws.halves(one((w**2).sum() / w.sum()), at)
        for at, (name, w) in enumerate((("own", own), ("rest", rest)))
    ]
    wanted = np.quantile(drawn[0] / (drawn[0] + drawn[1]), [0.05, 0.95])
    assert [low[0], high[0]] == pytest.approx(wanted, abs=0.015)


def test_the_spread_of_equal_parts_is_known_by_more_firms_than_that_of_one():
    """Four parts of 1 and -1: 2 * 4 ** 2 / 4. One large part among small ones: little more than 2."""
    found = spread_firms(np.array([[1.0, 10.0, 0.0], [-1.0, -1.0, 0.0], [1.0, 1.0, 0.0], [-1.0, 1.0, 0.0]]))
    assert found[:2].tolist() == [8.0, pytest.approx(2 * 103**2 / 10_003)]
    assert np.isnan(found[2])


def test_the_spread_of_logarithms_is_known_by_fewer_where_tails_are_heavy():
    """Of 1, 2, 3, 4, 5 less their mean: 2 * 10 ** 2 / 34, above 4 and so 4; with one far off, fewer."""
    assert spread_freedom(np.arange(1.0, 6.0)) == 4.0
    far = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 10.0])
    assert spread_freedom(far) == pytest.approx(2 * 90**2 / (9 + 9**4))
    assert spread_freedom(np.zeros(3)) == 1.0


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
    low, high = herfindahl_interval(1.0, resampled, None, 0.9, np.inf)
    assert low == pytest.approx(1 / -np.log(0.05), rel=0.1)  # up to 3.0 firms like it
    assert high == 1.0


@pytest.mark.truth
@pytest.mark.parametrize("seed", [1, 2])
def test_herfindahl_intervals_hold_the_mean_index(seed):
    """Firms of log-normal size (sd 1.2), 20 on average: in 82 to 98 % of 100 libraries, nominal 90."""
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
        value, firms = (amounts**2).sum() / amounts.sum() ** 2, spread_freedom(np.log(amounts)) + 1.0
        low, high = herfindahl_interval(value, (sums["rr"] / sums["r"] ** 2).ravel(), model, 0.9, firms)
        held += low <= truth <= high
    assert 82 <= held <= 98
