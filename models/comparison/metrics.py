"""Metrics of rows under many weightings at once: a resample of firms is a row of weights.

Each metric is a function of the rows and of weights of shape (draws, rows) that gives one value for each draw, NaN
where a draw leaves it undefined (one outcome only, no weight, one prediction for all).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from models.comparison.rows import BINS, Floats, Kind, RowsError, RunRows

Aim = Literal["more", "less"] | float
Method = Literal["bca", "t", "normal"]
STEPS = 40  # of Newton's method; a draw whose outcomes are separated ends there with a steep slope
SURE = 1e-4  # a Newton step below this leaves an error of its square


@dataclass(frozen=True)
class Profit:
    """What a loan earns a year by rate, and the share that a default loses: lent where the prediction earns."""

    annual_rate: float
    lgd: float

    @property
    def cutoff_pd(self) -> float:
        """The PD at which a loan earns nothing: rate (1 - pd) = lgd pd."""
        return self.annual_rate / (self.annual_rate + self.lgd)


@dataclass(frozen=True)
class Metric:
    """A metric by name.

    aim : "more" or "less" is better, or the value that is best
    kinds : of rows that have it; ``extras`` are the columns it reads beside outcome and prediction
    unit : of its values, empty for a plain number; method : of its interval (``models.comparison.paired.Statistic``)
    low, high : between which every value lies, whatever the rows
    """

    name: str
    aim: Aim
    kinds: tuple[Kind, ...]
    of: Callable[[RunRows, Floats], Floats]
    extras: tuple[str, ...] = ()
    unit: str = ""
    method: Method = "t"
    low: float = -inf
    high: float = inf

    def __call__(self, rows: RunRows, weight: Floats | None = None) -> Floats:
        """Values of shape (draws,) for weights of shape (draws, rows); under the rows' own weights (1,) if left out."""
        values: Floats = self.of(rows, rows.weight[None] if weight is None else weight)
        return values


def _divided(above: Floats, below: Floats) -> Floats:
    ratio: Floats = np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)
    return ratio


def _mean(weight: Floats, values: Floats) -> Floats:
    sums: Floats = weight @ values
    return _divided(sums, weight.sum(axis=1))


def _by_level(rows: RunRows, weight: Floats) -> tuple[Floats, Floats]:
    """Weight with outcome 1 and with outcome 0 at each level of the prediction, rising; shape (draws, levels)."""
    every, bad = rows.by_prediction.sums(weight, rows.outcome)
    return bad, every - bad


def auc(rows: RunRows, weight: Floats) -> Floats:
    """Chance that a row with outcome 1 has the larger prediction than one with outcome 0, ties counting half."""
    bad, good = _by_level(rows, weight)
    below = np.cumsum(good, axis=1) - good / 2
    return _divided(np.einsum("dl,dl->d", bad, below), bad.sum(axis=1) * good.sum(axis=1))


def ks(rows: RunRows, weight: Floats) -> Floats:
    """Largest gap between the distributions of the prediction with outcome 0 and with outcome 1."""
    bad, good = (np.cumsum(one, axis=1) for one in _by_level(rows, weight))
    for one in (bad, good):
        one *= _divided(np.ones(len(one)), one[:, -1])[:, None]
    return np.asarray(np.abs(good - bad).max(axis=1))


def brier(rows: RunRows, weight: Floats) -> Floats:
    """Mean squared error of the probability."""
    return _mean(weight, np.square(rows.prediction - rows.outcome))


def log_loss(rows: RunRows, weight: Floats) -> Floats:
    """Mean of -log(probability of what happened)."""
    return _mean(weight, np.logaddexp(0.0, rows.log_odds) - rows.outcome * rows.log_odds)


def ece(rows: RunRows, weight: Floats) -> Floats:
    """Expected calibration error: mean gap of probability and frequency over tenths of the run's own predictions."""
    return _divided(np.abs(weight @ rows.gaps_by_bin).sum(axis=1), weight.sum(axis=1))


def calibration_line(rows: RunRows, weight: Floats) -> tuple[Floats, Floats]:
    """Intercept and slope of the outcome's log-odds on the predicted log-odds, by Newton's method; 0 and 1 are perfect.

    Source: Cox (1958). NaN where one outcome or one prediction has all the weight.
    """
    centre = float(np.average(rows.log_odds, weights=rows.weight))
    z, start = rows.log_odds - centre, np.array([centre, 1.0])
    own, sure = _lines(z, rows.outcome, rows.weight[None], start)
    line, _ = _lines(z, rows.outcome, weight, own[0] if sure[0] else start)
    return np.asarray(line[:, 0] - line[:, 1] * centre), line[:, 1]


