"""Searching the risk model's numbers: seeded, boxed in time, and honest about its own optimism. Proposes, never writes.

Every trial is the forward log loss: each vintage told by models of earlier ones. Because the best of many trials looks
better than it is, the search runs once on the earlier vintages alone and its winner is judged on the last one: what it
promised there less what it kept is the optimism gap.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from data.codebook import Codebook
from features.risk import monotone_signs, risk_feature_names, risk_matrix
from training.risk import Forward, RiskParams, walk_forward
from training.risk_learner import log_loss


@dataclass(frozen=True)
class TuningParams:
    """Section ``tuning`` of params.yaml."""

    trials: int  # at most, in each of the two searches
    seconds: float  # at most, in each of the two searches
    seed: int


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
    told: Callable[[str], None] = lambda _: None,
) -> Tuned:
    """Search on all vintages for the proposal, and on all but the last for the optimism gap.

    raises : ValueError when fewer than three vintages have both outcomes
    """
    cases, y = cases.reset_index(drop=True), default.to_numpy(dtype=float)
    year = cases["as_of"].dt.year.to_numpy()
    good = [one for one in np.unique(year) if 0 < y[year == one].sum() < (year == one).sum()]
    if len(good) < 3:
        raise ValueError(f"{len(good)} vintages have both outcomes; at least 3 are needed to search and to judge")
    x = risk_matrix(cases, codebook).to_numpy()
    signs = [monotone_signs(codebook)[name] for name in risk_feature_names(codebook)]
    last = year == good[-1]

    def forward(chosen: RiskParams, rows: np.ndarray) -> Forward:
        part = cases.loc[rows].reset_index(drop=True)
        first = (part["as_of"].dt.year < part["as_of"].dt.year.max()).to_numpy()
        return walk_forward(x[rows], y[rows], part, first, signs, chosen)

    def search(name: str, rows: np.ndarray) -> tuple[RiskParams, float, float, int]:
        journal.parent.mkdir(parents=True, exist_ok=True)
        study = optuna.create_study(
            storage=JournalStorage(JournalFileBackend(str(journal))),
            study_name=f"{name}-{time.time_ns()}",
            sampler=optuna.samplers.TPESampler(seed=tuning.seed),
        )
        study.enqueue_trial({key: getattr(params, key) for key in SPACE})

        def objective(trial: optuna.Trial) -> float:
            chosen = replace(params, **{key: suggest(trial) for key, suggest in SPACE.items()})
            loss = forward(chosen, rows).log_loss
            told(f"{name}: trial {trial.number}, log loss {loss:.5f}")
            return loss

        study.optimize(objective, n_trials=tuning.trials, timeout=tuning.seconds)
        return (
            replace(params, **study.best_params),
            float(study.best_value),
            float(study.trials[0].value or 0),
            len(study.trials),
        )

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    inner, inner_loss, inner_now, inner_trials = search("all but the last vintage", np.flatnonzero(~last))
    every = np.arange(len(y))

    def on_last(chosen: RiskParams) -> float:
        walk = forward(chosen, every)
        mine = last[walk.rows]
        return log_loss(y[walk.rows][mine], walk.raw[mine])

    promised, kept = inner_now - inner_loss, on_last(params) - on_last(inner)
    proposed, loss, now, trials = search("all vintages", every)
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
}
