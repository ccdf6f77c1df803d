from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm, poisson

from training.quota.loss_chances import (
    GRID,
    MOST_GROWTH,
    NEVER,
    Hurdles,
    break_chances,
    expected_hurdles,
    growth_needed,
    pass_chance,
    realised_hurdles,
)
from training.quota.loss_tests import conditional_shares

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


def years(share: float, rho: float) -> np.ndarray:
    """Vasicek's default shares in 801 equally likely years, scaled so that their mean is ``share``."""
    quantile = norm.ppf((np.arange(801) + 0.5) / 801)
    found = norm.cdf((norm.ppf(share) - math.sqrt(rho) * quantile) / math.sqrt(1 - rho))
    return found * share / found.mean()


def most_lost(mean: np.ndarray, level: float) -> int:
    """Largest count of losses whose chance, or a smaller one's, is at most the level; -1 where none is."""
    lost = -1
    while poisson.cdf(lost + 1, mean).mean() <= level:
        lost += 1
    return lost


@pytest.mark.law
@pytest.mark.parametrize("rho", [0.0, 0.04, 0.3])
@pytest.mark.parametrize(("cap", "total"), [(0.02, 40.0), (0.02, 60.0), (0.025, 50.0), (0.025, 6.0)])
def test_the_bound_is_the_least_mean_excess_over_a_line(cap, total, rho):
    """Over every whole h < t = cap total / .40, here 2, 3, 3.125, .375: E(K - h)+ / (t - h), term by term."""
    rates, t = np.array([0.004, 0.002, cap, 0.009, 0.3]), cap * total / LGD
    wanted = []
    for rate in rates:
        lines = [1.0]
        for h in range(math.ceil(t) if rate < cap else 0):
            k = np.arange(h, 60)
            lines.append(((k - h) @ poisson.pmf(k[:, None], total * years(rate / LGD, rho))).mean() / (t - h))
        wanted.append(min(lines))
    assert break_chances(rates, cap, total, rho, LGD) == pytest.approx(wanted, abs=1e-10)


@pytest.mark.law
@pytest.mark.parametrize("rho", [0.0, 0.04, 0.12])
@pytest.mark.parametrize(("loans", "cap"), CASES)
def test_the_bound_rises_with_the_rate_falls_with_the_total_and_is_one_from_the_cap_on(loans, cap, rho):
    """A portfolio that totals more breaks its cap no more often; at the cap nothing can be said."""
    some = GRID[::6]
    small, large = (break_chances(some, cap, total, rho, LGD) for total in (loans / 2, loans * 0.77))
    assert (np.diff(small) >= -1e-12).all()
    assert (large <= small + 1e-9).all()
    assert (small[cap <= some] == 1.0).all()
    assert break_chances(np.array([cap]), cap, loans / 2, rho, LGD) == 1.0


@pytest.mark.law
def test_a_certificate_needs_every_p_value_at_its_level():
    """At the level is enough; one above it is not, and nothing reaches the level of what can never be kept."""
    both = Hurdles(np.array([0.01, 0.02]), np.array([0.25, 0.1]))
    for p_values, passed in (
        ([0.25, 0.1], True), ([0.0, 0.0], True), ([0.2501, 0.1], False), ([0.25, 0.1001], False), ([1.0, 1.0], False),
    ):  # fmt: skip
        assert both.passed(np.array(p_values)) is passed
    assert not Hurdles(np.array([0.01]), np.array([NEVER])).passed(np.zeros(1))


