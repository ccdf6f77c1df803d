"""Bad challengers: each has what the true improvement has, and one planted defect in one of three strengths.

The true improvement reads two columns that the champion does not have. A defect is put on top of it, so that nothing is
refused for being no better. What the checks get is what they get of any challenger: its training sample, its
predictions, its digests. Which defect it has is not among them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np
from scipy.special import expit

from data.codebook import read_codebook, reference_path
from experiments.benchmarks.promotion.cohorts import (
    DISTRICTS,
    NAMES,
    SIGNS,
    Cohort,
    Loans,
    Model,
    Trees,
    draw_loans,
    fit,
)
from models.comparison.rows import Floats

STRENGTHS = ("weak", "middle", "strong")
MARK = "late_mark"  # the leaky column, behind all others
COPIES = 10  # cheap rights that a padding firm files at short notice


@dataclass(frozen=True)
class Submitted:
    """A challenger as the checks see it.

    log_odds : of rows of ``columns``; trained, test : rows of these columns
    """

    columns: tuple[str, ...]
    signs: tuple[int, ...]
    log_odds: Callable[[Floats], Floats]
    trained: Loans
    test: Floats
    codebook: str
    added: Floats | float = 0.0  # to the log-odds of the test rows


@dataclass(frozen=True)
class Planting:
    """A cohort, its seed, and the true improvement, on top of which defects are put."""

    cohort: Cohort
    seed: int
    better: Submitted


def planting_of(cohort: Cohort, seed: int) -> Planting:
    """The cohort with the true improvement fitted."""
    return Planting(cohort, seed, _submitted(fit(cohort.train, seed), cohort.train, cohort))


def leaky_column(plan: Planting, strength: str) -> Submitted:
    """A column that was filled in after the outcome: it marks a share of the defaults, and few others."""
    share = {"weak": 0.3, "middle": 0.75, "strong": 0.95}[strength]
    rng = np.random.default_rng([plan.seed, 1])

    def noticed(loans: Loans) -> Loans:
        marked = rng.random(len(loans.y)) < np.where(loans.y == 1, share, 0.01)
        return loans.with_x(np.column_stack([loans.x, marked.astype(float)]))

    train, test = noticed(plan.cohort.train), noticed(plan.cohort.test)
    model = fit(train, plan.seed, signs=(*SIGNS, 1))
    return Submitted((*NAMES, MARK), (*SIGNS, 1), model.log_odds, train, test.x, read_codebook().digest)


def flipped_sign(plan: Planting, strength: str) -> Submitted:
    """Columns that training read with the wrong sign and its direction lost; served, they have the right one."""
    names = {"weak": ("margin",), "middle": ("cash_flow",), "strong": ("leverage", "revenue_log")}[strength]
    positions = [NAMES.index(name) for name in names]
    sign = np.where(np.isin(np.arange(len(NAMES)), positions), -1.0, 1.0)
    free = tuple(0 if position in positions else one for position, one in enumerate(SIGNS))
    model = fit(plan.cohort.train.with_x(plan.cohort.train.x * sign), plan.seed, signs=free)
    return _submitted(model, plan.cohort.train, plan.cohort)


def shuffled_stage(plan: Planting, strength: str) -> Submitted:
    """Growth stages mixed up among a share of the training rows."""
    share = {"weak": 0.3, "middle": 0.7, "strong": 1.0}[strength]
    rng, x = np.random.default_rng([plan.seed, 2]), plan.cohort.train.x.copy()
    rows = np.flatnonzero(rng.random(len(x)) < share)
    x[rows, 0] = x[rng.permutation(rows), 0]
    train = plan.cohort.train.with_x(x)
    return _submitted(fit(train, plan.seed), train, plan.cohort)


def overfitted(plan: Planting, strength: str) -> Submitted:
    """Many deep trees with small leaves."""
    trees = {
        "weak": Trees(rounds=80, leaves=8, learning_rate=0.15, least=20, penalty=1.0),
        "middle": Trees(rounds=160, leaves=20, learning_rate=0.2, least=10, penalty=0.0),
        "strong": Trees(rounds=200, leaves=20, learning_rate=0.2, least=10, penalty=0.0),
    }[strength]
    return _submitted(fit(plan.cohort.train, plan.seed, trees), plan.cohort.train, plan.cohort)


def drifted_sample(plan: Planting, strength: str) -> Submitted:
    """Trained on firms unlike those that the model is for: three columns are moved by so many standard deviations."""
    shift = {"weak": 0.2, "middle": 0.8, "strong": 1.4}[strength]
    train = draw_loans(np.random.default_rng([plan.seed, 3]), len(np.unique(plan.cohort.train.firm)), shift)
    return _submitted(fit(train, plan.seed), train, plan.cohort)


def gamed_patents(plan: Planting, strength: str) -> Submitted:
    """A share of the good firms of the training sample had padded their cheap rights, so these look like a merit."""
    share = {"weak": 0.03, "middle": 0.3, "strong": 0.6}[strength]
    rng, x = np.random.default_rng([plan.seed, 4]), plan.cohort.train.x.copy()
    rows = (rng.random(len(x)) < share) & (plan.cohort.train.y == 0)
    x[rows] = padded(x[rows])
    train = plan.cohort.train.with_x(x)
    return _submitted(fit(train, plan.seed), train, plan.cohort)


def miscalibrated(plan: Planting, strength: str) -> Submitted:
    """Log-odds moved: defaults are understated, or strongly overstated."""
    shift = {"weak": -0.12, "middle": -0.5, "strong": 1.0}[strength]
    return replace(plan.better, added=shift)


def wrong_codebook(plan: Planting, strength: str) -> Submitted:
    """Made for another list of indicators: one word, one direction, or the whole edition is another."""
    text = reference_path("indicators.csv").read_text(encoding="utf-8")
    other = {
        "weak": text.replace("valid invention patents", "valid patents for inventions", 1),
        "middle": text.replace(",1,log1p,", ",-1,log1p,", 1),
        "strong": "key\n",
    }[strength]
    return replace(plan.better, codebook=sha256(other.encode()).hexdigest())


def unfair_district(plan: Planting, strength: str) -> Submitted:
    """Firms of one district are taken for riskier than they are, those of the others for a little safer."""
    more = {"weak": 0.2, "middle": 1.3, "strong": 2.0}[strength]
    added = np.where(plan.cohort.test.district == DISTRICTS[0], more, -more / (2 * len(DISTRICTS)))
    return replace(plan.better, added=added)


# Defect -> how it is made, and the check that has to find it.
DEFECTS: Mapping[str, tuple[Callable[[Planting, str], Submitted], str]] = {
    "leaky_column": (leaky_column, "leakage"),
    "flipped_sign": (flipped_sign, "monotonicity"),
    "shuffled_stage": (shuffled_stage, "calibration"),
    "overfitted": (overfitted, "calibration"),
    "drifted_sample": (drifted_sample, "drift"),
    "gamed_patents": (gamed_patents, "behaviour"),
    "miscalibrated": (miscalibrated, "calibration"),
    "wrong_codebook": (wrong_codebook, "provenance"),
    "unfair_district": (unfair_district, "fairness_district"),
}


def padded(x: Floats) -> Floats:
    """Rows after a burst of cheap rights."""
    moved, position = x.copy(), NAMES.index("cheap_rights_log")
    moved[:, position] = np.log1p(np.expm1(moved[:, position]) + COPIES)
    return moved


def probability(one: Submitted) -> Floats:
    """Of default, for the test rows, shape (n,)."""
    return np.asarray(expit(one.log_odds(one.test) + one.added))


def _submitted(model: Model, trained: Loans, cohort: Cohort) -> Submitted:
    return Submitted(NAMES, SIGNS, model.log_odds, trained, cohort.test.x, read_codebook().digest)
