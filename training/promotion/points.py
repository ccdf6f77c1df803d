"""What the checks read of a points card: points of real rows, its training sample, and out-of-time firms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from sklearn.isotonic import IsotonicRegression

from data.growth_stages import GROWTH_STAGES
from models.comparison.metrics import Metric
from models.comparison.rows import Floats, Labels, RunRows
from models.points.card import PointsCard
from training.assembled import Labelled
from training.promotion.cases import case_behaviours, milliseconds, sample_of
from training.promotion.groups import groups_of, period_of
from training.promotion.verdict import Challenger, OutOfTime


def points_challenger(card: PointsCard, labelled: Labelled, padding_gain: float, seed: int) -> Challenger:
    """Trained on the parts train and calibration; made for firms like those of the part test."""
    trained, tested = labelled.cases.loc[labelled.rows("train", "calibration")], labelled.part("test")[0]
    keys = [item.key for item in card.indicators]
    rows = sample_of(tested, seed)

    def points(cases: pd.DataFrame) -> Floats:
        return card.score(cases)["total"].to_numpy(dtype=float)

    def predict(matrix: Floats) -> Floats:
        # the last column is the row's number: what no indicator holds, such as its industry, stays as it was
        cases = rows.iloc[matrix[:, -1].astype(int)].reset_index(drop=True)
        return points(cases.assign(**{key: matrix[:, position] for position, key in enumerate(keys)}))

    return Challenger(
        training={key: trained[key].to_numpy(dtype=float) for key in keys},
        population={key: tested[key].to_numpy(dtype=float) for key in keys},
        predict=predict,
        matrix=np.column_stack([rows[keys].to_numpy(dtype=float), np.arange(float(len(rows)))]),
        names=[*keys, ""],
        signs=[*(item.direction for item in card.indicators), 0],
        behaviours=case_behaviours(points, rows, 1, padding_gain),
        milliseconds=milliseconds(points, rows),
    )


def points_rows(
    champion: PointsCard | None, challenger: PointsCard, labelled: Labelled, metrics: Mapping[str, Metric]
) -> OutOfTime:
    """Out-of-time firms of known stage with both totals; the outcome is 1 where it is above their median.

    Points promise an order of the firms of a stage and no figure. By group they are compared with what as many points
    come with among all firms of their stage.
    """
    tested, outcome = labelled.part("test")
    known = tested["growth_stage"].isin(GROWTH_STAGES).to_numpy()
    cases, value = tested.loc[known], outcome.to_numpy(dtype=float)[known]
    above = (value > np.median(value)).astype(float)
    total = challenger.score(cases)["total"].to_numpy(dtype=float)
    stage = cases["growth_stage"].to_numpy(dtype=object)
    own = RunRows(
        firm=cases["uscc"].to_numpy(dtype=object),
        outcome=above,
        prediction=total,
        weight=np.ones(len(cases)),
        kind="points",
        extras={"expected": expected_of(total, above, stage)},
    )
    other = np.zeros(len(cases)) if champion is None else champion.score(cases)["total"].to_numpy(dtype=float)
    return OutOfTime(replace(own, prediction=other), own, metrics["auc"], None, groups_of(cases), period_of(cases))


def expected_of(points: Floats, outcome: Floats, stage: Labels) -> Floats:
    """By stage, the share of outcomes 1 among firms of as many points, rising with them; shape (n,)."""
    expected = np.empty(len(points))
    for name in np.unique(stage.astype(str)):
        rows = stage == name
        expected[rows] = IsotonicRegression().fit_transform(points[rows], outcome[rows])
    return expected