@pytest.mark.law
@pytest.mark.parametrize(
    ("confidence", "delta", "rates", "levels"),
    [
        (0.75, 0.10, [0.004, 0.008], [0.25, 0.1]),  # .1 / .249329 = .4011 is cut to 1 - .75
        (0.50, 0.10, [0.004, 0.008], [0.401077, 0.1]),
        (0.50, 0.02, [0.002, 0.004, 0.008], [0.284414, 0.080215, 0.02]),
        (0.50, 0.01, [0.002], [NEVER]),  # .018731 at the lowest rate is more than that
    ],
)
def test_levels_by_hand(confidence, delta, rates, levels):
    """Total 40, cap 2 %: b = mu - 1 + exp(-mu), mu = 100 m: .018731 at .2 %, .070320 at .4 %, .249329 at .8 %."""
    grid = np.array([0.002, 0.004, 0.008])
    assert break_chances(grid, 0.02, 40.0, 0.0, LGD) == pytest.approx([0.018731, 0.070320, 0.249329], abs=1e-6)
    hurdles = realised_hurdles(0.02, delta, confidence, 40.0, 0.0, LGD, grid)
    assert hurdles.rates.tolist() == rates
    assert hurdles.levels == pytest.approx(levels, abs=1e-6)


@pytest.mark.law
def test_a_chance_of_just_delta_is_allowed():
    """Where the next rate breaks the cap with just that chance it need not be refuted; the lowest one likewise."""
    grid = np.array([0.002, 0.004, 0.008])
    low, middle, _ = break_chances(grid, 0.02, 40.0, 0.0, LGD)
    assert realised_hurdles(0.02, low, 0.5, 40.0, 0.0, LGD, grid).rates.tolist() == [0.002, 0.004, 0.008]
    assert realised_hurdles(0.02, middle, 0.5, 40.0, 0.0, LGD, grid).rates.tolist() == [0.004, 0.008]


@pytest.mark.law
def test_the_grid_by_default_is_that_of_the_module():
    """Sixty loss rates in equal ratios from .2 % to 5 %."""
    assert (len(GRID), GRID[0], GRID[-1]) == (60, pytest.approx(0.002), pytest.approx(0.05))
    own, given = (realised_hurdles(0.02, DELTA, 0.75, 105.0, 0.04, LGD, *grid) for grid in ((), (GRID,)))
    assert own.rates.tolist() == given.rates.tolist()


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
    """A portfolio of a million loans has to refute only what lies within one step of the cap, at the same delta."""
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
    result = pass_chance(expected_hurdles(0.01, DELTA), 0.005, np.full(8, 125.0), 0.0, LGD)
    assert result == pytest.approx(poisson.cdf(14, 12.5), abs=1e-12)


@pytest.mark.law
@pytest.mark.parametrize("sizes", [[400.0], [300.0, 500.0]])
def test_the_predicted_chance_in_years_that_share_a_factor(sizes):
    """At .1: K* is the least over both rates of the most losses allowed; then P(K <= K*) at .3 %, to 3 % by draws."""
    levels = Hurdles(np.array([0.01, 0.02]), np.array([0.2, 0.1]))
    drawn = np.random.default_rng(11).integers(0, 801, (20_000, len(sizes)))

    def means(rate: float) -> np.ndarray:
        return years(rate / LGD, 0.1)[drawn] @ np.array(sizes)

    lost = min(most_lost(means(rate), level) for rate, level in ((0.01, 0.2), (0.02, 0.1)))
    assert lost >= 1
    exact = poisson.cdf(lost, means(0.003)).mean()
    result = pass_chance(levels, 0.003, np.array(sizes), 0.1, LGD)
    assert result == pytest.approx(exact, abs=0.03)
    assert result == pass_chance(levels, 0.003, np.array(sizes), 0.1, LGD)  # the draws are seeded


@pytest.mark.law
@pytest.mark.parametrize("rho", [0.0, 0.1])
def test_the_predicted_chance_is_nought_where_no_loss_at_all_is_too_few_to_pass(rho):
    """Ten loans without a loss refute nothing; a level of nought is never kept; no loan is no evidence."""
    hurdles = expected_hurdles(0.01, DELTA)
    assert pass_chance(hurdles, 0.001, np.array([10.0]), rho, LGD) == 0.0
    assert pass_chance(Hurdles(np.array([0.01]), np.array([0.0])), 0.001, np.array([1e4]), rho, LGD) == 0.0
    assert pass_chance(Hurdles(np.array([0.01]), np.array([NEVER])), 0.001, np.array([1e4]), rho, LGD) == 0.0
    assert pass_chance(hurdles, 0.001, np.zeros(3), rho, LGD) == 0.0
    assert pass_chance(hurdles, 0.001, np.full(20, 1e3), rho, LGD) > 0.95


