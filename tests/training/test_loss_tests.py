from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import poisson

from training.loss_tests import (
    Cohort,
    betting_p_values,
    conditional_shares,
    count_chances,
    count_p_values,
    log_wealth,
    stakes,
)

LGD = 0.40
CAP = np.array([0.01])
DELTA = 0.10

# Amount, loss, z = (0.01 X - L) / 39, wealth at stake 0.6, at stake 0.3, and their mean: each wealth is the one above
# times 1 + stake * z.
HAND = [
    (100, 0, 0.025641, 1.015385, 1.007692, 1.011538),
    (50, 0, 0.012821, 1.023195, 1.011568, 1.017382),
    (80, 0, 0.020513, 1.035788, 1.017793, 1.026791),
    (100, 0, 0.025641, 1.051724, 1.025622, 1.038673),
    (20, 8, -0.200000, 0.925517, 0.964085, 0.944801),
    (60, 0, 0.015385, 0.934060, 0.968535, 0.951297),
    (100, 0, 0.025641, 0.948430, 0.975985, 0.962208),
    (40, 0, 0.010256, 0.954267, 0.978988, 0.966627),
    (90, 0, 0.023077, 0.967480, 0.985765, 0.976623),
    (70, 0, 0.017949, 0.977899, 0.991073, 0.984486),
]


@pytest.mark.law
def test_the_two_bets_on_ten_loans_are_those_reckoned_by_hand():
    """The largest mean wealth, 1.038673, was reached after the fourth loan; the p-value is 1 / 1.038673."""
    amount, loss, z, *_ = (np.array(column, dtype=float) for column in zip(*HAND, strict=True))
    assert (0.01 * amount - loss) / ((LGD - 0.01) * 100.0) == pytest.approx(z, abs=1e-6)
    staked = np.array([[0.6], [0.3]])
    reached = [1.011538, 1.017382, 1.026791] + 7 * [1.038673]
    assert np.exp(log_wealth(amount, loss, CAP, staked, 100.0, LGD)[:, 0]) == pytest.approx(reached, abs=1e-6)
    p = betting_p_values(amount, loss, CAP, staked, 100.0, LGD)
    assert p == pytest.approx([0.962767], abs=1e-6)


@pytest.mark.law
def test_the_stake_earns_most_if_the_rate_is_the_guessed_part_of_the_claim():
    """Equal amounts X = B: mean growth p log(1 - s) + (1 - p) log(1 + s c) is largest at s = 1 - p (1 + c) / c."""
    for bet in (0.5, 0.75):
        chance, odds = bet * 0.01 / LGD, 0.01 / (LGD - 0.01)
        exact = ((1 - chance) * odds - chance) / odds
        assert stakes(np.ones(7), CAP, 1.0, LGD, (bet,))[0, 0] == pytest.approx(exact, abs=1e-9)


@pytest.mark.law
def test_a_p_value_falls_with_the_claim_and_rises_with_a_loss():
    """A higher claimed rate is refuted more easily, by both tests; one more loss never helps."""
    rng, rates = np.random.default_rng(3), np.geomspace(0.004, 0.05, 12)
    amount = rng.uniform(0.2, 1.0, 2_000)
    loss = LGD * amount * (rng.random(2_000) < 0.01)
    worse = np.maximum(loss, np.where(np.arange(2_000) == 5, LGD * amount, 0.0))
    staked, sizes = stakes(amount, rates, 1.0, LGD), np.full(8, amount.sum() / 8)
    bets, worse_bets = (betting_p_values(amount, one, rates, staked, 1.0, LGD) for one in (loss, worse))
    assert (np.diff(bets) <= 1e-12).all()
    assert (worse_bets >= bets - 1e-12).all()
    for rho in (0.0, 0.04, 0.12):
        few, many = (count_p_values(one, sizes, rates, rho, 1.0, LGD) for one in (loss.sum(), worse.sum()))
        assert (np.diff(few) <= 1e-12).all()
        assert (many >= few - 1e-12).all()


@pytest.mark.law
def test_counts_without_correlation_are_poisson_and_with_little_nearly_so():
    """The sum over vintages at rho 0 is one Poisson count; rho -> 0 leads there; each has the mean that it should."""
    sizes, shares = np.array([10.0, 20.0, 5.0]), np.array([0.01, 0.05])
    exact = poisson.pmf(np.arange(31)[None, :], 35.0 * shares[:, None])
    assert count_chances(sizes, shares, 0.0, 30) == pytest.approx(exact, abs=1e-12)
    assert count_chances(sizes, shares, 1e-6, 30) == pytest.approx(exact, abs=1e-3)
    for rho in (0.04, 0.12):
        mean = count_chances(sizes, shares, rho, 400) @ np.arange(401)
        assert mean == pytest.approx(35.0 * shares, rel=1e-6)
        assert conditional_shares(shares, rho).mean(axis=1) == pytest.approx(shares, rel=1e-12)


@pytest.mark.law
def test_a_count_test_with_no_loss_is_the_chance_of_none():
    """No loss, s = 0: E(h - K)+ / h is least at h = 1, where it is P(K = 0) = exp(-10 * 0.02 / 0.4)."""
    p = count_p_values(0.0, np.array([4.0, 6.0]), np.array([0.02]), 0.0, 1.0, LGD)
    assert p == pytest.approx([math.exp(-0.5)], abs=1e-12)


