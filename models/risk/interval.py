"""The interval of a default probability, at any level: no end is lower for a worse fact or a hidden source.

    end = min(middle -+ z sd, the same end without the case's invoices)    log-odds; z the quantile of (1 + level) / 2

Without its invoices a case has the middle that ``InvoiceBlock.hidden`` declares and the block's variance in training.

A worse value of a column raises the middle by its coefficient's mean m and changes z sd by at most z s v / sd, where s
is the coefficient's posterior sd, v^2 the posterior variance of the case's log-odds and sd^2 is v^2 and what is
declared (Cauchy-Schwarz). With s <= m, as of every normal truncated at 0, and v^2 counted up to ``COUNTED`` of what is
declared, the first is never smaller at any level up to ``HIGHEST_LEVEL``.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
PD_FLOOR = 0.0005  # Basel III: no exposure is without risk
ENDS = ("log_odds_mid", "log_odds_sd", "log_odds_hidden_mid", "log_odds_hidden_sd")
HIGHEST_LEVEL = 0.9  # of an interval that a decision may be made by


def z_of(level: float) -> float:
    """Standard deviations to either side of a normal interval of a level in (0, 1)."""
    return NormalDist().inv_cdf((1.0 + level) / 2.0)


COUNTED = 1.0 / (z_of(HIGHEST_LEVEL) ** 2 - 1.0)  # of the declared variance: the largest posterior variance


def interval_at(predicted: Mapping[str, Any] | pd.DataFrame, level: float) -> tuple[Floats, Floats]:
    """Ends of the interval of a probability at a level in (0, 1), in [PD_FLOOR, 1] and widened to hold the point.

    predicted : columns of ``RiskModel.predict_matrix``, each of shape (n,): pd_12m and those of ``log_odds_ends``
    """
    low, high = log_odds_ends(predicted, level)
    point = np.asarray(predicted["pd_12m"], dtype=float)
    return np.minimum(probability(low), point), np.maximum(probability(high), point)


def log_odds_ends(predicted: Mapping[str, Any] | pd.DataFrame, level: float) -> tuple[Floats, Floats]:
    """Ends before the minimum and the point: the lower of the case's own and those of the case without invoices.

    predicted : log_odds_mid, log_odds_sd; and without invoices log_odds_hidden_mid, log_odds_hidden_sd, of shape (n,)
    """
    middle, sd, hidden_middle, hidden_sd = (np.asarray(predicted[name], dtype=float) for name in ENDS)
    z = z_of(level)
    return (
        np.minimum(middle - z * sd, hidden_middle - z * hidden_sd),
        np.minimum(middle + z * sd, hidden_middle + z * hidden_sd),
    )


def probability(log_odds: Floats) -> Floats:
    """1 / (1 + exp(-log_odds)), not below PD_FLOOR, shape (n,)."""
    # One value at a time: NumPy's vector code may differ from this in the last bit.
    odds_against = np.fromiter(map(exp, np.minimum(-log_odds, 700.0).tolist()), dtype=float, count=len(log_odds))
    return np.maximum(1.0 / (1.0 + odds_against), PD_FLOOR)
