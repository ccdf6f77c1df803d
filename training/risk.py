"""Making the risk model: fit on early vintages, calibrate on a later one, judge on the last."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score, roc_curve

from data.codebook import Codebook
from features.risk import monotone_signs, risk_feature_names, risk_matrix
from models.risk import Calibration, Grade, RiskModel
from models.risk_additive import read_additive
from models.risk_calibration import KNOTS, read_calibration

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RiskParams:
    """Section ``risk`` of params.yaml."""

    version: str
    learning_rate: float
    num_leaves: int
    min_child_samples: int
    reg_lambda: float
    feature_fraction: float
    rounds: int
    bootstrap_draws: int
    interval_level: float
    grades: tuple[tuple[str, float], ...]
    seed: int


def fit(
    train: pd.DataFrame,
    train_default: pd.Series,
    calibration: pd.DataFrame,
    calibration_default: pd.Series,
    codebook: Codebook,
    params: RiskParams,
) -> RiskModel:
    """Fit on ``train`` and calibrate on ``calibration``, a later vintage of cases; labels are 0 or 1.

    raises : ValueError when a side has no default or nothing but defaults
    """
    for name, labels in (("train", train_default), ("calibration", calibration_default)):
        if labels.nunique() < 2:
            raise ValueError(
                f"{name}: {int(labels.sum())} defaults among {len(labels)} cases; both outcomes are needed"
            )
    signs = monotone_signs(codebook)
    names = risk_feature_names(codebook)
    x, x_later = risk_matrix(train, codebook), risk_matrix(calibration, codebook)
    settings = {
        "objective": "binary",
        "metric": "binary_logloss",
        "learning_rate": params.learning_rate,
        "num_leaves": params.num_leaves,
        "min_child_samples": params.min_child_samples,
        "reg_lambda": params.reg_lambda,
        "feature_fraction": params.feature_fraction,
        "monotone_constraints": [signs[name] for name in names],
        "interaction_constraints": [[place] for place in range(len(names))],
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "seed": params.seed,
        "verbosity": -1,
    }
    fitted = lgb.Dataset(x.to_numpy(), train_default.to_numpy(), feature_name=list(names))
    # A fixed number of rounds: with a few dozen defaults, early stopping would follow the noise of one vintage.
    text = lgb.train(settings, fitted, params.rounds).model_to_string()
    raw = read_additive(lgb.Booster(model_str=text)).log_odds(x_later.to_numpy())
    digest = hashlib.sha256(pd.util.hash_pandas_object(x, index=False).to_numpy().tobytes()).hexdigest()
    return RiskModel(
        version=params.version,
        codebook_digest=codebook.digest,
        data_digest=digest,
        feature_names=names,
        booster_text=text,
        stages={},
        calibration=_calibrate(raw, calibration_default.to_numpy(), calibration["uscc"].to_numpy(), params),
        grades=tuple(Grade(str(name), float(upper)) for name, upper in params.grades),
        interval_level=params.interval_level,
    )


def _platt(raw: Floats, labels: npt.NDArray[np.int_]) -> tuple[float, float]:
    # The light penalty keeps a resample in which the outcome separates from running away.
    fitted = LogisticRegression(C=10.0).fit(raw[:, None], labels)
    return float(fitted.intercept_[0]), max(float(fitted.coef_[0, 0]), 0.0)


def _calibrate(
    raw: Floats, labels: npt.NDArray[np.int_], groups: npt.NDArray[np.object_], params: RiskParams
) -> Calibration:
    intercept, slope = _platt(raw, labels)
    rng = np.random.default_rng(params.seed)
    codes, firms = pd.factorize(groups)
    members = [np.flatnonzero(codes == code) for code in range(len(firms))]
    draws: list[Floats] = []
    while len(draws) < params.bootstrap_draws:
        rows = np.concatenate([members[code] for code in rng.integers(0, len(firms), len(firms))])
        if 0 < labels[rows].sum() < len(rows):
            again = _platt(raw[rows], labels[rows])
            draws.append(again[0] + again[1] * KNOTS)
    tail = (1 - params.interval_level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    return read_calibration("platt", (intercept + slope * KNOTS).tolist(), low.tolist(), high.tolist())


def evaluate(
    model: RiskModel, cases: pd.DataFrame, default: pd.Series, codebook: Codebook, draws: int = 500
) -> dict[str, Any]:
    """AUC, KS, Brier, log loss, expected calibration error and calibration slope, each with a 90 % interval.

    Intervals resample enterprises, so that a firm's several loans stay together.
    """
    pd_12m = model.predict(cases, codebook)["pd_12m"].to_numpy()
    labels = default.to_numpy()
    codes, firms = pd.factorize(cases["uscc"])
    members = [np.flatnonzero(codes == code) for code in range(len(firms))]
    rng = np.random.default_rng(0)
    every: list[dict[str, float]] = []
    while len(every) < draws:
        rows = np.concatenate([members[code] for code in rng.integers(0, len(firms), len(firms))])
        if 0 < labels[rows].sum() < len(rows):
            every.append(_figures(pd_12m[rows], labels[rows]))
    spread = pd.DataFrame(every)
    return {
        "n": len(labels),
        "defaults": int(labels.sum()),
        "mean_pd": float(pd_12m.mean()),
        "default_rate": float(labels.mean()),
        "figures": {
            name: {
                "value": value,
                "low": float(spread[name].quantile(0.05)),
                "high": float(spread[name].quantile(0.95)),
            }
            for name, value in _figures(pd_12m, labels).items()
        },
    }


def calibration_curve(model: RiskModel, cases: pd.DataFrame, default: pd.Series, codebook: Codebook) -> pd.DataFrame:
    """Mean predicted and observed default rate by decile of the prediction: the table behind the plot."""
    pd_12m = model.predict(cases, codebook)["pd_12m"]
    decile = pd.qcut(pd_12m.rank(method="first"), 10, labels=False)
    table = pd.DataFrame({"decile": decile, "predicted": pd_12m, "observed": default.astype(float)})
    return table.groupby("decile", as_index=False).mean()


def _figures(pd_12m: Floats, labels: npt.NDArray[np.int_]) -> dict[str, float]:
    false, true, _ = roc_curve(labels, pd_12m)
    edges = np.quantile(pd_12m, np.linspace(0, 1, 11))
    bins = np.searchsorted(edges[1:-1], pd_12m)
    weight = np.bincount(bins, minlength=10)
    gap = np.bincount(bins, weights=pd_12m - labels, minlength=10)
    log_odds = np.log(pd_12m / (1 - pd_12m))
    slope = LogisticRegression(C=1e6).fit(log_odds[:, None], labels).coef_[0, 0]
    return {
        "auc": float(roc_auc_score(labels, pd_12m)),
        "ks": float(np.max(true - false)),
        "brier": float(brier_score_loss(labels, pd_12m)),
        "log_loss": float(log_loss(labels, pd_12m)),
        "ece": float(np.abs(gap).sum() / weight.sum()),
        "calibration_slope": float(slope),
    }
