"""Chances of a longer time, read through where the actual times of closed cases lay in their forecasts."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from models.remaining_time.coverage import Labels, factors
from models.remaining_time.scores import LEVEL, Floats
from models.risk.interval import z_of

RANKS, FEWEST_RANKED = 41, 100.0  # quantiles; cases


def ranks_of(labels: Labels, day: float) -> Floats:
    """Quantiles, by weight, of the chance that forecasts gave to a shorter time than the actual one; (RANKS,).

    labels : of forecasts made before their cases closed; day : since 1970, of the intervals' adaptation
    Chances are read through them: of those with a chance of .3, three in ten take longer. With few labels they are
    even, which leaves the chances as they are.
    """
    even = np.linspace(0.0, 1.0, RANKS)
    if labels.weight.sum() < FEWEST_RANKED:
        return even
    (narrow,), (wide,) = factors(labels, np.array([np.floor(day)]))
    z = np.where(labels.above > 0, labels.above / wide, -labels.below / narrow) * z_of(LEVEL)
    shorter = ndtr(z)
    order = np.argsort(shorter, kind="stable")
    weight = labels.weight[order]
    ranks: Floats = np.interp(even, (np.cumsum(weight) - weight / 2) / weight.sum(), shorter[order])
    ranks[[0, -1]] = 0.0, 1.0
    return ranks


def read_through(later: Floats, ranks: Floats) -> Floats:
    """Chances as they turned out: one minus the share of actual times that lay below the same point of the forecast.

    later : chance of a time longer than a point, by the forecast; ranks : quantiles of 1 - that chance at actual times
    """
    found: Floats = 1.0 - np.interp(1.0 - later, ranks, np.linspace(0.0, 1.0, len(ranks)))
    return found
