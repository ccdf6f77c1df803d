"""Searching the risk model's numbers: seeded, limited in time, with its own optimism estimated. Proposes, never writes.

Every trial is the forward log loss: each vintage predicted by models of earlier ones and of other enterprises. Because
the best of many trials looks better than it is, the search runs once on the earlier vintages alone and its winner is
tested on the last one: what it promised there less what it kept is the optimism gap.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import optuna
import pandas as pd
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from data.codebook import Codebook
from features.labels import HORIZON_MONTHS
from features.risk import risk_matrix
from training.risk.fit import RiskParams, Table, layer_log_odds, learn_layer, learn_remainder, read_table
from training.risk.learner import log_loss

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
FOLDS = 5  # of enterprises in each vintage
LEAST_DEFAULTS = 5  # a fold with fewer has nothing to learn from


@dataclass(frozen=True)
class TuningParams:
    """Section ``tuning`` of params.yaml."""

    trials: int  # at most, in each of the two searches
    seconds: float  # at most, in each of the two searches
    seed: int


@dataclass(frozen=True)
class Fold:
    """Cases to learn from and later ones of other enterprises, with the layer's log-odds of both."""

    table: Table
    train: Rows
    later: Rows
    start: Floats
    later_start: Floats

    def predict(self, y: Floats, params: RiskParams) -> Floats:
        """Log-odds of the later cases, shape (len(later),)."""
        trees = params.trees(y[self.train].sum())
        booster = learn_remainder(self.table.of(self.train), y[self.train], self.start, trees, params.seed)
        added = booster.predict(self.table.x[self.later], raw_score=True, num_threads=1)
        return np.asarray(self.later_start + added, dtype=float)


@dataclass(frozen=True)
class Tuned:
    """The proposed numbers and what may be expected of them."""

    proposed: RiskParams
    report: Mapping[str, Any]


def tune(
    cases: pd.DataFrame,
    default: pd.Series,
    codebook: Codebook,
    params: RiskParams,
    tuning: TuningParams,
    journal: Path,
    report: Callable[[str], None] = lambda _: None,
) -> Tuned:
    """Search on all vintages for the proposal, and on all but the last for the optimism gap.

    raises : ValueError when fewer than three vintages have both outcomes
    """
    cases, y = cases.reset_index(drop=True), default.to_numpy(dtype=float)
    year = cases["as_of"].dt.year.to_numpy()
    good = [one for one in np.unique(year) if 0 < y[year == one].sum() < (year == one).sum()]
    if len(good) < 3:
        raise ValueError(f"{len(good)} vintages have both outcomes; at least 3 are needed to search and to test")
    table = read_table(risk_matrix(cases, codebook).to_numpy(), codebook)
    # The layer does not depend on what is searched, so each fold's is fitted once.
    folds = forward_folds(table, y, cases, params.seed)

    def forward(chosen: RiskParams, folds: Sequence[Fold]) -> float:
        rows = np.concatenate([fold.later for fold in folds])
        return log_loss(y[rows], np.concatenate([fold.predict(y, chosen) for fold in folds]))

    def search(name: str, folds: Sequence[Fold]) -> tuple[RiskParams, float, float, int]:
        journal.parent.mkdir(parents=True, exist_ok=True)
        study = optuna.create_study(
            storage=JournalStorage(JournalFileBackend(str(journal))),
            study_name=f"{name}-{time.time_ns()}",
            sampler=optuna.samplers.TPESampler(seed=tuning.seed),
        )
        study.enqueue_trial({key: getattr(params, key) for key in SPACE})

        def objective(trial: optuna.Trial) -> float:
            chosen = replace(params, **{key: suggest(trial) for key, suggest in SPACE.items()})
            loss = forward(chosen, folds)
            report(f"{name}: trial {trial.number}, log loss {loss:.5f}")
            return loss

        study.optimize(objective, n_trials=tuning.trials, timeout=tuning.seconds)
        return (
            replace(params, **study.best_params),
            float(study.best_value),
            float(study.trials[0].value or 0),
            len(study.trials),
        )

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    last = year == good[-1]
    before = [fold for fold in folds if not last[fold.later].any()]
    newest = [fold for fold in folds if last[fold.later].any()]
    if not before or not newest:
        raise ValueError(f"too few defaults: {len(before)} folds before the last vintage and {len(newest)} in it")
    inner, inner_loss, inner_now, inner_trials = search("all but the last vintage", before)
    promised, kept = inner_now - inner_loss, forward(params, newest) - forward(inner, newest)
    proposed, loss, now, trials = search("all vintages", folds)
    return Tuned(
        proposed,
        {
            "log_loss_now": now,
            "log_loss_proposed": loss,
            "gain_promised_before_last_vintage": promised,
            "gain_kept_on_last_vintage": kept,
            "optimism_gap": promised - kept,
            "trials": [inner_trials, trials],
            "defaults": int(y.sum()),
            "defaults_of_last_vintage": int(y[last].sum()),
        },
    )


def forward_folds(table: Table, y: Floats, cases: pd.DataFrame, seed: int) -> list[Fold]:
    """Every vintage but the first, by fold of enterprises, with the other enterprises' cases of known outcome by then.

    An outcome is known where its twelve months are over when the vintage begins.
    """
    year, fold = cases["as_of"].dt.year.to_numpy(), enterprise_folds(y, cases["uscc"], FOLDS, seed)
    until = cases["as_of"] + pd.DateOffset(months=HORIZON_MONTHS)
    folds = []
    for one in np.unique(year)[1:]:
        over = (until <= pd.Timestamp(int(one), 1, 1)).to_numpy()
        for part in range(FOLDS):
            train = np.flatnonzero(over & (fold != part))
            later = np.flatnonzero((year == one) & (fold == part))
            if len(later) and min(y[train].sum(), len(train) - y[train].sum()) >= LEAST_DEFAULTS:
                layer = learn_layer(table.of(train), y[train], seed)
                start, later_start = (layer_log_odds(layer, table.x[rows]) for rows in (train, later))
                folds.append(Fold(table, train, later, start, later_start))
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


def proposal(tuned: Tuned) -> dict[str, Any]:
    """What ``proposed.yaml`` holds: a section to copy into params.yaml, and the report beside it."""
    section = asdict(tuned.proposed)
    section["grades"] = [list(grade) for grade in section["grades"]]
    return {"risk": section, "report": dict(tuned.report)}


def _float(key: str, low: float, high: float) -> Callable[[optuna.Trial], float]:
    return lambda trial: trial.suggest_float(key, low, high, log=True)


def _int(key: str, low: int, high: int) -> Callable[[optuna.Trial], int]:
    return lambda trial: trial.suggest_int(key, low, high)


SPACE: Mapping[str, Callable[[optuna.Trial], Any]] = {
    "learning_rate": _float("learning_rate", 0.02, 0.15),
    "num_leaves": _int("num_leaves", 2, 8),
    "min_child_samples": _int("min_child_samples", 10, 150),
    "reg_lambda": _float("reg_lambda", 0.1, 50.0),
    "feature_fraction": _float("feature_fraction", 0.1, 1.0),
    "rounds_per_default": _float("rounds_per_default", 0.1, 3.0),
}
