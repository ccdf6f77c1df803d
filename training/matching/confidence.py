"""Fitting the probabilities of matching, and the thresholds of abstention by MAPIE's learn-then-test controllers.

Both heads learn from queries whose order was made by a ranker that had not seen them, and how strongly a head is held
back is chosen on groups that it had not seen: a head that follows its own queries too closely is over-confident on new
ones. The first is for queries that are answered; the second decides on that, and half of what it needs to know is how
an unanswerable query looks: it learns from strange queries, and from queries whose suppliers were taken out, too.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from mapie.risk_control import BinaryClassificationController
from scipy.special import expit, logit
from sklearn.model_selection import GroupKFold

from models.matching.confidence import Confidence, Head, design
from training.matching.logistic import fit_logistic, log_loss

Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
LEAST_ANSWERED, LEAST_OF_TASK, STEPS = 100, 20, 200
LEAST_LIKELY = 0.5  # nothing is proposed where it is likelier that none of the first three is relevant


@dataclass(frozen=True)
class ConfidenceParams:
    """Numbers of the two heads and of the thresholds.

    penalties     : on the squared weights of the heads' standardised columns, rising; the strongest is taken whose
                    loss on groups that a head had not seen is not clearly worse than the best
    error_rates   : promised shares of proposals without a relevant firm among the first three
    removed_share : of the queries that thresholds are found on, those that nobody can answer: their suppliers are taken
                    out or, where not all suppliers are known, strange queries
    strange_share : of what the second head learns from, strange queries
    certainty     : with which a threshold keeps its promise, over all thresholds tried
    served_error_rate : the one by which a packed model proposes or abstains
    """

    penalties: tuple[float, ...]
    folds: int
    error_rates: tuple[float, ...]
    removed_share: float
    strange_share: float
    certainty: float
    served_error_rate: float
    seed: int


@dataclass(frozen=True)
class Shown:
    """What the heads learn from: a row a query, of all tasks.

    columns : ``confidence_columns``; hit : whether the first is known to be relevant; any_of_three likewise
    hit_known, any_known : probability with which that would be known if it were so; 1 where all is known
    group   : never on two sides of a fold; task : name; weight : of each query
    """

    columns: Doubles
    hit: Flags
    any_of_three: Flags
    hit_known: Doubles
    any_known: Doubles
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
    columns: Doubles, target: Doubles, group: npt.NDArray[np.object_], weight: Doubles, params: ConfidenceParams
) -> tuple[Head, Doubles]:
    """A head, and its probabilities of these rows from heads that had not seen their groups.

    target : 1 / probability of being known where a positive is known, else 0; shape (n,)
    """
    parts = list(GroupKFold(params.folds, shuffle=True, random_state=params.seed).split(columns, target, group))
    found = []
    for penalty in params.penalties:
        crossed = np.empty(len(target))
        for learn, test in parts:
            crossed[test] = _regress(columns[learn], target[learn], weight[learn], penalty).probability(columns[test])
        found.append(crossed)
    chosen = strongest_penalty(np.array([log_loss(logit(p), target) for p in found]), weight)
    return _regress(columns, target, weight, params.penalties[chosen]), found[chosen]


def strongest_penalty(losses: Doubles, weight: Doubles) -> int:
    """The last row of losses that is not worse than the best by more than one standard error of the difference.

    losses : shape (penalties, n), the penalties rising, of groups that were not seen; weight : shape (n,)
    source : Hastie, Tibshirani and Friedman (2009), The Elements of Statistical Learning, 7.10 (one standard error)
    """
    share = weight / weight.sum()
    worse = losses - losses[int(np.argmin(losses @ share))]
    mean = worse @ share
    error = np.sqrt(((worse - mean[:, None]) ** 2) @ share**2)
    return int(np.flatnonzero(mean <= error)[-1])


def _regress(columns: Doubles, target: Doubles, weight: Doubles, penalty: float) -> Head:
    """The regression; where only one outcome is known, a constant a little inside of it."""
    known = np.where(np.isfinite(columns), columns, np.nan)
    count = np.maximum(np.isfinite(known).sum(axis=0), 1)
    centre = np.nansum(known, axis=0) / count
    spread = np.sqrt(np.nansum((known - centre) ** 2, axis=0) / count)
    scale = np.where(spread > 1e-6, spread, 1.0)
    x = design(columns, centre, scale)
    positive = target > 0
    if positive.all() or not positive.any():
        return Head(centre, scale, np.zeros(x.shape[1]), float(logit((positive.sum() + 0.5) / (len(x) + 1.0))))
    intercept, weights = fit_logistic(x, target, weight / weight.mean(), penalty)
    return Head(centre, scale, weights, intercept)


def fit_later(first: Doubles, gap: Doubles, rank: Doubles, target: Doubles) -> tuple[float, float]:
    """What a lower score and a lower rank take from the first's log-odds; neither is negative.

    Rows are firms shown after the first: the first's probability, how far their score lies below it, their rank, and
    the target as of ``fit_head``.
    """
    columns = np.column_stack([-gap, -np.log(rank)])
    offset = logit(first)
    weights = np.array([1.0, 1.0])
    for _ in range(50):  # Newton's steps of a logistic regression with a fixed offset
        p = expit(offset + columns @ weights)
        slope = columns.T @ (target - p) - 1e-3 * weights
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
    also no single task's own error lies above the rate, for a promise that easy tasks pay for is none on a hard one;
    and it is LEAST_LIKELY at least.

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
        kept_by_all = _kept_by_every_task(p, any_of_three, task, grid, rate)
        kept = [least for least in valid if least >= kept_by_all]
        if kept:
            found[rate] = max(float(min(kept)), LEAST_LIKELY)
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
    whole: Shown,
    removed: Shown,
    strange: Shown,
    later: tuple[Doubles, Doubles, Doubles, Doubles],
    params: ConfidenceParams,
) -> tuple[Confidence, Doubles]:
    """Heads and thresholds; and the first head's cross-fitted probabilities of the queries of ``whole``.

    removed : the same queries, in the same order, in libraries without their suppliers; none where nobody knows all
              suppliers
    strange : queries that nobody can answer; what the thresholds see of them where there is no ``removed``
    later   : gap, rank, the query's row in ``whole``, and target of firms shown after the first
    """
    count = len(whole.hit)
    first, crossed = fit_head(whole.columns, whole.hit / whole.hit_known, whole.group, whole.weight, params)
    every = join_shown([whole, removed, strange])
    share, usual = params.removed_share if len(removed.hit) else 0.0, 1.0 - params.strange_share
    weight = _weights([whole, removed, strange], ((1.0 - share) * usual, share * usual, params.strange_share))
    second, found = fit_head(every.columns, every.any_of_three / every.any_known, every.group, weight, params)
    rng = np.random.default_rng(params.seed)
    if len(removed.hit):  # the thresholds see each query once, with its suppliers or without them
        taken = rng.random(count) < share
        p, y, task = np.where(taken, found[count : 2 * count], found[:count]), whole.any_of_three & ~taken, whole.task
    else:
        most = round(count * params.removed_share / (1.0 - params.removed_share))
        drawn = rng.permutation(len(strange.hit))[:most]
        p = np.concatenate([found[:count], found[count:][drawn]])
        y = np.concatenate([whole.any_of_three, np.zeros(len(drawn), dtype=bool)])
        task = np.concatenate([whole.task, strange.task[drawn]])
    gap, rank, query, target = later
    made = Confidence(
        first,
        second,
        fit_later(crossed[query.astype(int)], gap, rank, target),
        thresholds(p, y, task, params),
        params.removed_share,
        params.certainty,
    )
    return made, crossed


def _weights(parts: Sequence[Shown], shares: Sequence[float]) -> Doubles:
    """Weights of the parts' queries, each part's adding up to its share."""
    return np.concatenate(
        [one.weight * (share / max(one.weight.sum(), 1e-9)) for one, share in zip(parts, shares, strict=True)]
    )
