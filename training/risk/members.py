"""The members of the learner: trees of a few kinds and a ridge logistic, each fitted on rows that it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import QuantileTransformer

from training.risk.time_order import recency
from training.risk.widen import Widened

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
SMALL_ROWS = 1_000
LEADING = 32  # columns whose ratios and differences are tried


@dataclass(frozen=True)
class Trees:
    """A LightGBM member: its structure and how it learns."""

    learning_rate: float
    num_leaves: int
    min_child_samples: int
    reg_lambda: float
    feature_fraction: float
    rounds: int
    feature_fraction_bynode: float = 1.0
    bagging_fraction: float = 1.0
    extra_trees: bool = False
    additive: bool = False  # a tree splits on one feature
    pairs: int = 0  # ratios, differences and crosses among so many leading columns
    bags: int = 1


def boost(
    x: Floats,
    y: Floats,
    trees: Trees,
    *,
    signs: Sequence[int],
    seed: int,
    weight: Floats | None = None,
    start: Floats | None = None,
    names: Sequence[str] | None = None,
    categorical: Sequence[int] = (),
    rounds: int | None = None,
) -> lgb.Booster:
    """One booster; ``start`` are log-odds to start from, one per row. The only function that trains default trees."""
    settings: dict[str, Any] = {
        "objective": "binary",
        "learning_rate": trees.learning_rate,
        "num_leaves": trees.num_leaves,
        "min_child_samples": trees.min_child_samples,
        "reg_lambda": trees.reg_lambda,
        "feature_fraction": trees.feature_fraction,
        "feature_fraction_bynode": trees.feature_fraction_bynode,
        "bagging_fraction": trees.bagging_fraction,
        "bagging_freq": int(trees.bagging_fraction < 1),
        "extra_trees": trees.extra_trees,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "seed": seed,
        "verbosity": -1,
    }
    if any(signs):
        settings["monotone_constraints"] = list(signs)
    if trees.additive:
        settings["interaction_constraints"] = [[position] for position in range(x.shape[1])]
    table = lgb.Dataset(
        x,
        y,
        weight=weight,
        init_score=start,
        feature_name=list(names) if names else "auto",
        categorical_feature=list(categorical) if categorical else "auto",
        free_raw_data=True,
    )
    return lgb.train(settings, table, trees.rounds if rounds is None else rounds)


@dataclass(frozen=True)
class Rows:
    """Rows to learn from, and what is promised or known of their columns."""

    x: pd.DataFrame
    y: Floats
    weight: Floats
    time: Floats | None
    signs: Mapping[str, int]
    fixed: frozenset[str]  # columns that no made column touches: those with a sign, and the clock

    def of(self, rows: Codes, half_life: float | None) -> Rows:
        """Some of the rows, the recent ones heavier."""
        weight = self.weight[rows]
        if self.time is not None and half_life is not None:
            weight = weight * recency(self.time[rows], half_life)
            weight = weight * (len(rows) / weight.sum())
        time = None if self.time is None else self.time[rows]
        return replace(self, x=self.x.iloc[rows], y=self.y[rows], weight=weight, time=time)


def members_for(rows: int) -> dict[str, Trees | float]:
    """The members that a table of so many rows is tried with; a number is a ridge logistic's ``C``."""
    if rows < SMALL_ROWS:
        small = Trees(0.04, 4, max(4, rows // 16), 5.0, 0.4, 240, bagging_fraction=0.8, bags=3)
        free = replace(small, reg_lambda=1.0, num_leaves=6, min_child_samples=max(3, rows // 30))
        return {
            "additive": replace(small, additive=True, feature_fraction=0.3),
            "trees": small,
            "trees_free": free,
            "extra": replace(free, extra_trees=True, rounds=320),
            "linear": 0.05,
        }
    leaf = int(np.clip(rows / 400, 10, 20))
    plain = Trees(0.06, 15, leaf, 5.0, 1.0, 400, feature_fraction_bynode=0.25, bagging_fraction=0.8)
    return {
        "additive": replace(plain, additive=True, num_leaves=4, feature_fraction=0.4, feature_fraction_bynode=1.0),
        "wide": replace(plain, pairs=LEADING),
        "linear": 0.1,
    }


def fit_member(member: Trees | float, data: Rows, rounds: int, seed: int) -> Callable[[pd.DataFrame], Floats]:
    """Log-odds of new rows by a member fitted on ``data``, mean over its bags."""
    if isinstance(member, float):
        return _ridge(member, data, seed)
    wide, boosters = fit_boosters(member, data, rounds, seed)

    def raw(new: pd.DataFrame) -> Floats:
        every = [part_log_odds(booster, one.of(new), 0, rounds) for one, booster in zip(wide, boosters, strict=True)]
        return np.asarray(np.mean(every, axis=0))

    return raw


def fit_boosters(member: Trees, data: Rows, rounds: int, seed: int) -> tuple[list[Widened], list[lgb.Booster]]:
    """The columns made and the booster of each bag."""
    wide, boosters = [], []
    for bag in range(member.bags):
        folds = np.random.default_rng((seed, bag)).permutation(np.arange(len(data.y)) % 5)
        one = Widened(data.x, data.y, data.weight, folds=folds, pairs=member.pairs, fixed=data.fixed, seed=seed + bag)
        wide.append(one)
        boosters.append(
            boost(
                one.train,
                data.y,
                member,
                signs=[data.signs.get(name, 0) for name in one.names],
                seed=seed * 10 + bag,
                weight=data.weight,
                categorical=one.native_positions,
                rounds=rounds,
            )
        )
    return wide, boosters


def _ridge(c: float, data: Rows, seed: int) -> Callable[[pd.DataFrame], Floats]:
    """Ridge logistic on normal scores, missing values kept apart, categories by their encoding."""
    folds = np.random.default_rng(seed).permutation(np.arange(len(data.y)) % 5)
    wide = Widened(data.x, data.y, data.weight, folds=folds, pairs=0, fixed=data.fixed, seed=seed)
    keep = [position for position in range(len(wide.names)) if position not in wide.native_positions]
    middle = np.nan_to_num(np.nanmedian(np.where(np.isfinite(wide.train), wide.train, np.nan)[:, keep], axis=0))
    gaps = np.flatnonzero(np.isnan(wide.train[:, keep]).any(axis=0))

    def filled(matrix: Floats) -> tuple[Floats, Floats]:
        chosen = matrix[:, keep]
        missing = np.isnan(chosen)
        return np.where(missing, middle, chosen), missing[:, gaps].astype(float)

    values, missing = filled(wide.train)
    scaler = QuantileTransformer(
        output_distribution="normal", n_quantiles=min(500, len(data.y)), subsample=len(data.y), random_state=seed
    ).fit(values)

    def scaled(values: Floats, missing: Floats) -> Floats:
        return np.hstack([np.clip(scaler.transform(values), -3, 3), missing])

    line = LogisticRegression(C=c, max_iter=2_000).fit(scaled(values, missing), data.y, sample_weight=data.weight)
    return lambda new: np.asarray(line.decision_function(scaled(*filled(wide.of(new)))))


def part_log_odds(booster: lgb.Booster, matrix: Floats, since: int, until: int) -> Floats:
    """What the rounds from ``since`` to ``until`` add to the log-odds, shape (n,)."""
    predicted = booster.predict(
        matrix, raw_score=True, start_iteration=since, num_iteration=until - since, num_threads=1
    )
    return np.asarray(predicted, dtype=float)
