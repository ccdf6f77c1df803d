"""The risk model's search: each vintage predicted by models of earlier ones and of other enterprises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import Codebook
from features.labels import HORIZON_MONTHS
from features.risk import risk_matrix
from training.risk.fit import RiskParams, Table, layer_log_odds, learn_layer, learn_remainder, read_table
from training.risk.learner import log_loss
from training.tuning.objectives import Figures, auc, mean_over, slope_error, spread_over
from training.tuning.problem import Axis, HeldOut, OfSection, Values

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
FOLDS = 5  # of enterprises in each vintage
LEAST_DEFAULTS = 5  # a fold with fewer has nothing to learn from
SPACE: Mapping[str, Axis] = {
    "learning_rate": Axis(0.02, 0.15),
    "num_leaves": Axis(2, 8, whole=True),
    "min_child_samples": Axis(10, 150, whole=True),
    "reg_lambda": Axis(0.1, 50.0),
    "feature_fraction": Axis(0.1, 1.0),
    "rounds_per_default": Axis(0.1, 3.0),
}


@dataclass(frozen=True)
class Fold:
    """Cases to learn from and later ones of other enterprises, with the layer's log-odds of both."""

    table: Table
    train: Rows
    later: Rows
    start: Floats
    later_start: Floats

    def predict(self, y: Floats, params: RiskParams) -> tuple[Floats, int]:
        """Log-odds of the later cases, shape (len(later),), and the leaves of the remainder."""
        trees = params.trees(y[self.train].sum())
        booster = learn_remainder(self.table.of(self.train), y[self.train], self.start, trees, params.seed)
        added = booster.predict(self.table.x[self.later], raw_score=True, num_threads=1)
        leaves = sum(tree["num_leaves"] for tree in booster.dump_model()["tree_info"])
        return np.asarray(self.later_start + added, dtype=float), leaves


@dataclass(frozen=True)
class RiskProblem(OfSection[RiskParams]):
    """Vintages that can be predicted, each with its folds; the layer is fitted once, for nothing searched moves it."""

    vintages: Mapping[str, Sequence[Fold]]
    y: Floats
    params: RiskParams

    capability = "risk"
    space = SPACE
    section = "risk"

    @property
    def blocks(self) -> Sequence[str]:
        """The vintages."""
        return list(self.vintages)

    def hold_out(self, values: Values, block: int) -> HeldOut:
        """Log-odds of a vintage's cases; the size is the mean number of leaves of its models."""
        chosen, folds = self.with_values(values), list(self.vintages.values())[block]
        predicted = [fold.predict(self.y, chosen) for fold in folds]
        odds = np.concatenate([one for one, _ in predicted])
        y = self.y[np.concatenate([fold.later for fold in folds])]
        leaves = float(np.mean([size for _, size in predicted]))
        return HeldOut(y, odds, odds, np.zeros(len(y), dtype=np.int64), leaves)

    def loss(self, part: HeldOut) -> float:
        """Mean negative log-likelihood."""
        return log_loss(part.outcome, part.prediction)

    def figures(self, parts: Sequence[HeldOut]) -> Figures:
        """AUC within vintages, distance of the calibration slope over all from 1, spread of the AUC, leaves."""
        each, cases = [auc(one.outcome, one.score) for one in parts], [len(one.outcome) for one in parts]
        y, odds = (np.concatenate([getattr(one, name) for one in parts]) for name in ("outcome", "prediction"))
        return Figures(
            mean_over(each, cases), slope_error(y, odds), spread_over(each), float(np.mean([one.size for one in parts]))
        )


def risk_problem(cases: pd.DataFrame, default: pd.Series, codebook: Codebook, params: RiskParams) -> RiskProblem:
    """The search over these seasoned loans; labels are 0 or 1."""
    cases, y = cases.reset_index(drop=True), default.to_numpy(dtype=float)
    table = read_table(risk_matrix(cases, codebook).to_numpy(), codebook)
    return RiskProblem(forward_folds(table, y, cases, params.seed), y, params)


def forward_folds(table: Table, y: Floats, cases: pd.DataFrame, seed: int) -> dict[str, list[Fold]]:
    """By vintage, folds of its enterprises with the other enterprises' cases of known outcome by then.

    An outcome is known where its twelve months are over when the vintage begins. A fold that has fewer than
    LEAST_DEFAULTS defaults to learn from is left out, and a vintage without folds.
    """
    year, fold = cases["as_of"].dt.year.to_numpy(), enterprise_folds(y, cases["uscc"], FOLDS, seed)
    until = cases["as_of"] + pd.DateOffset(months=HORIZON_MONTHS)
    folds: dict[str, list[Fold]] = {}
    for one in np.unique(year)[1:]:
        over = (until <= pd.Timestamp(int(one), 1, 1)).to_numpy()
        for part in range(FOLDS):
            train = np.flatnonzero(over & (fold != part))
            later = np.flatnonzero((year == one) & (fold == part))
            if len(later) and min(y[train].sum(), len(train) - y[train].sum()) >= LEAST_DEFAULTS:
                layer = learn_layer(table.of(train), y[train], seed)
                start, later_start = (layer_log_odds(layer, table.x[rows]) for rows in (train, later))
                folds.setdefault(str(one), []).append(Fold(table, train, later, start, later_start))
    return folds


def enterprise_folds(y: Floats, uscc: pd.Series, count: int, seed: int) -> npt.NDArray[np.int64]:
    """Fold of each case, shape (n,): enterprises dealt in turn, those that defaulted first, so that all have a share.

    Whom a fold leaves out must not depend on who is predicted: an enterprise that defaulted gets no later loan, so
    leaving out whoever a later vintage holds would leave out only good ones, and the rest would default too often.
    """
    codes, levels = pd.factorize(uscc)
    good = np.bincount(codes, weights=y, minlength=len(levels)) == 0
    fold = np.empty(len(levels), dtype=np.int64)
    fold[np.lexsort((np.random.default_rng(seed).permutation(len(levels)), good))] = np.arange(len(levels)) % count
    return fold[codes]
