"""Fit of the remaining time from what was known before a cut: nothing that happened then or later is read.

A case teaches its remaining time once it has closed. Rows weigh by their age, with a half-life. The weights of the
blend and the first labels of the intervals come from learners of earlier cuts, each of which forecast the time after
its own cut: forecasts of cases that it had not seen end.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd

from models.remaining_time.columns import ACTIVITY, Columns, days_of
from models.remaining_time.coverage import Labels, Raw, answered_labels, weighted_quantile
from models.remaining_time.model import PARTS, Learner, Parts, RemainingTimeModel, Weights
from models.remaining_time.scores import Floats

QUANTILES = (0.5, 0.1, 0.9)
ENDS = ("middle", "low", "high")


class TooFewCasesError(ValueError):
    """Fewer cases had closed before the cut than a model can be learned from."""


@dataclass(frozen=True)
class RemainingTimeParams:
    """What is used, and how it is learned.

    numbers, categories : columns of the prefixes beside activity, position and elapsed_days
    office       : the category whose own history is a part of the blend; "" for none
    zone         : IANA name of the time zone of hour and weekday
    step_days    : between cuts; the forecasts of ``steps`` earlier cuts give weights and labels (0: equal weights,
                   no labels), and ``remembered`` earlier learners take part in a forecast
    most_rows    : the latest are taken where more have closed
    fewest_level : rows of a level of a category, below which it counts as not seen
    loss_power   : weights of the parts go with loss ** -loss_power
    """

    numbers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    office: str = ""
    zone: str = "UTC"
    seed: int = 0
    half_life_days: float = 180.0
    rounds: int = 150
    leaves: int = 15
    end_rounds: int = 100
    end_leaves: int = 7
    learning_rate: float = 0.05
    smallest_leaf: int = 40
    steps: int = 4
    remembered: int = 4
    step_days: float = 30.0
    most_rows: int = 40_000
    fewest_rows: int = 100
    fewest_level: int = 10
    shrink_rows: float = 20.0
    loss_power: float = 32.0


@dataclass(frozen=True)
class History:
    """Prefixes with the days of their cases; closed_on is NaN while a case runs."""

    prefixes: pd.DataFrame
    case: npt.NDArray[np.int64]
    known_on: Floats
    closed_on: Floats

    def remaining(self, rows: npt.NDArray[np.int64]) -> Floats:
        """Days from the prefix to the closing of its case."""
        return self.closed_on[rows] - self.known_on[rows]

    def rows(self, rows: npt.NDArray[np.int64]) -> History:
        """The same of some prefixes."""
        prefixes = self.prefixes.iloc[rows].reset_index(drop=True)
        return History(prefixes, self.case[rows], self.known_on[rows], self.closed_on[rows])


def history(cases: pd.DataFrame, prefixes: pd.DataFrame) -> History:
    """Join the prefixes with the closing of their cases.

    cases    : case_id, closed_at (UTC, NaT while it runs)
    prefixes : case_id, known_at (UTC), activity, position, elapsed_days and what the parameters name
    """
    numbers = pd.Index(cases["case_id"])
    case = numbers.get_indexer(pd.Index(prefixes["case_id"]))
    if (case < 0).any() or not numbers.is_unique:
        raise ValueError("every prefix needs its case, and every case one row")
    closed = days_of(cases["closed_at"])
    return History(prefixes.reset_index(drop=True), case.astype(np.int64), days_of(prefixes["known_at"]), closed[case])


def fit(
    cases: pd.DataFrame, prefixes: pd.DataFrame, params: RemainingTimeParams, cut: pd.Timestamp
) -> RemainingTimeModel:
    """The model as it would have been made at ``cut``; raises TooFewCasesError."""
    return fit_at(history(cases, prefixes), params, days_of(pd.Series([cut]))[0], {})


def fit_at(
    past: History, params: RemainingTimeParams, cut: float, learners: MutableMapping[float, Learner | None]
) -> RemainingTimeModel:
    """As ``fit``; cut in days since 1970. Learners of earlier cuts are taken from ``learners`` or put there."""
    return fit_with_past(past, params, cut, learners)[0]


def fit_with_past(
    past: History, params: RemainingTimeParams, cut: float, learners: MutableMapping[float, Learner | None]
) -> tuple[RemainingTimeModel, npt.NDArray[np.int64], Raw]:
    """As ``fit_at``, with the rows known in the steps before the cut and what was forecast for them then."""

    def learner_at(day: float) -> Learner | None:
        if day not in learners:
            learners[day] = learned(past, params, day)
        return learners[day]

    def last_learners(day: float) -> tuple[Learner, ...]:
        found = (learner_at(day - step * params.step_days) for step in range(params.remembered + 1))
        return tuple(one for one in found if one is not None)

    if learner_at(cut) is None:
        raise TooFewCasesError(f"fewer than {params.fewest_rows} prefixes of closed cases before the cut")
    learners_now = last_learners(cut)
    rows, parts = _earlier_parts(past, params, cut, last_learners)
    if not len(rows):
        return RemainingTimeModel(learners_now, equal_weights(params), Labels.none(), cut), rows, parts.latest
    closed = past.closed_on[rows] < cut
    weights = _weights(parts.middles[closed], np.log1p(past.remaining(rows[closed])), params)
    raw, _ = parts.blended(weights)
    return RemainingTimeModel(learners_now, weights, labels_before(past, rows, raw, cut), cut), rows, raw


def labels_before(
    past: History, rows: npt.NDArray[np.int64], raw: Raw, cut: float, known: Labels | None = None
) -> Labels:
    """Labels of the forecasts ``raw`` of ``rows`` whose cases closed before ``cut``; ``known`` are earlier ones.

    Each interval that is compared is the one that would have been answered on its day.
    """
    closed = np.flatnonzero(past.closed_on[rows] < cut)
    raw, rows = Raw(raw.middle[closed], raw.low[closed], raw.high[closed]), rows[closed]
    actual, ended, case = past.remaining(rows), past.closed_on[rows], past.case[rows]
    return answered_labels(raw, past.known_on[rows], actual, ended, case, Labels.none() if known is None else known)


def _earlier_parts(
    past: History, params: RemainingTimeParams, cut: float, last_learners: Callable[[float], tuple[Learner, ...]]
) -> tuple[npt.NDArray[np.int64], Parts]:
    """Rows known in the steps before the cut, and the parts of what was forecast for them at each step's beginning."""
    found: list[tuple[npt.NDArray[np.int64], Parts]] = []
    for step in range(params.steps, 0, -1):
        begin = cut - step * params.step_days
        rows = np.flatnonzero((past.known_on >= begin) & (past.known_on < begin + params.step_days))
        learners = last_learners(begin) if len(rows) else ()
        if learners:
            prefixes = past.prefixes.iloc[rows]
            found.append((rows, Parts.of([one.forecast(prefixes) for one in learners])))
    rows = np.concatenate([np.zeros(0, dtype=np.int64), *(one for one, _ in found)])
    middles = np.concatenate([np.zeros((0, len(PARTS))), *(one.middles for _, one in found)])
    latest, mean = (
        Raw(*(np.concatenate([np.zeros(0), *(getattr(getattr(one, which), end) for _, one in found)]) for end in ENDS))
        for which in ("latest", "mean_of_last")
    )
    return rows, Parts(middles, latest, mean)


