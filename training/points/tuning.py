"""The points card's search: later vintages of other enterprises predicted by the points of earlier ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import Codebook
from models.points.bounds import Part, bounded_parts
from training.points.fit import PointsParams, prior_card, prior_weights
from training.points.learn import learn
from training.points.sample import Sample, build_sample
from training.points.shapes import ShapeParams
from training.points.verdict import predict
from training.points.weights import strengths
from training.tuning.objectives import Figures, linear_slope_error, mean_over, rank_correlation, spread_over
from training.tuning.problem import Axis, HeldOut, Values, section, typed

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
FOLDS = 2  # of enterprises: half of them learn and half are predicted, and the other way round
LEAST_CASES = 100  # to learn from, and to predict
REACH, SHAPE_SHARE = "reach", "shape_share"  # middle of the reaches, largest of the shares; the others move along
SPACE: Mapping[str, Axis] = {
    REACH: Axis(0.1, 1.5),
    SHAPE_SHARE: Axis(0.1, 1.0, even=True),
    "rounds": Axis(20, 200, whole=True),
    "learning_rate": Axis(0.03, 0.3),
    "num_leaves": Axis(2, 8, whole=True),
    "min_child_samples": Axis(30, 400, whole=True),
    "reg_lambda": Axis(1.0, 200.0),
}


@dataclass(frozen=True)
class PointsProblem:
    """Vintages that can be predicted: which rows teach, and which are predicted, by half of the enterprises.

    pooled : whether all stages share their points, as in the card that ships
    """

    sample: Sample
    prior: Floats
    parts: tuple[Part, ...]
    vintages: Mapping[str, Sequence[tuple[Mask, Mask]]]
    pooled: bool
    params: PointsParams
    shape: ShapeParams

    capability = "points"
    space = SPACE

    @property
    def now(self) -> Values:
        """Today's numbers."""
        shape = {name: getattr(self.shape, name) for name in list(SPACE)[2:]}
        return {REACH: _middle(self.params.reach), SHAPE_SHARE: max(self.params.shape_shares), **shape}

    @property
    def blocks(self) -> Sequence[str]:
        """The vintages."""
        return list(self.vintages)

    def hold_out(self, values: Values, block: int) -> HeldOut:
        """Outcome and predicted outcome, centred among peers; the score is the total, and the size how many earn.

        size : indicators of a stage that earn points, mean over both halves
        """
        params, shape = self._with(values)
        candidates = strengths(params.reach, params.shape_shares, pooled=self.pooled)
        columns, sizes = [], []
        for teaches, evaluated in list(self.vintages.values())[block]:
            early, late = self.sample.take(teaches), self.sample.take(evaluated)
            points = learn(early, self.prior, candidates, shape, parts=self.parts, seed=params.seed).points
            columns.append((*predict(early, late, points), late.stage))
            sizes.append(int((points[..., -1] > 0).sum()))
        outcome, total, predicted, stage = (np.concatenate(one) for one in zip(*columns, strict=True))
        return HeldOut(outcome, predicted, total, stage.astype(np.int64), float(np.mean(sizes)))

    def loss(self, part: HeldOut) -> float:
        """Share of the outcomes' variance among peers that the predicted outcomes leave; 1: they say nothing."""
        return float(((part.outcome - part.prediction) ** 2).sum() / (part.outcome**2).sum())

    def figures(self, parts: Sequence[HeldOut]) -> Figures:
        """Rank correlation within stages, distance of the slope on predicted outcomes from 1, spread, earning ones."""
        each, cases = (
            [rank_correlation(one.outcome, one.score, one.group) for one in parts],
            [len(one.outcome) for one in parts],
        )
        outcome, predicted = (
            np.concatenate([getattr(one, name) for one in parts]) for name in ("outcome", "prediction")
        )
        return Figures(
            mean_over(each, cases),
            linear_slope_error(outcome, predicted),
            spread_over(each),
            float(np.mean([one.size for one in parts])),
        )

    def sections(self, values: Values) -> Mapping[str, Mapping[str, Any]]:
        """Sections ``points`` and ``points_shape``."""
        params, shape = self._with(values)
        return {"points": section(params), "points_shape": section(shape)}

    def _with(self, values: Values) -> tuple[PointsParams, ShapeParams]:
        chosen = typed(SPACE, values)
        reach, share = (chosen.pop(name) / self.now[name] for name in (REACH, SHAPE_SHARE))
        params = replace(
            self.params,
            reach=tuple(reach * one for one in self.params.reach),
            shape_shares=tuple(min(share * one, 1.0) for one in self.params.shape_shares),
        )
        return params, replace(self.shape, **chosen)


def points_problem(
    reference: pd.DataFrame,
    cases: pd.DataFrame,
    outcome: pd.Series,
    until: pd.Series,
    codebook: Codebook,
    params: PointsParams,
    shape: ShapeParams,
    *,
    pooled: bool,
) -> PointsProblem:
    """The search over these cases with their outcomes; ``reference`` and ``until`` as in ``fit``."""
    start = prior_card(reference, codebook)
    sample = build_sample(start, cases, outcome, until)
    known = (outcome.notna() & cases["growth_stage"].isin(sample.stages)).to_numpy()
    days = [f"{day:%F}" for day in sorted(cases.loc[known, "as_of"].unique())]
    parts = bounded_parts(codebook, params.largest_base_share, params.largest_bonus_share)
    return PointsProblem(sample, prior_weights(start), parts, forward_halves(sample, days), pooled, params, shape)


def forward_halves(sample: Sample, days: Sequence[str]) -> dict[str, list[tuple[Mask, Mask]]]:
    """By vintage, rows of one half of the enterprises whose windows are over by then, and its rows of the other half.

    A vintage with fewer than LEAST_CASES rows to learn from or to predict, in either half, is left out.
    """
    half = (sample.share * FOLDS).astype(int)
    found = {}
    for number, day in enumerate(days):
        pairs = [
            ((sample.clear <= number) & (half != one), (sample.day == number) & (half == one)) for one in range(FOLDS)
        ]
        if min(int(rows.sum()) for pair in pairs for rows in pair) >= LEAST_CASES:
            found[day] = pairs
    return found


def _middle(reach: Sequence[float]) -> float:
    return sorted(reach)[len(reach) // 2]
