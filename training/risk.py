"""Making the risk model: shared and stage boosters on early vintages, every choice by the log loss of a later one.

Walking forward through the vintages, each is told by models of the earlier ones and of other enterprises. Those
answers stop the boosters and set each stage's strength. Models of that make are then fitted without each fold of
enterprises in turn; a calibration is fitted to what they tell of it, the kind of curve being the one that does best on
vintages later than its own. At last the boosters are fitted on everything known. The last vintage judges and chooses
nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import Codebook
from data.stages import STAGE3
from features.risk import monotone_signs, risk_feature_names, risk_matrix
from models.risk import Grade, RiskModel, StagePart
from models.risk_additive import read_additive
from models.risk_calibration import KNOTS, Calibration, read_calibration
from training.risk_calibration import CURVES, calibration_losses, fit_calibrator
from training.risk_figures import resamples
from training.risk_learner import Trees, boost, checkpoints, log_loss

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
WALK_FOLDS = 5  # of enterprises in each step of the walk
FOLDS = 10  # of enterprises when calibrating: with fewer the models left are smaller than the served one
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
    calibrated = _calibrate(cross_fitted(x, y, cases, forward, signs, params), y, cases, first, params)
    booster = boost(x, y, params.trees, signs=signs, seed=params.seed, names=names, rounds=forward.rounds)
    pooled = booster.model_to_string()
    shared = read_additive(lgb.Booster(model_str=pooled)).log_odds(x)
    stages = {
        name: StagePart(
            strength, _stage_booster(x, y, shared, _in_stage(cases, name), signs, params, names).model_to_string()
        )
        for name, strength in forward.strengths.items()
        if strength > 0
    }
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
    folds = _vintage_folds(cases, y, first, params.seed)
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
        mine = _in_stage(cases, name)
        told, own = [], []
        for (train, later), booster in zip(folds, boosted, strict=True):
            chosen, rest = train[mine[train]], later[mine[later]]
            if len(rest) and min(y[chosen].sum(), len(chosen) - y[chosen].sum()) >= LEAST_DEFAULTS:
                told.append(rest)
                own.append(_stage_told(booster, stops[best], x, y, chosen, rest, signs, params))
        strengths[name] = 0.0
        if told and y[np.concatenate(told)].sum() >= LEAST_STAGE_DEFAULTS:
            place = pd.Index(rows).get_indexer(np.concatenate(told))
            strengths[name] = _strength(y[rows[place]], raw[place], np.concatenate(own))
            raw[place] += strengths[name] * np.concatenate(own)
    return Forward(rows, raw, stops[best], strengths, log_loss(y[rows], raw))


def cross_fitted(
    x: Floats, y: Floats, cases: pd.DataFrame, forward: Forward, signs: Sequence[int], params: RiskParams
) -> Floats:
    """Raw log-odds of every row by the chosen model of other enterprises, shape (n,).

    The models of the walk know much less than the one that is served, so what they tell is too noisy to say how far
    its log-odds must be stretched; these are made on nearly as much.
    """
    fold = enterprise_folds(y, cases["uscc"], FOLDS, params.seed)
    raw = np.empty(len(y))
    for one in range(FOLDS):
        train, rest = np.flatnonzero(fold != one), np.flatnonzero(fold == one)
        booster = boost(x[train], y[train], params.trees, signs=signs, seed=params.seed, rounds=forward.rounds)
        raw[rest] = booster.predict(x[rest], raw_score=True, num_threads=1)
        for name, strength in forward.strengths.items():
            mine = _in_stage(cases, name)
            chosen, told = train[mine[train]], rest[mine[rest]]
            if strength > 0 and len(told):
                raw[told] += strength * _stage_told(booster, forward.rounds, x, y, chosen, told, signs, params)
    return raw


def enterprise_folds(y: Floats, uscc: pd.Series, count: int, seed: int) -> npt.NDArray[np.int64]:
    """Fold of each case, shape (n,): enterprises dealt in turn, those that defaulted first, so that all have a share.

    Whom a fold leaves out must not depend on who is told: an enterprise that defaulted gets no later loan, so leaving
    out whoever a later vintage holds would leave out only good ones, and what is left would default too often.
    """
    codes, levels = pd.factorize(uscc)
    good = np.bincount(codes, weights=y, minlength=len(levels)) == 0
    fold = np.empty(len(levels), dtype=np.int64)
    fold[np.lexsort((np.random.default_rng(seed).permutation(len(levels)), good))] = np.arange(len(levels)) % count
    return fold[codes]


def _vintage_folds(cases: pd.DataFrame, y: Floats, first: npt.NDArray[np.bool_], seed: int) -> list[tuple[Rows, Rows]]:
    year, fold = cases["as_of"].dt.year.to_numpy(), enterprise_folds(y, cases["uscc"], WALK_FOLDS, seed)
    steps = [(year < one, year == one) for one in np.unique(year)[1:]]
    every = [
        [(np.flatnonzero(early & (fold != one)), np.flatnonzero(late & (fold == one))) for one in range(WALK_FOLDS)]
        for early, late in steps
    ]
    folds = [
        (train, later)
        for parts in every
        for train, later in parts
        if len(later) and min(y[train].sum(), len(train) - y[train].sum()) >= LEAST_DEFAULTS
    ]
    return folds or [(np.flatnonzero(first), np.flatnonzero(~first))]


def _strength(y: Floats, raw: Floats, own: Floats) -> float:
    """The strength with the least log loss, none unless it gains more than two of its standard errors."""

    def losses(strength: float) -> Floats:
        told = raw + strength * own
        return np.asarray(np.logaddexp(0.0, told) - y * told)

    best = min(STRENGTHS, key=lambda strength: float(losses(strength).mean()))
    gain = losses(0.0) - losses(best)
    return best if gain.mean() > 2 * gain.std() / np.sqrt(len(gain)) else 0.0


def _stage_told(
    booster: lgb.Booster,
    rounds: int,
    x: Floats,
    y: Floats,
    chosen: Rows,
    rest: Rows,
    signs: Sequence[int],
    params: RiskParams,
) -> Floats:
    """What a stage's booster, started from ``booster`` and fitted on the rows ``chosen``, adds to those of ``rest``."""
    shared = np.asarray(booster.predict(x[chosen], raw_score=True, num_iteration=rounds, num_threads=1), dtype=float)
    part = _stage_booster(x[chosen], y[chosen], shared, np.ones(len(chosen), dtype=bool), signs, params, None)
    return np.asarray(part.predict(x[rest], raw_score=True, num_threads=1), dtype=float)


