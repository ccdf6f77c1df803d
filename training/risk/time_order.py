"""Time inside a training part: earlier rows predict later ones, recent ones may weigh more, the latest set a level."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import expit
from scipy.stats import rankdata

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
BLOCKS = 5  # of a training part; each but the first is predicted from those before it
HALF_LIVES = (0.5, 0.25, 0.125)  # tried beside none, as shares of the span of a training part
FEWEST = 5  # cases of the rarer outcome, to learn from or to be predicted
LATEST_CASES = 50  # of the rarer outcome in the latest period, which sets the level
LEVEL_PULL = 2.0  # cases' worth of curvature by which a level is held where few outcomes are


def time_blocks(time: Floats, count: int) -> Codes:
    """Block of each row, 0 the earliest, shape (n,): at most ``count``, about equal in rows, none parts one moment."""
    middle = (rankdata(time) - 0.5) / len(time)
    return np.unique((middle * count).astype(np.int64), return_inverse=True)[1].astype(np.int64)


def forward_parts(time: Floats, y: Floats, groups: npt.NDArray[Any] | None) -> list[tuple[Codes, Codes]]:
    """Rows to learn from and the later block to predict; a group that is predicted is never learned from.

    time : (n,), any unit; parts with fewer than ``FEWEST`` of the rarer outcome on a side are left out
    """
    block = time_blocks(time, BLOCKS)
    parts = []
    for one in range(1, int(block.max()) + 1):
        rest = np.flatnonzero(block == one)
        train = np.flatnonzero(block < one)
        if groups is not None:
            train = train[~np.isin(groups[train], groups[rest])]
        if min(rarer(y[train]), rarer(y[rest])) >= FEWEST:
            parts.append((train, rest))
    return parts


def latest_parts(
    time: Floats, y: Floats, groups: npt.NDArray[Any] | None, count: int, seed: int
) -> list[tuple[Codes, Codes]]:
    """Folds of the latest block, each with all other rows to learn from; the level is fitted on what they predict.

    The block reaches further back until it holds ``LATEST_CASES`` of the rarer outcome, or everything.
    """
    block = time_blocks(time, BLOCKS)
    first = int(block.max())
    while first and rarer(y[block >= first]) < LATEST_CASES:
        first -= 1
    rows = np.flatnonzero(block >= first)
    # Dealt by outcome, so that every fold has its share; a group is in one fold.
    codes = np.arange(len(rows)) if groups is None else np.unique(groups[rows], return_inverse=True)[1]
    bad = np.bincount(codes, weights=y[rows]) > 0
    fold = np.empty(len(bad), dtype=np.int64)
    order = np.lexsort((np.random.default_rng(seed).permutation(len(bad)), ~bad))
    fold[order] = np.arange(len(bad)) % count
    parts = []
    for one in range(count):
        rest = rows[fold[codes] == one]
        train = np.setdiff1d(np.arange(len(y)), rest)
        if groups is not None:
            train = train[~np.isin(groups[train], groups[rest])]
        if len(rest) and rarer(y[train]) > 0:
            parts.append((train, rest))
    return parts


def rarer(y: Floats) -> int:
    """Cases of the rarer outcome."""
    return int(min(y.sum(), len(y) - y.sum()))


def recency(time: Floats, half_life: float | None) -> Floats:
    """Weight of each row, 1 for the latest and halved with every ``half_life`` (in the unit of ``time``) before it."""
    if half_life is None:
        return np.ones(len(time))
    return np.asarray(0.5 ** ((time.max() - time) / half_life))


def level(log_odds: Floats, y: Floats, weight: Floats) -> float:
    """What must be added to the log-odds so that their probabilities add up to the defaults, by Newton's method.

    A light pull to 0 (``LEVEL_PULL``) keeps it finite where one outcome is missing.
    """
    shift = 0.0
    for _ in range(100):
        p = expit(log_odds + shift)
        slope = float(weight @ (p * (1 - p))) + LEVEL_PULL
        step = float(np.clip((float(weight @ (y - p)) - LEVEL_PULL * shift) / slope, -1.0, 1.0))
        shift += step
        if abs(step) < 1e-10:
            break
    return shift


def levelled(log_odds: Floats, y: Floats, weight: Floats, part: Codes) -> Floats:
    """Log-odds with each part at its own level: what is left to compare is the order and the spread, not the level."""
    out = np.array(log_odds, dtype=float)
    for one in np.unique(part):
        mine = part == one
        out[mine] += level(out[mine], y[mine], weight[mine])
    return out


def level_before(curve: Callable[[Floats], Floats], raw: Floats, y: Floats, weight: Floats) -> float:
    """The same ahead of a calibration ``curve``: the shift of ``raw`` with the least log loss after the curve."""

    def loss(shift: float) -> float:
        predicted = curve(raw + shift)
        return float(weight @ (np.logaddexp(0.0, predicted) - y * predicted)) + LEVEL_PULL * shift**2 / 2

    return float(minimize_scalar(loss, bounds=(-8.0, 8.0), method="bounded", options={"xatol": 1e-6}).x)
