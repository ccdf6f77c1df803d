"""Learning the order from shown lists and clicks: what stands above is seen more often, and that is not relevance.

Position-based model: P(click) = examination of the position x relevance of the document. Methods:

uncorrected        clicks as if they were relevance
lightgbm_position  lambdarank with the ``position`` of LightGBM's Dataset, whose bias terms are learned along; their
                   regularisation is 0, because with more of it the correction vanishes
inverse_propensity click / examination, weighted by examination (Poisson loss): its mean is the relevance
position_column    position is a column when learning and held at 1 when serving
position_model     the likelihood of the position-based model, with relevance by boosted trees
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from models.matching.ndcg import ndcg

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Method = Literal["uncorrected", "lightgbm_position", "inverse_propensity", "position_column", "position_model"]
METHODS: tuple[Method, ...] = get_args(Method)
NEED_PROPENSITY: tuple[Method, ...] = ("inverse_propensity", "position_model")
SETTINGS = {
    "verbosity": -1,
    "num_threads": 1,  # the same trees whatever else the machine does, and no waiting of threads for each other
    "deterministic": True,
    "force_row_wise": True,
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 50,
    "lambda_l2": 1.0,
}
ROUNDS = 200
LEAST_PROPENSITY = 0.01  # of the first position's; a smaller one would let single clicks decide


@dataclass(frozen=True)
class ClickRanker:
    """A learned order; higher is better, the level of its scores means nothing."""

    booster: lgb.Booster
    method: Method

    def match_scores(self, columns: Floats) -> Floats:
        """Scores of documents, ``columns`` of shape (n, columns) as learned from; shape (n,)."""
        if self.method == "position_column":
            columns = np.c_[columns, np.ones(len(columns))]
        return np.asarray(self.booster.predict(columns, raw_score=True), dtype=float)


def fit_from_clicks(
    columns: Floats,
    query: Ints,
    position: Ints,
    clicks: Floats,
    method: Method,
    propensity: Floats | None = None,
    *,
    rounds: int = ROUNDS,
    seed: int = 0,
) -> ClickRanker:
    """A ranker from logged lists.

    columns : of each shown document, shape (rows, columns); query : whose list it was in; position : from 1
    clicks : 0 or 1 (or whether a meeting was arranged, and so on), shape (rows,)
    propensity : examination of positions 1, 2, ..., up to a factor; None: ``estimate_propensity``, where the method
        needs it
    raises : ValueError for a position below 1 or without propensity, clicks other than 0 and 1, an unknown method
    """
    if method not in METHODS:
        raise ValueError(f"method {method!r} is unknown; allowed: {', '.join(METHODS)}")
    if len(position) == 0 or position.min() < 1 or not np.isin(clicks, (0, 1)).all():
        raise ValueError("positions start at 1 and clicks are 0 or 1, at least one row")
    settings = SETTINGS | {"seed": seed}
    if method == "lightgbm_position":
        order = np.argsort(query, kind="stable")
        _, sizes = np.unique(query, return_counts=True)
        shown = lgb.Dataset(columns[order], clicks[order], group=sizes, position=position[order] - 1)
        learner = {"objective": "lambdarank", "lambdarank_position_bias_regularization": 0.0}
        return ClickRanker(lgb.train(settings | learner, shown, rounds), method)
    if method in ("uncorrected", "position_column"):
        x = columns if method == "uncorrected" else np.c_[columns, position]
        return ClickRanker(lgb.train(settings | {"objective": "binary"}, lgb.Dataset(x, clicks), rounds), method)
    if propensity is None:
        propensity = estimate_propensity(columns, position, clicks, seed=seed)
    seen = _examination(propensity, position)
    if method == "inverse_propensity":
        data = lgb.Dataset(columns, clicks / seen, weight=seen)
        return ClickRanker(lgb.train(settings | {"objective": "poisson"}, data, rounds), method)
    start = float(logit(np.clip(clicks.sum() / seen.sum(), 0.01, 0.99)))
    data = lgb.Dataset(columns, clicks, init_score=np.full(len(clicks), start))
    learner = {"objective": position_likelihood(seen, clicks), "min_sum_hessian_in_leaf": 0.01}
    return ClickRanker(lgb.train(settings | learner, data, rounds), method)


def _examination(propensity: Floats, position: Ints) -> Floats:
    if position.max() > len(propensity) or not (propensity > 0).all():
        raise ValueError(f"propensities are above 0, one for each position up to {int(position.max())}")
    relative = propensity / propensity.max()
    seen: Floats = np.maximum(relative, LEAST_PROPENSITY)[position - 1]
    return seen


def position_likelihood(seen: Floats, clicks: Floats) -> Callable[[Floats, Any], tuple[Floats, Floats]]:
    """Gradient and curvature of -log L in f, where P(click) = seen x 1 / (1 + exp(-f)); arrays of shape (rows,).

    With r = expit(f), p = seen r and dp/df = p (1 - r):  gradient (p - c) (1 - r) / (1 - p), and the curvature is its
    expectation's (Fisher), p (1 - r)^2 / (1 - p).
    """

    def gradient(raw: Floats, _: Any) -> tuple[Floats, Floats]:
        relevance = expit(raw)
        chance = np.clip(seen * relevance, 1e-9, 1 - 1e-9)
        left = 1 - relevance
        return (chance - clicks) * left / (1 - chance), np.maximum(chance * left**2 / (1 - chance), 1e-9)

    return gradient


def estimate_propensity(
    columns: Floats, position: Ints, clicks: Floats, *, rounds: int = ROUNDS, seed: int = 0
) -> Floats:
    """Examination of positions 1, 2, ... relative to the first, from any log in which positions differ by chance too.

    Clicks are predicted from columns and position; each position's mean over ALL rows' columns, over the first's
    (standardisation). Right where the columns hold what the old order rested on. Shape (largest position,).
    """
    settings = SETTINGS | {"objective": "binary", "seed": seed}
    booster = lgb.train(settings, lgb.Dataset(np.c_[columns, position], clicks), rounds)
    means = [
        float(np.mean(booster.predict(np.c_[columns, np.full(len(columns), one)])))
        for one in range(1, int(position.max()) + 1)
    ]
    found: Floats = np.maximum(np.array(means) / means[0], LEAST_PROPENSITY)
    return found


def propensity_from_randomised(position: Ints, clicks: Floats, logged: Floats) -> Floats:
    """Examination relative to the first position, from lists with some chance in their order.

    logged : probability with which the list showed this document at this position, shape (rows,). Each position's
        clicks / logged have the mean examination x (sum of relevance), so their ratio is free of the old order
    raises : ValueError where the first position has no click
    """
    total = np.bincount(position, clicks / logged)[1:]
    if total[0] <= 0:
        raise ValueError("no click at the first position; there is nothing to compare with")
    found: Floats = np.maximum(total / total[0], LEAST_PROPENSITY)
    return found


def choose_method(
    columns: Floats,
    query: Ints,
    position: Ints,
    clicks: Floats,
    held_out: tuple[Floats, Ints, Floats],
    propensity: Floats | None = None,
    *,
    rounds: int = ROUNDS,
    seed: int = 0,
) -> tuple[ClickRanker, dict[Method, float]]:
    """The ranker with the largest mean nDCG@10 on held-out rows, and the figure of each method.

    held_out : columns, queries and labels of rows not learned from. Labels are judgements, or clicks on lists whose
        order was drawn by chance: there a position says nothing of the document
    """
    rankers = {one: fit_from_clicks(columns, query, position, clicks, one, propensity, rounds=rounds, seed=seed)
               for one in METHODS}  # fmt: skip
    found = {one: float(ndcg(held_out[2], ranker.match_scores(held_out[0]), held_out[1]).mean())
             for one, ranker in rankers.items()}  # fmt: skip
    return rankers[max(found, key=lambda one: found[one])], found
