"""Choosing a calibration: identity, Platt, beta or isotonic, by the log loss on rows that it did not see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Method = Literal["identity", "platt", "beta", "isotonic"]
CURVES: tuple[Method, ...] = ("platt", "beta", "isotonic")
MIN_FOR_ISOTONIC = 100  # defaults; below it steps are noise


@dataclass(frozen=True)
class Calibrator:
    """A fitted map from raw log-odds to calibrated log-odds; it never falls."""

    method: Method
    numbers: tuple[float, ...]  # platt: intercept, slope; beta: c, a, b; isotonic: raw..., log-odds...

    def log_odds(self, raw: Floats) -> Floats:
        """Calibrated log-odds, shape of ``raw``."""
        if self.method == "identity":
            return np.asarray(raw, dtype=float)
        if self.method == "platt":
            return self.numbers[0] + self.numbers[1] * np.asarray(raw)
        if self.method == "beta":
            c, a, b = self.numbers
            return c - a * np.logaddexp(0.0, -np.asarray(raw)) + b * np.logaddexp(0.0, np.asarray(raw))
        half = len(self.numbers) // 2
        return np.interp(raw, self.numbers[:half], self.numbers[half:])


def fit_calibrator(method: Method, raw: Floats, y: Floats, weight: Floats) -> Calibrator:
    """Fit one method.

    beta : log-odds = c + a ln p - b ln(1 - p), a and b >= 0; source: Kull, Silva Filho, Flach (2017)
    The light penalty on the distance from identity keeps few defaults from running away.
    """
    if method == "identity":
        return Calibrator(method, ())
    if method == "isotonic":
        fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(raw, y, sample_weight=weight)
        level = np.clip(fitted.y_thresholds_, 0.5 / len(y), 1 - 0.5 / len(y))
        return Calibrator(method, (*fitted.X_thresholds_.tolist(), *np.log(level / (1 - level)).tolist()))
    if method == "platt":
        columns, start = np.column_stack([np.ones_like(raw), raw]), np.array([0.0, 1.0])
    else:
        columns = np.column_stack([np.ones_like(raw), -np.logaddexp(0.0, -raw), np.logaddexp(0.0, raw)])
        start = np.array([0.0, 1.0, 1.0])

    def objective(numbers: Floats) -> tuple[float, Floats]:
        predicted = columns @ numbers
        loss = float(weight @ (np.logaddexp(0.0, predicted) - y * predicted))
        gradient = columns.T @ (weight * (expit(predicted) - y))
        away = numbers - start
        away[0] = 0.0
        return loss + float(away @ away), gradient + 2 * away

    found = minimize(
        objective, start, jac=True, method="L-BFGS-B", bounds=[(None, None)] + [(0.0, None)] * (len(start) - 1)
    )
    return Calibrator(method, tuple(float(number) for number in found.x))


def calibration_losses(
    methods: Sequence[Method], raw: Floats, y: Floats, weight: Floats, parts: Iterable[tuple[Mask, Mask]]
) -> Mapping[Method, float]:
    """Log loss of each method on rows that it was not fitted on.

    parts : masks of the rows that a method is fitted on and of those that it then predicts
    """
    every = list(parts)
    losses: dict[Method, float] = {}
    for method in methods:
        if method == "isotonic" and y.sum() < MIN_FOR_ISOTONIC:
            continue
        total = 0.0
        for known, rest in every:
            predicted = fit_calibrator(method, raw[known], y[known], weight[known]).log_odds(raw[rest])
            total += float(weight[rest] @ (np.logaddexp(0.0, predicted) - y[rest] * predicted))
        losses[method] = total / sum(float(weight[rest].sum()) for _, rest in every)
    return losses


def choose_calibrator(
    raw: Floats,
    y: Floats,
    weight: Floats,
    groups: npt.NDArray[Any],
    seed: int,
    folds: int = 10,
    blocks: npt.NDArray[Any] | None = None,
) -> Calibrator:
    """The method with the least log loss on rows that it was not fitted on, identity among them, fitted on every row.

    blocks : (n,), rising with time; each block is then predicted from the earlier ones. Without, or with one block
        alone, the parts are random and leave no group on two sides.
    """
    order = np.unique(np.zeros(len(raw)) if blocks is None else blocks)
    if len(order) > 1:
        parts = [(blocks < one, blocks == one) for one in order[1:]]
    else:
        codes = np.unique(groups, return_inverse=True)[1]
        part = np.random.default_rng(seed).permutation(int(codes.max()) + 1)[codes] % folds
        parts = [(part != one, part == one) for one in np.unique(part)]
    losses = calibration_losses(("identity", *CURVES), raw, y, weight, parts)
    return fit_calibrator(min(losses, key=lambda method: losses[method]), raw, y, weight)