def equal_weights(params: RemainingTimeParams) -> Weights:
    """Of a blend without a past."""
    parts = 4.0 if params.office else 3.0
    return 1.0 / parts, 1.0 / parts, 1.0 / parts, 1.0 / parts if params.office else 0.0


def _weights(parts: Floats, actual: Floats, params: RemainingTimeParams) -> Weights:
    """Weights of the parts by their mean absolute error in days on rows where the part has a value."""
    error = np.abs(np.expm1(parts) - np.expm1(actual)[:, None])
    losses = [float(np.mean(one[~np.isnan(one)])) if (~np.isnan(one)).any() else np.inf for one in error.T]
    least = min(losses)
    if not np.isfinite(least):
        return equal_weights(params)
    weight = np.asarray([(max(least, 1e-6) / max(loss, 1e-6)) ** params.loss_power for loss in losses])
    first, second, third, fourth = (weight / weight.sum()).tolist()
    return first, second, third, fourth


def learned(past: History, params: RemainingTimeParams, cut: float) -> Learner | None:
    """Boosters and medians of the cases that closed before the cut; None where there are too few."""
    rows = np.flatnonzero((past.known_on < cut) & (past.closed_on < cut))
    if len(rows) > params.most_rows:
        rows = np.sort(rows[np.argsort(-past.known_on[rows], kind="stable")[: params.most_rows]])
    if len(rows) < params.fewest_rows:
        return None
    prefixes = past.prefixes.iloc[rows]
    target = np.log1p(past.remaining(rows))
    weight = 0.5 ** ((cut - past.known_on[rows]) / params.half_life_days)
    activity = prefixes[ACTIVITY].astype(str).to_numpy()
    levels = {name: _levels(prefixes[name], params) for name in sorted({ACTIVITY, *params.categories})}
    columns = Columns(params.numbers, levels, _typical(activity, target, weight, params), params.zone)
    matrix = columns.matrix(prefixes)
    # A row's own case must not be in the mean of its activity, so each half of the cases gets that of the other.
    half, at = past.case[rows] % 2, columns.names.index("typical")
    for one in (0, 1):
        other = _typical(activity[half != one], target[half != one], weight[half != one], params)
        matrix[half == one, at] = [other.get(value, other[""]) for value in activity[half == one]]
    boosters = tuple(_boosted(matrix, columns, target, weight, level, params) for level in QUANTILES)
    own: dict[str, dict[str, float]] = {}
    if params.office:
        office = prefixes[params.office].astype(str).to_numpy()
        for name in np.unique(office):
            mine = office == name
            own[str(name)] = _medians(activity[mine], target[mine], weight[mine], params.fewest_level)
    medians = _medians(activity, target, weight, 1) | {"": _median(target, weight)}
    return Learner(columns, boosters, medians, own, params.office)  # type: ignore[arg-type]  # three texts


