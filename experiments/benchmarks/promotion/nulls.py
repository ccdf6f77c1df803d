"""Challengers that are no better, tried one after another on the same outcomes: how often one of them gets through.

Champion and challengers rank by the same planted signal, each with noise of its own of the same size, so none is better
than another. Their predictions are drawn; nothing is fitted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from experiments.benchmarks.promotion.submission import METRICS, PERIOD
from models.comparison.paired import Resamples, statistics
from models.comparison.rows import Floats, RunRows
from training.promotion.outcomes import discrimination
from training.promotion.spending import Period, look_level, overlapping
from training.promotion.verdict import PromotionParams

FIRMS = 1_400
LEVEL = -1.0
NOISE_SD = 0.7


@dataclass(frozen=True)
class Sequence:
    """One sequence: p-value of each challenger, and whether any was promoted; ``defaults`` among its outcomes."""

    p: list[float]
    promoted: bool
    defaults: int


def null_sequence(seed: int, tries: int, params: PromotionParams) -> Sequence:
    """``tries`` null challengers in a row, each look in the history and at its own level."""
    rng = np.random.default_rng(seed)
    firm = np.repeat(np.arange(FIRMS), rng.integers(1, 3, FIRMS))
    signal = rng.normal(0.0, 1.0, FIRMS)[firm]
    y = (rng.random(len(firm)) < expit(LEVEL + signal)).astype(float)
    resamples = Resamples(FIRMS, params.draws, params.seed)

    def rows() -> RunRows:
        # a firm's noise is its own too, as the error of a model on a firm is the same for each of its loans
        noise = rng.normal(0.0, NOISE_SD, FIRMS)[firm]
        return RunRows(firm, y, _probability(signal + noise), np.ones(len(firm)))

    champion = statistics(rows(), [METRICS["auc"]], resamples)["auc"]
    history: list[Period] = []
    p, promoted = [], False
    for _ in range(tries):
        look = 1 + overlapping(PERIOD, history)
        challenger = statistics(rows(), [METRICS["auc"]], resamples)["auc"]
        level = look_level(params.error_rate, look)
        check = discrimination(METRICS["auc"], champion, challenger, level, look)
        history.append(PERIOD)
        p.append(float(check.measured["p"]))
        promoted |= check.status == "passed"
    return Sequence(p, promoted, int(y.sum()))


def _probability(odds: Floats) -> Floats:
    return np.asarray(expit(LEVEL + odds))
