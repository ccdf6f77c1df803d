"""A folder of case logs as prefixes of cases, split in time order.

A log is a Parquet file with one row an event: case_id, activity, timestamp, and attributes of ``features.approvals``.
Its column event_no, where there is one, is the order of the events; without it there is one prefix an instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.approvals import prefixes_of
from models.remaining_time.columns import days_of
from training.remaining_time import History, history

SHARES = (0.64, 0.80)  # of the cases by start: training, development, test


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
    """Prefixes, features and parts of a table of events."""
    events = events.rename(columns={"timestamp": "at"})
    made = prefixes_of(events, order="event_no" if "event_no" in events else "")
    by_case = made.table.groupby("case_id", sort=False)
    cases = by_case["known_at"].agg(started_at="first", closed_at="last")
    first = cases["started_at"].sort_values(kind="stable")
    start, borders = days_of(first), [int(len(first) * share) for share in SHARES]
    parts = pd.Series(np.searchsorted(borders, np.arange(len(first)), side="right"), first.index)
    kept = ~made.last
    return Log(
        name=name,
        past=history(cases.reset_index(), made.table[kept]),
        part=made.table["case_id"].map(parts).to_numpy()[kept].astype(np.int64),
        starts=(float(start[borders[0]]), float(start[borders[1]])),
        numbers=made.numbers,
        categories=made.categories,
        length=by_case["position"].transform("last").to_numpy()[kept].astype(np.int64),
    )
