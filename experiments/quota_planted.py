"""Planted loan books: true default risks are known, so a warranty can be seen to hold or to break."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.quota import QuotaEngine
from models.quota_warranty import opened_shares
from training.quota_warranty import Candidates

Floats = npt.NDArray[np.float64]
LGD = 0.40
LOSS_CAP = 0.0218 * LGD  # the published bad-loan rate of inclusive small-firm loans, times the loss given default
EARNED = 0.020  # a year, per yuan lent, before losses
PD_CUTOFF = 0.08
STEPS = PD_CUTOFF * np.geomspace(0.125, 2.0, 20)


@dataclass(frozen=True)
class Book:
    """Applicants: true and told default risk, and the amount that each would get at a low risk; shape (n,)."""

    true_pd: Floats
    told_pd: Floats
    amount: Floats

    def lent(self, rows: npt.NDArray[np.intp] | slice = slice(None)) -> Floats:
        """Amounts at every step of the free parameter, shape (steps, n)."""
        return np.stack([opened_shares(self.told_pd[rows], step) * self.amount[rows] for step in STEPS])

    def loss_rates(self) -> Floats:
        """True loss rate of the exposure at every step."""
        lent = self.lent()
        return np.asarray(lent @ (self.true_pd * LGD) / lent.sum(axis=1))

    def profits(self) -> Floats:
        """True profit at every step, per applicant."""
        return np.asarray(self.lent() @ (EARNED - LGD * self.true_pd) / len(self.amount))

    def cohort(self, rng: np.random.Generator, n: int) -> tuple[Candidates, int]:
        """``n`` matured loans drawn from the book, and how many defaulted."""
        rows = rng.integers(0, len(self.amount), n)
        defaulted = rng.random(n) < self.true_pd[rows]
        lent = self.lent(rows)
        expected = lent * (self.told_pd[rows] * LGD)
        margin = lent @ (EARNED - LGD * self.told_pd[rows])
        return Candidates(STEPS, lent, lent * (defaulted * LGD), expected, margin), int(defaulted.sum())

    def shocked(self, log_odds: float) -> Book:
        """The same firms in a downturn that nobody was told of."""
        odds = self.true_pd / (1 - self.true_pd) * np.exp(log_odds)
        return Book(odds / (1 + odds), self.told_pd, self.amount)


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
