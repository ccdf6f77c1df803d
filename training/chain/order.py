"""Fitting the order of candidates: the base as a conditional logit, trees as far as held-out folds gain, and odds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from scipy.optimize import minimize

from models.chain.bands import Doubles, Flags
from models.chain.columns import Z_COLUMNS, Candidates
from models.chain.hierarchy import Ints
from models.chain.order import Odds, Order, base_scores, probabilities, score_columns
from training.chain.params import PlacementParams
from training.matching.logistic import fit_logistic, log_loss

FEWEST_RIGHT = 200  # right candidates of labelled items; with fewer there are no trees
BASE_PENALTY = 1e-3  # on half the squared weights, for each item


@dataclass(frozen=True)
class FittedOrder:
    """The order of all folds, each candidate's probability by an order of the other folds, and the rounds of trees."""

    order: Order
    probability: Doubles
    rounds: int


def fit_order(
    candidates: Candidates,
    right: Flags,
    fold: Ints,
    several: bool,
    params: PlacementParams,
    progress: Callable[[str], None],
) -> FittedOrder:
    """Fit on left-out candidates; ``fold`` : of each item, groups whole."""
    of = fold[candidates.item]
    every = np.ones(len(right), dtype=bool)
    parts = [of == one for one in range(params.folds)]
    parts = [held for held in parts if held.any() and not held.all()]
    base, odds = fit_base(candidates, right, every)
    held_scores = np.zeros(len(right))
    made = []
    enough = params.rounds >= params.round_step and right.sum() >= FEWEST_RIGHT
    for number, held in enumerate(parts):
        progress(f"trees, fold {number + 1} of {len(parts)}")
        weights, of_fold = fit_base(candidates, right, ~held)
        start = of_fold.of(base_scores(candidates, weights), candidates.start)
        held_scores[held] = start[held]
        if enough:
            made.append(_trees(candidates, right, start, ~held, params, params.rounds))
    rounds = 0
    if made:
        rounds, added = _best_rounds(candidates, right, held_scores, parts, made, several, params)
        held_scores += added
    progress(f"trees of all folds, {rounds} rounds")
    start = odds.of(base_scores(candidates, base), candidates.start)
    text = str(_trees(candidates, right, start, every, params, rounds).model_to_string()) if rounds else ""
    last = _fit_odds(held_scores, candidates.start, right, every) if parts else odds
    p = np.zeros(len(right))
    for held in parts:
        crossed = _fit_odds(held_scores, candidates.start, right, ~held)
        p[held] = probabilities(crossed.of(held_scores, candidates.start), candidates.start, several)[held]
    return FittedOrder(Order(base, odds, text, last), p, rounds)


def fit_base(candidates: Candidates, right: Flags, rows: Flags) -> tuple[tuple[float, ...], Odds]:
    """Weights, none negative, and the log-odds of their scores, from the items of ``rows`` that have a right candidate.

    The weights maximise the mean over items of the log-share of their right candidates in the softmax of the base.
    """
    z = candidates.columns[:, : len(Z_COLUMNS)].astype(np.float64)
    item = candidates.item
    count = np.bincount(item[right], minlength=len(candidates.start) - 1)
    used = rows & (count[item] > 0)
    if not used.any():
        return (1.0,) * len(Z_COLUMNS), Odds(-2.0, (0.0, 1.0, 0.0))
    x, of = z[used], item[used]
    share = right[used] / count[of]
    _, of, sizes = np.unique(of, return_inverse=True, return_counts=True)
    start = np.concatenate([[0], np.cumsum(sizes)[:-1]])

    def loss(weights: Doubles) -> tuple[float, Doubles]:
        score = x @ weights
        score = score - np.maximum.reduceat(score, start)[of]
        total = np.add.reduceat(np.exp(score), start)
        p = np.exp(score) / total[of]
        value = -float(share @ (score - np.log(total)[of])) / len(start) + 0.5 * BASE_PENALTY * float(weights @ weights)
        return value, x.T @ (p - share) / len(start) + BASE_PENALTY * weights

    found = minimize(loss, np.full(x.shape[1], 0.1), jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * x.shape[1])
    weights = tuple(float(one) for one in found.x)
    return weights, _fit_odds(base_scores(candidates, weights), candidates.start, right, rows)


def _fit_odds(scores: Doubles, start: Ints, right: Flags, rows: Flags) -> Odds:
    columns = score_columns(scores, start)
    columns = np.where(np.isfinite(columns), columns, 0.0)
    intercept, weights = fit_logistic(columns[rows], right[rows].astype(float), np.ones(int(rows.sum())), 1.0)
    return Odds(intercept, (float(weights[0]), float(weights[1]), float(weights[2])))


def _trees(
    candidates: Candidates, right: Flags, start: Doubles, rows: Flags, params: PlacementParams, rounds: int
) -> lgb.Booster:
    settings = {
        "objective": "binary",
        "learning_rate": params.learning_rate,
        "num_leaves": params.num_leaves,
        "min_data_in_leaf": params.min_child_samples,
        "lambda_l2": params.reg_lambda,
        "feature_fraction": params.feature_fraction,
        "boost_from_average": False,
        "num_threads": params.threads,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
        "seed": params.seed,
    }
    table = lgb.Dataset(candidates.columns[rows], label=right[rows].astype(float), init_score=start[rows])
    return lgb.train(settings, table, rounds)


def _best_rounds(
    candidates: Candidates,
    right: Flags,
    start: Doubles,
    parts: list[Flags],
    made: list[lgb.Booster],
    several: bool,
    params: PlacementParams,
) -> tuple[int, Doubles]:
    """Rounds with the least loss on held-out folds, and what the trees add there; no rounds where none gains.

    The loss is that of each candidate where an item may be on several nodes, else that of the item's softmax.
    """
    item = candidates.item
    count = np.bincount(item[right], minlength=len(candidates.start) - 1)
    known = count[item] > 0
    best = (_loss(start, candidates.start, right, known, several), 0, np.zeros(len(right)))
    for rounds in range(params.round_step, params.rounds + 1, params.round_step):
        added = np.zeros(len(right))
        for held, booster in zip(parts, made, strict=True):
            added[held] = booster.predict(
                candidates.columns[held], raw_score=True, num_iteration=rounds, num_threads=params.threads
            )
        loss = _loss(start + added, candidates.start, right, known, several)
        if loss < best[0]:
            best = (loss, rounds, added)
    return best[1], best[2]


def _loss(log_odds: Doubles, start: Ints, right: Flags, known: Flags, several: bool) -> float:
    if several:
        return float(log_loss(log_odds, right.astype(float)).mean())
    return -float(score_columns(log_odds, start)[known & right, 1].mean())
