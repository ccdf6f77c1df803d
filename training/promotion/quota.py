"""What the checks read of a debt capacity model: its cautious amount on real rows, and out-of-time firms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from data.codebook import Codebook
from features.quota import capacity_matrix, limit_signs
from features.risk import risk_values
from models.comparison.metrics import Metric
from models.comparison.rows import Floats, RunRows
from models.quota.debt_capacity import DebtCapacityModel
from training.assembled import Labelled
from training.promotion.cases import case_behaviours, milliseconds, sample_of
from training.promotion.groups import groups_of, period_of
from training.promotion.verdict import Challenger, OutOfTime


def quota_challenger(
    model: DebtCapacityModel, labelled: Labelled, codebook: Codebook, padding_gain: float, seed: int
) -> Challenger:
    """Trained on the part train; made for firms like those of the part test. Amounts are logarithms of 1 + amount."""
    trained, tested = labelled.part("train")[0], labelled.part("test")[0]
    values, population = risk_values(trained, codebook), risk_values(tested, codebook)
    rows = sample_of(tested, seed)
    signs = limit_signs(codebook)

    def of_matrix(matrix: Floats) -> Floats:
        return np.log1p(model.predict_columns(matrix)["capacity_low_wan"])

    def predict(cases: pd.DataFrame) -> Floats:
        return of_matrix(capacity_matrix(cases, codebook).to_numpy())

    return Challenger(
        training={str(name): values[name].to_numpy() for name in values},
        population={str(name): population[name].to_numpy() for name in population},
        predict=of_matrix,
        matrix=capacity_matrix(rows, codebook).to_numpy(),
        names=model.feature_names,
        signs=[signs[name] for name in model.feature_names],
        behaviours=case_behaviours(predict, rows, 1, padding_gain),
        milliseconds=milliseconds(predict, rows),
    )


def quota_rows(
    champion: DebtCapacityModel | None,
    challenger: DebtCapacityModel,
    labelled: Labelled,
    codebook: Codebook,
    metrics: Mapping[str, Metric],
) -> OutOfTime:
    """Out-of-time firms with both cautious amounts; without a champion, the quantile of the training firms' debts."""
    cases, debt_wan = labelled.part("test")
    own = RunRows(
        firm=cases["uscc"].to_numpy(dtype=object),
        outcome=debt_wan.to_numpy(dtype=float),
        prediction=challenger.predict(cases, codebook)["capacity_low_wan"].to_numpy(dtype=float),
        weight=np.ones(len(cases)),
        kind="quantile",
        extras={"quantile": np.full(len(cases), challenger.low_quantile)},
    )
    if champion is None:
        other = np.full(len(cases), labelled.part("train")[1].quantile(challenger.low_quantile))
    else:
        other = champion.predict(cases, codebook)["capacity_low_wan"].to_numpy(dtype=float)
    return OutOfTime(replace(own, prediction=other), own, metrics["pinball"], None, groups_of(cases), period_of(cases))
