"""The debt capacity's search: each vintage predicted by models of earlier ones and of other enterprises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import Codebook
from data.splits import enterprise_share
from training.quota.fit import QuotaParams, fit
from training.tuning.objectives import Figures, coverage_error, mean_over, pinball, rank_correlation, spread_over
from training.tuning.problem import Axis, HeldOut, OfSection, Values

Rows = npt.NDArray[np.intp]
FOLDS = 3  # of enterprises: a vintage's model learns from two, and predicts the third, which changes with the vintage
LEAST_CASES = 100  # to learn from, to calibrate and to predict
SPACE: Mapping[str, Axis] = {
    "learning_rate": Axis(0.03, 0.5),
    "num_leaves": Axis(4, 63, whole=True),
    "min_child_samples": Axis(10, 200, whole=True),
    "rounds": Axis(50, 400, whole=True),
}


@dataclass(frozen=True)
class Vintage:
    """Rows to fit on, the newest known vintage that calibrates, and the later one of other enterprises."""

    train: Rows
    calibration: Rows
    later: Rows


@dataclass(frozen=True)
class QuotaProblem(OfSection[QuotaParams]):
    """Vintages that can be predicted."""

    cases: pd.DataFrame
    debt_wan: pd.Series
    vintages: Mapping[str, Vintage]
    codebook: Codebook
    params: QuotaParams

    capability = "quota"
    space = SPACE
    section = "quota"

    @property
    def blocks(self) -> Sequence[str]:
        """The vintages."""
        return list(self.vintages)

    def hold_out(self, values: Values, block: int) -> HeldOut:
        """Debt, its low quantile (prediction) and its median (score); the size is the leaves of both boosters."""
        one = list(self.vintages.values())[block]
        rows = {name: self.cases.iloc[getattr(one, name)] for name in ("train", "calibration", "later")}
        debt = {name: self.debt_wan.iloc[getattr(one, name)] for name in rows}
        model = fit(
            rows["train"],
            debt["train"],
            rows["calibration"],
            debt["calibration"],
            self.codebook,
            self.with_values(values),
        )
        predicted = model.predict(rows["later"], self.codebook)
        leaves = sum(tree["num_leaves"] for each in model.boosters for tree in each.dump_model()["tree_info"])
        return HeldOut(
            debt["later"].to_numpy(dtype=float),
            predicted["capacity_low_wan"].to_numpy(),
            predicted["capacity_median_wan"].to_numpy(),
            np.zeros(len(one.later), dtype=np.int64),
            float(leaves),
        )

    def loss(self, part: HeldOut) -> float:
        """Sum of the mean pinball losses of the low quantile and of the median, on the logarithms of 1 + amount."""
        return pinball(part.outcome, part.prediction, self.params.low_quantile) + pinball(part.outcome, part.score, 0.5)

    def figures(self, parts: Sequence[HeldOut]) -> Figures:
        """Rank correlation of the median within vintages, error of the promised coverage, spread, leaves."""
        each, cases = (
            [rank_correlation(one.outcome, one.score, one.group) for one in parts],
            [len(one.outcome) for one in parts],
        )
        outcome, low = (np.concatenate([getattr(one, name) for one in parts]) for name in ("outcome", "prediction"))
        return Figures(
            mean_over(each, cases),
            coverage_error(outcome, low, self.params.low_quantile),
            spread_over(each),
            float(np.mean([one.size for one in parts])),
        )


def quota_problem(
    cases: pd.DataFrame, debt_wan: pd.Series, until: pd.Series, codebook: Codebook, params: QuotaParams
) -> QuotaProblem:
    """The search over these cases with their debts serviced; until : last day of each label's window."""
    cases, debt_wan = cases.reset_index(drop=True), debt_wan.reset_index(drop=True)
    return QuotaProblem(cases, debt_wan, forward_vintages(cases, until.reset_index(drop=True)), codebook, params)


def forward_vintages(cases: pd.DataFrame, until: pd.Series) -> dict[str, Vintage]:
    """Every vintage with two earlier ones whose windows are over by its day, and LEAST_CASES cases in each part."""
    day = cases["as_of"]
    fold = (enterprise_share(cases["uscc"], "tuning") * FOLDS).astype(int)
    found = {}
    for number, one in enumerate(sorted(day.unique())):
        own = fold == number % FOLDS
        known = (until <= one).to_numpy() & ~own
        newest = day[known].max()
        parts = (known & (day < newest).to_numpy(), known & (day == newest).to_numpy(), (day == one).to_numpy() & own)
        if all(part.sum() >= LEAST_CASES for part in parts):
            found[f"{pd.Timestamp(one):%F}"] = Vintage(*(np.flatnonzero(part) for part in parts))
    return found
