from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import norm, poisson

from training.quota.loss_tests import (
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
@pytest.mark.parametrize(("rate", "bet"), [(0.01, 0.5), (0.03, 0.75), (0.2, 0.1), (0.0005, 0.01)])
def test_the_stake_of_uneven_loans_earns_most(rate, bet):
    """Amounts of 1, 2, 2 and 5 of at most 10: by the largest mean growth over a fine search, never above .98."""
    size, chance, odds = np.array([0.1, 0.2, 0.2, 0.5]), bet * rate / LGD, rate / (LGD - rate)

    def loss_of_growth(stake: float) -> float:
        repaid, lost = np.log1p(stake * odds * size), np.log1p(-stake * size)
        return -float(((1 - chance) * repaid + chance * lost).mean())

    best = minimize_scalar(loss_of_growth, bounds=(0.0, 0.98), method="bounded", options={"xatol": 1e-9}).x
    result = stakes(10.0 * size, np.array([0.05, rate]), 10.0, LGD, (0.9, bet))
    assert result.shape == (2, 2)
    assert result[1, 1] == pytest.approx(best, abs=1e-5)
    assert result.max() <= 0.98


@pytest.mark.law
def test_two_bets_are_placed_by_default():
    """On half and on three quarters of the claimed rate; no bet that costs more than it earns is placed."""
    amounts = np.array([3.0, 1.0, 2.0])
    assert stakes(amounts, CAP, 4.0, LGD).tolist() == stakes(amounts, CAP, 4.0, LGD, (0.5, 0.75)).tolist()
    assert stakes(amounts, CAP, 4.0, LGD, (1.0, 1.5)) == pytest.approx(np.zeros((2, 1)), abs=1e-9)


# wealth of stakes .5 and .2 at claims of 1 % (odds 1/39) and 20 % (odds 1), largest 2, worst share .40
# amount, loss -> z at 1 % and z at 20 %: (m X - L) / ((.40 - m) 2)
TWO_CLAIMS = [(2.0, 0.0, 1 / 39, 1.0), (1.0, 0.4, -0.39 / 0.78, -0.5), (2.0, 0.8, -1.0, -1.0), (1.0, 0.0, 1 / 78, 0.5)]


@pytest.mark.law
def test_every_claim_has_its_own_wealth():
    """The mean of both bets after each firm, the largest so far, never under 1."""
    amount, loss, *z = (np.array(column) for column in zip(*TWO_CLAIMS, strict=True))
    staked = np.array([[0.5, 0.8], [0.2, 0.1]])
    wanted = np.empty((4, 2))
    for claim in (0, 1):
        wealth, most = np.ones(2), 1.0
        for firm in range(4):
            wealth = wealth * (1 + staked[:, claim] * z[claim][firm])
            most = max(most, wealth.mean())
            wanted[firm, claim] = most
    rates = np.array([0.01, 0.2])
    assert np.exp(log_wealth(amount, loss, rates, staked, 2.0, LGD)) == pytest.approx(wanted, rel=1e-12)
    assert wanted[-1, 1] == pytest.approx(1.45)  # (1.8 + 1.1) / 2 after the first firm
    p = betting_p_values(amount, loss, rates, staked, 2.0, LGD)
    assert p == pytest.approx([1 / wanted[-1, 0], 1 / 1.45], rel=1e-12)
    repaid = betting_p_values(np.full(3, 2.0), np.zeros(3), rates, staked, 2.0, LGD)
    assert repaid[1] == pytest.approx(2 / (1.8**3 + 1.1**3), rel=1e-12)  # the last firm counts
    lost_first = log_wealth(amount[1:3], loss[1:3], rates, staked, 2.0, LGD)
    assert lost_first.tolist() == [[0.0, 0.0], [0.0, 0.0]]  # wealth is reached before the first firm
    assert betting_p_values(np.empty(0), np.empty(0), rates, staked, 2.0, LGD).tolist() == [1.0, 1.0]


@pytest.mark.law
def test_two_years_by_hand():
    """Share .1, rho .2: Phi((-1.28155 -+ .44721 x .67449) / .89443) = .13663 and .03836, scaled to the mean of .1.

    No year is better than none where nothing is ever lost, and without correlation all years are alike.
    """
    assert conditional_shares(np.array([0.1, 0.0]), 0.2, 2) == pytest.approx(
        np.array([[0.156164, 0.043836], [0.0, 0.0]]), abs=2e-5
    )
    assert conditional_shares(np.array([0.1, 0.3]), 0.0).tolist() == [[0.1], [0.3]]
    quantile = norm.ppf((np.arange(801) + 0.5) / 801)
    year = norm.cdf((norm.ppf(0.02) - math.sqrt(0.1) * quantile) / math.sqrt(0.9))
    assert conditional_shares(np.array([0.02]), 0.1) == pytest.approx(0.02 * year[None, :] / year.mean(), abs=1e-14)


def count_chance(sizes, share: float, rho: float, k: int) -> float:
    """P(K = k) as the sum over every split of k losses among two vintages."""
    year = conditional_shares(np.array([share]), rho)[0]
    one, two = ([poisson.pmf(part, size * year).mean() for part in range(k + 1)] for size in sizes)
    return sum(one[part] * two[k - part] for part in range(k + 1))


@pytest.mark.law
@pytest.mark.parametrize("rho", [0.0, 0.05, 0.2])
def test_counts_of_two_vintages_are_all_their_splits(rho):
    """P(K = k), k up to 4, of vintages of 10 and 30 largest loans; each has a year of its own."""
    shares = np.array([0.02, 0.1])
    wanted = [[count_chance((10.0, 30.0), share, rho, k) for k in range(5)] for share in shares]
    assert count_chances(np.array([10.0, 30.0]), shares, rho, 4) == pytest.approx(np.array(wanted), abs=1e-13)
    assert count_chances(np.array([10.0, 30.0]), shares, rho, 0).shape == (2, 1)
    assert count_chances(np.array([10.0]), np.zeros(1), rho, 2).tolist() == [[1.0, 0.0, 0.0]]


@pytest.mark.law
@pytest.mark.parametrize("rho", [0.0, 0.05])
def test_the_count_test_is_the_least_line_over_the_counts(rho):
    """Losses of 0, 1.2, 2 and 3 whole largest losses (.40 x 50): least over h > s of E(h - K)+ / (h - s)."""
    sizes, rates = np.array([500.0, 1_500.0]), np.array([0.02, 0.05])
    lost = np.array([[0.0, 24.0], [40.0, 60.0]])
    wanted = np.ones((2, 2, 2))
    for position in np.ndindex(2, 2, 2):
        s, share = lost[position[:2]] / 20.0, rates[position[2]] / LGD
        chance = [count_chance((10.0, 30.0), share, rho, k) for k in range(25)]
        for h in range(math.floor(s) + 1, 25):
            wanted[position] = min(wanted[position], sum((h - k) * chance[k] for k in range(h)) / (h - s))
    result = count_p_values(lost, sizes, rates, rho, 50.0, LGD)
    assert result == pytest.approx(wanted, abs=1e-12)
    assert count_p_values(40.0, sizes, rates, rho, 50.0, LGD) == pytest.approx(wanted[1, 0], abs=1e-12)
    assert count_p_values(400.0, sizes, rates, rho, 50.0, LGD).tolist() == [1.0, 1.0]  # far more than expected


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
    result = loans("ABABA", [1, 1, 2, 2, 3], [10, 0, 20, 30, 40], [0, 0, 8, 0, 0]).counted()
    kept = sorted(zip(result.firm.tolist(), result.exposure.tolist(), result.loss.tolist(), strict=True))
    assert kept == [("A", 10.0, 0.0), ("A", 20.0, 8.0), ("B", 30.0, 0.0)]
    exposure, loss = result.by_firm()
    assert sorted(zip(exposure.tolist(), loss.tolist(), strict=True)) == [(30.0, 0.0), (30.0, 8.0)]


@pytest.mark.law
def test_the_order_is_that_of_the_firms_hashes_whatever_the_rows_and_outcomes():
    """SHA-256 of "a" is ca97..., of "b" 3e23..., of "c" 2e7d...: so c, b, a."""
    rows = loans(["a", "b", "c", "a"], [1, 2, 3, 4], [1, 2, 3, 4], [0, 0, 0, 0])
    assert rows.counted().firm.tolist() == ["c", "b", "a", "a"]
    assert loans(["c", "a", "b"], [3, 1, 2], [3, 1, 2], [0, 0.4, 0]).counted().firm.tolist() == ["c", "b", "a"]


@pytest.mark.law
def test_what_a_counted_cohort_keeps():
    """Days in order within a firm, one day's loans as given; the first loss counts, whatever follows it does not.

    Firm a (second by hash): days 5, 3, 3, 9 -> 3, 3, 5 with the loss at 5, so day 9 is left out. Firm c is first.
    """
    result = loans(
        "acaaac", [5, 2, 3, 3, 9, 1], [50, 20, 31, 32, 90, 10], [5, 2, 0, 0, 0, 0], [0, 1, 2, 3, 4, 5]
    ).counted()
    assert result.firm.tolist() == list("ccaaa")
    assert result.exposure.tolist() == [10.0, 20.0, 31.0, 32.0, 50.0]
    assert result.loss.tolist() == [0.0, 2.0, 0.0, 0.0, 5.0]
    assert result.vintage.tolist() == [5, 1, 2, 3, 0]
    assert (result.granted_on - np.datetime64("2020-01-01")).astype(int).tolist() == [1, 2, 3, 3, 5]
    exposure, loss = result.by_firm()
    assert (exposure.tolist(), loss.tolist()) == ([30.0, 113.0], [2.0, 5.0])


@pytest.mark.law
def test_a_firm_whose_only_loan_was_lost_hides_nobody_elses():
    """Firm c, first by hash, lost its one loan; both of firm a still count."""
    result = loans("aca", [1, 1, 2], [10, 20, 30], [0, 8, 0]).counted()
    assert result.exposure.tolist() == [20.0, 10.0, 30.0]


@pytest.mark.law
def test_no_loan_is_a_cohort_too():
    """Nothing granted: nothing counted, and no firm has an exposure."""
    result = loans("ab", [1, 2], [0, 0], [0, 0]).counted()
    assert len(result.firm) == len(result.vintage) == 0
    assert [one.tolist() for one in result.by_firm()] == [[], []]


@pytest.mark.law
def test_a_loan_that_was_not_granted_loses_nothing_that_counts():
    """A loss on exposure 0 hides no later loan; the firms' first losses are counted each for itself."""
    result = loans("aaabb", [1, 2, 3, 1, 2], [0, 7, 8, 9, 6], [3, 0, 4, 5, 0]).counted()
    assert list(zip(result.firm.tolist(), result.exposure.tolist(), result.loss.tolist(), strict=True)) == [
        ("b", 9.0, 5.0), ("a", 7.0, 0.0), ("a", 8.0, 4.0),
    ]  # fmt: skip