@pytest.mark.law
def test_the_predicted_chance_of_so_few_loans_that_no_loss_may_happen():
    """230 loans: wealth (1.01282^230 + 1.00641^230) / 2 = 11.5 without a loss, 6.2 after one; .1 needs 10: exp(-.575).

    Half a loan passes an easy level too; a rate at which every loan is lost passes none.
    """
    result = pass_chance(expected_hurdles(0.01, DELTA), 0.001, np.array([130.0, 100.0]), 0.0, LGD)
    assert result == pytest.approx(math.exp(-230 * 0.001 / LGD), abs=1e-12)
    assert pass_chance(expected_hurdles(0.1, 0.99), 0.001, np.array([0.5]), 0.0, LGD) > 0.99
    for rho in (0.0, 0.1):
        assert pass_chance(expected_hurdles(0.01, DELTA), 0.5, np.full(20, 1e3), rho, LGD) == pytest.approx(0.0)


@pytest.mark.law
def test_every_rate_has_to_be_refuted_and_the_hardest_decides():
    """1 % at .1 alone leaves 14 losses of 1,000 loans; with 1.5 % at .0001 beside it only as few as that allows."""
    sizes = np.array([1_000.0])
    both = pass_chance(Hurdles(np.array([0.01, 0.015]), np.array([0.1, 1e-4])), 0.005, sizes, 0.0, LGD)
    wealth = {
        k: sum((1 + s * 15 / 385) ** (1_000 - k) * (1 - s) ** k for s in stake(0.015)) / 2 for k in range(30)
    }  # fmt: skip
    lost = max(k for k, one in wealth.items() if one >= 1e4)
    assert lost < 14
    assert both == pytest.approx(poisson.cdf(lost, 12.5), abs=1e-12)


def stake(rate: float) -> list[float]:
    """Of equal loans, the best stake where the rate is .5 or .75 of the claimed one: 1 - p / (1 - q), q = claimed."""
    return [
        ((1 - bet * rate / LGD) * rate / (LGD - rate) - bet * rate / LGD) / (rate / (LGD - rate)) for bet in (0.5, 0.75)
    ]


@pytest.mark.law
@pytest.mark.parametrize(("power", "rate"), [(0.8, 0.005), (0.5, 0.005), (0.8, 0.003)])
def test_the_growth_needed_is_where_the_chance_reaches_the_power(power, rate):
    """To 2 %: at it the predicted chance is at least the power, and somewhere within 3 % under it it is not."""
    sizes, hurdles = np.full(8, 25.0), expected_hurdles(0.01, DELTA)
    result = growth_needed(hurdles, rate, sizes, 0.0, LGD, power)
    assert result is not None
    chance = [pass_chance(hurdles, rate, sizes * result * less, 0.0, LGD) for less in (1.0, 0.99, 0.98, 0.97)]
    assert chance[0] >= power > min(chance[1:])
    if power == 0.8:
        assert growth_needed(hurdles, rate, sizes, 0.0, LGD) == result


@pytest.mark.law
def test_a_cohort_that_passes_already_needs_no_growth():
    """A factor within 2 % of one."""
    result = growth_needed(expected_hurdles(0.01, DELTA), 0.001, np.array([5_000.0]), 0.0, LGD)
    assert result == pytest.approx(1.0, rel=0.02)


@pytest.mark.law
def test_the_most_that_is_tried_is_300_times_the_cohort():
    """What passes at 300 times is named, and what does not pass there is none; a rate near the cap needs more."""
    hurdles = expected_hurdles(0.01, DELTA)
    at_most = growth_needed(hurdles, 0.005, np.array([5.0]), 0.0, LGD)
    assert at_most is not None
    assert 200.0 < at_most <= 300.0
    assert growth_needed(hurdles, 0.005, np.array([3.0]), 0.0, LGD) is None


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
