"""Whether the statistics that runs have stored are those of their rows, without computing all of them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from models.comparison.metrics import Metric, metrics_of
from models.comparison.paired import GROUPS, Resamples
from models.comparison.params import ComparisonParams
from models.comparison.rows import Floats, RowsError, RunRows

CHECKED = 300  # resamples, and as many left-out groups, that a page computes again, drawn by chance; shared by its runs
CELLS = 20_000_000  # weights that are held at once
ROUNDING = 1e-6  # Newton's method ends within 1e-8, and machines differ by less


@dataclass(frozen=True)
class Agreement:
    """Of each run, every metric's value is computed again, and so is it under some resamples and left-out groups.

    As many as make CHECKED of the whole page, and CELLS weights, at least one. That a tenth of the resamples of one of
    two runs was edited, of at most 60,000 rows, is missed by fewer than one page in a million; one alone nearly always,
    unless it lies where the metric cannot: every resample is held against the metric's range.

    rows : the baseline's, whose facts all runs of a page share; numbers : of the resamples; weight : of the rows, and
    under each of these, shape (1 + numbers, rows)
    """

    rows: RunRows
    metrics: tuple[Metric, ...]
    draws: int
    numbers: npt.NDArray[np.intp]
    weight: Floats

    @classmethod
    def on(cls, rows: RunRows, params: ComparisonParams, runs: int) -> Agreement:
        """Of so many runs on these rows."""
        resamples, chance = Resamples(rows.firms, params.draws, params.seed), np.random.default_rng()
        each, groups = max(1, min(CHECKED // runs, CELLS // len(rows))), min(rows.firms, GROUPS)
        drawn = chance.choice(params.draws, min(each, params.draws), replace=False)
        left = params.draws + chance.choice(groups, min(each, groups), replace=False)
        numbers = np.concatenate([np.sort(drawn), np.sort(left)])
        weight = np.concatenate([rows.weight[None], resamples.weights_at(rows, numbers)])
        metrics = tuple(metrics_of(rows, params.table()))
        return cls(replace(rows, key=None), metrics, params.draws, numbers, weight)  # keys take long to check

    def fault(self, stored: Mapping[str, Any], predictions: Floats) -> str:
        """The first figure that the predictions do not give, in words; empty where all agree."""
        try:
            rows = replace(self.rows, prediction=predictions)
            found = {name: self._every(one) for name, one in stored["metrics"].items()}
        except (RowsError, LookupError, TypeError, ValueError, AttributeError) as fault:
            return f"no statistics of these rows ({fault})"
        names = [metric.name for metric in self.metrics]
        if others := {*found} ^ {*names}:
            return f"found or missing {', '.join(sorted(others))}"
        own = np.array([found[name][[0, *(1 + self.numbers)]] for name in names])
        given = np.array([of(rows, self.weight) for of in self.metrics])
        unlike = np.argwhere(~np.isclose(own, given, rtol=ROUNDING, atol=ROUNDING, equal_nan=True))
        if not len(unlike):
            return next(filter(None, (_impossible(one, found[one.name]) for one in self.metrics)), "")
        which, at = unlike[0]
        what = f"{names[which]}, resample {self.numbers[at - 1]}" if at else names[which]
        return f"{what}: found {own[which, at]:.6g}; its rows give {given[which, at]:.6g}"

    def _every(self, one: Mapping[str, Any]) -> Floats:
        """Value, resamples and left-out groups."""
        for part, count in (("draws", self.draws), ("left_out", min(self.rows.firms, GROUPS))):
            if len(one[part]) != count:
                raise ValueError(f"{part}: {len(one[part])} of {count}")
        return np.array([one["value"], *one["draws"], *one["left_out"]], dtype=float)


def _impossible(metric: Metric, every: Floats) -> str:
    """The first figure that is outside of the metric's range, in words; empty where none is."""
    outside = np.flatnonzero((every < metric.low - ROUNDING) | (every > metric.high + ROUNDING))
    if not len(outside):
        return ""
    at = outside[0]
    what = f"{metric.name}, resample {at - 1}" if at else metric.name
    return f"{what}: found {every[at]:.6g}; allowed: from {metric.low:g} to {metric.high:g}"
