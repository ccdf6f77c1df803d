from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import poisson

from training.loss_chances import (
    GRID,
    MOST_GROWTH,
    Hurdles,
    break_chances,
    expected_hurdles,
    growth_needed,
    pass_chance,
    realised_hurdles,
)
from training.loss_tests import conditional_shares

LGD, DELTA, CONFIDENCE = 0.40, 0.10, 0.75
CASES = [(50, 0.03), (210, 0.02), (1_000, 0.015), (5_000, 0.0125)]


@pytest.mark.law
def test_the_bound_of_a_small_portfolio_is_the_one_reckoned_by_hand():
    """Total 20 largest loans, cap 2 %, worst share .40: t = 1; only h = 0 is below it, so b = E(K) = 20 m / .40.

    Total 40: t = 2, h = 0 gives mu / 2, h = 1 gives E(K - 1)+ = mu - 1 + exp(-mu); mu = 40 * .002 / .40 = .2:
    .1 and .2 - 1 + exp(-.2) = .018731, the smaller.
    """
    assert break_chances(np.array([0.002]), 0.02, 20.0, 0.0, LGD) == pytest.approx([0.1], abs=1e-12)
    assert break_chances(np.array([0.002]), 0.02, 40.0, 0.0, LGD) == pytest.approx([0.018731], abs=1e-6)


@pytest.mark.law
@pytest.mark.parametrize("rho", [0.0, 0.04, 0.12])
@pytest.mark.parametrize(("loans", "cap"), CASES)
def test_the_bound_rises_with_the_rate_falls_with_the_total_and_is_one_from_the_cap_on(loans, cap, rho):
    """A portfolio that totals more breaks its cap no more often; at the cap nothing can be said."""
    small, large = (break_chances(GRID, cap, total, rho, LGD) for total in (loans / 2, loans * 0.77))
    assert (np.diff(small) >= -1e-12).all()
    assert (large <= small + 1e-9).all()
    assert (small[cap <= GRID] == 1.0).all()
    assert break_chances(np.array([cap]), cap, loans / 2, rho, LGD) == 1.0


@pytest.mark.law
def test_a_little_correlation_is_none_and_more_is_worse():
    """Little rho gives the Poisson form; below a third of the cap a higher rho never lowers the bound."""
    low = GRID[GRID < 0.006]
    none, little, some, more = (break_chances(low, 0.02, 105.0, rho, LGD) for rho in (0.0, 1e-7, 0.04, 0.12))
    assert little == pytest.approx(none, abs=1e-3)
    assert (some >= none - 1e-12).all()
    assert (more >= some - 1e-12).all()


@pytest.mark.law
def test_with_many_loans_the_realised_certificate_becomes_that_of_the_expected_rate():
    """A portfolio of a million loans asks to refute only what lies within one step of the cap, at the same delta."""
    hurdles = realised_hurdles(0.01, DELTA, 0.9, 1e6 / 2, 0.0, LGD)
    assert hurdles.rates[0] > 0.01 / (GRID[1] / GRID[0]) ** 2
    assert hurdles.levels == pytest.approx(DELTA, abs=1e-12)
    assert expected_hurdles(0.01, DELTA) == Hurdles(pytest.approx([0.01]), pytest.approx([DELTA]))


@pytest.mark.law
@pytest.mark.parametrize(("loans", "cap"), CASES)
def test_the_levels_follow_the_rule_and_a_cap_that_cannot_be_kept_is_never_reached(loans, cap):
    """p(m_j) <= min(1 - g, delta / b(m_(j+1))) wherever b(m_(j+1)) > delta, with b = 1 beyond the grid."""
    chance = np.append(break_chances(GRID, cap, loans / 2, 0.0, LGD)[1:], 1.0)
    hurdles = realised_hurdles(cap, DELTA, CONFIDENCE, loans / 2, 0.0, LGD)
    expected = {rate: min(0.25, DELTA / b) for rate, b in zip(GRID, chance, strict=True) if b > DELTA}
    assert dict(zip(hurdles.rates, hurdles.levels, strict=True)) == pytest.approx(expected)
    never = realised_hurdles(0.003, DELTA, CONFIDENCE, 105.0, 0.12, LGD)
    assert not never.passed(np.zeros(len(never.rates)))


