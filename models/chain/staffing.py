"""Openings for each person employed on each node, with its interval: of all staff, or of one occupation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from models.chain.intervals import FirmDraws, Floats, ratio

LEAST_FILED = 2  # firms; one firm's own ratio says nothing of others


@dataclass(frozen=True)
class Staffing:
    """Of each node, shape (n,): expected openings and staff, their ratio (NaN without data), interval, firms filing."""

    openings: Floats
    staff: Floats
    value: Floats
    low: Floats
    high: Floats
    n: npt.NDArray[np.int64]


def staff_columns(on: csr_array, staff: Floats, openings: Floats) -> dict[str, csr_array]:
    """Columns of firms that filed any: staff, openings and the firms themselves, each times the placement.

    on : probability of each firm on each node, shape (firms, n); staff, openings : people of each firm, shape (firms,)
    """
    filed = staff + openings > 0
    people = {"staff": staff, "openings": openings, "with_staff": filed.astype(float)}
    return {name: csr_array(on * one[:, None]) for name, one in people.items()}


def staffing(draws: FirmDraws, columns: dict[str, csr_array], drawn: dict[str, Floats], number: int) -> Staffing:
    """From ``staff_columns`` and their sums under draws; another ``number`` draws half a firm independently.

    No data where fewer than LEAST_FILED firms filed, or nobody is employed.
    """
    sums = {name: np.asarray(one.sum(axis=0), dtype=float) for name, one in columns.items()}
    squares = {name: np.asarray((one * one).sum(axis=0), dtype=float) for name, one in columns.items()}
    n = np.asarray((columns["with_staff"] > 0).sum(axis=0), dtype=np.int64)
    value = np.where(n >= LEAST_FILED, ratio(sums["openings"], sums["staff"]), np.nan)
    weight = np.where(sums["openings"] > 0, np.nan_to_num(ratio(squares["openings"], sums["openings"])), 1.0)
    spread = ratio(drawn["openings"] + draws.halves(weight, number), drawn["staff"])
    # Of the effective numbers of firms that each sum rests on, the smaller.
    firms = np.fmin(*(ratio(sums[name] ** 2, squares[name]) for name in ("staff", "openings")))
    low, high = draws.interval(value, np.where(np.isfinite(spread), spread, value), np.nan_to_num(firms))
    return Staffing(sums["openings"], sums["staff"], value, low, high, n)
