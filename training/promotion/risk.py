"""What the checks read of a risk model: log-odds on real rows, its training sample, and out-of-time loans."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from data.codebook import Codebook
from features.risk import monotone_signs, risk_matrix, risk_values
from models.comparison.metrics import Metric
from models.comparison.rows import Floats, RunRows
from models.risk.model import RiskModel
from training.assembled import Labelled
from training.promotion.cases import case_behaviours, milliseconds, sample_of
from training.promotion.checks import LabelledSample
from training.promotion.groups import groups_of, period_of
from training.promotion.verdict import Challenger, OutOfTime, constant_of


def risk_challenger(
    model: RiskModel, loans: Labelled, known_at: pd.DataFrame, codebook: Codebook, padding_gain: float, seed: int
) -> Challenger:
    """Trained on the parts train and calibration; made for firms like those of the part test.

    known_at : the day each value of the loans' cases was known, by the same index
    """
    trained = loans.cases.loc[loans.rows("train", "calibration")]
    values, population = risk_values(trained, codebook), risk_values(loans.part("test")[0], codebook)
    rows = sample_of(loans.part("test")[0], seed)

    def predict(cases: pd.DataFrame) -> Floats:
        return model.log_odds(risk_matrix(cases, codebook).to_numpy())

    signs = monotone_signs(codebook)
    return Challenger(
        training={str(name): values[name].to_numpy() for name in values},
        population={str(name): population[name].to_numpy() for name in population},
        predict=model.log_odds,
        matrix=risk_matrix(rows, codebook).to_numpy(),
        names=model.feature_names,
        signs=[signs[name] for name in model.feature_names],
        behaviours=case_behaviours(predict, rows, -1, padding_gain),
        milliseconds=milliseconds(predict, rows),
        sample=LabelledSample(
            values.assign(default=loans.labels[trained.index]), "default", known_at.loc[trained.index], trained["as_of"]
        ),
    )


def risk_rows(
    champion: RiskModel | None,
    challenger: RiskModel,
    loans: Labelled,
    codebook: Codebook,
    metrics: Mapping[str, Metric],
) -> OutOfTime:
    """The out-of-time loans with both predictions; without a champion, the training default rate for everybody."""
    cases, outcome = loans.part("test")
    own = RunRows(
        firm=cases["uscc"].to_numpy(dtype=object),
        outcome=outcome.to_numpy(dtype=float),
        prediction=challenger.predict(cases, codebook)["pd_12m"].to_numpy(dtype=float),
        weight=np.ones(len(cases)),
    )
    rate = float(loans.labels[loans.rows("train", "calibration")].mean())
    if champion is None:
        other = constant_of(own, rate)
    else:
        other = RunRows(own.firm, own.outcome, champion.predict(cases, codebook)["pd_12m"].to_numpy(), own.weight)
    return OutOfTime(other, own, metrics["auc"], metrics["calibration_slope"], groups_of(cases), period_of(cases))
