"""What can be said of default before its labels mature, and of firms that were never lent to: estimates and ranges."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import Codebook
from features.risk import risk_matrix
from models.risk import RiskModel
from models.risk_drift import SCORE, drifts

Floats = npt.NDArray[np.float64]


def drift_report(model: RiskModel, cases: pd.DataFrame, default: pd.Series, codebook: Codebook) -> dict[str, Any]:
    """PSI of every feature and of the score on these cases, the alarms, and the performance expected before outcomes.

    ``happened`` stands beside ``expected`` because these outcomes are known; in service they are not yet.
    """
    matrix = risk_matrix(cases, codebook).to_numpy()
    pd_12m = model.predict_matrix(matrix)[SCORE].to_numpy()
    columns = dict(zip(model.feature_names, matrix.T, strict=True)) | {SCORE: pd_12m}
    found = drifts(model.reference, columns)
    expected = expected_performance(pd_12m)
    y = default.to_numpy(dtype=float)
    return {
        "alarms": [one.column for one in found if one.alarm],
        "psi": {one.column: round(one.psi, 6) for one in found[:10]}
        | {SCORE: round(next(one.psi for one in found if one.column == SCORE), 6)},
        "expected": expected,
        "happened": {"default_rate": float(y.mean()), "brier": float(np.square(pd_12m - y).mean())},
    }


def expected_performance(pd_12m: Floats) -> dict[str, float]:
    """Default rate, Brier score and AUC that calibrated probabilities imply, each case counted as both outcomes.

    It holds as long as the calibration does: a changed relation of features and default is not seen by it.
    source: confidence-based performance estimation, NannyML
    """
    levels, place = np.unique(pd_12m, return_inverse=True)
    bad = np.bincount(place, weights=pd_12m, minlength=len(levels))
    good = np.bincount(place, weights=1 - pd_12m, minlength=len(levels))
    pairs = float(bad @ (np.cumsum(good) - good / 2))
    own = float((pd_12m * (1 - pd_12m)).sum())  # a case is no pair with itself
    total = float(bad.sum() * good.sum()) - own
    return {
        "default_rate": float(pd_12m.mean()),
        "brier": float((pd_12m * (1 - pd_12m)).mean()),
        "auc": (pairs - own / 2) / total if total > 0 else float("nan"),
    }


def default_rate_bounds(
    applications: pd.DataFrame, default: pd.Series, odds_ratios: tuple[float, float] = (1.0, 5.0)
) -> dict[str, Any]:
    """Default rate of all who applied: a range, because those refused were never seen.

    worst_case : refused firms all good or all bad; no assumption
    assumed : their odds of default between the given multiples of the approved firms' odds; an assumption, said so
    """
    share = float((applications["decision"] == "approve").mean())
    return rate_bounds(float(default.mean()), share, odds_ratios)


def rate_bounds(seen_rate: float, seen_share: float, odds_ratios: tuple[float, float] = (1.0, 5.0)) -> dict[str, Any]:
    """The range of a whole population's default rate when only ``seen_share`` of it was lent to."""
    low, high = seen_rate * seen_share, seen_rate * seen_share + 1 - seen_share
    assumed = []
    for ratio in odds_ratios:
        odds = ratio * seen_rate / max(1 - seen_rate, 1e-12)
        assumed.append(seen_share * seen_rate + (1 - seen_share) * odds / (1 + odds))
    return {
        "seen_rate": seen_rate,
        "seen_share": seen_share,
        "worst_case": [low, high],
        "assumed": [min(assumed), max(assumed)],
        "assumed_odds_ratios": list(odds_ratios),
    }
