"""Fitting the debt capacity: LightGBM quantiles of supportable debt, held to their promise on a later vintage."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from scipy.special import expit

from data.code_version import MAKING, source_digest
from data.codebook import Codebook
from features.quota import capacity_matrix, limit_columns, limit_feature_names, limit_signs
from features.risk import risk_values
from models.quota.debt_capacity import DebtCapacityModel
from models.quota.peers import Peers

SMOOTHING_LOG = 0.1


@dataclass(frozen=True)
class QuotaParams:
    """Section ``quota`` of params.yaml."""

    version: str
    low_quantile: float
    learning_rate: float
    num_leaves: int
    min_child_samples: int
    rounds: int
    dscr_ratio: float
    annual_rate: float
    tenor_months: int
    seed: int


def fit(
    train: pd.DataFrame,
    train_debt_wan: pd.Series,
    calibration: pd.DataFrame,
    calibration_debt_wan: pd.Series,
    codebook: Codebook,
    params: QuotaParams,
) -> DebtCapacityModel:
    """Fit both quantiles on ``train`` and shift the cautious one on ``calibration``, a later vintage.

    The shift is the split-conformal one: with n later cases the cautious limit is below the debt that was really
    serviced in at least 1 - low_quantile of exchangeable new ones. source: Romano, Patterson, Candes (2019)
    """
    signs = limit_signs(codebook)
    names = limit_feature_names(codebook)
    x, target = capacity_matrix(train, codebook).to_numpy(), np.log1p(train_debt_wan.to_numpy())
    alphas = (params.low_quantile, 0.5)
    offsets = tuple(float(np.quantile(target, alpha)) for alpha in alphas)
    texts = [
        lgb.train(
            {
                "objective": _smooth_pinball(alpha),
                "learning_rate": params.learning_rate,
                "num_leaves": params.num_leaves,
                "min_child_samples": params.min_child_samples,
                "monotone_constraints": [signs[name] for name in names],
                "interaction_constraints": [limit_columns(codebook)],  # a column in no group is never split on
                "deterministic": True,
                "force_row_wise": True,
                "num_threads": 1,
                "seed": params.seed,
                "verbosity": -1,
            },
            lgb.Dataset(x, target - offset, feature_name=list(names)),
            params.rounds,
        ).model_to_string()
        for alpha, offset in zip(alphas, offsets, strict=True)
    ]
    later = lgb.Booster(model_str=texts[0]).predict(capacity_matrix(calibration, codebook).to_numpy(), num_threads=1)
    gap = np.sort(np.log1p(calibration_debt_wan.to_numpy()) - np.asarray(later) - offsets[0])
    # The largest shift that keeps at most a low_quantile share of later debts below the limit.
    position = max(math.floor(params.low_quantile * (len(gap) + 1)) - 1, 0)
    digest = hashlib.sha256(np.ascontiguousarray(x).tobytes() + target.tobytes()).hexdigest()
    return DebtCapacityModel(
        version=params.version,
        codebook_digest=codebook.digest,
        data_digest=digest,
        code=source_digest(MAKING),
        feature_names=names,
        low_quantile=params.low_quantile,
        offsets_log=(offsets[0], offsets[1]),
        shift_log=float(gap[position]),
        reference_tenor_months=params.tenor_months,
        reference_annual_rate=params.annual_rate,
        low_text=texts[0],
        median_text=texts[1],
    )


def _smooth_pinball(alpha: float) -> Callable[[np.ndarray, lgb.Dataset], tuple[np.ndarray, np.ndarray]]:
    """Pinball loss with its corner rounded over SMOOTHING_LOG, for LightGBM's own quantile loss refuses monotone signs.

    gradient = logistic((prediction - target) / SMOOTHING_LOG) - alpha;  the constant hessian bounds each step
    """

    def objective(prediction: np.ndarray, data: lgb.Dataset) -> tuple[np.ndarray, np.ndarray]:
        gradient = expit((prediction - data.get_label()) / SMOOTHING_LOG) - alpha
        return gradient, np.ones_like(gradient)

    return objective


def peers(cases: pd.DataFrame, codebook: Codebook) -> Peers:
    """Statistics of the training cases, shown beside reasons and in warnings; a feature nobody has is left out."""
    matrix = risk_values(cases, codebook)
    stages = [(str(stage), rows) for stage, rows in matrix.groupby(cases["growth_stage"])]
    return Peers(
        median={stage: _named(rows.median()) for stage, rows in stages},
        p95={stage: _named(rows.quantile(0.95)) for stage, rows in stages},
        low=_named(matrix.min()),
        high=_named(matrix.max()),
    )


def _named(figures: pd.Series) -> dict[str, float]:
    return {str(name): float(value) for name, value in figures.dropna().items()}


def evaluate(model: DebtCapacityModel, cases: pd.DataFrame, debt_wan: pd.Series, codebook: Codebook) -> dict[str, Any]:
    """How often the cautious limit was serviced, and the pinball loss beside that of a constant; log scale."""
    limits = model.predict(cases, codebook)
    actual = np.log1p(debt_wan.to_numpy())
    low = np.log1p(limits["capacity_low_wan"].to_numpy())
    constant = np.full(len(actual), np.quantile(actual, model.low_quantile))
    return {
        "n": len(actual),
        "promised_coverage": 1 - model.low_quantile,
        "coverage": float((actual >= low).mean()),
        "pinball": _pinball(actual, low, model.low_quantile),
        "pinball_of_constant": _pinball(actual, constant, model.low_quantile),
        "median_capacity_low_wan": float(limits["capacity_low_wan"].median()),
    }


def _pinball(actual: np.ndarray, predicted: np.ndarray, alpha: float) -> float:
    gap = actual - predicted
    return float(np.mean(np.maximum(alpha * gap, (alpha - 1) * gap)))
