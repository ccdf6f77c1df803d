"""The objectives of a search: pure functions of held-out predictions.

discrimination : how well scores order outcomes of one block; more is better
calibration    : how far the predictions are from what happened; less is better
stability      : standard deviation of the discrimination over blocks; less is better
size           : of the model, in the capability's unit; less is better
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from models.comparison import metrics
from models.comparison.rows import Kind, RunRows

Floats = npt.NDArray[np.float64]


class Figures(NamedTuple):
    """The four objectives of one trial; NaN where the blocks do not show one."""

    discrimination: float
    calibration: float
    stability: float
    size: float


SIGNS = Figures(1.0, -1.0, -1.0, -1.0)  # more is better, or less


def auc(outcome: Floats, log_odds: Floats) -> float:
    """Chance that a case with outcome 1 has the larger PD than one with 0, ties half; NaN with one outcome only."""
    return _alone(metrics.auc, _rows(outcome, expit(log_odds), "probability"))


def slope_error(outcome: Floats, log_odds: Floats) -> float:
    """Distance from 1 of the slope of the outcome's log-odds on the predicted ones; NaN with one outcome only."""
    return abs(_alone(metrics.calibration_slope, _rows(outcome, expit(log_odds), "probability")) - 1.0)


def rank_correlation(outcome: Floats, score: Floats, group: npt.NDArray[np.int64]) -> float:
    """Mean over groups, by their cases, of the rank correlation; NaN without a group of three cases and two values."""
    return _alone(metrics.spearman_within_stage, _rows(outcome, score, "points", growth_stage=group))


def linear_slope_error(outcome: Floats, predicted: Floats) -> float:
    """Distance from 1 of the least-squares slope through 0 of centred outcomes on predicted ones."""
    spread = float(predicted @ predicted)
    return abs(float(predicted @ outcome) / spread - 1.0) if spread > 0 else float("nan")


def coverage_error(outcome: Floats, low: Floats, level: float) -> float:
    """Distance of the share of amounts at or above their low quantile from the promised share, 1 less ``level``."""
    return abs(_alone(metrics.coverage_error, _rows(outcome, low, "quantile", quantile=np.full(len(low), level))))


def pinball(outcome: Floats, quantile: Floats, level: float) -> float:
    """Mean pinball loss of the logarithms (of 1 + amount) at the quantile ``level``."""
    return _alone(metrics.pinball, _rows(outcome, quantile, "quantile", quantile=np.full(len(quantile), level)))


def mean_over(values: Sequence[float], cases: Sequence[int]) -> float:
    """Mean over blocks by their cases, of those that show a value; NaN where none does."""
    known = ~np.isnan(values)
    return float(np.average(np.array(values)[known], weights=np.array(cases)[known])) if known.any() else float("nan")


def spread_over(values: Sequence[float]) -> float:
    """Standard deviation over blocks, of those that show a value; NaN for fewer than two."""
    known = np.array(values)[~np.isnan(values)]
    return float(known.std()) if len(known) > 1 else float("nan")


def _rows(outcome: Floats, prediction: Floats, kind: Kind, **extras: npt.NDArray[Any]) -> RunRows:
    """Every case alone and with the same weight."""
    return RunRows(np.arange(len(outcome)), outcome, prediction, np.ones(len(outcome)), kind, extras=extras)


def _alone(metric: Callable[[RunRows, Floats], Floats], rows: RunRows) -> float:
    return float(metric(rows, rows.weight[None])[0])
