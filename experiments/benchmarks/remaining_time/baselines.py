"""What the remaining time is compared with, in time order: constants, means, medians, plain boosters, split conformal.

Plain and static: made once, at the first test case's start. ``as_of`` ones are learned from the cases that had closed
by then; the others, as is usual, from every training and development case, whenever it closed.
"""

from __future__ import annotations

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.benchmarks.remaining_time.logs import Log
from models.remaining_time.columns import ACTIVITY, Columns, days_of
from models.remaining_time.scores import LEVEL, Floats
from training.remaining_time import RemainingTimeParams, learned

Rows = npt.NDArray[np.int64]
PLAIN_ROUNDS, PLAIN_LEAVES, PLAIN_RATE = 400, 31, 0.05
FEWEST_LEVEL = 10
MOST_RANDOM_ROWS = 40_000  # that a booster is fitted on in the folds at random


@dataclass(frozen=True)
class Interval:
    """Ends in days, shape (n,)."""

    low: Floats
    high: Floats


def by_group(groups: pd.Series, days: Floats, fitted: Rows, rows: Rows, how: str) -> Floats:
    """``mean`` or ``median`` of the fitted rows' days by group, that of all for a group without a row."""
    table = pd.Series(days[fitted]).groupby(groups.iloc[fitted].to_numpy()).agg(how)
    otherwise = float(pd.Series(days[fitted]).agg(how))
    return np.asarray(groups.iloc[rows].map(table).fillna(otherwise), dtype=float)


def by_position(position: pd.Series, days: Floats, fitted: Rows, rows: Rows) -> Floats:
    """Mean of the fitted rows' days by position; beyond the last position that of the last."""
    last = int(position.iloc[fitted].max())
    return by_group(position.clip(upper=last), days, fitted, rows, "mean")


def plain_matrix(log: Log, fitted: Rows) -> tuple[Floats, Columns]:
    """Every column, the calendar day among them, with the levels of the fitted rows."""
    levels = {}
    for name in sorted({ACTIVITY, *log.categories}):
        found = log.past.prefixes[name].iloc[fitted].astype(str).value_counts()
        levels[name] = tuple(sorted(found.index[found >= FEWEST_LEVEL]))
    columns = Columns(log.numbers, levels, {"": 0.0}, "UTC")
    matrix = columns.matrix(log.past.prefixes)
    matrix[:, columns.names.index("typical")] = np.floor(days_of(log.past.prefixes["known_at"]))
    return matrix, columns


def plain(log: Log, fitted: Rows, rows: Rows, days: Floats, level: float = 0.5) -> Floats:
    """LightGBM on the days as they are: L1 for the median, a quantile loss for any other level."""
    matrix, columns = plain_matrix(log, fitted)
    settings = {
        "objective": "l1" if level == 0.5 else "quantile",
        "alpha": level,
        "num_leaves": PLAIN_LEAVES,
        "learning_rate": PLAIN_RATE,
        "seed": 0,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbose": -1,
    }
    names = [f"{position}" for position in range(matrix.shape[1])]
    data = lgb.Dataset(
        matrix[fitted], days[fitted], feature_name=names, categorical_feature=columns.categories, params=settings
    )
    rounds = PLAIN_ROUNDS if level == 0.5 else PLAIN_ROUNDS // 4
    booster = lgb.train(settings, data, rounds)
    return np.asarray(np.maximum(booster.predict(matrix[rows], num_threads=1), 0.0))


def raw_and_split(log: Log, fitted: Rows, calibrated: Rows, rows: Rows, days: Floats) -> tuple[Interval, Interval]:
    """Plain quantiles at both ends, and conformalised quantile regression (Romano et al. 2019) on ``calibrated``."""
    at = np.concatenate([calibrated, rows])
    low, high = plain(log, fitted, at, days, (1 - LEVEL) / 2), plain(log, fitted, at, days, (1 + LEVEL) / 2)
    low, high = np.minimum(low, high), np.maximum(low, high)
    n = len(calibrated)
    return Interval(low[n:], high[n:]), conformalised(
        Interval(low[:n], high[:n]), days[calibrated], Interval(low[n:], high[n:])
    )


def conformalised(seen: Interval, actual: Floats, new: Interval) -> Interval:
    """Both ends moved outwards by the ceil((n + 1) LEVEL)-th smallest distance outside of the calibration rows."""
    outside = np.sort(np.maximum(seen.low - actual, actual - seen.high))
    by = outside[min(int(np.ceil((len(outside) + 1) * LEVEL)), len(outside)) - 1]
    low = np.maximum(new.low - by, 0.0)
    return Interval(low, np.maximum(new.high + by, low))


def split_as_of(log: Log, params: RemainingTimeParams, closed: Rows, rows: Rows) -> tuple[Floats, Interval]:
    """The median of our own learner of the cases closed by the first test start, and its ends made conformal once.

    The ends come from the learner of the first development start and are calibrated on the development cases that
    had closed by the first test start.
    """
    past, (first, second) = log.past, log.starts
    now, earlier = learned(past, params, second), learned(past, params, first)
    if now is None or earlier is None:
        raise ValueError(f"{log.name}: too few cases had closed")
    seen = closed[log.part[closed] == 1]
    ends = []
    for which in (seen, rows):
        raw = earlier.forecast(past.prefixes.iloc[which]).raw
        ends.append(Interval(np.expm1(raw.low), np.expm1(raw.high)))
    median = np.expm1(now.forecast(past.prefixes.iloc[rows]).raw.middle)
    return median, conformalised(ends[0], past.remaining(seen), ends[1])


def random_folds(log: Log, folds: int = 5, seed: int = 0) -> dict[str, float]:
    """MAE in PGTNet's protocol: folds by case at random, cases of at least 3 events, prefixes from 2 on."""
    kept = np.flatnonzero((log.length >= 3) & (log.past.prefixes["position"].to_numpy() >= 2))
    days = np.nan_to_num(log.past.closed_on - log.past.known_on)
    cases = np.unique(log.past.case[kept])
    rng = np.random.default_rng(seed)
    fold = np.zeros(int(cases.max()) + 1, dtype=np.int64)
    fold[rng.permutation(cases)] = np.arange(len(cases)) % folds
    mine = fold[log.past.case[kept]]
    errors: dict[str, list[Floats]] = {"mean_by_position": [], "plain": []}
    for one in range(folds):
        fitted, rows = kept[mine != one], kept[mine == one]
        drawn = np.sort(rng.permutation(fitted)[:MOST_RANDOM_ROWS])
        errors["mean_by_position"].append(days[rows] - by_position(log.past.prefixes["position"], days, fitted, rows))
        errors["plain"].append(days[rows] - plain(log, drawn, rows, days))
    return {name: float(np.abs(np.concatenate(found)).mean()) for name, found in errors.items()}
