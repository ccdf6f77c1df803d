"""Fit of whether cases will be late, and the test whether a model is better than the days left.

Known at the cut is the outcome of a case that had closed, and of one that still ran past its promised date. Cases whose
promised date had not come by the cut are known only where they were early, so none of them is learned from.

The test: the latest cases by start are held out; both are learned from what was known when the first of them started,
and compared on those whose outcome is known at the cut. What is used is learned from everything known at the cut.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
from scipy.special import logit

from models.approvals.late import LEVEL, LateModel, LateTest, Rule
from models.comparison.metrics import Metric, auc
from models.comparison.paired import Resamples, paired_difference
from models.comparison.rows import RunRows
from models.remaining_time.columns import ACTIVITY, Columns
from models.remaining_time.scores import Floats
from training.remaining_time import History, TooFewCasesError

AUC = Metric("auc", "more", ("probability",), auc)
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class LateParams:
    """How it is learned.

    numbers, categories : columns of the prefixes; deadline : the one with the days until the promised date
    held_out_share : of the cases by start, the latest; fewest_cases, fewest_late : known ones for a booster
    ridge : of the calibrations, in cases
    """

    deadline: str
    numbers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    zone: str = "UTC"
    seed: int = 0
    rounds: int = 150
    leaves: int = 7
    learning_rate: float = 0.05
    smallest_leaf: int = 20
    fewest_level: int = 10
    held_out_share: float = 0.2
    fewest_cases: int = 100
    fewest_late: int = 10
    ridge: float = 1.0
    draws: int = 2_000


@dataclass(frozen=True)
class Known:
    """What was known at a cut: rows of the prefixes, whether their cases were late (0, 1), weight of one a case."""

    rows: Rows
    late: Floats
    weight: Floats


def known_at(past: History, params: LateParams, cut: float, *, due: bool = True) -> Known:
    """Rows of cases whose outcome was known at the cut.

    due : only those whose promised date had come; else also those that had closed before it
    A row known after its case had closed, or without a promised date, is none.
    """
    promised = past.known_on + past.prefixes[params.deadline].to_numpy(dtype=float)
    closed = np.where(past.closed_on < cut, past.closed_on, np.inf)
    outcome = (promised < cut) | (~due & (closed < np.inf))
    rows = np.flatnonzero(outcome & (past.known_on < np.minimum(closed, cut)) & np.isfinite(promised))
    _, inverse, count = np.unique(past.case[rows], return_inverse=True, return_counts=True)
    late = (closed[rows] > promised[rows]).astype(float)
    return Known(rows, late, 1.0 / count[inverse])


def fit_late(past: History, params: LateParams, cut: float) -> LateModel:
    """The rule and its calibration as of ``cut``, in days since 1970; raises TooFewCasesError without a known case."""
    model = made_at(past, params, cut)
    first = latest_start(past, np.flatnonzero(past.known_on < cut), params)
    held_out = started_since(past, known_at(past, params, cut, due=False), first)
    try:
        earlier = made_at(past, params, first)
    except TooFewCasesError:
        return model
    if not earlier.booster or not len(held_out.rows):
        return model
    return replace(model, test=compared(past, earlier, held_out, params))


def made_at(past: History, params: LateParams, cut: float) -> LateModel:
    """Slack and, from enough cases, the booster, both calibrated, as of a cut and without a test.

    The calibrations are of the latest known cases, where the booster of the cut before them answers for the booster.
    """
    known = known_at(past, params, cut)
    if not len(known.rows):
        raise TooFewCasesError("no case had reached its promised date before the cut")
    first = latest_start(past, known.rows, params)
    latest = _running(past, params, started_since(past, known, first))
    if not len(latest.rows):
        latest = _running(past, params, known)
    slopes: dict[Rule, tuple[float, float]] = {"model": (0.0, 1.0)}
    slopes["slack"] = _calibrated(_slack(past, params, latest.rows), latest, params)
    if not _enough(past, known, params):
        return LateModel(params.deadline, slopes)
    before = known_at(past, params, first)
    if _enough(past, before, params):
        earlier = LateModel(params.deadline, slopes, None, *_boosted(past, params, before))
        slopes["model"] = _calibrated(earlier.log_odds(past.prefixes.iloc[latest.rows]), latest, params)
    return LateModel(params.deadline, slopes, None, *_boosted(past, params, known))


def compared(past: History, model: LateModel, known: Known, params: LateParams) -> LateTest:
    """AUC of the booster and of slack on some rows, and the paired interval of the difference, resampling cases."""
    prefixes, cases = past.prefixes.iloc[known.rows], past.case[known.rows]
    run = [RunRows(cases, known.late, model.chance(prefixes, rule), known.weight) for rule in ("slack", "model")]
    values = [float(AUC(one)[0]) for one in run]
    low = high = float("nan")
    if np.isfinite(values).all():
        found = paired_difference(run[0], run[1], AUC, Resamples(run[0].firms, params.draws, params.seed))
        interval = found.interval(LEVEL)
        low, high = interval.low, interval.high
    n, late = len(np.unique(cases)), len(np.unique(cases[known.late > 0.0]))
    return LateTest(n, late, values[1], values[0], low, high)


def latest_start(past: History, rows: Rows, params: LateParams) -> float:
    """Day on which the first of the latest ``held_out_share`` of the rows' cases started; infinite without one."""
    start = np.sort(_starts(past)[np.unique(past.case[rows])])
    n = int(len(start) * (1.0 - params.held_out_share))
    return float(start[n]) if n < len(start) else float("inf")


