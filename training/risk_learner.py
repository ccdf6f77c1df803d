"""One learner of default for any table: a few kinds of members, each stopped early, blended and calibrated out of fold.

The pipeline's own model is the additive member alone, for its look-up tables and exact reasons. A table without such
demands gets the blend. Nothing here looks at rows that it was not given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.preprocessing import QuantileTransformer

from training.risk_calibration import Calibrator, choose_calibrator
from training.risk_widen import Widened

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
    additive: bool = False  # a tree asks about one feature
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
    """One booster; ``start`` are log-odds to start from, one per row. The only place that trains default trees."""
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
        settings["interaction_constraints"] = [[place] for place in range(x.shape[1])]
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


def checkpoints(rounds: int, count: int = 20) -> list[int]:
    """Numbers of rounds at which a booster is judged, the last one included."""
    return sorted({max(1, round(rounds * (place + 1) / count)) for place in range(count)})


def log_loss(y: Floats, log_odds: Floats, weight: Floats | None = None) -> float:
    """Mean negative log-likelihood of outcomes in [0, 1], weighted."""
    each = np.logaddexp(0.0, log_odds) - y * log_odds
    return float(np.average(each, weights=weight))


@dataclass(frozen=True)
class Learned:
    """A fitted learner: its members' shares in the blend, the calibration, and what the inner folds said."""

    members: tuple[tuple[float, Callable[[pd.DataFrame], Floats]], ...]
    calibrator: Calibrator
    shares: Mapping[str, float]
    inner_log_loss: Mapping[str, float]
    rounds: Mapping[str, int]

    def raw(self, x: pd.DataFrame) -> Floats:
        """Blended log-odds before calibration, shape (n,)."""
        return np.asarray(np.sum([share * member(x) for share, member in self.members], axis=0))

    def predict(self, x: pd.DataFrame) -> Floats:
        """Calibrated probability of default, shape (n,)."""
        return np.asarray(expit(self.calibrator.log_odds(self.raw(x))))


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


def learn(
    x: pd.DataFrame,
    y: Floats,
    *,
    seed: int,
    weight: Floats | None = None,
    groups: npt.NDArray[Any] | None = None,
    signs: Mapping[str, int] | None = None,
) -> Learned:
    """Fit every member in inner folds, stop each at its best round, blend and calibrate on what the folds left out.

    x : float64 and category columns; groups never stand on two sides of a fold
    signs : promised direction by column; members that cannot promise are left out
    """
    weight = np.ones(len(y)) if weight is None else weight * (len(y) / weight.sum())
    signs = {name: sign for name, sign in (signs or {}).items() if sign}
    small = len(y) < SMALL_ROWS
    repeats = 2 if small else 1
    folds = _folds(y, groups, 5 if small else 3, repeats, seed)
    told: dict[str, Floats] = {}
    rounds: dict[str, int] = {}
    members = members_for(len(y))
    for name, member in members.items():
        if isinstance(member, float) and signs:
            continue
        told[name], rounds[name] = _out_of_fold(member, x, y, weight, signs, folds, seed)
    y_all, weight_all = np.tile(y, repeats), np.tile(weight, repeats)
    shares = _blend(np.column_stack(list(told.values())), y_all, weight_all)
    kept = {name: share for name, share in zip(told, shares, strict=True) if share > 0}
    blended = np.sum([share * told[name] for name, share in kept.items()], axis=0)
    calibrator = choose_calibrator(blended, y_all, weight_all, np.tile(np.arange(len(y)), repeats), seed)
    fitted = tuple(
        (share, _fit(members[name], x, y, weight, signs, rounds[name], seed)) for name, share in kept.items()
    )
    losses = {name: log_loss(y_all, values, weight_all) for name, values in told.items()}
    return Learned(fitted, calibrator, kept, losses | {"blend": log_loss(y_all, blended, weight_all)}, rounds)


def _folds(
    y: Floats, groups: npt.NDArray[Any] | None, count: int, repeats: int, seed: int
) -> list[list[tuple[Codes, Codes]]]:
    count = max(2, min(count, int(min(y.sum(), len(y) - y.sum()))))
    every = []
    for repeat in range(repeats):
        maker = StratifiedKFold if groups is None else StratifiedGroupKFold
        every.append(list(maker(count, shuffle=True, random_state=seed + repeat).split(y, y, groups)))
    return every