@pytest.mark.truth
@pytest.mark.parametrize("n", [210, 2_281])
@pytest.mark.parametrize("book", ["uneven", "equal", "largest tenth"])
def test_a_true_rate_at_the_cap_passes_no_more_often_than_promised(book, n):
    """The null, at its edge: 1,000 cohorts whose expected rate is exactly 1 %."""
    rng, count = np.random.default_rng([1, n]), 1_000
    amount = np.ones(n) if book == "equal" else np.minimum(np.exp(rng.normal(0, 0.7, n)), 2.5)
    risk = (amount >= np.quantile(amount, 0.9)).astype(float) if book == "largest tenth" else rng.uniform(0.2, 2, n)
    risk *= 0.01 * amount.sum() / (LGD * amount @ risk)
    largest = float(amount.max())
    staked = stakes(amount, CAP, largest, LGD)
    order = rng.permuted(np.tile(np.arange(n), (count, 1)), axis=1)
    lost = rng.random((count, n)) < risk[order]
    p = [betting_p_values(amount[o], LGD * amount[o] * hit, CAP, staked, largest, LGD)[0]
         for o, hit in zip(order, lost, strict=True)]  # fmt: skip
    assert np.mean(np.array(p) <= DELTA) <= DELTA + 2 * math.sqrt(DELTA * (1 - DELTA) / count)


@pytest.mark.truth
def test_firms_with_several_loans_and_a_shared_hidden_risk_pass_no_more_often_than_promised():
    """Three loans a firm, lending stops at a default: the rate of what is granted is the cap."""
    rng, count, firms = np.random.default_rng(2), 400, 700
    hidden = np.exp(rng.normal(0, 0.6, (400_000, 1)))
    lost = rng.random((400_000, 3)) < 0.025 * hidden / hidden.mean()
    granted = np.cumsum(lost, axis=1) - lost == 0
    rate = LGD * (lost & granted).sum() / granted.sum()
    staked, passed = stakes(np.ones(9), np.array([rate]), 1.0, LGD), 0
    for _ in range(count):
        rows = rng.integers(0, len(lost), firms)
        kept = granted[rows]
        loss = LGD * (lost[rows] & kept).sum(axis=1)
        passed += bool(betting_p_values(kept.sum(axis=1) * 1.0, loss, np.array([rate]), staked, 1.0, LGD)[0] <= DELTA)
    assert passed / count <= DELTA + 2 * math.sqrt(DELTA * (1 - DELTA) / count)


@pytest.mark.truth
@pytest.mark.parametrize("rho", [0.04, 0.12])
def test_years_that_share_a_factor_pass_the_count_test_no_more_often_than_promised(rho):
    """Eight vintages at a long-run rate of 1 %: the count test keeps its level, the bets do not at 0.12."""
    rng, count, n = np.random.default_rng([5, int(rho * 100)]), 800, 8_000
    vintage, year = np.arange(n) % 8, conditional_shares(np.array([0.01 / LGD]), rho)[0]
    risk = year[rng.integers(0, len(year), (count, 8))]
    hits = rng.random((count, n)) < risk[:, vintage]
    p = count_p_values(LGD * hits.sum(axis=1), np.full(8, n / 8.0), CAP, rho, 1.0, LGD)[:, 0]
    assert np.mean(p <= DELTA) <= DELTA + 2 * math.sqrt(DELTA * (1 - DELTA) / count)
    if rho == 0.12:
        staked = stakes(np.ones(3), CAP, 1.0, LGD)
        bets = [betting_p_values(np.ones(n), LGD * hit, CAP, staked, 1.0, LGD)[0] for hit in hits[:300]]
        assert np.mean(np.array(bets) <= DELTA) > 0.2


def loans(firm, day, exposure, loss, vintage=None):
    """A cohort from lists."""
    days = np.datetime64("2020-01-01") + np.array(day)
    return Cohort(
        np.array(list(firm)),
        days,
        np.array(vintage or [0] * len(firm)),
        np.array(exposure, float),
        np.array(loss, float),
    )


@pytest.mark.law
def test_a_loan_after_a_default_and_one_not_granted_do_not_count():
    """Firm A: repaid, lost, repaid later (left out). Firm B: a loan that was not granted, then one that was."""
    told = loans("ABABA", [1, 1, 2, 2, 3], [10, 0, 20, 30, 40], [0, 0, 8, 0, 0]).counted()
    kept = sorted(zip(told.firm.tolist(), told.exposure.tolist(), told.loss.tolist(), strict=True))
    assert kept == [("A", 10.0, 0.0), ("A", 20.0, 8.0), ("B", 30.0, 0.0)]
    exposure, loss = told.by_firm()
    assert sorted(zip(exposure.tolist(), loss.tolist(), strict=True)) == [(30.0, 0.0), (30.0, 8.0)]


@pytest.mark.law
def test_the_order_is_that_of_the_firms_hashes_whatever_the_rows_and_outcomes():
    """SHA-256 of "a" is ca97..., of "b" 3e23..., of "c" 2e7d...: so c, b, a."""
    rows = loans(["a", "b", "c", "a"], [1, 2, 3, 4], [1, 2, 3, 4], [0, 0, 0, 0])
    assert rows.counted().firm.tolist() == ["c", "b", "a", "a"]
    assert loans(["c", "a", "b"], [3, 1, 2], [3, 1, 2], [0, 0.4, 0]).counted().firm.tolist() == ["c", "b", "a"]
