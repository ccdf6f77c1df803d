"""Tests of the claim "the expected loss rate is at least m", from seasoned loans, and how a bank's loans enter them.

Two tests. With independent defaults: two bets against the claim, whose wealth is a supermartingale under it, so that
the largest wealth reached exceeds 1 / p with probability at most p (Ville 1939; source: Waudby-Smith, Ramdas 2024,
Estimating means of bounded random variables by betting, JRSS B 86:1). With years that share a factor: the losses
counted in whole largest losses, against mixed Poisson counts by vintage (Vasicek 2002 for the factor; convex order:
Hoeffding 1956, 1963; Shaked, Shanthikumar 2007, Stochastic Orders; the bound on a tail: Bentkus 2004, Ann. Prob. 32).

Money is in one unit throughout; rates, shares and correlations lie between 0 and 1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, ndtr, ndtri

Floats = npt.NDArray[np.float64]
BETS = (0.50, 0.75)  # expected rates that are betted on, as shares of the claimed one
QUANTILES = 801  # of the common factor
_LARGEST_STAKE = 0.98


@dataclass(frozen=True)
class Cohort:
    """Seasoned loans as one policy would have granted them; shape (loans,) each.

    firm : its id; granted_on : a day, in the order of grants; vintage : its number, from 0
    exposure, loss : amounts of money; loans with exposure 0 were not granted
    """

    firm: npt.NDArray[np.str_]
    granted_on: npt.NDArray[np.datetime64]
    vintage: npt.NDArray[np.intp]
    exposure: Floats
    loss: Floats

    def counted(self) -> Cohort:
        """The loans that a test counts: granted, and not after their firm's first loss; firms by SHA-256 of their id.

        Loans of one firm and day keep the order in which they are given.
        """
        rows = np.flatnonzero(self.exposure > 0.0)
        firms, code = np.unique(self.firm[rows], return_inverse=True)
        digests = [hashlib.sha256(str(firm).encode()).digest() for firm in firms]
        rank = np.empty(len(firms), dtype=np.intp)
        rank[sorted(range(len(firms)), key=digests.__getitem__)] = np.arange(len(firms))
        order = np.lexsort((self.granted_on[rows], rank[code]))
        rows, code = rows[order], rank[code][order]
        lost = np.cumsum(self.loss[rows] > 0.0)
        first = np.flatnonzero(np.diff(code, prepend=-1))
        before = np.where(first > 0, lost[first - 1], 0)  # losses of the firms before this one
        earlier = lost - (self.loss[rows] > 0.0) - np.repeat(before, np.diff(first, append=len(rows)))
        rows = rows[earlier == 0]
        return Cohort(self.firm[rows], self.granted_on[rows], self.vintage[rows], self.exposure[rows], self.loss[rows])

    def by_firm(self) -> tuple[Floats, Floats]:
        """Exposure and loss summed over the neighbouring loans of each firm, in order."""
        if not len(self.firm):
            return np.empty(0), np.empty(0)
        first = np.flatnonzero(np.concatenate([[True], self.firm[1:] != self.firm[:-1]]))
        return np.add.reduceat(self.exposure, first), np.add.reduceat(self.loss, first)


def stakes(amounts: Floats, rates: Floats, largest: float, worst_share: float, bets: Sequence[float] = BETS) -> Floats:
    """The stake of each bet at each rate, shape (bets, rates): what earns most if the rate is ``bet`` times the claim.

    amounts : of loans outside the cohort, shape (n,), each at most ``largest``: no outcome enters
    The stake maximises the mean of p log(1 + stake z) over loans that are lost (z = -X / B) and 1 - p over those repaid
    (z = m X / ((w - m) B)), p = bet * m / w, and is at most 0.98.
    """
    size, count = np.unique(amounts / largest, return_counts=True)
    weight = count / count.sum()
    odds = (rates / (worst_share - rates))[None, :, None]
    lost = (np.asarray(bets)[:, None] * rates / worst_share)[:, :, None]
    low = np.zeros((len(bets), len(rates)))
    high = np.full_like(low, _LARGEST_STAKE)
    for _ in range(40):  # the slope falls in the stake, so its root is found by halving
        middle = (low + high) / 2.0
        stake = middle[:, :, None]
        slope = (1.0 - lost) * odds * size / (1.0 + stake * odds * size) - lost * size / (1.0 - stake * size)
        rising = slope @ weight > 0.0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    return high


def log_wealth(
    exposure: Floats, loss: Floats, rates: Floats, staked: Floats, largest: float, worst_share: float
) -> Floats:
    """Natural log of the largest mean wealth of the bets after each firm, shape (firms, rates); at least 0.

    exposure, loss : by firm, shape (firms,), with at most one loss of at most worst_share * largest a firm
    Wealth starts at 1 and is multiplied by 1 + stake * z, z = (m X - L) / ((w - m) * largest), for each firm.
    """
    gain = (rates[None, :] * exposure[:, None] - loss[:, None]) / ((worst_share - rates)[None, :] * largest)
    paths = [np.cumsum(np.log1p(stake[None, :] * gain), axis=0) for stake in staked]
    mean = np.logaddexp.reduce(np.stack(paths), axis=0) - np.log(len(paths))
    reached: Floats = np.maximum(np.maximum.accumulate(mean, axis=0), 0.0)
    return reached


def betting_p_values(
    exposure: Floats, loss: Floats, rates: Floats, staked: Floats, largest: float, worst_share: float
) -> Floats:
    """p-value of "the expected loss rate is at least m", shape (rates,): 1 / the largest wealth reached."""
    if not len(exposure):
        return np.ones(len(rates))
    least: Floats = np.exp(-log_wealth(exposure, loss, rates, staked, largest, worst_share)[-1])
    return least


def conditional_shares(shares: Floats, rho: float, quantiles: int = QUANTILES) -> Floats:
    """Default shares in equally likely years, shape (shares, quantiles), of which ``shares`` are the long-run means.

    source: Vasicek (2002), Loan portfolio value: Phi((Phi^-1(share) - sqrt(rho) z) / sqrt(1 - rho)). The quantiles are
    scaled so that their mean is the long-run share.
    """
    if rho <= 0.0:
        return shares[:, None]
    factor = ndtri((np.arange(quantiles) + 0.5) / quantiles)
    found = ndtr((ndtri(shares)[:, None] - np.sqrt(rho) * factor) / np.sqrt(1.0 - rho))
    mean = found.mean(axis=1)
    scaled: Floats = found * np.divide(shares, mean, out=np.ones_like(mean), where=mean > 0.0)[:, None]
    return scaled


def count_chances(sizes: Floats, shares: Floats, rho: float, most: int) -> Floats:
    """P(K = k) for k = 0 ... most, shape (shares, most + 1), K the sum over vintages of mixed Poisson counts.

    sizes : of each vintage in largest loans, shape (vintages,); the mean of its count is size * share
    """
    k = np.arange(most + 1)
    tail = gammaln(k + 1.0)
    by_year = conditional_shares(shares, rho)
    total = np.zeros((len(shares), most + 1))
    total[:, 0] = 1.0
    for size in sizes if rho > 0.0 else [float(np.sum(sizes))]:
        mean = size * by_year
        with np.errstate(divide="ignore", invalid="ignore"):
            one = np.stack(
                [np.exp(np.where(k > 0, k * np.log(row[:, None]), 0.0) - row[:, None] - tail).mean(axis=0)
                 for row in mean]
            )  # fmt: skip
        total = np.stack([np.convolve(left, right)[: most + 1] for left, right in zip(total, one, strict=True)])
    return total


def count_p_values(
    lost: float | Floats, sizes: Floats, rates: Floats, rho: float, largest: float, worst_share: float
) -> Floats:
    """p-value of "the long-run expected loss rate is at least m", shape (..., rates).

    lost : losses of whole cohorts, any shape; sizes : amount of each vintage, shape (vintages,), as money
    p = min over whole h > s of E(h - K)+ / (h - s), s = lost / (worst_share * largest), K as in ``count_chances``
    """
    s = np.asarray(lost, dtype=float)[..., None, None] / (worst_share * largest)
    start = np.floor(s.min(initial=np.inf)) + 1.0
    h = np.arange(start, 2.0 * np.floor(s.max(initial=0.0)) + 62.0)
    chances = count_chances(sizes / largest, rates / worst_share, rho, int(h[-1]))
    below = np.cumsum(np.cumsum(chances, axis=1), axis=1)  # at h - 1: E(h - K)+
    short = below[:, h.astype(np.intp) - 1]
    with np.errstate(divide="ignore"):
        found = np.where(h > s, short / np.where(h > s, h - s, 1.0), np.inf)
    least: Floats = np.minimum(found.min(axis=-1), 1.0)
    return least
