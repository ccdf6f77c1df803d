"""Curves of one run: observed against predicted by tenths, and how much of the outcome the largest predictions hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.comparison.paired import Resamples
from models.comparison.rows import BINS, Floats, Kind, RunRows

CURVED: tuple[Kind, ...] = ("probability", "points")


@dataclass(frozen=True)
class Tenth:
    """Rows between two tenths of the weight, by rising prediction.

    predicted, observed : means; low, high : percentile interval of the observed mean, resampling firms
    """

    rows: int
    weight: float
    predicted: float
    observed: float
    low: float
    high: float


def tenths(rows: RunRows, resamples: Resamples, level: float = 0.95) -> list[Tenth]:
    """The tenths that have rows, from the smallest predictions on; rows of one prediction stay together."""
    rank = rows.by_prediction.ranks(rows.weight[None])[0] / rows.weight.sum()
    bins = np.minimum((rank * BINS).astype(int), BINS - 1)
    kept = np.unique(bins[rows.weight > 0])
    members = (bins[:, None] == kept).astype(float)
    held = members * rows.outcome[:, None]
    drawn = [_ratio(weight @ held, weight @ members) for weight in resamples.weights(rows)]
    draws = np.concatenate(drawn)[: resamples.draws]
    low, high = np.nanquantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    weights = rows.weight @ members
    observed, predicted = (rows.weight * column @ members / weights for column in (rows.outcome, rows.prediction))
    return [
        Tenth(
            int(members[:, at].sum()),
            float(weights[at]),
            float(predicted[at]),
            float(observed[at]),
            float(low[at]),
            float(high[at]),
        )
        for at in range(len(kept))
    ]


def captured(rows: RunRows) -> list[tuple[float, float]]:
    """Share of all outcomes in the share of rows with the largest predictions, from (0, 0) to (1, 1) by twentieths.

    Ties count in part. Empty where no outcome is above 0 or one is below.
    """
    weight = rows.weight[None]
    level, outcome = (one[0][::-1] for one in rows.by_prediction.sums(weight, rows.outcome))
    if not outcome.sum() > 0 or (rows.outcome < 0).any():
        return []
    at = np.linspace(0, 1, 2 * BINS + 1)
    share = np.interp(
        at, np.append(0, np.cumsum(level) / level.sum()), np.append(0, np.cumsum(outcome) / outcome.sum())
    )
    return [(float(one), float(other)) for one, other in zip(at, share, strict=True)]


def _ratio(above: Floats, below: Floats) -> Floats:
    ratio: Floats = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return ratio
