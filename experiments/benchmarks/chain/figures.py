"""Figures of held-out rows pooled over splits, beside a baseline's on the same rows; intervals resample items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.comparison.metrics import Metric, mean
from models.comparison.paired import Resamples, Statistic, statistics
from models.comparison.rows import Floats, RunRows

Doubles = npt.NDArray[np.float64]
Strings = npt.NDArray[np.object_]
LEVEL, DRAWS, SEED = 0.9, 2_000, 7


def ratio(rows: RunRows, weight: Floats) -> Floats:
    """The rows' values summed over their extra ``below`` summed; NaN where that is 0."""
    below = weight @ rows.extras["below"]
    found: Floats = np.divide(weight @ rows.prediction, below, out=np.full(len(weight), np.nan), where=below > 0)
    return found


MEAN = Metric("mean", "more", ("value",), mean, method="bca")
RATIO = Metric("ratio", "more", ("value",), ratio, ("below",))


@dataclass(frozen=True)
class Measured:
    """One figure's parts, a row a held-out item of a split.

    item : what is resampled, in all splits at once
    value : the row's figure; the mean is taken, or, where there is ``below``, the sum over that of ``below``
    """

    item: Strings
    value: Doubles
    below: Doubles | None = None

    @classmethod
    def micro_f1(cls, item: Strings, counts: npt.NDArray[Any]) -> Measured:
        """2 · overlap / (found + true), from the three of each row, shape (rows, 3)."""
        overlap, found, true = counts.T.astype(float)
        return cls(item, 2.0 * overlap, found + true)

    @classmethod
    def share(cls, item: Strings, of: npt.NDArray[np.bool_], among: npt.NDArray[np.bool_] | None = None) -> Measured:
        """The share of rows that are ``of``, among all or some of them."""
        if among is None:
            return cls(item, of.astype(float))
        return cls(item, (of & among).astype(float), among.astype(float))

    def statistic(self, draws: int = DRAWS) -> Statistic:
        """The figure under resamples of items, which are the same for every figure of the same rows."""
        extras = {} if self.below is None else {"below": self.below}
        ones = np.ones(len(self.value))
        rows = RunRows(self.item, np.zeros(len(ones)), self.value, ones, "value", extras=extras)
        metric = RATIO if extras else MEAN
        return statistics(rows, [metric], Resamples(rows.firms, draws, SEED))[metric.name]


def interval(one: Statistic) -> dict[str, float | None]:
    """The value with its 90 % interval; None where it is not defined."""
    found = one.interval(LEVEL)
    ends = {"value": found.estimate, "low": found.low, "high": found.high}
    return {name: float(end) if np.isfinite(end) else None for name, end in ends.items()}


def beside(ours: Measured, others: Mapping[str, Measured], draws: int = DRAWS) -> dict[str, Any]:
    """Ours, each baseline, and ours less each of them, with their 90 % intervals."""
    own = ours.statistic(draws)
    theirs = {name: one.statistic(draws) for name, one in others.items()}
    return {
        "ours": interval(own),
        "baselines": {name: interval(one) for name, one in theirs.items()},
        "gain": {name: interval(own - one) for name, one in theirs.items()},
    }
