"""When the clock of a case was suspended: spells from events, and their union in days.

A spell covers the days at whose closing time it runs. Days are numbers of ``WorkCalendar.number``, so that a spell is
an interval [first, end) of integers and no day can lie on both sides of one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.approvals.calendar import Integers

NEVER = np.datetime64("NaT", "us")


@dataclass(frozen=True)
class Spells:
    """Suspensions of many cases, one value a spell in each array of shape (n_spells,).

    case : index of the case, from 0; begun_at, ended_at : datetime64[us] in UTC, ended_at NaT while it lasts
    reason : key of ``suspension_reasons.csv`` or of the item
    resumed_alone : case of each resumption that ended nothing, shape (any,)
    raises : ValueError for a spell without a beginning or that ends before it
    """

    case: Integers
    begun_at: npt.NDArray[np.datetime64]
    ended_at: npt.NDArray[np.datetime64]
    reason: npt.NDArray[np.object_]
    resumed_alone: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __post_init__(self) -> None:
        if np.isnat(self.begun_at).any() or (self.ended_at < self.begun_at).any():
            raise ValueError("a suspension begins at an instant and does not end before it")

    @classmethod
    def none(cls) -> Spells:
        """No suspension of any case."""
        instants = np.empty(0, dtype="datetime64[us]")
        return cls(np.empty(0, dtype=np.int64), instants, instants, np.empty(0, dtype=object))


def suspensions(case: npt.ArrayLike, at: npt.ArrayLike, is_begin: npt.ArrayLike, reason: npt.ArrayLike) -> Spells:
    """Pair the events *suspended* and *resumed* of each case and reason, in any order of the rows.

    case : shape (n,); at : datetime64[us] in UTC, an event without an instant is left out; is_begin : suspended, not
    resumed; reason : a resumption with the reason "" ends every suspension of its case
    A repeated suspension begins nothing new, and a resumption ends all of its reason. A suspension and a resumption at
    one instant have no order: together they change nothing.
    """
    events = pd.DataFrame(
        {
            "case": np.asarray(case, dtype=np.int64), "at": np.asarray(at, dtype="datetime64[us]"),
            "begins": np.asarray(is_begin, dtype=np.bool_), "reason": np.asarray(reason, dtype=object),
        }
    )  # fmt: skip
    events["event"] = np.arange(len(events))
    events = events[events["at"].notna()]
    open_ended = ~events["begins"] & (events["reason"] == "")
    known = events.loc[events["begins"], ["case", "reason"]].drop_duplicates()
    ends_any = events[open_ended].drop(columns="reason").merge(known, on="case", how="left").fillna({"reason": ""})
    events = pd.concat([events[~open_ended], ends_any], ignore_index=True)

    keys = ["case", "reason"]
    instants = events.groupby([*keys, "at"], as_index=False).agg(begins=("begins", "any"), ends=("begins", "min"))
    instants["ends"] = ~instants["ends"]
    change = np.select(
        [instants["begins"] & ~instants["ends"], instants["ends"] & ~instants["begins"]], [1.0, 0.0], np.nan
    )
    groups = [instants[key] for key in keys]
    after = pd.Series(change).groupby(groups).ffill().fillna(0.0)
    before = after.groupby(groups).shift(fill_value=0.0)
    turns = instants[after != before]
    begins = (after > before)[turns.index].to_numpy()
    following = turns.groupby(keys)["at"].shift(-1)
    spells = turns[begins]

    instants["alone"] = (before == 0.0) & instants["ends"] & ~instants["begins"]
    resumptions = events[~events["begins"]].merge(instants[[*keys, "at", "alone"]], on=[*keys, "at"])
    alone = resumptions.groupby("event").agg(case=("case", "first"), alone=("alone", "all"))
    return Spells(
        spells["case"].to_numpy(dtype=np.int64), spells["at"].to_numpy(dtype="datetime64[us]"),
        following[begins].to_numpy(dtype="datetime64[us]"), spells["reason"].to_numpy(dtype=object),
        alone.loc[alone["alone"], "case"].to_numpy(dtype=np.int64),
    )  # fmt: skip


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
