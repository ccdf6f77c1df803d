"""When the clock of a case was suspended, and the union of several suspensions in days.

A spell covers the days at whose closing time it runs. Days are numbers of ``WorkCalendar.number``, so that a spell is
an interval [first, end) of integers and no day can lie on both sides of one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.approvals.calendar import Integers


@dataclass(frozen=True)
class Spells:
    """Suspensions of many cases, one value a spell in each array of shape (n_spells,).

    case : index of the case, from 0; begun_at, ended_at : datetime64[us] in UTC, ended_at NaT while it lasts
    reason : key of ``suspension_reasons.csv`` or of the item
    raises : ValueError for a spell without a beginning or that ends before it
    """

    case: Integers
    begun_at: npt.NDArray[np.datetime64]
    ended_at: npt.NDArray[np.datetime64]
    reason: npt.NDArray[np.object_]

    def __post_init__(self) -> None:
        if np.isnat(self.begun_at).any() or (self.ended_at < self.begun_at).any():
            raise ValueError("a suspension begins at an instant and does not end before it")

    @classmethod
    def none(cls) -> Spells:
        """No suspension of any case."""
        instants = np.empty(0, dtype="datetime64[us]")
        return cls(np.empty(0, dtype=np.int64), instants, instants, np.empty(0, dtype=object))


@dataclass(frozen=True)
class Union:
    """Disjoint intervals [first, first + length) of suspended days, by case and in order of time.

    before : suspended days of the same case before the interval
    """

    case: Integers
    first: Integers
    length: Integers
    before: Integers


def union(case: Integers, first: Integers, end: Integers) -> Union:
    """The union of intervals [first, end) of each case: days that several of them cover are there once.

    case, first, end : shape (n,), whole and at least 0; an empty interval adds nothing
    """
    order = np.lexsort((first, case))
    case, first, end = case[order], first[order], end[order]
    step = np.int64(1 + max(first.max(initial=0), end.max(initial=0)))  # larger than any number of a day
    reached = np.maximum.accumulate(case * step + np.maximum(first, end))
    earlier = np.concatenate([[0], reached[:-1]]) - case * step  # less than 0 for the first of a case
    first = np.maximum(first, earlier)
    length = np.maximum(end - first, 0)
    kept = length > 0
    case, first, length = case[kept], first[kept], length[kept]
    total = np.cumsum(length) - length
    begins = np.flatnonzero(np.diff(case, prepend=-1))
    before = total - np.repeat(total[begins], np.diff(begins, append=len(case)))
    return Union(case, first, length, before)
