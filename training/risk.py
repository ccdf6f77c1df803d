"""Making the risk model: shared and stage boosters on early vintages, every choice by the log loss of a later one.

Walking forward through the vintages, each is told by a model of the earlier ones and of other enterprises. Those
answers stop the boosters, set each stage's strength, and choose and fit the calibration; then the boosters are fitted
once more on everything known. The last vintage judges and chooses nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import Codebook
from data.stages import STAGE3
from features.risk import monotone_signs, risk_feature_names, risk_matrix
from models.risk import Grade, RiskModel, StagePart
from models.risk_additive import Additive, read_additive
from models.risk_calibration import KNOTS, Calibration, read_calibration
from training.risk_calibration import calibration_losses, fit_calibrator
from training.risk_figures import Told, resamples, summary
from training.risk_learner import Trees, boost, checkpoints, log_loss

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
LEAST_DEFAULTS = 5  # a fold or a stage with fewer has nothing to learn from
LEAST_STAGE_DEFAULTS = 20  # later defaults that a stage must have shown before it counts with a part of its own


@dataclass(frozen=True)
class RiskParams:
    """Section ``risk`` of params.yaml; ``rounds`` and ``stage_rounds`` are what early stopping may use at most."""

    version: str
    learning_rate: float
    num_leaves: int
    min_child_samples: int
    reg_lambda: float
    feature_fraction: float
    rounds: int
    stage_rounds: int
    bootstrap_draws: int
    interval_level: float
    grades: tuple[tuple[str, float], ...]
    seed: int

    @property
    def trees(self) -> Trees:
        """The additive member of the learner with these numbers."""
        return Trees(
            self.learning_rate,
            self.num_leaves,
            self.min_child_samples,
            self.reg_lambda,
            self.feature_fraction,
            self.rounds,
            additive=True,
        )


@dataclass(frozen=True)
class Forward:
    """What the walk through the vintages said: rows that a later vintage told, their raw log-odds, the choices."""

    rows: Rows
    raw: Floats
    rounds: int
    strengths: Mapping[str, float]
    log_loss: float


def fit(
    train: pd.DataFrame,
    train_default: pd.Series,
    calibration: pd.DataFrame,
    calibration_default: pd.Series,
    codebook: Codebook,
    params: RiskParams,
) -> RiskModel:
    """Fit on both parts, ``calibration`` being the later vintages; labels are 0 or 1.

    raises : ValueError when a side has no default or nothing but defaults
    """
    for name, labels in (("train", train_default), ("calibration", calibration_default)):
        if labels.nunique() < 2:
            raise ValueError(
                f"{name}: {int(labels.sum())} defaults among {len(labels)} cases; both outcomes are needed"
            )
    cases = pd.concat([train, calibration], ignore_index=True)
    y = np.concatenate([train_default.to_numpy(dtype=float), calibration_default.to_numpy(dtype=float)])
    table = risk_matrix(cases, codebook)
    x = table.to_numpy()
    names = risk_feature_names(codebook)
    signs = [monotone_signs(codebook)[name] for name in names]
    first = np.arange(len(cases)) < len(train)
    forward = walk_forward(x, y, cases, first, signs, params)
    pooled = boost(
        x, y, params.trees, signs=signs, seed=params.seed, names=names, rounds=forward.rounds
    ).model_to_string()
    shared = _read(pooled).log_odds(x)
    stages = {
        name: StagePart(
            strength,
            _stage_booster(x, y, _in_stage(cases, name), shared, signs, params, names).model_to_string(),
        )
        for name, strength in forward.strengths.items()
        if strength > 0
    }
    calibrated = _calibrate(forward, y, cases["uscc"].to_numpy(), params)
    digest = hashlib.sha256(pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes()).hexdigest()
    return RiskModel(
        version=params.version,
        codebook_digest=codebook.digest,
        data_digest=digest,
        feature_names=names,
        booster_text=pooled,
        stages=stages,
        calibration=calibrated,
        grades=tuple(Grade(str(name), float(upper)) for name, upper in params.grades),
        interval_level=params.interval_level,
    )


def walk_forward(
    x: Floats, y: Floats, cases: pd.DataFrame, first: npt.NDArray[np.bool_], signs: Sequence[int], params: RiskParams
) -> Forward:
    """Tell each vintage by the earlier ones and other enterprises; stop and weigh by the log loss of all of them.

    first : rows of the training part; where no year in it can be told by an earlier one, it alone tells the rest
    """
    folds = _vintage_folds(cases, y, first)
    stops = checkpoints(params.rounds)
    paths, boosted = [], []
    for train, later in folds:
        booster = boost(x[train], y[train], params.trees, signs=signs, seed=params.seed)
        steps = [
            booster.predict(x[later], raw_score=True, start_iteration=since, num_iteration=stop - since, num_threads=1)
            for since, stop in zip([0, *stops], stops, strict=False)
        ]
        paths.append(np.cumsum(steps, axis=0))
        boosted.append(booster)
    rows = np.concatenate([later for _, later in folds])
    path = np.concatenate(paths, axis=1)
    best = int(np.argmin([log_loss(y[rows], one) for one in path]))
    raw, strengths = path[best].copy(), {}
    for name in STAGE3:
        told, own = [], []
        for (train, later), booster in zip(folds, boosted, strict=True):
            chosen = train[_in_stage(cases, name)[train]]
            if min(y[chosen].sum(), len(chosen) - y[chosen].sum()) < LEAST_DEFAULTS:
                continue
            shared = np.asarray(
                booster.predict(x[train], raw_score=True, num_iteration=stops[best], num_threads=1), dtype=float
            )
            part = _stage_booster(x[train], y[train], _in_stage(cases, name)[train], shared, signs, params, None)
            mine = later[_in_stage(cases, name)[later]]
            told.append(mine)
            own.append(np.asarray(part.predict(x[mine], raw_score=True, num_threads=1), dtype=float))
        strengths[name] = 0.0
        if told and y[np.concatenate(told)].sum() >= LEAST_STAGE_DEFAULTS:
            place = pd.Index(rows).get_indexer(np.concatenate(told))
            strengths[name] = _strength(y[rows[place]], raw[place], np.concatenate(own))
            raw[place] += strengths[name] * np.concatenate(own)
    return Forward(rows, raw, stops[best], strengths, log_loss(y[rows], raw))


def _vintage_folds(cases: pd.DataFrame, y: Floats, first: npt.NDArray[np.bool_]) -> list[tuple[Rows, Rows]]:
    year, firm = cases["as_of"].dt.year.to_numpy(), cases["uscc"].to_numpy()
    folds = []
    for one in np.unique(year)[1:]:
        later = np.flatnonzero(year == one)
        train = np.flatnonzero((year < one) & ~np.isin(firm, firm[later]))
        if min(y[train].sum(), len(train) - y[train].sum()) >= LEAST_DEFAULTS:
            folds.append((train, later))
    return folds or [(np.flatnonzero(first), np.flatnonzero(~first))]


def _strength(y: Floats, raw: Floats, own: Floats) -> float:
    """The strength with the least log loss, none unless it gains more than two of its standard errors."""

    def losses(strength: float) -> Floats:
        told = raw + strength * own
        return np.asarray(np.logaddexp(0.0, told) - y * told)

    best = min(STRENGTHS, key=lambda strength: float(losses(strength).mean()))
    gain = losses(0.0) - losses(best)
    return best if gain.mean() > 2 * gain.std() / np.sqrt(len(gain)) else 0.0


def _stage_booster(
    x: Floats,
    y: Floats,
    chosen: npt.NDArray[np.bool_],
    shared: Floats,
    signs: Sequence[int],
    params: RiskParams,
    names: Sequence[str] | None,
) -> Any:
    return boost(
        x[chosen],
        y[chosen],
        params.trees,
        signs=signs,
        seed=params.seed,
        start=shared[chosen],
        names=names,
        rounds=params.stage_rounds,
    )


def _in_stage(cases: pd.DataFrame, name: str) -> npt.NDArray[np.bool_]:
    return (cases["stage3"] == name).to_numpy()


def _read(text: str) -> Additive:
    return read_additive(lgb.Booster(model_str=text))


def _calibrate(forward: Forward, y: Floats, firms: npt.NDArray[np.object_], params: RiskParams) -> Calibration:
    """The method of least out-of-time log loss; the interval refits it on resampled enterprises."""
    outcome, group = y[forward.rows], firms[forward.rows]
    even = np.ones(len(outcome))
    losses = calibration_losses(forward.raw, outcome, even, group, params.seed)
    method = min(losses, key=lambda one: losses[one])
    draws = [
        fit_calibrator(method, forward.raw, outcome, weight).log_odds(KNOTS)
        for weight in resamples(group, outcome, params.bootstrap_draws, params.seed)
    ]
    tail = (1 - params.interval_level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    point = fit_calibrator(method, forward.raw, outcome, even).log_odds(KNOTS)
    return read_calibration(method, point.tolist(), low.tolist(), high.tolist())


def evaluate(
    model: RiskModel, cases: pd.DataFrame, default: pd.Series, codebook: Codebook, draws: int = 500
) -> dict[str, Any]:
    """AUC, KS, Brier, log loss, expected calibration error and calibration slope, each with a 90 % interval.

    Intervals resample enterprises, so that a firm's several loans stay together. The slope stands for each stage too.
    """
    pd_12m, y = model.predict(cases, codebook)["pd_12m"].to_numpy(), default.to_numpy(dtype=float)
    firms = cases["uscc"].to_numpy()
    answer = _judged(pd_12m, y, firms, draws)
    answer["stages"] = {
        name: _judged(pd_12m[rows], y[rows], firms[rows], draws)
        for name in STAGE3
        if 0 < y[rows := _in_stage(cases, name)].sum() < rows.sum()
    }
    return answer


def _judged(pd_12m: Floats, y: Floats, firms: npt.NDArray[np.object_], draws: int) -> dict[str, Any]:
    told = Told(pd_12m, y)
    spread = pd.DataFrame([told.figures(weight) for weight in resamples(firms, y, draws, 0)])
    return {
        "n": len(y),
        "defaults": int(y.sum()),
        "mean_pd": float(pd_12m.mean()),
        "default_rate": float(y.mean()),
        "figures": summary(told.figures(np.ones(len(y))), spread),
    }


def calibration_curve(model: RiskModel, cases: pd.DataFrame, default: pd.Series, codebook: Codebook) -> pd.DataFrame:
    """Mean predicted and observed default rate by decile of the prediction: the table behind the plot."""
    pd_12m = model.predict(cases, codebook)["pd_12m"]
    decile = pd.qcut(pd_12m.rank(method="first"), 10, labels=False)
    table = pd.DataFrame({"decile": decile, "predicted": pd_12m, "observed": default.astype(float)})
    return table.groupby("decile", as_index=False).mean()
