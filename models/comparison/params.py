"""The section ``comparison`` of params.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.comparison.metrics import Metric, Profit, metrics_table
from models.comparison.rows import RowsError


@dataclass(frozen=True)
class ComparisonParams:
    """How runs are compared.

    draws, seed : resamples of firms; error : of a wrong "better" or "worse" anywhere in a comparison, and of a wrong
    "equivalent"; power : with which the stated number of firms shows a difference
    annual_rate, lgd : what a loan earns a year, and loses at default, in the expected profit
    margins : by metric: a smaller gain does not matter
    raises : RowsError naming the key, found and allowed
    """

    draws: int
    seed: int
    error: float
    power: float
    annual_rate: float
    lgd: float
    margins: Mapping[str, float]

    def __post_init__(self) -> None:
        if self.draws < 200:
            raise RowsError(f"comparison.draws: found {self.draws}; allowed: 200 or more")
        for key in ("error", "power", "annual_rate", "lgd"):
            if not 0 < getattr(self, key) < 1:
                raise RowsError(f"comparison.{key}: found {getattr(self, key)}; allowed: above 0 and below 1")
        table = self.table()
        if unlike := sorted(set(self.margins) ^ set(table)):
            raise RowsError(f"comparison.margins: found or missing {', '.join(unlike)}; allowed: {', '.join(table)}")
        for name, margin in self.margins.items():
            if not margin > 0:
                raise RowsError(f"comparison.margins.{name}: found {margin}; allowed: above 0")

    def table(self) -> dict[str, Metric]:
        """Every metric by name."""
        return metrics_table(Profit(self.annual_rate, self.lgd))
