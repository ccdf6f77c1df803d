"""Amounts across applicants under one budget and concentration limits: a linear programme with its prices.

Each firm's profit is concave, so it comes as segments of falling slope; the programme fills the steep ones first
wherever the limits let it. With a smallest amount (lend at least that or nothing) it becomes a mixed-integer one,
and the prices are those of its relaxation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, eye_array, hstack, kron

Floats = npt.NDArray[np.float64]


class AllocationError(RuntimeError):
    """The programme has no solution; the message is the solver's."""


@dataclass(frozen=True)
class PortfolioLimit:
    """sum(use * amount) <= most, over the firms; shape of use (n,)."""

    name: str
    use: Floats
    most: float


@dataclass(frozen=True)
class Allocation:
    """Amounts by firm, and what they earn; ``greedy`` is the same by taking the best profit per yuan first.

    prices : what one unit more of each limit would earn; 0 where it does not bind
    """

    amounts: Floats
    profit: float
    greedy_amounts: Floats
    greedy_profit: float
    prices: Mapping[str, float]


def segments(gain: Floats, bend: Floats, quota: Floats, count: int = 4) -> tuple[Floats, Floats]:
    """Slope and width of equal parts of each quota, for profit gain * q - bend * q^2 / 2; shapes (n, count)."""
    middle = (np.arange(count) + 0.5) / count
    slope = gain[:, None] - bend[:, None] * quota[:, None] * middle[None, :]
    return slope, np.repeat(quota[:, None] / count, count, axis=1)


def allocate(
    slope: Floats, width: Floats, limits: Sequence[PortfolioLimit], least: float = 0.0, cost: float = 0.0
) -> Allocation:
    """The amounts of the largest profit; ``slope`` and ``width`` of each firm's segments, shape (n, segments).

    least : smallest amount that is lent at all
    cost : of each loan that is made, whatever its amount; it counts where ``least`` is above 0
    """
    firms, parts = slope.shape
    use = np.stack([limit.use for limit in limits])
    most = np.array([limit.most for limit in limits], dtype=float)
    rows = csr_array(np.repeat(use, parts, axis=1))
    solved = linprog(-slope.ravel(), A_ub=rows, b_ub=most, bounds=np.c_[np.zeros(width.size), width.ravel()])
    if solved.x is None:
        raise AllocationError(solved.message)
    filled = solved.x.reshape(firms, parts)
    if least > 0.0:
        filled = _whole(slope, width, rows, most, least, cost)
    greedy = _greedy(slope, width, use, most, least)
    mean = (slope * width).sum(axis=1, keepdims=True) / np.maximum(width.sum(axis=1, keepdims=True), 1e-12)
    prices = -np.asarray(solved.ineqlin.marginals)
    return Allocation(
        filled.sum(axis=1),
        float((filled * slope).sum()),
        greedy.sum(axis=1),
        float((greedy * (mean if least > 0.0 else slope)).sum()),
        {limit.name: float(max(price, 0.0)) for limit, price in zip(limits, prices, strict=True)},
    )


def _whole(slope: Floats, width: Floats, rows: csr_array, most: Floats, least: float, cost: float) -> Floats:
    firms, parts = slope.shape
    able = width.sum(axis=1) >= least
    spread = csr_array(kron(eye_array(firms), np.ones((1, parts))))  # firm x segment
    constraints = [
        LinearConstraint(hstack([eye_array(width.size), -spread.T.multiply(width.reshape(-1, 1))]), -np.inf, 0.0),
        LinearConstraint(hstack([spread, -least * eye_array(firms)]), 0.0, np.inf),
        LinearConstraint(hstack([rows, csr_array((len(most), firms))]), -np.inf, most),
    ]
    solved = milp(
        -np.concatenate([slope.ravel(), np.full(firms, -cost)]),
        constraints=constraints,
        integrality=np.concatenate([np.zeros(width.size), np.ones(firms)]),
        bounds=Bounds(0, np.concatenate([width.ravel(), able.astype(float)])),
    )
    if solved.x is None:
        raise AllocationError(solved.message)
    return np.asarray(solved.x[: width.size].reshape(firms, parts))


def _greedy(slope: Floats, width: Floats, use: Floats, most: Floats, least: float) -> Floats:
    """The best profit per yuan first, each as far as the limits still let it: segments, or firms where least > 0."""
    if least > 0.0:
        quota = width.sum(axis=1)
        mean = (slope * width).sum(axis=1) / np.where(quota > 0.0, quota, 1.0)
        slope, width = mean[:, None], quota[:, None]
    filled, left = np.zeros_like(width), most.copy()
    for position in np.argsort(-slope, axis=None, kind="stable"):
        firm, part = divmod(int(position), width.shape[1])
        if slope[firm, part] <= 0.0:
            break
        spent = use[:, firm]
        bound = spent > 0.0
        room = min(width[firm, part], float((left[bound] / spent[bound]).min(initial=np.inf)))
        if room > 0.0 and room >= least:
            filled[firm, part] = room
            left -= spent * room
    return filled
