"""Logistic regression on targets that need not be 0 or 1.

A positive that would have been seen with probability k only counts 1 / k, what is not seen counts 0: over many rows the
mean of such targets is the share of positives, seen or not, and so the fitted probabilities are of all positives.

source : Bekker, Robberechts and Davis (2019), Beyond the Selected Completely At Random Assumption
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

Doubles = npt.NDArray[np.float64]
STEPS = 500


def log_loss(log_odds: Doubles, target: Doubles) -> Doubles:
    """ln(1 + e^z) - target * z of each row: the usual loss where the target is 0 or 1, convex for any target."""
    return np.asarray(np.logaddexp(0.0, log_odds) - target * log_odds)


def fit_logistic(x: Doubles, target: Doubles, weight: Doubles, penalty: float) -> tuple[float, Doubles]:
    """Intercept and weights that minimise sum of weight * log_loss + penalty / 2 * sum of squared weights.

    x : shape (n, p); target, weight : shape (n,), neither negative
    """
    rows = np.hstack([np.ones((len(x), 1)), x])
    ridge = np.full(rows.shape[1], penalty)
    ridge[0] = 0.0

    def loss(found: Doubles) -> tuple[float, Doubles]:
        z = rows @ found
        slope = rows.T @ (weight * (expit(z) - target)) + ridge * found
        return float(weight @ log_loss(z, target) + 0.5 * ridge @ found**2), slope

    made = minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    return float(made.x[0]), np.asarray(made.x[1:])
