"""How good predicted probabilities were: rank, sharpness and calibration, with intervals.

Intervals resample whole groups; that of the calibration slope doesn't, because resamples of a few defaults show little.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import chi2

Floats = npt.NDArray[np.float64]
FIGURES = ("auc", "ks", "brier", "log_loss", "ece", "calibration_slope")
TAIL = 0.05  # intervals hold 90 %
LEAST = 1e-6  # a probability of 0 or 1 counts as this far from it


class Predicted:
    """Probabilities and outcomes, sorted once, so that a resample is only other weights."""

    def __init__(self, probability: Floats, y: Floats) -> None:
        self.y = np.asarray(y, dtype=float)
        self.p = np.clip(np.asarray(probability, dtype=float), LEAST, 1 - LEAST)
        self.log_odds = np.log(self.p / (1 - self.p))
        self.levels, self.position = np.unique(self.p, return_inverse=True)
        self.bins = np.searchsorted(np.quantile(self.p, np.linspace(0, 1, 11))[1:-1], self.p)
        self.losses = -(self.y * np.log(self.p) + (1 - self.y) * np.log1p(-self.p))
        self.squares = np.square(self.p - self.y)

    def figures(self, weight: Floats) -> dict[str, float]:
        """The six figures under row weights; both outcomes must have some weight."""
        bad = np.bincount(self.position, weights=weight * self.y, minlength=len(self.levels))
        good = np.bincount(self.position, weights=weight * (1 - self.y), minlength=len(self.levels))
        below_good, below_bad = np.cumsum(good), np.cumsum(bad)
        total = float(weight.sum())
        gap = np.bincount(self.bins, weights=weight * (self.p - self.y), minlength=10)
        return {
            "auc": float(bad @ (below_good - good / 2) / (below_bad[-1] * below_good[-1])),
            "ks": float(np.max(np.abs(below_good / below_good[-1] - below_bad / below_bad[-1]))),
            "brier": float(weight @ self.squares / total),
            "log_loss": float(weight @ self.losses / total),
            "ece": float(np.abs(gap).sum() / total),
            "calibration_slope": calibration_line(self.log_odds, self.y, weight)[1],
        }


def calibration_line(log_odds: Floats, y: Floats, weight: Floats) -> tuple[float, float]:
    """Intercept and slope of the outcome on the predicted log-odds, by Newton's method; 0 and 1 are perfect."""
    middle = float(np.average(log_odds, weights=weight))
    z = log_odds - middle  # centred, so that level and slope hardly pull at each other
    beta = np.array([middle, 1.0])

    def loss(numbers: Floats) -> float:
        predicted = numbers[0] + numbers[1] * z
        return float(weight @ (np.logaddexp(0.0, predicted) - y * predicted))

    now = loss(beta)
    for _ in range(30):
        mean = expit(beta[0] + beta[1] * z)
        pull, curve = weight * (y - mean), weight * mean * (1 - mean)
        bend = np.array([[curve.sum(), curve @ z], [curve @ z, curve @ np.square(z)]]) + 1e-9 * np.eye(2)
        step = np.linalg.solve(bend, np.array([pull.sum(), pull @ z]))
        while (then := loss(beta + step)) > now and np.abs(step).max() > 1e-9:
            step = step / 2
        beta, gained, now = beta + step, now - then, then
        if gained < 1e-10 * max(now, 1.0):
            break
    return float(beta[0] - beta[1] * middle), float(beta[1])


class SlopeLikelihood:
    """Penalised likelihood of the calibration slope, every group at a level of its own.

    Half the logarithm of the information is added, which keeps the estimate finite and nearly unbiased however few
    the defaults; source: Firth (1993), Heinze and Schemper (2002). Profiled over the levels.
    """

    def __init__(self, log_odds: Floats, y: Floats, groups: npt.NDArray[Any] | None = None) -> None:
        self.codes = np.zeros(len(y), dtype=np.intp) if groups is None else pd.factorize(groups)[0]
        self.count = int(self.codes.max()) + 1
        self.y, rows = np.asarray(y, dtype=float), self._sum(np.ones(len(y)))
        self.z = log_odds - (self._sum(log_odds) / rows)[self.codes]
        if np.ptp(self.z) == 0:
            raise ValueError("the predicted probabilities are all the same within their group; they have no slope")
        rate = (self._sum(self.y) + 0.5) / (rows + 1.0)
        self._start = np.log(rate / (1 - rate))

    def _sum(self, values: Floats) -> Floats:
        return np.asarray(np.bincount(self.codes, weights=values, minlength=self.count), dtype=float)

    def at(self, slope: float) -> tuple[float, float, float]:
        """Log-likelihood, its derivative and the information at a slope, each level at its best."""
        level = self._start
        for _ in range(200):
            predicted = level[self.codes] + slope * self.z
            mean = expit(predicted)
            curve = mean * (1 - mean)
            weight = self._sum(curve)
            away = self.z - (self._sum(curve * self.z) / weight)[self.codes]
            information = float(curve @ np.square(away))
            leverage = curve * (1 / weight[self.codes] + np.square(away) / information)
            pull = self.y - mean + leverage * (0.5 - mean)
            step = np.clip(self._sum(pull) / weight, -1.0, 1.0)
            if np.abs(step).max() < 1e-9:
                break
            level = level + step
        fitted = float((self.y * predicted - np.logaddexp(0.0, predicted)).sum())
        penalty = (float(np.log(weight).sum()) + float(np.log(information))) / 2
        return fitted + penalty, float(pull @ self.z), information


def slope_interval(
    log_odds: Floats, y: Floats, level: float = 1 - 2 * TAIL, groups: npt.NDArray[Any] | None = None
) -> dict[str, float]:
    """Slope of the outcome on the predicted log-odds and its profile interval; 1 is perfect, more is too flat.

    groups : cases of one group share a level; the slope is common to all. None is one group.
    """
    likelihood, slope = SlopeLikelihood(log_odds, y, groups), 1.0
    for _ in range(100):
        best, pull, information = likelihood.at(slope)
        step = float(np.clip(pull / information, -1.0, 1.0))
        if abs(step) < 1e-7:
            break
        slope += step
    error, limit = information**-0.5, float(chi2.ppf(level, 1))

    def beyond(at: float) -> float:
        return 2 * (best - likelihood.at(at)[0]) - limit

    ends = []
    for side in (-1.0, 1.0):
        reaches = (error * 2.0**doubled for doubled in range(1, 60))
        reach = next(one for one in reaches if not beyond(slope + side * one) < 0)
        ends.append(float(brentq(lambda gone, side=side: beyond(slope + side * gone), 0.0, reach, xtol=1e-6)))
    return {"value": slope, "low": slope - ends[0], "high": slope + ends[1], "se": error}


def resamples(groups: npt.NDArray[Any], y: Floats, draws: int, seed: int) -> list[Floats]:
    """Row weights of bootstrap draws of whole groups; a draw without both outcomes is drawn again."""
    codes, levels = pd.factorize(groups)
    rng = np.random.default_rng(seed)
    every: list[Floats] = []
    while len(every) < draws:
        weight = np.bincount(rng.integers(0, len(levels), len(levels)), minlength=len(levels))[codes].astype(float)
        if 0 < weight @ y < weight.sum():
            every.append(weight)
    return every


def summary(point: Mapping[str, float], draws: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Each figure with its 90 % interval and standard error."""
    return {
        name: {
            "value": value,
            "low": float(draws[name].quantile(TAIL)),
            "high": float(draws[name].quantile(1 - TAIL)),
            "se": float(draws[name].std()),
        }
        for name, value in point.items()
    }
