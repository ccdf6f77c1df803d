"""Firms whose chance of default is planted, and small boosted models of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
from scipy.special import expit

from data.growth_stages import GROWTH_STAGES
from models.comparison.rows import Floats

Integers = npt.NDArray[np.intp]
# Column -> (declared direction, planted effect on the log-odds for one unit of the column)
PLANTED: Mapping[str, tuple[int, float]] = {
    "stage_ordinal": (0, 0.0),  # its effect is STAGE_EFFECT
    "revenue_log": (-1, -0.35),
    "leverage": (1, 0.5),
    "overdue_log": (1, 0.5),
    "litigation": (1, 0.4),
    "patents_log": (-1, -0.3),
    "cheap_rights_log": (-1, -0.02),
    "cash_flow": (-1, -0.3),
    "margin": (-1, -0.2),
    "volatility": (1, 0.7),
    "gap_months": (1, 0.5),
    "employees_log": (0, 0.0),
    "tax_share": (0, 0.0),
}
NAMES = tuple(PLANTED)
SIGNS = tuple(sign for sign, _ in PLANTED.values())
STAGE_EFFECT = np.array([0.7, 0.0, -0.7])
NEWER = ("volatility", "gap_months")  # columns that the champion did not have
LEVEL = -2.9
DISTRICTS = ("east", "west", "north", "south")
FIRM_SD = 0.3  # of the log-odds that a firm's loans share


@dataclass(frozen=True)
class Loans:
    """Loans of firms. x: shape (n, p), columns NAMES; firm, district: shape (n,); y: 1 where it defaulted."""

    x: Floats
    y: Floats
    firm: Integers
    district: npt.NDArray[np.object_]

    def with_x(self, x: Floats) -> Loans:
        """The same loans with other columns."""
        return replace(self, x=x)


@dataclass(frozen=True)
class Cohort:
    """Loans to learn from, and later ones of other firms."""

    train: Loans
    test: Loans


@dataclass(frozen=True)
class Trees:
    """Numbers of a small LightGBM model."""

    rounds: int = 120
    leaves: int = 4
    learning_rate: float = 0.15
    least: int = 60  # rows in a leaf
    penalty: float = 10.0


@dataclass(frozen=True)
class Model:
    """Log-odds of a booster, and what is added to them."""

    booster: lgb.Booster
    shift: float = 0.0

    def log_odds(self, x: Floats) -> Floats:
        """Shape (n,)."""
        return np.asarray(self.booster.predict(x, raw_score=True, num_threads=1), dtype=float) + self.shift


def draw_loans(rng: np.random.Generator, firms: int, shift: float = 0.0) -> Loans:
    """One to three loans of each firm; ``shift`` moves revenue, leverage and cash flow, in standard deviations."""
    firm = np.repeat(np.arange(firms), rng.integers(1, 4, firms))
    n = len(firm)
    stage = rng.integers(0, len(GROWTH_STAGES), firms)[firm].astype(float)
    patents = np.log1p(rng.poisson(rng.gamma(1.0, 3.0, firms)[firm]))
    columns = {
        "stage_ordinal": stage,
        "revenue_log": rng.normal(0.0, 1.0, n) - shift,
        "leverage": rng.normal(0.0, 1.0, n) + shift,
        "overdue_log": np.where(rng.random(n) < 0.25, np.log1p(rng.exponential(30.0, n)) / 2, 0.0),
        "litigation": rng.poisson(0.4, n).astype(float),
        "patents_log": patents,
        "cheap_rights_log": np.log1p(rng.poisson(rng.gamma(1.5, 5.0, n))),
        "cash_flow": rng.normal(0.0, 1.0, n) - shift,
        "margin": rng.normal(0.0, 1.0, n),
        "volatility": rng.normal(0.0, 1.0, n),
        "gap_months": rng.poisson(0.8, n).astype(float),
        "employees_log": rng.normal(3.0, 1.0, n),
        "tax_share": rng.random(n),
    }
    x = np.column_stack([columns[name] for name in NAMES])
    odds = LEVEL + STAGE_EFFECT[stage.astype(int)] + rng.normal(0.0, FIRM_SD, firms)[firm]
    odds = odds + x @ np.array([effect for _, effect in PLANTED.values()])
    y = (rng.random(n) < expit(odds)).astype(float)
    return Loans(x, y, firm, rng.choice(np.array(DISTRICTS, dtype=object), firms)[firm])


def draw_cohort(seed: int, train_firms: int = 8_000, test_firms: int = 3_000) -> Cohort:
    """Some firms to learn from and others, later."""
    rng = np.random.default_rng(seed)
    return Cohort(draw_loans(rng, train_firms), draw_loans(rng, test_firms))


def fit(loans: Loans, seed: int, trees: Trees | None = None, signs: Sequence[int] = SIGNS) -> Model:
    """A boosted model that keeps the directions ``signs``."""
    numbers = trees or Trees()
    booster = lgb.train(
        {
            "objective": "binary", "learning_rate": numbers.learning_rate, "num_leaves": numbers.leaves,
            "min_child_samples": numbers.least, "reg_lambda": numbers.penalty, "monotone_constraints": list(signs),
            "num_threads": 1, "deterministic": True, "force_row_wise": True, "seed": seed, "verbosity": -1,
        },
        lgb.Dataset(loans.x, loans.y),
        numbers.rounds,
    )  # fmt: skip
    return Model(booster)


def without(x: Floats, names: Sequence[str]) -> Floats:
    """The rows with some columns at 0, as one who does not have them."""
    emptied = x.copy()
    emptied[:, [NAMES.index(name) for name in names]] = 0.0
    return emptied
