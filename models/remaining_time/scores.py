"""Proper scores of quantiles and intervals; every array of shape (n,), in the unit of what is forecast."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
LEVEL = 0.8  # of the interval: 10 % below its lower end, 10 % above its upper end


def pinball(actual: Floats, quantile: Floats, level: float) -> Floats:
    """Loss of a quantile of a level in (0, 1): level a day above it, 1 - level a day below it."""
    over = actual - quantile
    return np.asarray(np.where(over >= 0.0, level * over, (level - 1.0) * over))


def winkler(actual: Floats, low: Floats, high: Floats, level: float = LEVEL) -> Floats:
    """Interval score (Gneiting and Raftery 2007): the width, and 2 / (1 - level) for each unit outside."""
    outside = np.maximum(low - actual, 0.0) + np.maximum(actual - high, 0.0)
    return np.asarray(high - low + 2.0 / (1.0 - level) * outside)


def held(actual: Floats, low: Floats, high: Floats) -> npt.NDArray[np.bool_]:
    """Whether the interval, its ends included, holds what came."""
    return np.asarray((low <= actual) & (actual <= high))