def _lines(z: Floats, y: Floats, weight: Floats, start: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Intercept and slope by draw, NaN where undefined, shape (draws, 2), and whether the method came to its end."""
    powers = np.stack([np.ones_like(z), z, z * z], axis=1)
    sums, bad = weight @ powers, weight @ (y[:, None] * powers[:, :2])
    usable = (
        (bad[:, 0] > 0)
        & (bad[:, 0] < sums[:, 0])
        & (sums[:, 2] * sums[:, 0] - sums[:, 1] ** 2 > 1e-12 * sums[:, 0] ** 2)
    )
    line = np.tile(start, (len(weight), 1))
    moving = np.flatnonzero(usable)
    for step_number in range(STEPS):
        if not len(moving):
            break
        own = weight if len(moving) == len(weight) else weight[moving]
        if step_number == 0:  # every draw begins with the same line, whose curve is then computed once
            mean = expit(start[0] + start[1] * z)
            fitted, curve = own @ (mean[:, None] * powers[:, :2]), own @ ((mean - mean**2)[:, None] * powers)
        else:
            mean = expit(line[moving, :1] + line[moving, 1:] * z)
            weighted = own * mean
            fitted = weighted @ powers[:, :2]
            curve = weighted @ powers - (weighted * mean) @ powers
        pull = bad[moving] - fitted
        det = np.maximum(curve[:, 0] * curve[:, 2] - curve[:, 1] ** 2, 1e-300)
        step = np.stack([curve[:, 2] * pull[:, 0] - curve[:, 1] * pull[:, 1],
                         curve[:, 0] * pull[:, 1] - curve[:, 1] * pull[:, 0]], axis=1) / det[:, None]  # fmt: skip
        line[moving] += np.clip(step, -1.0, 1.0)
        moving = moving[np.abs(step).max(axis=1) > SURE]
    line[~usable] = np.nan
    sure = usable.copy()
    sure[moving] = False
    return line, sure


def calibration_slope(rows: RunRows, weight: Floats) -> Floats:
    """Slope of the outcome's log-odds on the predicted ones; below 1 the probabilities are too far apart."""
    return calibration_line(rows, weight)[1]


def calibration_intercept(rows: RunRows, weight: Floats) -> Floats:
    """What has to be added to the predicted log-odds so that their mean probability is the rate; above 0: too low."""
    own = _added(rows, rows.weight[None], 0.0)[0]
    return _added(rows, weight, own if np.isfinite(own) else 0.0)


def _added(rows: RunRows, weight: Floats, start: float) -> Floats:
    total, bad = weight.sum(axis=1), weight @ rows.outcome
    usable = (bad > 0) & (bad < total)
    added = np.full(len(weight), start)
    for step_number in range(STEPS):
        if step_number == 0:  # every draw begins alike
            mean = expit(start + rows.log_odds)
            fitted, curve = (weight @ np.stack([mean, mean - mean**2], axis=1)).T
        else:
            mean = expit(added[:, None] + rows.log_odds)
            weighted = weight * mean
            fitted = weighted.sum(axis=1)
            curve = fitted - np.einsum("dr,dr->d", weighted, mean)
        step = np.where(usable, np.clip(_divided(bad - fitted, curve), -1.0, 1.0), 0.0)
        added += step
        if np.abs(step).max() < SURE:
            break
    return np.where(usable, added, np.nan)


def expected_profit(profit: Profit) -> Callable[[RunRows, Floats], Floats]:
    """The metric at these rates: yuan a year earned for each 10,000 yuan applied for.

    Lent is where the prediction is below the cut-off. A row weighs as its extra ``exposure_wan``; where there is none,
    all weigh alike.
    """

    def of(rows: RunRows, weight: Floats) -> Floats:
        """Yuan a year earned for each 10,000 yuan applied for, lending where the prediction is below the cut-off."""
        exposure = rows.extras.get("exposure_wan", np.ones(len(rows)))
        lent = exposure * (rows.prediction < profit.cutoff_pd)
        earned = lent * (profit.annual_rate * (1 - rows.outcome) - profit.lgd * rows.outcome)
        return 10_000 * _divided(weight @ earned, weight @ exposure)

    return of


def spearman(rows: RunRows, weight: Floats) -> Floats:
    """Correlation of the mid-ranks of points and outcome."""
    away = []
    for levels in (rows.by_prediction, rows.by_outcome):
        ranks = levels.ranks(weight)
        away.append(ranks - weight.sum(axis=1, keepdims=True) / 2)  # the weighted mean of mid-ranks
    both, own, other = (np.einsum("dr,dr,dr->d", weight, away[one], away[two]) for one, two in ((0, 1), (0, 0), (1, 1)))
    return _divided(both, np.sqrt(own * other))


def spearman_within_stage(rows: RunRows, weight: Floats) -> Floats:
    """Mean rank correlation over growth stages, by their weight; stages where it is undefined are left out."""
    stages = rows.extras["growth_stage"]
    above = below = np.zeros(len(weight))
    for stage in np.unique(stages):
        own = np.flatnonzero(stages == stage)
        if len(own) < 3 or not rows.weight[own].sum() > 0:
            continue
        found, share = spearman(rows.take(own), weight[:, own]), weight[:, own].sum(axis=1)
        known = np.isfinite(found)
        above, below = above + np.where(known, share * found, 0.0), below + np.where(known, share, 0.0)
    return _divided(above, below)


def top_tenth(rows: RunRows, weight: Floats) -> Floats:
    """Mean outcome of the tenth of the weight with the most points, less that of all; a tied level counts in part."""
    level, outcome = rows.by_prediction.sums(weight, rows.outcome)
    total = weight.sum(axis=1)
    above = total[:, None] - np.cumsum(level, axis=1)
    part = np.clip(total[:, None] / BINS - above, 0.0, level)
    mean_of_level = np.divide(outcome, level, out=np.zeros_like(outcome), where=level > 0)
    top = _divided(np.einsum("dl,dl->d", part, mean_of_level), part.sum(axis=1))
    return top - _divided(outcome.sum(axis=1), total)


def pinball(rows: RunRows, weight: Floats) -> Floats:
    """Mean pinball loss of the logarithms (of 1 + amount) at the promised quantile."""
    gap, level = np.log1p(rows.outcome) - np.log1p(rows.prediction), rows.extras["quantile"].astype(float)
    return _mean(weight, np.maximum(level * gap, (level - 1) * gap))


def coverage_error(rows: RunRows, weight: Floats) -> Floats:
    """Share of outcomes at or above the predicted quantile, less the promised share; 0 is perfect."""
    return _mean(weight, (rows.outcome >= rows.prediction) - (1 - rows.extras["quantile"].astype(float)))


def ndcg_10(rows: RunRows, weight: Floats) -> Floats:
    """Mean nDCG@10 over queries; a query weighs as the mean of its rows."""
    quality, share = rows.by_query
    return _divided(weight @ (share * quality), weight @ share)


def mean(rows: RunRows, weight: Floats) -> Floats:
    """Mean of the rows' own figures."""
    return _mean(weight, rows.prediction)


def metrics_table(profit: Profit) -> dict[str, Metric]:
    """Every metric by name."""
    probability: tuple[Kind, ...] = ("probability",)
    points: tuple[Kind, ...] = ("points",)
    table = (
        Metric("auc", "more", probability, auc, low=0.0, high=1.0),
        Metric("ks", "more", probability, ks, low=0.0, high=1.0),
        Metric("brier", "less", probability, brier, low=0.0, high=1.0),
        Metric("log_loss", "less", probability, log_loss, low=0.0),
        Metric("calibration_slope", 1.0, probability, calibration_slope),
        Metric("calibration_intercept", 0.0, probability, calibration_intercept),
        Metric("ece", "less", probability, ece, low=0.0, high=1.0),
        Metric(
            "expected_profit",
            "more",
            probability,
            expected_profit(profit),
            unit="CNY a year per 10,000 CNY",
            method="normal",
            low=-10_000 * profit.lgd,
            high=10_000 * profit.annual_rate,
        ),
        Metric("spearman", "more", points, spearman, low=-1.0, high=1.0),
        Metric("spearman_within_stage", "more", points, spearman_within_stage, ("growth_stage",), low=-1.0, high=1.0),
        Metric("top_tenth", "more", points, top_tenth),
        Metric("pinball", "less", ("quantile",), pinball, ("quantile",), low=0.0),
        Metric("coverage_error", 0.0, ("quantile",), coverage_error, ("quantile",), low=-1.0, high=1.0),
        Metric("ndcg", "more", ("ranking",), ndcg_10, ("query",), low=0.0, high=1.0),
        Metric("mean", "more", ("value",), mean, method="bca"),
    )
    return {metric.name: metric for metric in table}


def metrics_of(rows: RunRows, table: Mapping[str, Metric], names: Iterable[str] | None = None) -> list[Metric]:
    """The metrics that such rows have, or those that are named; raises RowsError naming what is allowed."""
    allowed = {
        name: metric
        for name, metric in table.items()
        if rows.kind in metric.kinds and {*metric.extras} <= {*rows.extras}
    }
    if names is None:
        return list(allowed.values())
    chosen = list(names)
    if unknown := [name for name in chosen if name not in allowed]:
        raise RowsError(f"metric: found {', '.join(unknown)}; allowed for these {rows.kind} rows: {', '.join(allowed)}")
    return [allowed[name] for name in chosen]