def started_since(past: History, known: Known, first: float) -> Known:
    """Rows of the cases that started at ``first`` or later."""
    late = np.flatnonzero(_starts(past)[past.case[known.rows]] >= first)
    return Known(known.rows[late], known.late[late], known.weight[late])


def _starts(past: History) -> Floats:
    """Day of the first prefix of every case by its number."""
    start = np.full(int(past.case.max(initial=-1)) + 1, np.inf)
    np.minimum.at(start, past.case, past.known_on)
    return start


def _running(past: History, params: LateParams, known: Known) -> Known:
    """Rows not yet past the promised date: the others are late without a calibration."""
    kept = np.flatnonzero(_slack(past, params, known.rows) >= 0.0)
    return Known(known.rows[kept], known.late[kept], known.weight[kept])


def _enough(past: History, known: Known, params: LateParams) -> bool:
    cases, late = (len(np.unique(past.case[known.rows[flags]])) for flags in (known.late >= 0.0, known.late > 0.0))
    return cases >= params.fewest_cases and min(late, cases - late) >= params.fewest_late


def _slack(past: History, params: LateParams, rows: Rows) -> Floats:
    return past.prefixes[params.deadline].to_numpy(dtype=float)[rows]


def _boosted(past: History, params: LateParams, known: Known) -> tuple[Columns, str]:
    prefixes = past.prefixes.iloc[known.rows]
    levels = {}
    for name in sorted({ACTIVITY, *params.categories}):
        found, count = np.unique(prefixes[name].astype(str).to_numpy(dtype=object), return_counts=True)
        levels[name] = tuple(str(one) for one in found[count >= params.fewest_level])
    columns = Columns(params.numbers, levels, {"": 0.0}, params.zone)
    matrix = columns.matrix(prefixes)
    settings = {
        "objective": "binary", "num_leaves": params.leaves, "learning_rate": params.learning_rate,
        "min_data_in_leaf": params.smallest_leaf, "feature_fraction": 0.8, "bagging_fraction": 0.8, "bagging_freq": 1,
        "max_cat_to_onehot": 4, "cat_smooth": 20.0, "seed": params.seed, "deterministic": True, "force_row_wise": True,
        "num_threads": 1, "verbose": -1,
    }  # fmt: skip
    names = [f"{position}" for position in range(matrix.shape[1])]
    data = lgb.Dataset(
        matrix, known.late, weight=known.weight, feature_name=names, categorical_feature=columns.categories,
        params=settings,
    )  # fmt: skip
    return columns, str(lgb.train(settings, data, params.rounds).model_to_string())


def _calibrated(x: Floats, known: Known, params: LateParams) -> tuple[float, float]:
    """Intercept and slope of a logistic regression of being late on x, by Newton's method, with a small ridge."""
    if not len(x):
        return 0.0, 0.0
    scale = float(np.sqrt(np.average((x - x.mean()) ** 2, weights=known.weight))) or 1.0
    design = np.stack([np.ones(len(x)), x / scale], axis=1)
    share = (known.weight @ known.late + 0.5) / (known.weight.sum() + 1.0)
    found = np.array([float(logit(share)), 0.0])
    for _ in range(50):
        chance = 1.0 / (1.0 + np.exp(-np.clip(design @ found, -30.0, 30.0)))
        slope = design.T @ (known.weight * (known.late - chance)) - params.ridge * np.array([0.0, found[1]])
        curve = (design.T * (known.weight * chance * (1.0 - chance))) @ design + np.diag([1e-9, params.ridge])
        step = np.linalg.solve(curve, slope)
        found = found + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-9:
            break
    return float(found[0]), float(found[1] / scale)
