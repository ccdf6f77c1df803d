"""Calendar months and years between days, exact at every anniversary."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Days = npt.NDArray[np.datetime64]
Floats = npt.NDArray[np.float64]


def months_between(start: npt.ArrayLike, end: npt.ArrayLike) -> Floats:
    """Months from one day to another, (n,); a month after 31 January is 28 (29) February. NaN where a day is missing.

    Full months are whole numbers on their anniversaries; the days beyond are a share of the month that they are in.
    """
    first = np.asarray(start, dtype="datetime64[D]")
    last = np.asarray(end, dtype="datetime64[D]")
    whole = (last.astype("datetime64[M]") - first.astype("datetime64[M]")).astype(int)
    whole = whole - (_later(first, whole) > last)
    begun = _later(first, whole)
    share = (last - begun).astype(float) / (_later(first, whole + 1) - begun).astype(float)
    return np.where(np.isnat(first) | np.isnat(last), np.nan, whole + share)


def years_between(start: npt.ArrayLike, end: npt.ArrayLike) -> Floats:
    """Years from one day to another, (n,): twelve months each."""
    return months_between(start, end) / 12.0


def _later(day: Days, months: npt.NDArray[np.int_]) -> Days:
    """The day so many months later, or the last day of that month where it has no such day."""
    month = day.astype("datetime64[M]") + months
    last = (month + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    wanted = month.astype("datetime64[D]") + (day - day.astype("datetime64[M]").astype("datetime64[D]"))
    found: Days = np.minimum(wanted, last)
    return found