def portfolio(kind: str, rng) -> tuple[np.ndarray, np.ndarray]:
    """105 largest loans' worth of 210 loans, and what their default risks are in proportion to."""
    amount = np.ones(210) if kind == "equal" else np.minimum(np.exp(rng.normal(0, 0.6, 210)), 2.0)
    amount *= 210 / 2 / amount.sum() if kind != "equal" else 1.0
    amount /= max(1.0, amount.max())
    order = np.argsort(np.argsort(amount))
    risk = {
        "equal": np.ones(210),
        "largest": (order >= 189).astype(float),
        "smallest": (order < 21).astype(float),
        "rising": 1.0 + 3.0 * order / 210,
        "falling": 4.0 - 3.0 * order / 210,
    }[kind]
    return amount, risk


@pytest.mark.truth
@pytest.mark.parametrize("rho", [0.0, 0.04, 0.12])
@pytest.mark.parametrize("kind", ["equal", "largest", "smallest", "rising", "falling"])
def test_the_bound_is_at_least_the_chance_by_monte_carlo(kind, rho):
    """Whichever loans carry the risk; 20,000 portfolios at .4, .8 and 1.2 %, cap 2 %."""
    rng = np.random.default_rng([4, int(rho * 100), len(kind)])
    amount, risk = portfolio(kind, rng)
    rates = np.array([0.004, 0.008, 0.012])
    bound = break_chances(rates, 0.02, float(amount.sum()), rho, LGD)
    for rate, most in zip(rates, bound, strict=True):
        chance = risk * rate * amount.sum() / (LGD * amount @ risk)
        if chance.max() >= 1.0:
            continue
        by_year = conditional_shares(chance, rho)
        year = rng.integers(0, by_year.shape[1], 20_000)
        hits = rng.random((20_000, 210)) < by_year[:, year].T
        broken = float((LGD * (hits @ amount) > 0.02 * amount.sum()).mean())
        assert broken <= most + 2 * math.sqrt(broken * (1 - broken) / 20_000) + 1e-12


@pytest.mark.law
def test_the_predicted_chance_counts_the_losses_that_the_bets_survive():
    """1,000 largest loans, 1 % at .1: stakes .50 and .25, a gain of 1/39 of each where repaid, lost where not.

    The mean wealth ((1 + .5/39)^(1,000 - k) .5^k + (1 + .25/39)^(1,000 - k) .75^k) / 2 is 13.55 after 14 losses and
    7.91 after 15: K* = 14, and the chance is P(Poisson(1,000 * .005 / .40) <= 14).
    """
    after = [
        (1 + 0.5 / 39) ** (1_000 - k) * 0.5**k / 2 + (1 + 0.25 / 39) ** (1_000 - k) * 0.75**k / 2 for k in (14, 15)
    ]
    assert after == pytest.approx([13.554525, 7.912314], abs=1e-6)
    told = pass_chance(expected_hurdles(0.01, DELTA), 0.005, np.full(8, 125.0), 0.0, LGD)
    assert told == pytest.approx(poisson.cdf(14, 12.5), abs=1e-12)


@pytest.mark.behaviour
def test_the_number_needed_falls_with_the_rate_and_is_none_where_no_number_would_do():
    """A worse rate needs more loans; at the cap, or where chance alone breaks it, more loans do not help."""
    sizes, hurdles = np.full(8, 13.0), realised_hurdles(0.02, DELTA, CONFIDENCE, 105.0, 0.0, LGD)
    few, more = (growth_needed(hurdles, rate, sizes, 0.0, LGD) for rate in (0.003, 0.006))
    assert few is not None
    assert more is not None
    assert 1.0 < few < more < MOST_GROWTH
    assert growth_needed(expected_hurdles(0.01, DELTA), 0.01, sizes, 0.0, LGD) is None
    assert growth_needed(realised_hurdles(0.01, DELTA, CONFIDENCE, 105.0, 0.0, LGD), 0.006, sizes, 0.0, LGD) is None
    assert pass_chance(hurdles, 0.003, sizes * few, 0.0, LGD) >= 0.8
