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

DRAWS = LEFT_OUT = 1  # resamples and left-out groups that are computed again, drawn by chance for each page
ROUNDING = 1e-6  # Newton's method ends within 1e-8, and machines differ by less


@dataclass(frozen=True)
class Agreement:
    """Of each run, every metric's value is computed again, and so is it under one resample and one left-out group.

    rows : the baseline's, whose facts all runs of a page share; numbers : of the resamples; weight : of the rows, and
    under each of these, shape (1 + numbers, rows)
    """

    rows: RunRows
    metrics: tuple[Metric, ...]
    draws: int
    numbers: npt.NDArray[np.intp]
    weight: Floats

    @classmethod
    def on(cls, rows: RunRows, params: ComparisonParams) -> Agreement:
        """Of runs on these rows."""
        resamples, chance = Resamples(rows.firms, params.draws, params.seed), np.random.default_rng()
        drawn = chance.choice(params.draws, DRAWS, replace=False)
        left = params.draws + chance.choice(min(rows.firms, GROUPS), LEFT_OUT, replace=False)
        numbers = np.concatenate([drawn, left])
        weight = np.concatenate([rows.weight[None], resamples.weights_at(rows, numbers)])
        metrics = tuple(metrics_of(rows, params.table()))
        return cls(replace(rows, key=None), metrics, params.draws, numbers, weight)  # keys take long to check

    def fault(self, stored: Mapping[str, Any], predictions: Floats) -> str:
        """The first figure that the predictions do not give, in words; empty where all agree."""
        try:
            rows = replace(self.rows, prediction=predictions)
            found = {name: self._figures(one) for name, one in stored["metrics"].items()}
        except (RowsError, LookupError, TypeError, ValueError, AttributeError) as fault:
            return f"no statistics of these rows ({fault})"
        names = [metric.name for metric in self.metrics]
        if others := {*found} ^ {*names}:
            return f"found or missing {', '.join(sorted(others))}"
        own, given = np.array([found[name] for name in names]), np.array([of(rows, self.weight) for of in self.metrics])
        unlike = np.argwhere(~np.isclose(own, given, rtol=ROUNDING, atol=ROUNDING, equal_nan=True))
        if not len(unlike):
            return ""
        which, at = unlike[0]
        what = f"{names[which]}, resample {self.numbers[at - 1]}" if at else names[which]
        return f"{what}: found {own[which, at]:.6g}; its rows give {given[which, at]:.6g}"

    def _figures(self, one: Mapping[str, Any]) -> Floats:
        drawn = [
            one["draws"][number] if number < self.draws else one["left_out"][number - self.draws]
            for number in self.numbers
        ]
        return np.array([one["value"], *drawn], dtype=float)