def _levels(values: pd.Series, params: RemainingTimeParams) -> tuple[str, ...]:
    found, count = np.unique(values.astype(str).to_numpy().astype(str), return_counts=True)
    return tuple(str(one) for one in found[count >= params.fewest_level])


def _typical(
    activity: npt.NDArray[Any], target: Floats, weight: Floats, params: RemainingTimeParams
) -> dict[str, float]:
    """Mean of the target by activity, drawn to that of all by ``shrink_rows`` rows of weight 1."""
    if not len(target):
        return {"": 0.0}
    whole = float(np.average(target, weights=weight))
    names, code = np.unique(activity.astype(str), return_inverse=True)
    sums, weights = np.bincount(code, weight * target), np.bincount(code, weight)
    means = (sums + params.shrink_rows * whole) / (weights + params.shrink_rows)
    return {str(name): float(mean) for name, mean in zip(names, means, strict=True)} | {"": whole}


def _median(target: Floats, weight: Floats) -> float:
    order = np.argsort(target, kind="stable")
    return weighted_quantile(target[order], weight[order], 0.5)


def _medians(activity: npt.NDArray[Any], target: Floats, weight: Floats, fewest: int) -> dict[str, float]:
    """Weighted median of the target by activity with at least ``fewest`` rows."""
    names, code, count = np.unique(activity.astype(str), return_inverse=True, return_counts=True)
    order = np.argsort(code, kind="stable")
    groups = np.split(order, np.cumsum(count)[:-1])
    return {
        str(name): _median(target[group], weight[group])
        for name, group in zip(names, groups, strict=True)
        if len(group) >= fewest
    }


def _boosted(
    matrix: Floats, columns: Columns, target: Floats, weight: Floats, level: float, params: RemainingTimeParams
) -> str:
    middle = level == QUANTILES[0]
    settings = {
        "objective": "l1" if middle else "quantile",
        "alpha": level,
        "num_leaves": params.leaves if middle else params.end_leaves,
        "learning_rate": params.learning_rate,
        "min_data_in_leaf": params.smallest_leaf,
        "feature_fraction": 0.8,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "max_cat_to_onehot": 4,
        "cat_smooth": 20.0,
        "min_data_per_group": 50,
        "seed": params.seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbose": -1,
    }
    names = [f"{position}" for position in range(matrix.shape[1])]  # a level may hold what LightGBM refuses in a name
    data = lgb.Dataset(
        matrix, target, weight=weight, feature_name=names, categorical_feature=columns.categories, params=settings
    )
    booster = lgb.train(settings, data, params.rounds if middle else params.end_rounds)
    return str(booster.model_to_string())
