"""Openings for each person employed on each node, with its interval: of all staff, or of one occupation.

A placement is right with its probability alone, and firms that are placed wrongly search as firms elsewhere do. Of the
staff that is summed on a node the share c = sum p (1 - p) staff / sum p staff is expected to be of such firms, so that
the sum's ratio is (1 - c) times that of the node's own firms and c times that of all other firms that filed. The ratio
of the node's own firms is solved from it; firms that are surely placed leave it as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from models.chain.intervals import FirmDraws, Floats, ratio, spread_firms

LEAST_FILED = 2  # firms; one firm's own ratio says nothing of others
MOST_WRONG = 0.5  # of a node's staff, expected to be of firms that are not on it; of more there is no data
STAFF_COLUMNS = ("staff", "openings", "with_staff", "unsure_staff", "all_staff", "all_openings")


@dataclass(frozen=True)
class Staffing:
    """Of each node, shape (n,): expected openings and staff, ratio (NaN without data), interval, firms filing."""

    openings: Floats
    staff: Floats
    value: Floats
    low: Floats
    high: Floats
    n: npt.NDArray[np.int64]


def staff_columns(on: csr_array, staff: Floats, openings: Floats) -> dict[str, csr_array]:
    """STAFF_COLUMNS: staff, openings and the firms that filed any, times the placement; the staff that is expected to
    be wrongly placed; and staff and openings of every firm, of one column each.

    on : probability of each firm on each node, shape (firms, n); staff, openings : people of each firm, shape (firms,)
    """
    filed = staff + openings > 0
    people = {"staff": staff, "openings": openings, "with_staff": filed.astype(float)}
    columns = {name: csr_array(on * one[:, None]) for name, one in people.items()}
    columns["unsure_staff"] = csr_array(columns["staff"] - columns["staff"] * on)
    return columns | {"all_staff": csr_array(staff[:, None]), "all_openings": csr_array(openings[:, None])}


def staffing(draws: FirmDraws, columns: dict[str, csr_array], drawn: dict[str, Floats], number: int) -> Staffing:
    """From ``staff_columns`` and their sums under draws; another ``number`` draws half a firm independently.

    No data where fewer than LEAST_FILED firms filed, nobody is employed, or more than MOST_WRONG is wrongly placed.
    """
    sums = {name: np.asarray(one.sum(axis=0), dtype=float) for name, one in columns.items()}
    squares = {name: np.asarray((one * one).sum(axis=0), dtype=float) for name, one in columns.items()}
    n = np.asarray((columns["with_staff"] > 0).sum(axis=0), dtype=np.int64)
    wrong = np.nan_to_num(ratio(sums["unsure_staff"], sums["staff"]))
    value = own_ratio(sums, sums["openings"], wrong)
    value = np.where((n >= LEAST_FILED) & (wrong <= MOST_WRONG), value, np.nan)
    weight = np.where(sums["openings"] > 0, np.nan_to_num(ratio(squares["openings"], sums["openings"])), 1.0)
    spread = own_ratio(drawn, drawn["openings"] + draws.halves(weight, number), wrong)
    # The smaller of the effective numbers of firms that each sum rests on, and by which their spread is known.
    plain = np.nan_to_num(ratio(sums["openings"], sums["staff"]))
    parts = (columns["openings"] - csr_array(columns["staff"] * plain[None])).toarray()
    sizes = [ratio(sums[name] ** 2, squares[name]) for name in ("staff", "openings")]
    firms = np.fmin(np.fmin(*sizes), spread_firms(parts))
    low, high = draws.interval(value, np.where(np.isfinite(spread), spread, value), np.nan_to_num(firms))
    return Staffing(sums["openings"], sums["staff"], value, low, high, n)


def own_ratio(sums: dict[str, Floats], openings: Floats, wrong: Floats) -> Floats:
    """Openings for each person of the firms that are on the node; of all on it where no other firm filed.

    sums : of STAFF_COLUMNS; openings : of the node, instead of those in ``sums``; wrong : c, 0 or above
    """
    whole = ratio(openings, sums["staff"])
    elsewhere = ratio(sums["all_openings"] - sums["openings"], sums["all_staff"] - sums["staff"])
    corrected = ratio(whole - wrong * elsewhere, 1.0 - wrong)
    return np.maximum(np.where(np.isfinite(corrected) & (elsewhere >= 0.0), corrected, whole), 0.0)
