"""Planted tables of default whose law changes with time, with the probability of every row known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

Floats = npt.NDArray[np.float64]
NUMBERS, LEVELS = 9, (6, 12)  # numeric columns; levels of the two categories. With the period: 12 columns
MEAN_LOG_ODDS = -1.9


@dataclass(frozen=True)
class Planted:
    """Columns (``period`` among them), outcomes and planted probabilities, each shape (n,)."""

    x: pd.DataFrame
    y: Floats
    probability: Floats


@dataclass(frozen=True)
class Drift:
    """How a law moves, each with ``at`` from 0 (first period) to 1 (last): shape (periods,).

    level : added to the log-odds
    moved : how far the columns' means have gone, in standard deviations
    turned : share of the way from the first effects to others, drawn apart
    """

    level: Callable[[Floats, np.random.Generator], Floats]
    moved: Callable[[Floats, np.random.Generator], Floats]
    turned: Callable[[Floats, np.random.Generator], Floats]


def _none(at: Floats, _: np.random.Generator) -> Floats:
    return np.zeros(len(at))


def _trend(size: float) -> Callable[[Floats, np.random.Generator], Floats]:
    return lambda at, rng: size * rng.choice([-1.0, 1.0]) * (at - 0.5)


def _random_path(size: float) -> Callable[[Floats, np.random.Generator], Floats]:
    return lambda at, rng: size * np.cumsum(rng.normal(size=len(at)))


def _break(size: float) -> Callable[[Floats, np.random.Generator], Floats]:
    return lambda at, _: size * (at > 0.5).astype(float)


def _way(size: float) -> Callable[[Floats, np.random.Generator], Floats]:
    return lambda at, _: size * at


DRIFTS: Mapping[str, Drift] = {
    "base rate, trend": Drift(_trend(1.8), _none, _none),
    "base rate, random path": Drift(_random_path(0.4), _none, _none),
    "covariates": Drift(_none, _way(1.2), _none),
    "effects, gradual": Drift(_none, _none, _way(1.0)),
    "recency: effects, sudden": Drift(_none, _none, _break(1.0)),
    "all together": Drift(_random_path(0.3), _way(0.8), _way(0.8)),
}


def planted_drift(drift: Drift, *, rows: int, periods: int, seed: int) -> Planted:
    """A table of ``rows`` over equal periods 0, 1, ...; numbers, two categories, gaps, a bend and a product."""
    rng = np.random.default_rng(seed)
    period = np.sort(np.arange(rows) % periods)
    at = np.arange(periods) / (periods - 1)
    level, moved, turned = (move(at, rng)[period] for move in (drift.level, drift.moved, drift.turned))
    numbers = rng.normal(size=(rows, NUMBERS)) + moved[:, None] * rng.choice([-0.5, 0.0, 1.0], NUMBERS)
    kinds = [rng.integers(0, count, rows) for count in LEVELS]
    log_odds = MEAN_LOG_ODDS + level
    for share in (1 - turned, turned):
        own = numbers @ rng.normal(0, 0.35, NUMBERS)
        own += 0.35 * rng.choice([-1, 1]) * np.abs(numbers[:, 0]) + 0.35 * numbers[:, 1] * numbers[:, 2]
        for kind, count in zip(kinds, LEVELS, strict=True):
            own += rng.normal(0, 0.4, count)[kind]
        log_odds = log_odds + share * own
    probability = expit(log_odds)
    x = pd.DataFrame(numbers, columns=[f"x{number}" for number in range(NUMBERS)])
    x = x.mask(rng.random(x.shape) < 0.03)
    for number, kind in enumerate(kinds):
        x[f"kind{number}"] = pd.Series([f"k{code}" for code in kind]).astype("category")
    return Planted(x.assign(period=period.astype(float)), (rng.random(rows) < probability).astype(float), probability)
