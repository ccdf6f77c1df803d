"""Upper confidence bounds on a loss rate that is weighted by exposure, with few losses: six candidates, one served.

Each takes exposures and losses by enterprise (shape (n,), any unit of money) and says above which rate the true
ratio E[loss] / E[exposure] lies with probability at most delta. ``python -m experiments bench quota`` compares them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
from scipy.stats import gamma, norm

Floats = npt.NDArray[np.float64]
Bound = Callable[[Floats, Floats, float, float], float]
_BETS = np.array([0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])


def size_biased_gamma_bound(exposure: Floats, loss: Floats, worst_share: float, delta: float) -> float:
    """Weighted Poisson rate: the gamma quantile with one more loss added, of the exposure that a yuan at random is in.

        rate = sum(loss) / sum(exposure); variance = sum(loss^2) / sum(exposure)^2
        most = worst_share * sum(exposure^2) / sum(exposure)^2
        bound = gamma quantile of mean rate + most and variance variance + most^2

    With equal exposures it is the exact Poisson bound. The original adds the largest exposure, which is safe against
    any weights and so wide that it certifies nothing at a few thousand loans; a mean exposure is too little when
    weights are uneven. This one lies between, and held in every planted case of ``bench quota``.

    worst_share : largest share of an exposure that can be lost
    source: after Fay, Feuer (1997), Statistics in Medicine 16:791
    """
    return _gamma(exposure, loss, worst_share, delta, lambda kept: float((kept * kept).sum() / kept.sum()))


def gamma_bound(exposure: Floats, loss: Floats, worst_share: float, delta: float) -> float:
    """As ``size_biased_gamma_bound`` with the largest exposure added. source: Fay, Feuer (1997)"""
    return _gamma(exposure, loss, worst_share, delta, lambda kept: float(kept.max()))


def modified_gamma_bound(exposure: Floats, loss: Floats, worst_share: float, delta: float) -> float:
    """As ``size_biased_gamma_bound`` with the mean exposure added. source: after Tiwari, Clegg, Zou (2006)"""
    return _gamma(exposure, loss, worst_share, delta, lambda kept: float(kept.mean()))


def _gamma(
    exposure: Floats, loss: Floats, worst_share: float, delta: float, next_exposure: Callable[[Floats], float]
) -> float:
    total = float(exposure.sum())
    if total <= 0.0:
        return math.inf
    most = worst_share * next_exposure(exposure[exposure > 0.0]) / total
    mean = float(loss.sum()) / total + most
    variance = float((loss * loss).sum()) / total**2 + most * most
    return float(gamma.ppf(1.0 - delta, mean * mean / variance, scale=variance / mean))


def normal_bound(exposure: Floats, loss: Floats, worst_share: float, delta: float) -> float:  # noqa: ARG001
    """The ratio and its linearised standard error: what most portfolios use; too bold with few losses."""
    total = float(exposure.sum())
    if total <= 0.0:
        return math.inf
    rate = float(loss.sum()) / total
    residual = loss - rate * exposure
    return rate + float(norm.ppf(1.0 - delta)) * math.sqrt(float((residual * residual).sum())) / total


def bernstein_bound(exposure: Floats, loss: Floats, worst_share: float, delta: float) -> float:
    """Empirical Bernstein on loss - rate * exposure: valid for any bounded loss, and wide.

    source: Maurer, Pontil (2009), COLT, theorem 4
    """
    n, span = len(exposure), float(exposure.max(initial=0.0))
    if n < 2 or span <= 0.0:
        return math.inf

    def refuted(rate: float) -> bool:
        value = (loss - rate * exposure) / span  # within [-rate, worst_share - rate]
        width = math.sqrt(2.0 * float(value.var(ddof=1)) * math.log(2.0 / delta) / n)
        return float(value.mean()) + width + 7.0 * worst_share * math.log(2.0 / delta) / (3.0 * (n - 1)) <= 0.0

    return _smallest(refuted, worst_share)


def betting_bound(exposure: Floats, loss: Floats, worst_share: float, delta: float) -> float:
    """A gambler who bets that the rate is lower, over a mixture of stakes: exact for any bounded loss at any n.

    source: Waudby-Smith, Ramdas (2024), JRSS B 86:1, with fixed stakes instead of predicted ones
    """
    span = float(exposure.max(initial=0.0))
    if span <= 0.0:
        return math.inf

    def refuted(rate: float) -> bool:
        if rate >= worst_share:
            return True
        gain = (rate * exposure - loss) / (span * (worst_share - rate))  # never below -1
        capital = np.log1p(_BETS[:, None] * gain[None, :]).sum(axis=1)
        return float(np.logaddexp.reduce(capital) - math.log(len(_BETS))) >= math.log(1.0 / delta)

    return _smallest(refuted, worst_share)


def _smallest(refuted: Callable[[float], bool], highest: float) -> float:
    """The smallest rate that the data refute, by bisection."""
    low, high = 0.0, highest
    if not refuted(high):
        return math.inf
    for _ in range(20):
        middle = (low + high) / 2.0
        low, high = (low, middle) if refuted(middle) else (middle, high)
    return high


BOUNDS: Mapping[str, Bound] = {
    "size_biased_gamma": size_biased_gamma_bound,
    "gamma": gamma_bound,
    "modified_gamma": modified_gamma_bound,
    "betting": betting_bound,
    "empirical_bernstein": bernstein_bound,
    "normal": normal_bound,
}
