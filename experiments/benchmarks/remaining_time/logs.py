"""A folder of case logs as prefixes of cases, split in time order.

A log is a Parquet file with one row an event: case_id, activity, timestamp, and whatever else is known: e_* of the
event, c_* of the case from its start. Columns named leak_*, event_no and everything about officers are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.remaining_time.columns import days_of
from training.remaining_time import History, history

OF_OFFICERS = ("resource", "responsible", "officer", "user", "employee")
SHARES = (0.64, 0.80)  # of the cases by start: training, development, test
MOST_LEVELS = 20  # of a column of events that is used as a category


@dataclass(frozen=True)
class Log:
    """One log.

    past   : every prefix but the last of each case
    part   : of each prefix: 0 training, 1 development, 2 test
    starts : days since 1970 of the first development case and of the first test case
    length : events of the prefix's case
    """

    name: str
    past: History
    part: npt.NDArray[np.int64]
    starts: tuple[float, float]
    numbers: tuple[str, ...]
    categories: tuple[str, ...]
    length: npt.NDArray[np.int64]


def read_log(path: Path) -> Log:
    """Read one log; raises ValueError where a column that every log needs is absent."""
    events = pd.read_parquet(path)
    absent = {"case_id", "activity", "timestamp"} - set(events.columns)
    if absent:
        raise ValueError(f"{path.name}: columns {sorted(absent)} are absent")
    return as_log(path.stem, events)


def as_log(name: str, events: pd.DataFrame) -> Log:
    """Prefixes, features and parts of a table of events; events of one instant keep the table's order."""
    events = events.assign(timestamp=pd.to_datetime(events["timestamp"], utc=True).astype("datetime64[us, UTC]"))
    order = ["case_id", "event_no"] if "event_no" in events else ["case_id", "timestamp"]
    events = events.sort_values(order, kind="stable").reset_index(drop=True)
    at = pd.Series(days_of(events["timestamp"]))
    by_case = events.groupby("case_id", sort=False)
    position = by_case.cumcount() + 1
    length = by_case["activity"].transform("size")
    start = at.groupby(events["case_id"], sort=False).transform("first")
    prefixes = pd.DataFrame(
        {
            "case_id": events["case_id"],
            "known_at": events["timestamp"],
            "activity": events["activity"].astype(str),
            "position": position,
            "elapsed_days": at - start,
            "since_last_days": at.groupby(events["case_id"], sort=False).diff().fillna(0.0),
            "distinct": (~events.duplicated(["case_id", "activity"])).groupby(events["case_id"], sort=False).cumsum(),
            "repeats": events.groupby(["case_id", "activity"], sort=False).cumcount(),
            "earlier": by_case["activity"].shift(1).fillna("").astype(str),
            "second_earlier": by_case["activity"].shift(2).fillna("").astype(str),
        }
    )
    numbers, categories = ["since_last_days", "distinct", "repeats"], ["earlier", "second_earlier"]
    for column in events.columns:
        kind = facts_of(events[column], column)
        if kind == "date":
            prefixes[column] = days_of(pd.to_datetime(events[column], utc=True)) - at
        elif kind == "number":
            prefixes[column] = events[column].astype(float)
        elif kind == "category":
            prefixes[column] = events[column].astype(str)
        if kind:
            (categories if kind == "category" else numbers).append(column)
    cases = pd.DataFrame({"case_id": by_case["case_id"].first().index, "closed_at": by_case["timestamp"].last().array})
    first = start.groupby(events["case_id"], sort=False).first().sort_values(kind="stable")
    borders = [int(len(first) * share) for share in SHARES]
    parts = pd.Series(np.searchsorted(borders, np.arange(len(first)), side="right"), first.index)
    kept = (position < length).to_numpy()
    return Log(
        name=name,
        past=history(cases, prefixes[kept]),
        part=events["case_id"].map(parts).to_numpy()[kept].astype(np.int64),
        starts=(float(first.iloc[borders[0]]), float(first.iloc[borders[1]])),
        numbers=tuple(numbers),
        categories=tuple(categories),
        length=length.to_numpy()[kept].astype(np.int64),
    )


def facts_of(values: pd.Series, column: str) -> str:
    """``number``, ``category``, ``date`` (of the case alone), or "" for what is not used."""
    of_case = column.startswith("c_")
    if not column.startswith(("c_", "e_")) or any(word in column for word in OF_OFFICERS):
        return ""
    if pd.api.types.is_datetime64_any_dtype(values):
        return "date" if of_case else ""  # dates of events are often set after the fact
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return "number"
    return "category" if of_case or values.nunique() <= MOST_LEVELS else ""
