"""What a new ranker would bring, from the log of an old one: expected clicks (or outcomes) in the first places.

Each logged row (a document shown for a query) has a weight: how much more often the new ranker would show it so.

item and position   weight = 1[the new list has it at this position] / P(the old list showed it at this position).
                    Assumes only that a click depends on document and position; needs an old order with chance in it
examination         weight = examination(new position) / expected examination under the old list. Assumes the
                    position-based model as well; narrower, and an old order without chance will do

Documents that the old ranker could never show have no row: the estimate knows nothing of them. Uncertainty of the
propensities themselves, where they are estimates, is not in the interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Method = Literal["ips", "snips", "doubly_robust"]
CHUNK = 5_000_000  # drawn counts at a time


@dataclass(frozen=True)
class OffPolicyValue:
    """Expected outcomes per query within the first places of the new ranker's list.

    low, high : None where the queries show no variance at all (no outcome carries weight): nothing can be said then
    effective_rows : (sum of weights)^2 / sum of squares, the rows on which the estimate rests
    """

    value: float
    low: float | None
    high: float | None
    queries: int
    effective_rows: float


def item_position_weights(position: Ints, propensity: Floats, new_position: Ints, first: int) -> Floats:
    """Weights of rows by document and position; positions from 1, propensity in (0, 1]; shape (rows,).

    new_position : of the row's document in the new ranker's list for that query; 0 where it is not in it
    """
    if not ((propensity > 0) & (propensity <= 1)).all():
        raise ValueError("a logged propensity is missing or outside (0, 1]")
    return np.where((position == new_position) & (position <= first), 1.0, 0.0) / propensity


def examination_weights(expected: Floats, new_position: Ints, examination: Floats, first: int) -> Floats:
    """Weights of rows under the position-based model, shape (rows,).

    expected : mean examination of the document over the old ranker's lists, shape (rows,); ``examination`` at its
        position where the old order had no chance in it
    examination : of positions 1, 2, ..., at least ``first`` of them
    """
    if not (expected > 0).all() or len(examination) < first:
        raise ValueError(f"expected examination is above 0, and examination covers {first} positions")
    shown = (new_position >= 1) & (new_position <= first)
    return np.where(shown, examination[np.where(shown, new_position, 1) - 1], 0.0) / expected


def off_policy_value(
    query: Ints,
    outcome: Floats,
    weight: Floats,
    method: Method = "ips",
    *,
    expected_weight: float | None = None,
    predicted: Floats | None = None,
    predicted_new: Floats | None = None,
    level: float = 0.9,
    draws: int = 1_000,
    seed: int = 0,
) -> OffPolicyValue:
    """The new ranker's value with a studentised bootstrap interval over queries.

    query, outcome, weight : of each logged row, shape (rows,)
    ips            mean over queries of sum(weight x outcome)
    snips          expected_weight x sum(weight x outcome) / sum(weight). ``expected_weight`` is the sum of a query's
                   weights in the mean over the log: the first places' number for item-and-position weights
    doubly_robust  mean over queries of sum(predicted_new + weight x (outcome - predicted)): ``predicted`` is a model's
                   outcome of the row as it was shown, ``predicted_new`` as the new list shows it (0 where it does not)
    raises : ValueError where the method lacks what it needs, or there are fewer than two queries
    """
    _, at = np.unique(query, return_inverse=True)
    queries = int(at.max(initial=-1)) + 1
    if queries < 2:
        raise ValueError("at least two queries are needed for an interval")
    rows = weight * outcome
    below, factor = np.ones(queries), 1.0
    if method == "snips":
        if expected_weight is None:
            raise ValueError("snips needs expected_weight")
        below, factor = np.bincount(at, weight).astype(float), expected_weight
    elif method == "doubly_robust":
        if predicted is None or predicted_new is None:
            raise ValueError("doubly_robust needs predicted and predicted_new")
        rows = predicted_new + weight * (outcome - predicted)
    elif method != "ips":
        raise ValueError(f"method {method!r} is unknown; allowed: ips, snips, doubly_robust")
    above = factor * np.bincount(at, rows).astype(float)
    effective = float(weight.sum() ** 2 / max((weight**2).sum(), 1e-300))
    if below.sum() <= 0:
        return OffPolicyValue(float("nan"), None, None, queries, effective)
    value, error = _ratio(np.ones((1, queries)), above, below)
    if error[0] <= 1e-12:
        return OffPolicyValue(float(value[0]), None, None, queries, effective)
    rng = np.random.default_rng(seed)
    t = []
    for start in range(0, draws, size := max(CHUNK // queries, 1)):
        counts = rng.multinomial(queries, np.full(queries, 1 / queries), min(size, draws - start))
        drawn, spread = _ratio(counts.astype(float), above, below)
        t.append((drawn - value) / np.where(spread > 0, spread, np.nan))
    low, high = np.nanquantile(np.concatenate(t), [(1 - level) / 2, (1 + level) / 2])
    return OffPolicyValue(
        float(value[0]), float(value[0] - high * error[0]), float(value[0] - low * error[0]), queries, effective
    )


def _ratio(counts: Floats, above: Floats, below: Floats) -> tuple[Floats, Floats]:
    """Ratio of the sums and its linearised standard error, for each row of counts of queries; shape (draws,)."""
    queries = len(above)
    over = counts @ below
    ratio = np.divide(counts @ above, over, out=np.full(len(counts), np.nan), where=over > 0)
    squares = counts @ above**2 - 2 * ratio * (counts @ (above * below)) + ratio**2 * (counts @ below**2)
    variance = np.maximum(squares, 0.0) * queries / (queries - 1)
    return ratio, np.divide(np.sqrt(variance), over, out=np.full(len(counts), np.nan), where=over > 0)
