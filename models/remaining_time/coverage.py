"""Adaptive intervals fed by late labels: an error is known when its case closes, and counts from the next day (UTC).

A forecast has a middle m and raw ends l <= m <= h on the scale log(1 + days). When its case closes at y days,

    above = (log(1 + y) - m) / (h - m)        below = (m - log(1 + y)) / (m - l)

are at most 1 where the end held. An end is moved to m plus its distance times the quantile at 0.9 of the recent
values, weighted by half-lives of age since closing: the lower within [1 / MOST, MOST], the upper within [1, MOST], for
short cases are known first and would narrow it before the long ones close. With fewer than FEWEST cases the raw ends
stay. A quantile, not a sum of steps: with late labels steps would run on long after an end is wide enough.

An interval is reliable while the share of recent intervals that held is not lower than chance explains: the
probability of so few or fewer of the recent cases is at least DRIFT_LEVEL under a beta-binomial with mean LEVEL.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.stats import betabinom

from models.remaining_time.scores import LEVEL, Floats

HALF_LIFE_DAYS, MOST = 120.0, 1.25
FEWEST = 20  # cases that closed; with fewer nothing is moved and nothing is called reliable
RECENT_DAYS = 90.0  # of the running coverage
DRIFT_LEVEL, CONCENTRATION = 0.01, 100.0  # cases of one time go together: the share itself varies by 0.04
SMALLEST_REACH = 0.002  # of log(1 + days): three minutes at nothing, 0.2 % of a long time
MOST_LABELS = 20_000


@dataclass(frozen=True)
class Raw:
    """Forecasts on the scale log(1 + days) before they are adapted, each of shape (n,): low <= middle <= high."""

    middle: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Labels:
    """What became of forecasts whose cases closed, each of shape (n,), in order of closing.

    closed_on : day of closing, days since 1970 (UTC); above, below : as in the module's text
    held      : 1.0 where the interval that was answered held, else 0.0
    weight    : of the forecast: 1 by the forecasts of its case, so that weights add up to cases
    """

    closed_on: Floats
    above: Floats
    below: Floats
    held: Floats
    weight: Floats

    @classmethod
    def none(cls) -> Labels:
        """No case has closed yet."""
        return cls(*(np.zeros(0) for _ in fields(cls)))

    @cached_property
    def rising(self) -> tuple[tuple[Floats, Floats, Floats], tuple[Floats, Floats, Floats]]:
        """By ``below`` and by ``above``: the values in rising order, their closed_on and weight; sorted once."""
        below, above = (np.argsort(values, kind="stable") for values in (self.below, self.above))
        return (
            (self.below[below], self.closed_on[below], self.weight[below]),
            (self.above[above], self.closed_on[above], self.weight[above]),
        )

    def joined(self, later: Labels) -> Labels:
        """Both, in order of closing; of more than MOST_LABELS those that closed last."""
        parts = [np.concatenate([getattr(self, one.name), getattr(later, one.name)]) for one in fields(self)]
        order = np.argsort(parts[0], kind="stable")[-MOST_LABELS:]
        return Labels(*(part[order] for part in parts))


def reaches(raw: Raw) -> tuple[Floats, Floats]:
    """Distances of the raw ends from the middle, at least SMALLEST_REACH: below it, above it."""
    return (
        np.maximum(raw.middle - raw.low, SMALLEST_REACH),
        np.maximum(raw.high - raw.middle, SMALLEST_REACH),
    )


def weighted_quantile(values: Floats, weights: Floats, level: float) -> float:
    """The smallest value with at least ``level`` of the weight at or below it; values in rising order."""
    total = np.cumsum(weights)
    return float(values[min(int(np.searchsorted(total, level * total[-1] - 1e-12)), len(values) - 1)])


def factors(labels: Labels, days: Floats) -> tuple[Floats, Floats]:
    """By which the lower and the upper reach are multiplied on each day; only labels of earlier days count.

    days : whole days since 1970 (UTC), shape (d,)
    """
    end = (1.0 + LEVEL) / 2.0
    moved = np.ones((2, len(days)))
    for which, (value, closed, weight) in enumerate(labels.rising):
        for position, day in enumerate(days):
            known = np.floor(closed) < day
            if weight[known].sum() >= FEWEST - 1e-9:
                recent = 0.5 ** ((day - closed[known]) / HALF_LIFE_DAYS)
                moved[which, position] = weighted_quantile(value[known], recent, end)
    return np.clip(moved[0], 1.0 / MOST, MOST), np.clip(moved[1], 1.0, MOST)


def running(labels: Labels, days: Floats) -> tuple[Floats, Floats]:
    """Share of the cases' intervals that held, and cases, of the RECENT_DAYS before each day; NaN without a case."""
    share, cases = np.full(len(days), np.nan), np.zeros(len(days))
    for position, day in enumerate(days):
        known = (np.floor(labels.closed_on) < day) & (labels.closed_on >= day - RECENT_DAYS)
        cases[position] = labels.weight[known].sum()
        if cases[position] > 0.0:
            share[position] = (labels.weight[known] * labels.held[known]).sum() / cases[position]
    return share, cases


def reliable(share: Floats, cases: Floats) -> npt.NDArray[np.bool_]:
    """Whether so low a share is explained by chance; False with fewer than FEWEST cases."""
    whole = np.floor(cases + 1e-9)
    holding = np.floor(np.nan_to_num(share) * cases + 1e-9)
    chance = betabinom.cdf(holding, np.maximum(whole, 1.0), LEVEL * CONCENTRATION, (1.0 - LEVEL) * CONCENTRATION)
    return np.asarray((whole >= FEWEST) & (chance >= DRIFT_LEVEL))


def adapted(raw: Raw, known_on: Floats, labels: Labels) -> tuple[Floats, Floats]:
    """Ends in days, not below 0, with what was known at the start of each forecast's day (known_on, shape (n,))."""
    days, inverse = np.unique(np.floor(known_on), return_inverse=True)
    narrow, wide = factors(labels, days)
    below, above = reaches(raw)
    low = np.expm1(np.maximum(raw.middle - below * narrow[inverse], 0.0))
    high = np.expm1(raw.middle + above * wide[inverse])
    return np.asarray(low), np.asarray(high)


def labels_of(
    raw: Raw, low: Floats, high: Floats, actual_days: Floats, closed_on: Floats, case: npt.NDArray[np.int64]
) -> Labels:
    """Labels of forecasts whose cases closed; case : a number of the case, used for the weights alone."""
    below, above = reaches(raw)
    actual = np.log1p(actual_days)
    _, inverse, count = np.unique(case, return_inverse=True, return_counts=True)
    labels = Labels(
        closed_on=np.asarray(closed_on, dtype=float),
        above=(actual - raw.middle) / above,
        below=(raw.middle - actual) / below,
        held=((low <= actual_days) & (actual_days <= high)).astype(float),
        weight=1.0 / count[inverse],
    )
    return Labels.none().joined(labels)


def answered_labels(
    raw: Raw, known_on: Floats, actual_days: Floats, closed_on: Floats, case: npt.NDArray[np.int64], known: Labels
) -> Labels:
    """As ``labels_of``, where each interval that is compared is the one that would have been answered on its day.

    known_on : of the forecasts, days since 1970; known : labels of earlier forecasts
    """
    nothing = np.zeros(len(actual_days))
    first = labels_of(raw, nothing, nothing, actual_days, closed_on, case)
    low, high = adapted(raw, known_on, known.joined(first))
    return labels_of(raw, low, high, actual_days, closed_on, case)