def _stage_booster(
    x: Floats,
    y: Floats,
    shared: Floats,
    chosen: npt.NDArray[np.bool_],
    signs: Sequence[int],
    params: RiskParams,
    names: Sequence[str] | None,
) -> lgb.Booster:
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


def _calibrate(
    raw: Floats, y: Floats, cases: pd.DataFrame, first: npt.NDArray[np.bool_], params: RiskParams
) -> Calibration:
    """The curve of least log loss on later vintages, fitted on all; the interval refits it on resampled enterprises."""
    year, even, firms = cases["as_of"].dt.year.to_numpy(), np.ones(len(y)), cases["uscc"].to_numpy()
    steps = [(year < one, year == one) for one in np.unique(year)[1:]]
    later = [(early, late) for early, late in steps if y[early].sum() >= LEAST_DEFAULTS] or [(first, ~first)]
    losses = calibration_losses(CURVES, raw, y, even, later)
    method = min(losses, key=lambda one: losses[one])
    draws = [
        fit_calibrator(method, raw, y, weight).log_odds(KNOTS)
        for weight in resamples(firms, y, params.bootstrap_draws, params.seed)
    ]
    tail = (1 - params.interval_level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    point = fit_calibrator(method, raw, y, even).log_odds(KNOTS)
    return read_calibration(method, point.tolist(), low.tolist(), high.tolist())
