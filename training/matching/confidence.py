"""Fitting the probabilities of matching, and the thresholds of abstention by MAPIE's learn-then-test controllers.

Both heads learn from queries whose order was made by a ranker that had not seen them. Half of what they need to know is
how an unanswerable query looks: the second head learns from queries whose suppliers were taken out of the library too.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from mapie.risk_control import BinaryClassificationController
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from models.matching.confidence import Confidence, Head, design

Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
LEAST_ANSWERED, LEAST_OF_TASK, STEPS = 100, 20, 200


@dataclass(frozen=True)
class ConfidenceParams:
    """Numbers of the two heads and of the thresholds.

    penalty       : on the squared weights of the heads' standardised columns
    error_rates   : promised shares of proposals without a relevant firm among the first three
    removed_share : of the queries that thresholds are found on, those whose suppliers are taken out
    certainty     : with which a threshold keeps its promise, over all thresholds tried
    served_error_rate : the one by which a packed model proposes or abstains
    """

    penalty: float
    folds: int
    error_rates: tuple[float, ...]
    removed_share: float
    certainty: float
    served_error_rate: float
    seed: int


@dataclass(frozen=True)
class Shown:
    """What the heads learn from: a row a query, of all tasks.

    columns : ``confidence_columns``; hit : whether the first is relevant; any_of_three likewise
    group   : never on two sides of a fold; task : name; weight : of each query
    """

    columns: Doubles
    hit: Flags
    any_of_three: Flags
    group: npt.NDArray[np.object_]
    task: npt.NDArray[np.object_]
    weight: Doubles

    def of(self, rows: npt.NDArray[np.int64] | Flags) -> Shown:
        """Some of the rows."""
        return Shown(*(getattr(self, name)[rows] for name in Shown.__dataclass_fields__))


def join_shown(parts: Sequence[Shown]) -> Shown:
    """One after the other."""
    return Shown(*(np.concatenate([getattr(one, name) for one in parts]) for name in Shown.__dataclass_fields__))


def fit_head(
    columns: Doubles, y: Flags, group: npt.NDArray[np.object_], weight: Doubles, params: ConfidenceParams
) -> tuple[Head, Doubles]:
    """A head, and its probabilities of these rows from heads that had not seen their groups."""
    crossed = np.empty(len(y))
    for learn, test in GroupKFold(params.folds, shuffle=True, random_state=params.seed).split(columns, y, group):
        crossed[test] = _regress(columns[learn], y[learn], weight[learn], params.penalty).probability(columns[test])
    return _regress(columns, y, weight, params.penalty), crossed


def _regress(columns: Doubles, y: Flags, weight: Doubles, penalty: float) -> Head:
    """The regression; where only one outcome is known, a constant a little inside of it."""
    known = np.where(np.isfinite(columns), columns, np.nan)
    count = np.maximum(np.isfinite(known).sum(axis=0), 1)
    centre = np.nansum(known, axis=0) / count
    spread = np.sqrt(np.nansum((known - centre) ** 2, axis=0) / count)
    scale = np.where(spread > 1e-6, spread, 1.0)
    x = design(columns, centre, scale)
    if y.all() or not y.any():
        return Head(centre, scale, np.zeros(x.shape[1]), float(logit((y.sum() + 0.5) / (len(y) + 1.0))))
    fitted = LogisticRegression(C=1.0 / penalty, max_iter=1_000).fit(x, y, sample_weight=weight / weight.mean())
    return Head(centre, scale, fitted.coef_[0].astype(np.float64), float(fitted.intercept_[0]))


def fit_later(first: Doubles, gap: Doubles, rank: Doubles, hit: Flags) -> tuple[float, float]:
    """What a lower score and a lower rank take from the first's log-odds; neither is negative.

    Rows are firms shown after the first: the first's probability, how far their score lies below it, their rank.
    """
    columns = np.column_stack([-gap, -np.log(rank)])
    offset = logit(first)
    weights = np.array([1.0, 1.0])
    for _ in range(50):  # Newton's steps of a logistic regression with a fixed offset
        p = expit(offset + columns @ weights)
        slope = columns.T @ (hit - p) - 1e-3 * weights
        curve = (columns * (p * (1 - p))[:, None]).T @ columns + 1e-3 * np.eye(2)
        weights = np.maximum(weights + np.linalg.solve(curve, slope), 0.0)
    return float(weights[0]), float(weights[1])


def thresholds(
    p: Doubles, any_of_three: Flags, task: npt.NDArray[np.object_], params: ConfidenceParams
) -> Mapping[float, float]:
    """Least probability for a proposal, by promised error rate; rates that no threshold keeps are left out.

    The error is the share of proposals without a relevant firm among the first three, so that 1 - error is a precision,
    which MAPIE's controller keeps with ``certainty`` for every threshold that it accepts (learn then test, fixed
    sequence from the strictest threshold on) over all tasks together. Of these the least is taken at and above which
    also no single task's own error lies above the rate, for a promise that easy tasks pay for is none on a hard one.

    source : Angelopoulos et al. (2022), Learn then Test
    """
    found = {}
    # The strictest threshold answers LEAST_ANSWERED queries: with fewer even a perfect record proves nothing.
    most = max(0.0, 1.0 - LEAST_ANSWERED / max(len(p), 1))
    grid = np.unique(np.round(np.quantile(p, np.linspace(0.0, most, STEPS)), 6))[::-1]
    probabilities = np.column_stack([1.0 - p, p])
    for rate in params.error_rates:
        controller = BinaryClassificationController(
            lambda rows: probabilities[np.asarray(rows, dtype=int).ravel()],
            "precision",
            1.0 - rate,
            confidence_level=params.certainty,
            list_predict_params=grid,
            fwer_method="fixed_sequence",
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns where no threshold is valid: then the rate is left out
            controller.calibrate(np.arange(len(p))[:, None], any_of_three.astype(int))
        valid = np.asarray(controller.valid_predict_params, dtype=float).ravel()
        kept = [least for least in valid if least >= _kept_by_every_task(p, any_of_three, task, grid, rate)]
        if kept:
            found[rate] = float(min(kept))
    return found


def _kept_by_every_task(p: Doubles, right: Flags, task: npt.NDArray[np.object_], grid: Doubles, rate: float) -> float:
    """The least threshold of the falling ``grid`` down to which every task's error is at most ``rate``.

    A task with fewer than LEAST_OF_TASK proposals says nothing yet.
    """
    names, code = np.unique(task.astype(str), return_inverse=True)
    found = float("inf")
    for least in grid:
        proposed = p >= least
        count = np.bincount(code[proposed], minlength=len(names))
        wrong = np.bincount(code[proposed & ~right], minlength=len(names))
        if (wrong > rate * count)[count >= LEAST_OF_TASK].any():
            break
        found = float(least)
    return found


def fit_confidence(
    whole: Shown, removed: Shown, later: tuple[Doubles, Doubles, Doubles, Flags], params: ConfidenceParams
) -> tuple[Confidence, Doubles]:
    """Heads and thresholds; and the first head's cross-fitted probabilities of the queries of ``whole``.

    removed : the same queries, in the same order, in libraries without their suppliers; ``removed_share`` of what the
              second head and the thresholds see. None where nobody knows all suppliers
    later   : gap, rank, the query's row in ``whole``, and relevance of firms shown after the first
    """
    first, crossed = fit_head(whole.columns, whole.hit, whole.group, whole.weight, params)
    both = join_shown([whole, removed])
    share = params.removed_share if len(removed.hit) else 0.0
    weight = both.weight * np.concatenate(
        [
            np.full(len(whole.hit), (1.0 - share) / whole.weight.sum()),
            np.full(len(removed.hit), share / max(removed.weight.sum(), 1e-9)),
        ]
    )
    second, crossed_second = fit_head(both.columns, both.any_of_three, both.group, weight, params)
    # The thresholds see each query once, with its suppliers or without them.
    count = len(whole.hit)
    taken = np.random.default_rng(params.seed).random(count) < share
    p = crossed_second[:count]
    if len(removed.hit):
        p = np.where(taken, crossed_second[count:], p)
    y = whole.any_of_three & ~taken
    gap, rank, query, hit = later
    made = Confidence(
        first,
        second,
        fit_later(crossed[query.astype(int)], gap, rank, hit),
        thresholds(p, y, whole.task, params),
        share,
        params.certainty,
    )
    return made, crossed
