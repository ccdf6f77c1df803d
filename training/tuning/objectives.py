"""The objectives of a search: pure functions of held-out predictions.

discrimination : how well scores order outcomes of one block; more is better
calibration    : how far the predictions are from what happened; less is better
stability      : standard deviation of the discrimination over blocks; less is better
size           : of the model, in the capability's unit; less is better
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

Floats = npt.NDArray[np.float64]
NO_PENALTY = 1e6  # scikit-learn's inverse strength of the penalty: none that could be seen


class Figures(NamedTuple):
    """The four objectives of one trial; NaN where the blocks do not show one."""

    discrimination: float
    calibration: float
    stability: float
    size: float


SIGNS = Figures(1.0, -1.0, -1.0, -1.0)  # more is better, or less


def auc(outcome: Floats, score: Floats) -> float:
    """Chance that a case with outcome 1 has the larger score than one with 0, ties half; NaN with one outcome only."""
    return float(roc_auc_score(outcome, score)) if 0 < outcome.sum() < len(outcome) else float("nan")


def rank_correlation(outcome: Floats, score: Floats, group: npt.NDArray[np.int64]) -> float:
    """Mean over groups, by their cases, of Spearman's correlation; NaN without one of three cases and two values."""
    found, cases = [], []
    for rows in (group == one for one in np.unique(group)):
        one, other = rankdata(outcome[rows]), rankdata(score[rows])
        if rows.sum() > 2 and one.std() > 0 and other.std() > 0:
            found.append(float(np.corrcoef(one, other)[0, 1]))
            cases.append(int(rows.sum()))
    return float(np.average(found, weights=cases)) if found else float("nan")


def slope_error(outcome: Floats, log_odds: Floats) -> float:
    """Distance from 1 of the slope of the outcome's log-odds on the predicted ones; NaN with one outcome only."""
    if not 0 < outcome.sum() < len(outcome) or log_odds.std() == 0:
        return float("nan")
    line = LogisticRegression(C=NO_PENALTY, max_iter=1_000).fit(log_odds[:, None], outcome)
    return abs(float(line.coef_[0, 0]) - 1.0)


def linear_slope_error(outcome: Floats, predicted: Floats) -> float:
    """Distance from 1 of the least-squares slope through 0 of centred outcomes on predicted ones."""
    spread = float(predicted @ predicted)
    return abs(float(predicted @ outcome) / spread - 1.0) if spread > 0 else float("nan")


def coverage_error(outcome: Floats, low: Floats, promised: float) -> float:
    """Distance of the share of outcomes at or above their low quantile from the promised share."""
    return abs(float((outcome >= low).mean()) - promised)


def pinball(outcome: Floats, quantile: Floats, level: float) -> float:
    """Mean loss of a predicted quantile: level times what it lies below, 1 - level times what it lies above."""
    gap = outcome - quantile
    return float(np.maximum(level * gap, (level - 1.0) * gap).mean())


def mean_over(values: Sequence[float], cases: Sequence[int]) -> float:
    """Mean over blocks by their cases, of those that show a value; NaN where none does."""
    known = ~np.isnan(values)
    return float(np.average(np.array(values)[known], weights=np.array(cases)[known])) if known.any() else float("nan")


def spread_over(values: Sequence[float]) -> float:
    """Standard deviation over blocks, of those that show a value; NaN for fewer than two."""
    known = np.array(values)[~np.isnan(values)]
    return float(known.std()) if len(known) > 1 else float("nan")
