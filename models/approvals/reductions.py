"""How much shorter one time is than another over items: "cut by 79 %" in each of its readings.

Three figures that are easily taken for each other: one less the ratio of the sums, which long items rule; the mean of
the items' own reductions, and their median, in which every item counts alike. 0.79 means "-79 %", less than 0 longer.

Days of both kinds are compared in working days: a calendar day is 5/7 of a working day. Holidays are left out of this
rule on purpose, so that it depends on no year.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.approvals.clock_rules import UNITS

WORKING_DAYS, DAYS = 5, 7  # of a week
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Reduction:
    """All readings of one comparison; None where no item can be compared.

    n : items compared; unknown : items left out since one of the two times is not known; zero : left out since there
    is nothing to shorten; converted : compared items with a time in calendar days
    largest, largest_items : the largest reduction of an item, and every item that reaches it
    """

    n: int
    unknown: int
    zero: int
    converted: int
    ratio_of_sums: float | None
    mean_of_ratios: float | None
    median_of_ratios: float | None
    largest: float | None
    largest_items: tuple[str, ...]


def working_days(days: npt.ArrayLike, unit: npt.ArrayLike = "working") -> Floats:
    """Numbers of days as working days; NaN stays NaN. Raises ValueError for an unknown unit or days below 0."""
    found, units = np.broadcast_arrays(np.asarray(days, dtype=np.float64), np.asarray(unit, dtype=np.str_))
    if not np.isin(units, UNITS).all():
        raise ValueError(f"the unit of days is one of {', '.join(UNITS)}")
    if (found < 0).any() or np.isinf(found).any():
        raise ValueError("a number of days is at least 0, and finite")
    return np.where(units == "calendar", found * WORKING_DAYS / DAYS, found)


def reduction(
    items: npt.ArrayLike,
    days: npt.ArrayLike,
    against: npt.ArrayLike,
    *,
    unit: npt.ArrayLike = "working",
    against_unit: npt.ArrayLike = "working",
) -> Reduction:
    """How much shorter ``days`` are than ``against``.

    items : keys, shape (n,); days, against : of each item, NaN where not known; unit, against_unit : a column, or one
    for all
    raises : ValueError as ``working_days``
    """
    keys = np.atleast_1d(np.asarray(items, dtype=object))
    short, long = (
        np.broadcast_to(working_days(some, of), keys.shape) for some, of in ((days, unit), (against, against_unit))
    )
    is_known = ~np.isnan(short) & ~np.isnan(long)
    is_compared = is_known & (long > 0)
    n, unknown = int(is_compared.sum()), int((~is_known).sum())
    is_converted = (np.broadcast_to(np.asarray(unit, dtype=np.str_), keys.shape) == "calendar") | (
        np.broadcast_to(np.asarray(against_unit, dtype=np.str_), keys.shape) == "calendar"
    )
    converted, zero = int((is_compared & is_converted).sum()), len(keys) - n - unknown
    if not n:
        return Reduction(0, unknown, zero, converted, None, None, None, None, ())
    short, long, keys = short[is_compared], long[is_compared], keys[is_compared]
    own = 1 - short / long
    return Reduction(
        n, unknown, zero, converted, float(1 - short.sum() / long.sum()), float(own.mean()), float(np.median(own)),
        float(own.max()), tuple(str(key) for key in keys[own == own.max()]),
    )  # fmt: skip


def reductions(
    items: npt.ArrayLike,
    statutory_days: npt.ArrayLike,
    promised_days: npt.ArrayLike,
    actual_days: npt.ArrayLike,
    *,
    statutory_unit: npt.ArrayLike = "working",
    promised_unit: npt.ArrayLike = "working",
    actual_unit: npt.ArrayLike = "working",
) -> dict[str, Reduction]:
    """The three comparisons: ``promised_statutory``, ``actual_statutory`` and ``actual_promised``.

    Each takes the items of which both its times are known, so that their ``n`` may differ.
    """
    times = {
        "statutory": (statutory_days, statutory_unit), "promised": (promised_days, promised_unit),
        "actual": (actual_days, actual_unit),
    }  # fmt: skip
    pairs = (("promised", "statutory"), ("actual", "statutory"), ("actual", "promised"))
    return {
        f"{short}_{long}": reduction(
            items, times[short][0], times[long][0], unit=times[short][1], against_unit=times[long][1]
        )
        for short, long in pairs
    }
