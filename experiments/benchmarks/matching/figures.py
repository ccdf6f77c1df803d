"""Figures of rankings and probabilities, with paired intervals over groups of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from training.matching.evaluate import (
    Doubles,
    Flags,
    brier,
    calibration_slope,
    expected_calibration_error,
    paired_interval,
)

Groups = npt.NDArray[np.object_]
DRAWS, LEVEL = 1_000, 0.9
SLOPE_DRAWS = 200


def mean_figures(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Mean over queries of each figure."""
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]} if rows else {}


def gains_over(ours: Doubles, peers: Mapping[str, Doubles], group: Groups, seed: int) -> dict[str, Any]:
    """Gain in nDCG@10 over each peer and over the best of them, which the same queries chose."""
    if not peers or not len(ours):
        return {}
    best = max(peers, key=lambda name: float(peers[name].mean()))
    found: dict[str, Any] = {name: interval(ours - figures, group, seed) for name, figures in peers.items()}
    return {"best_peer": best, "over_best": found[best], "over": found}


def interval(gain: Doubles, group: Groups, seed: int) -> dict[str, float]:
    """Mean and its 90 % interval over resampled groups."""
    mean, low, high = paired_interval(gain, group, DRAWS, seed, LEVEL)
    return {"mean": mean, "low": low, "high": high}


def calibration(p: Doubles, hit: Flags, group: Groups, seed: int) -> dict[str, Any]:
    """ECE, Brier score beside the base rate's, and slope with their intervals.

    base_rate_gain : Brier score of the constant base rate less ours, above 0 where ours is better
    """
    if not len(p):
        return {}
    base = np.full(len(p), hit.mean())
    _, code = np.unique(group.astype(str), return_inverse=True)
    rng = np.random.default_rng(seed)
    slopes = []
    for _ in range(SLOPE_DRAWS):
        times = np.bincount(rng.integers(code.max() + 1, size=code.max() + 1), minlength=code.max() + 1)
        slopes.append(calibration_slope(p, hit, times[code].astype(float)))
    known = np.array([one for one in slopes if np.isfinite(one)])
    low, high = np.quantile(known, [0.05, 0.95]) if len(known) else (np.nan, np.nan)
    return {
        "queries": len(p),
        "first_relevant": float(hit.mean()),
        "mean_probability": float(p.mean()),
        "ece": expected_calibration_error(p, hit),
        "brier": float(brier(p, hit).mean()),
        "base_rate_gain": interval(brier(base, hit) - brier(p, hit), group, seed),
        "slope": {"mean": number(calibration_slope(p, hit)), "low": number(float(low)), "high": number(float(high))},
    }


def abstention(answered: Flags, right: Flags) -> dict[str, Any]:
    """Coverage, and the share of answered queries without a relevant firm among the first three.

    standard_error : of the error, as of a binomial share
    """
    count = int(answered.sum())
    error = float((~right[answered]).mean()) if count else 0.0
    return {
        "coverage": float(answered.mean()) if len(answered) else 0.0,
        "answered": count,
        "error": error,
        "standard_error": float(np.sqrt(max(error * (1 - error), 1e-12) / count)) if count else 0.0,
    }


def number(value: float) -> float | None:
    """JSON has no NaN."""
    return value if np.isfinite(value) else None
