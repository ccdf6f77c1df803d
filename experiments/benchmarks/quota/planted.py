"""Planted applicants whose true default risks are known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.quota.engine import QuotaEngine

Floats = npt.NDArray[np.float64]
LGD = 0.40
EARNED = 0.020  # a year, per yuan lent, before losses
PD_CUTOFF = 0.08
STEPS = PD_CUTOFF * np.geomspace(0.125, 2.0, 20)


@dataclass(frozen=True)
class Book:
    """Applicants: true and predicted default risk, and the amount that each would get at a low risk; shape (n,)."""

    true_pd: Floats
    told_pd: Floats
    amount: Floats


def plant(
    rng: np.random.Generator,
    firms: int,
    *,
    amount_log_sd: float = 1.0,
    told_slope: float = 1.0,
    amount_log_odds: float = 0.0,
    mean_log_odds: float = -4.0,
) -> Book:
    """Applicants with a base default rate near 3 % and a model of AUC near 0.76.

    told_slope : above 1 the model is too sure of itself; amount_log_odds : what a larger loan adds to the true risk,
    of which the model knows nothing
    """
    seen, hidden, size = rng.normal(size=(3, firms))
    odds = mean_log_odds + 1.05 * seen + 0.45 * hidden + amount_log_odds * size
    true = 1 / (1 + np.exp(-odds))
    told = 1 / (1 + np.exp(-(mean_log_odds + told_slope * 1.05 * seen)))
    told = np.maximum(told * (true.mean() / told.mean()), 0.0005)
    return Book(true, told, np.clip(150.0 * np.exp(amount_log_sd * size), 10.0, 1000.0))


def in_climate(engine: QuotaEngine, cases: pd.DataFrame, mean_pd: float) -> QuotaEngine:
    """The same engine where defaults are as frequent as ``mean_pd``: its risk's level is moved, and nothing else."""
    told = float(engine.risk.predict(cases, engine.codebook)["pd_12m"].mean())
    shift = float(np.log(mean_pd / (1 - mean_pd)) - np.log(told / (1 - told)))
    return replace(engine, risk=replace(engine.risk, level=engine.risk.level + shift))
