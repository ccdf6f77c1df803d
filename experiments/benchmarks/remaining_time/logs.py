"""Case logs as prefixes of cases, split in time order.

A log of the folder is a Parquet file with one row an event: case_id, activity, timestamp, and attributes of
``features.approvals``. Its column event_no, where there is one, says in which order the events of one instant came.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.approvals import attributes_of, prefixes_of
from models.remaining_time.columns import days_of
from training.remaining_time import History, history

SHARES = (0.64, 0.80)  # of the cases by start: training, development, test
ORDER = "event_no"


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


def read_log(path: Path, *, order: str = ORDER, development: bool = False) -> Log:
    """Read one log; raises ValueError where a column that every log needs is absent.

    order : as of ``as_log``, where the log has that column
    development : as if the log had been exported when its first test case started, with the cases that had ended: to
        choose by, without a look at the test
    """
    events = pd.read_parquet(path)
    absent = {"case_id", "activity", "timestamp"} - set(events.columns)
    if absent:
        raise ValueError(f"{path.name}: columns {sorted(absent)} are absent")
    events = events.rename(columns={"timestamp": "at"})
    order = order if order in events else ""
    log = as_log(path.stem, events, order=order)
    if not development:
        return log
    ended = days_of(events.groupby("case_id")["at"].transform("max"))
    return as_log(path.stem, events[ended < log.starts[1]], order=order)


def as_log(name: str, events: pd.DataFrame, *, order: str = "", office: str = "") -> Log:
    """Prefixes, features and parts of a table of events: of ``features.approvals.prefixes_of``, as is ``order``.

    Attributes are chosen by what happened before the first development case.
    office : column of the offices whose cases are split each by themselves; ``starts`` are then the earliest
    """
    events = events.assign(at=pd.to_datetime(events["at"], utc=True))
    first = events.sort_values("at", kind="stable").groupby("case_id").first()
    part = pd.Series(0, first.index)
    for _, one in first.groupby(office or (lambda _: 0)):
        started = one["at"].sort_values(kind="stable")
        borders = [int(len(started) * share) for share in SHARES]
        part[started.index] = np.searchsorted(borders, np.arange(len(started)), side="right")
    begins = [first["at"][part == one].min() for one in (1, 2)]
    seen = events[events["at"] < begins[0]]
    made = prefixes_of(events, attributes_of(seen if len(seen) else events), order=order)
    by_case, kept = made.table.groupby("case_id", sort=False), ~made.last
    cases = by_case["known_at"].last().rename("closed_at").reset_index()
    starts = days_of(pd.Series(begins, dtype="datetime64[us, UTC]"))
    return Log(
        name=name,
        past=history(cases, made.table[kept]),
        part=made.table["case_id"].map(part).to_numpy()[kept].astype(np.int64),
        starts=(float(starts[0]), float(starts[1])),
        numbers=made.numbers,
        categories=made.categories,
        length=by_case["position"].transform("last").to_numpy()[kept].astype(np.int64),
    )
