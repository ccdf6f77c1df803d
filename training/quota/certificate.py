"""Which taper of a policy's amounts is certified: fixed-sequence testing over tapers, from strict to generous.

Everything but the outcomes is fixed first: amounts, the largest amount, stakes, rates, levels and where the sequence
starts. The first wrong taper would have to be passed before any other, so all that passed hold together with the
confidence of one test; of those the one with the largest expected profit is served.
source: Angelopoulos, Bates, Candes, Jordan, Lei (2021), Learn then Test, fixed-sequence testing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from training.quota.loss_chances import GRID, Hurdles, expected_hurdles, growth_needed, pass_chance, realised_hurdles
from training.quota.loss_tests import Cohort, betting_p_values, count_p_values, stakes

Floats = npt.NDArray[np.float64]
LEAST_VINTAGES = 5  # where years share a factor


@dataclass(frozen=True)
class Promise:
    """What is to be certified, named before any outcome is read.

    next_loans : of the portfolio whose realised loss rate is promised; None promises the expected rate
    cap : loss rate; delta : of the expected rate, the level of the test; of a realised one, the chance of breaking it
    confidence : of a realised rate, that the chance is at most delta; an expected rate has 1 - delta
    rho : default correlation of loans of one year; largest_multiple : largest amount / mean amount, at most
    worst_share : largest share of an amount that can be lost, by contract
    """

    cap: float
    delta: float
    worst_share: float
    largest_multiple: float
    next_loans: int | None = None
    confidence: float = 0.75
    rho: float = 0.0

    @cached_property
    def hurdles(self) -> Hurdles:
        """What the test must refute; the portfolio totals next_loans * largest / largest_multiple, at least."""
        if self.next_loans is None:
            return expected_hurdles(self.cap, self.delta)
        total = self.next_loans / self.largest_multiple
        return realised_hurdles(self.cap, self.delta, self.confidence, total, self.rho, self.worst_share)


@dataclass(frozen=True)
class TaperedLoans:
    """The cohort as one taper would have lent it, and what is known of the taper before any outcome is read.

    end_pd : PD at which the taper reaches zero; largest : largest amount that is covered
    loans : of the cohort; others : covered amounts of loans outside the cohort, above 0, shape (m,)
    predicted_rate : expected loss / amount by the model's PDs, over the cohort; profit : expected, any unit
    """

    end_pd: float
    largest: float
    loans: Cohort
    others: Floats
    predicted_rate: float
    profit: float

    @cached_property
    def counted(self) -> Cohort:
        """The loans that the test counts."""
        return self.loans.counted()

    def sizes(self) -> Floats:
        """Amounts granted by vintage in largest loans, shape (vintages,): of all loans, so that no outcome enters."""
        return np.bincount(self.loans.vintage, weights=self.loans.exposure) / self.largest

    def p_values(self, rates: Floats, rho: float, worst_share: float) -> Floats:
        """p-value of each claim "the expected loss rate is at least m", shape (rates,)."""
        loans = self.counted
        if rho > 0.0:
            sizes = np.bincount(loans.vintage, weights=loans.exposure).astype(float)
            return count_p_values(float(loans.loss.sum()), sizes, rates, rho, self.largest, worst_share)
        staked = stakes(self.others, rates, self.largest, worst_share)
        return betting_p_values(*loans.by_firm(), rates, staked, self.largest, worst_share)


@dataclass(frozen=True)
class Verdict:
    """The served taper's position, None where a required promise fails; ``start`` where the sequence began.

    not_assessed : a loan lost more than the contract's worst share, so that nothing can be certified
    holds : by promise, whether the served taper is certified for it
    needed : by promise, about how many loans in all would do; None where none would, or none are wanted
    n, loss_rate : of the counted loans under the served taper, or under the first
    """

    status: Literal["certified", "not_certified", "not_assessed"]
    step: int | None
    start: int
    holds: tuple[bool, ...]
    needed: tuple[int | None, ...]
    n: int
    loss_rate: float


def certify(tapers: Sequence[TaperedLoans], promises: Sequence[Promise], required: int) -> Verdict:
    """Test every promise along the tapers in their fixed order, from one start on, each until it fails.

    The taper of the largest profit among those that pass the first ``required`` promises is served. Each promise keeps
    its own confidence over all tapers that pass it, so that it holds for whichever of them is served.
    """
    start, worst_share = sequence_start(tapers, promises[:required]), promises[0].worst_share
    nothing = (False,) * len(promises), (None,) * len(promises)
    if any(bool((t.loans.loss > worst_share * t.loans.exposure * (1.0 + 1e-9)).any()) for t in tapers):
        return Verdict("not_assessed", None, start, *nothing, int((tapers[start].loans.exposure > 0.0).sum()), math.nan)
    passed = [_passed(tapers, start, promise) for promise in promises]
    common = set.intersection(*(set(run) for run in passed[:required]))
    position = max(sorted(common), key=lambda step: tapers[step].profit) if common else start
    loans = tapers[position].counted
    n, total = len(loans.exposure), float(loans.exposure.sum())
    rate = float(loans.loss.sum()) / total if total > 0.0 else 0.0
    holds = tuple(bool(common) and position in run for run in passed)
    needed = tuple(
        None if held else n if position in run else loans_needed(tapers[position], promise, n, rate)
        for promise, run, held in zip(promises, passed, holds, strict=True)
    )
    return Verdict(
        "certified" if common else "not_certified", position if common else None, start, holds, needed, n, rate
    )


def _passed(tapers: Sequence[TaperedLoans], start: int, promise: Promise) -> range:
    for step in range(start, len(tapers)):
        if not passes(tapers[step], promise):
            return range(start, step)
    return range(start, len(tapers))


def loans_needed(taper: TaperedLoans, promise: Promise, n: int, loss_rate: float) -> int | None:
    """About how many loans in all would pass with probability .8, at the larger of observed and predicted loss rate."""
    if promise.rho > 0.0 and np.count_nonzero(taper.sizes()) < LEAST_VINTAGES:
        return None
    worse = max(loss_rate, taper.predicted_rate)
    growth = growth_needed(promise.hurdles, worse, taper.sizes(), promise.rho, promise.worst_share)
    return None if growth is None else math.ceil(n * growth)


def passes(taper: TaperedLoans, promise: Promise) -> bool:
    """Whether one taper's cohort refutes everything that the promise needs."""
    too_few_years = promise.rho > 0.0 and np.count_nonzero(taper.sizes()) < LEAST_VINTAGES
    if too_few_years or not len(taper.others) or not taper.loans.exposure.any():
        return False
    hurdles = promise.hurdles
    if hurdles.levels.min() <= 0.0:
        return False
    return hurdles.passed(taper.p_values(hurdles.rates, promise.rho, promise.worst_share))


