"""The chance that a portfolio loses more than a cap, and what a test must refute before a certificate is given.

Whichever loans carry the risk, the losses of a portfolio, counted in whole largest losses, lie below a Poisson count
in convex order, which bounds every tail: b(m) = min over h of E(K - h)+ / (t - h). No model of default enters.
source: Hoeffding (1956, 1963); Shaked, Shanthikumar (2007), Stochastic Orders; Bentkus (2004), Ann. Prob. 32.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import pdtr, pdtrc

from training.quota.loss_tests import conditional_shares, stakes

Floats = npt.NDArray[np.float64]
GRID = np.geomspace(0.002, 0.05, 60)  # loss rates
NEVER = -1.0  # a level that no p-value reaches
MOST_GROWTH = 300.0  # more loans than this times the cohort are in effect never
_DRAWS = 2_000  # of the years' factors, where only an estimate is wanted


@dataclass(frozen=True)
class Hurdles:
    """A certificate is given when the p-value of each rate is at most its level; shapes (rates,)."""

    rates: Floats
    levels: Floats

    def passed(self, p_values: Floats) -> bool:
        """Whether every level is kept."""
        return bool(np.all(p_values <= self.levels))


def break_chances(rates: Floats, cap: float, total: float, rho: float, worst_share: float) -> Floats:
    """Bound on the chance that a portfolio loses more than ``cap`` of its amount, by expected rate; shape (rates,).

    total : amount of the portfolio in largest loans (total / largest amount); rho : default correlation of its year
    It rises with the rate, is 1 from the cap on, and falls as the total grows: whole h in [0, t) attain the minimum
    over all h, and a Poisson count divided by its mean falls in convex order as the mean grows.
    """
    t = cap * total / worst_share
    h = np.arange(math.ceil(t))  # at least 0
    found = np.ones(len(rates))
    below = np.flatnonzero(rates < cap)
    for position, shares in zip(below, conditional_shares(rates[below] / worst_share, rho), strict=True):
        mean = total * shares[:, None]
        at_least = np.where(h > 0, pdtrc(h - 1.0, mean), 1.0)  # P(K >= h)
        excess = (mean * at_least - h * pdtrc(h, mean)).mean(axis=0)
        found[position] = float((excess / (t - h)).min(initial=1.0))
    return found


def expected_hurdles(cap: float, delta: float) -> Hurdles:
    """Expected rate at most ``cap``: refute it at level delta."""
    return Hurdles(np.array([cap]), np.array([delta]))


def realised_hurdles(
    cap: float, delta: float, confidence: float, total: float, rho: float, worst_share: float, grid: Floats = GRID
) -> Hurdles:
    """Realised rate of the next portfolio: refute every rate at which it breaks the cap too often.

    For each rate m_j of the grid with b(m_(j+1)) > delta: p(m_j) <= min(1 - confidence, delta / b(m_(j+1))); b is 1
    beyond the grid. With probability ``confidence`` a certificate is given only where the chance of breaking the cap is
    at most delta, and certified-and-broken has probability at most delta.
    """
    chance = break_chances(grid, cap, total, rho, worst_share)
    above = np.append(chance[1:], 1.0)
    if chance[0] > delta:
        return Hurdles(grid[:1], np.array([NEVER]))
    tested = above > delta
    return Hurdles(grid[tested], np.minimum(1.0 - confidence, delta / above[tested]))


def pass_chance(hurdles: Hurdles, rate: float, sizes: Floats, rho: float, worst_share: float) -> float:
    """Predicted chance that a cohort whose expected rate is ``rate`` passes; an estimate, in which no outcome enters.

    sizes : amount of each vintage in largest loans, shape (vintages,). Loans are taken as whole largest loans: K* is
    the largest number of losses that passes every hurdle, and the chance is P(K <= K*) at ``rate``. It passes where
    the bets end with a wealth of 1 / level, or, where years share a factor, where P(K <= K*) <= level.
    """
    if hurdles.levels.min() <= 0.0 or not sizes.sum() > 0.0:
        return 0.0
    by_year = conditional_shares(np.minimum(np.append(hurdles.rates, rate) / worst_share, 1.0), rho)
    years = np.random.default_rng(0).integers(0, by_year.shape[1], (_DRAWS if rho > 0.0 else 1, len(sizes)))
    mean = by_year[:, years] @ sizes
    loans = float(sizes.sum())
    staked = stakes(np.ones(1), hurdles.rates, 1.0, worst_share)
    odds = hurdles.rates / (worst_share - hurdles.rates)

    def kept(lost: float) -> bool:
        if rho > 0.0:
            return bool(np.all(pdtr(lost, mean[:-1]).mean(axis=1) <= hurdles.levels))
        wealth = (loans - lost) * np.log1p(staked * odds) + lost * np.log1p(-staked)
        return bool(np.all(np.logaddexp.reduce(wealth, axis=0) - np.log(len(staked)) >= -np.log(hurdles.levels)))

    low, high = -1.0, math.ceil(float(mean[:-1].max())) + 1.0  # so few losses pass, so many do not
    while high - low > 1.0:
        middle = float(math.floor((low + high) / 2.0))
        low, high = (middle, high) if kept(middle) else (low, middle)
    return float(pdtr(low, mean[-1]).mean()) if low >= 0.0 else 0.0


def growth_needed(
    hurdles: Hurdles, rate: float, sizes: Floats, rho: float, worst_share: float, power: float = 0.8
) -> float | None:
    """How many times the cohort would pass with probability ``power`` if its expected rate is ``rate``; an estimate.

    None where no number up to MOST_GROWTH would. At rho > 0 the vintages grow and stay as many.
    """
    if pass_chance(hurdles, rate, sizes * MOST_GROWTH, rho, worst_share) < power:
        return None
    low, high = 1.0, MOST_GROWTH
    while high / low > 1.02:
        middle = math.sqrt(low * high)
        enough = pass_chance(hurdles, rate, sizes * middle, rho, worst_share) >= power
        low, high = (low, middle) if enough else (middle, high)
    return high
