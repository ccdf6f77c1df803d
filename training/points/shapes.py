"""The shape of each indicator's points, by stage: additive, monotone LightGBM, one indicator per tree.

A pooled model starts from the prior card's score and each stage's model from the pooled one (``init_score``), so
what a stage's data cannot show is taken from all stages, and what all cannot show from the expert's straight line. An
additive model
is a table: its points per indicator are read off at the knots.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import lightgbm
import numpy as np
import numpy.typing as npt

from training.points.sample import Sample

Floats = npt.NDArray[np.float64]
KNOTS = tuple(position / 16 for position in range(17))  # binary fractions: exact in every file


@dataclass(frozen=True)
class ShapeParams:
    """Section ``points_shape`` of params.yaml: the boosters that the shapes are read from."""

    rounds: int
    learning_rate: float
    num_leaves: int
    min_child_samples: int
    reg_lambda: float
    seed: int


@dataclass(frozen=True)
class Shapes:
    """Points at the knots as a share of full marks, rising from 0 to 1: by stage (s, k, knots), and pooled."""

    own: Floats
    pooled: Floats
    boosters: Mapping[str, lightgbm.Booster]

    def blend(self, share: float, *, pooled: bool) -> Floats:
        """``share`` of the learned shape, the rest a straight line; (s, k, knots)."""
        learned = np.broadcast_to(self.pooled, self.own.shape) if pooled else self.own
        return np.asarray((1.0 - share) * np.asarray(KNOTS) + share * learned)


def fit_shapes(sample: Sample, prior: Floats, params: ShapeParams, weight: Floats | None = None) -> Shapes:
    """Shapes of the given rows; prior (s, k) points; weight (n,) of the rows."""
    x = np.where(sample.missing, np.nan, sample.x)
    score = np.einsum("nk,nk->n", sample.x, prior[sample.stage])
    y, score = sample.centred(sample.y, score)
    w = np.ones(len(y)) if weight is None else weight
    slope = max(float((w * score) @ y) / max(float((w * score) @ score), 1e-12), 0.0)
    grid = _grid(x.shape[1])
    pooled = _boost(x, y, slope * score, w, params)
    start, shared = slope * score + pooled.predict(x), _rises(pooled, grid)
    line = slope * np.asarray(KNOTS)
    boosters, own = {"pooled": pooled}, []
    for position, stage in enumerate(sample.stages):
        rows = (sample.stage == position) & (w > 0)
        total = shared + line * prior[position][:, None]
        if rows.sum() >= 2 * params.min_child_samples:
            boosters[stage] = _boost(x[rows], y[rows], start[rows], w[rows], params)
            total = total + _rises(boosters[stage], grid)
        own.append(_as_share(total))
    return Shapes(np.array(own), _as_share(shared + line * prior.mean(axis=0)[:, None]), boosters)


def apply_shapes(x: Floats, stage: npt.NDArray[np.int_], shapes: Floats) -> Floats:
    """Percentiles (n, k) as shares of full marks under shapes (s, k, knots)."""
    shaped = np.empty_like(x)
    for position in range(shapes.shape[0]):
        rows = stage == position
        for one in range(x.shape[1]):
            shaped[rows, one] = np.interp(x[rows, one], KNOTS, shapes[position, one])
    return shaped


def _boost(x: Floats, y: Floats, start: Floats, weight: Floats, params: ShapeParams) -> lightgbm.Booster:
    k = x.shape[1]
    data = lightgbm.Dataset(x, y, weight=weight, init_score=start, free_raw_data=True, params={"max_bin": 63})
    return lightgbm.train(
        {
            "objective": "regression",
            "boost_from_average": False,
            "learning_rate": params.learning_rate,
            "num_leaves": params.num_leaves,
            "min_child_samples": params.min_child_samples,
            "lambda_l2": params.reg_lambda,
            "monotone_constraints": [1] * k,  # percentiles already carry the codebook's signs
            "interaction_constraints": [[one] for one in range(k)],
            "max_bin": 63,
            "num_threads": 1,
            "deterministic": True,
            "seed": params.seed,
            "verbosity": -1,
        },
        data,
        params.rounds,
    )


def _grid(k: int) -> Floats:
    """One row per indicator and knot, nothing else known: what an additive model's indicator earns there."""
    rows = np.full((k * len(KNOTS), k), np.nan)
    for one in range(k):
        rows[one * len(KNOTS) : (one + 1) * len(KNOTS), one] = KNOTS
    return rows


def _rises(booster: lightgbm.Booster, grid: Floats) -> Floats:
    """Points over those of the worst, (k, knots); monotone to the last bit."""
    predicted = np.asarray(booster.predict(grid)).reshape(-1, len(KNOTS))
    return np.maximum.accumulate(predicted - predicted[:, :1], axis=1)


def _as_share(rise: Floats) -> Floats:
    """Rising from 0 to 1; a straight line where nothing was learned."""
    full = rise[:, -1:]
    flat = full <= 1e-12
    share = np.where(flat, np.asarray(KNOTS), rise / np.where(flat, 1.0, full))
    share[:, -1] = 1.0
    return np.minimum(share, 1.0)