def sequence_start(tapers: Sequence[TaperedLoans], promises: Sequence[Promise]) -> int:
    """The taper whose least likely promise is likeliest to pass, the strictest of equals; no outcome enters."""
    chances = [
        min(pass_chance(p.hurdles, taper.predicted_rate, taper.sizes(), p.rho, p.worst_share) for p in promises)
        for taper in tapers
    ]
    return int(np.argmax(chances))


def rate_bound(taper: TaperedLoans, delta: float, worst_share: float, grid: Floats = GRID) -> float:
    """Upper bound on the expected loss rate at confidence 1 - delta, defaults independent: from it on all is refuted.

    infinity where the largest rate of the grid is not refuted
    """
    kept = taper.p_values(grid, 0.0, worst_share) <= delta
    last = np.flatnonzero(~kept)
    position = int(last[-1]) + 1 if len(last) else 0
    return float(grid[position]) if position < len(grid) else math.inf


def largest_covered(amounts: Floats, multiple: float) -> float:
    """The largest whole amount that is at most ``multiple`` times the mean of the amounts cut to it; 0 if none is.

    amounts : of the loans that are granted, shape (n,); those of 0 are none
    """
    granted = np.sort(amounts[amounts > 0.0])
    size = np.arange(1.0, math.floor(amounts.max(initial=0.0)) + 1.0)
    whole = np.searchsorted(granted, size, side="right")
    total = np.concatenate([[0.0], np.cumsum(granted)])[whole] + size * (len(granted) - whole)
    return float(size[size * len(granted) <= multiple * total].max(initial=0.0))