def _out_of_fold(
    member: Trees | float,
    x: pd.DataFrame,
    y: Floats,
    weight: Floats,
    signs: Mapping[str, int],
    folds: list[list[tuple[Codes, Codes]]],
    seed: int,
) -> tuple[Floats, int]:
    """Log-odds of every row by models that did not see it, repeat after repeat, and the best number of rounds."""
    if isinstance(member, float):
        told = np.empty((len(folds), len(y)))
        for repeat, parts in enumerate(folds):
            for train, rest in parts:
                told[repeat, rest] = _fit(member, x.iloc[train], y[train], weight[train], signs, 0, seed)(x.iloc[rest])
        return told.ravel(), 0
    stops = checkpoints(member.rounds)
    paths = np.empty((len(folds), len(y), len(stops)))
    one_bag = replace(member, bags=1)
    for repeat, parts in enumerate(folds):
        for train, rest in parts:
            wide, boosters = _boosters(
                one_bag, x.iloc[train], y[train], weight[train], signs, member.rounds, seed + repeat
            )
            matrix = wide[0].of(x.iloc[rest])
            for place, (since, stop) in enumerate(zip([0, *stops], stops, strict=False)):
                paths[repeat, rest, place] = _raw(boosters[0], matrix, since, stop)
    np.cumsum(paths, axis=2, out=paths)
    losses = [
        log_loss(np.tile(y, len(folds)), paths[:, :, place].ravel(), np.tile(weight, len(folds)))
        for place in range(len(stops))
    ]
    best = int(np.argmin(losses))
    return paths[:, :, best].ravel(), stops[best]


def _fit(
    member: Trees | float,
    x: pd.DataFrame,
    y: Floats,
    weight: Floats,
    signs: Mapping[str, int],
    rounds: int,
    seed: int,
) -> Callable[[pd.DataFrame], Floats]:
    if isinstance(member, float):
        return _ridge(member, x, y, weight, seed)
    wide, boosters = _boosters(member, x, y, weight, signs, rounds, seed)

    def raw(new: pd.DataFrame) -> Floats:
        return np.asarray(
            np.mean(
                [_raw(booster, one.of(new), 0, rounds) for one, booster in zip(wide, boosters, strict=True)], axis=0
            )
        )

    return raw


def _boosters(
    member: Trees,
    x: pd.DataFrame,
    y: Floats,
    weight: Floats,
    signs: Mapping[str, int],
    rounds: int,
    seed: int,
) -> tuple[list[Widened], list[lgb.Booster]]:
    wide, boosters = [], []
    for bag in range(member.bags):
        rng = np.random.default_rng((seed, bag))
        folds = rng.permutation(np.arange(len(y)) % 5)
        one = Widened(x, y, weight, folds=folds, pairs=member.pairs, fixed=frozenset(signs), seed=seed + bag)
        wide.append(one)
        boosters.append(
            boost(
                one.train,
                y,
                member,
                signs=[signs.get(name, 0) for name in one.names],
                seed=seed * 10 + bag,
                weight=weight,
                categorical=one.native_places,
                rounds=rounds,
            )
        )
    return wide, boosters


def _ridge(c: float, x: pd.DataFrame, y: Floats, weight: Floats, seed: int) -> Callable[[pd.DataFrame], Floats]:
    """Ridge logistic on normal scores, missing values told apart, categories by their encoding."""
    folds = np.random.default_rng(seed).permutation(np.arange(len(y)) % 5)
    wide = Widened(x, y, weight, folds=folds, pairs=0, seed=seed)
    keep = [place for place in range(len(wide.names)) if place not in wide.native_places]
    middle = np.nan_to_num(np.nanmedian(np.where(np.isfinite(wide.train), wide.train, np.nan)[:, keep], axis=0))
    gaps = np.flatnonzero(np.isnan(wide.train[:, keep]).any(axis=0))

    def filled(matrix: Floats) -> tuple[Floats, Floats]:
        chosen = matrix[:, keep]
        missing = np.isnan(chosen)
        return np.where(missing, middle, chosen), missing[:, gaps].astype(float)

    values, missing = filled(wide.train)
    scaler = QuantileTransformer(
        output_distribution="normal", n_quantiles=min(500, len(y)), subsample=len(y), random_state=seed
    ).fit(values)

    def scaled(values: Floats, missing: Floats) -> Floats:
        return np.hstack([np.clip(scaler.transform(values), -3, 3), missing])

    line = LogisticRegression(C=c, max_iter=2_000).fit(scaled(values, missing), y, sample_weight=weight)
    return lambda new: np.asarray(line.decision_function(scaled(*filled(wide.of(new)))))


def _raw(booster: lgb.Booster, matrix: Floats, since: int, until: int) -> Floats:
    """What the rounds from ``since`` to ``until`` add to the log-odds, shape (n,)."""
    told = booster.predict(matrix, raw_score=True, start_iteration=since, num_iteration=until - since, num_threads=1)
    return np.asarray(told, dtype=float)


def _blend(told: Floats, y: Floats, weight: Floats) -> Floats:
    """Shares >= 0 that add up to one and minimise the log loss; a light pull to equal parts steadies few defaults."""
    count = told.shape[1]
    pull = 0.5 / max(min(float(y.sum()), float(len(y) - y.sum())), 1.0)

    def objective(shares: Floats) -> float:
        return log_loss(y, told @ shares, weight) + pull * float(np.square(shares - 1 / count).sum())

    found = minimize(
        objective,
        np.full(count, 1 / count),
        bounds=[(0.0, 1.0)] * count,
        constraints={"type": "eq", "fun": lambda shares: shares.sum() - 1},
        method="SLSQP",
        options={"maxiter": 200},
    )
    shares = np.where(found.x < 0.02, 0.0, found.x)
    return np.asarray(shares / shares.sum())
