"""What is known of a case at an instant, from the table of its events: one builder for training, serving, benchmarks.

A table of events has one row an event: ``case_id``, ``activity``, ``at`` (UTC) and attributes: ``c_*`` of the case,
known from its start, ``e_*`` of the event. Nothing else is read, and of these neither what names an officer nor dates
that are often set after the fact: those of events, and those of a case's end unless they are planned. ``leak_*``, known
only at the end, is no attribute.

Where nothing says in which order the events of one instant came, none is invented: there is one row for an instant,
it knows every event of that instant, and these are put in order of their names and attributes, so that a table in any
order of rows gives the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Kind = Literal["number", "category", "date", "count"]
# In names of columns, small letters: of persons who act; of dates set when a case has ended, unless they are planned.
OF_OFFICERS = ("resource", "responsible", "officer", "user", "employee", "assignee", "handler", "performer",
               "originator", "caseworker", "经办", "承办人", "办理人", "审批人")  # fmt: skip
AFTER_THE_FACT = ("enddate", "end_date", "finish", "closed", "completed", "办结")
PLANNED = ("plan", "promis", "due", "deadline", "承诺", "计划", "期限")
MOST_LEVELS = 20  # of a text of events that is used as a category
ITS_OWN_SHARE = 0.9  # levels by cases, from which a text of the case is taken for a name of the case
MOST_COUNTED = 20  # activities whose events are counted, the commonest
COUNT = "count "  # begins the name of a count of an activity's events
NUMBERS = ("since_last_days", "idle_days", "distinct", "repeats")
CATEGORIES = ("earlier", "second_earlier")


@dataclass(frozen=True, eq=False)
class Prefixes:
    """What is known of cases, one row a case and instant.

    table : case_id, known_at (UTC), activity (of the latest event), position (events known), elapsed_days (since the
        first event), ``numbers`` and ``categories``
    numbers : since_last_days (between the last two events), idle_days (from the last event to known_at), distinct
        (activities), repeats (earlier events of the latest activity), attributes, counts of an activity's events; a
        date as the days until it
    categories : activities of the two events before the latest, and attributes of the case and of the latest event
    last : whether every event of the case is known, shape (n,)
    """

    table: pd.DataFrame
    numbers: tuple[str, ...]
    categories: tuple[str, ...]
    last: npt.NDArray[np.bool_]


def attributes_of(events: pd.DataFrame) -> dict[str, Kind]:
    """Attributes that are used and what they are; chosen once, when a model is fitted, and kept with it.

    Dates, numbers, and texts of the case of which not nearly every case has its own; numbers, and texts of at most
    MOST_LEVELS levels of the event; and "count ACTIVITY" for the MOST_COUNTED commonest activities, those of equal
    numbers by name.
    """
    many = max(MOST_LEVELS, ITS_OWN_SHARE * events["case_id"].nunique())
    kinds = {str(column): _kind(events[column], str(column), many) for column in events.columns}
    counts = events["activity"].astype(str).value_counts().sort_index().sort_values(ascending=False, kind="stable")
    counted: dict[str, Kind] = {f"{COUNT}{activity}": "count" for activity in sorted(counts.index[:MOST_COUNTED])}
    return {column: kind for column, kind in kinds.items() if kind is not None} | counted


def _kind(values: pd.Series, column: str, many: float) -> Kind | None:
    of_case, name = column.startswith("c_"), column.lower()
    if not name.startswith(("c_", "e_")) or any(word in name for word in OF_OFFICERS):
        return None
    if pd.api.types.is_datetime64_any_dtype(values):
        ended = any(word in name for word in AFTER_THE_FACT) and not any(word in name for word in PLANNED)
        return "date" if of_case and not ended else None
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return "number"
    return "category" if values.nunique() <= (many if of_case else MOST_LEVELS) else None


def prefixes_of(
    events: pd.DataFrame,
    attributes: Mapping[str, Kind] | None = None,
    *,
    order: str = "",
    rows: pd.DataFrame | None = None,
) -> Prefixes:
    """One row for each instant of a case at which something happened, or for each of ``rows``.

    attributes : of ``attributes_of``, by default of these events
    order : name of a column that says in which order the events of a case came; there is then one row an event, by
        that order alone. "" where the instants are all that is known
    rows : case_id, known_at (UTC); each knows the events until known_at, that instant included. A case without one has
        no row; the index of the table is the position in ``rows``

    raises : ValueError where a column is absent or an instant is unknown
    """
    kinds = attributes_of(events) if attributes is None else attributes
    counted = [column for column, kind in kinds.items() if kind == "count"]
    given = {column: kind for column, kind in kinds.items() if kind != "count"}
    if absent := {"case_id", "activity", "at", *given, *filter(None, [order])} - set(events.columns):
        raise ValueError(f"columns {sorted(absent)} are absent")
    at = pd.to_datetime(events["at"], utc=True).astype("datetime64[us, UTC]")
    if at.isna().any():
        raise ValueError(f"{int(at.isna().sum())} events have no instant")
    events = pd.DataFrame(
        {"case_id": events["case_id"], "activity": events["activity"].astype(str), "at": at}
        | {column: _values(events[column], kind) for column, kind in given.items()}
        | ({"_order": events[order]} if order else {})
    )
    by = ["case_id", "_order"] if order else ["case_id", "at", "activity", *given]
    events = events.sort_values(by, kind="stable", ignore_index=True)
    by_case = events.groupby("case_id", sort=False)
    known = events.assign(
        position=by_case.cumcount() + 1,
        started_at=by_case["at"].transform("first"),
        since_last_days=_days(by_case["at"].diff()).fillna(0.0),
        distinct=(~events.duplicated(["case_id", "activity"])).groupby(events["case_id"], sort=False).cumsum(),
        repeats=events.groupby(["case_id", "activity"], sort=False).cumcount(),
        earlier=by_case["activity"].shift(1).fillna("").astype(str),
        second_earlier=by_case["activity"].shift(2).fillna("").astype(str),
        last=~events.duplicated("case_id", keep="last"),
    )
    counts = {
        column: (events["activity"] == column.removeprefix(COUNT)).groupby(events["case_id"], sort=False).cumsum()
        for column in counted
    }
    known = pd.concat([known, pd.DataFrame(counts, index=known.index)], axis=1)
    if not order:  # the last one of an instant knows all of it
        known = known[~events.duplicated(["case_id", "at"], keep="last")].reset_index(drop=True)
    made = known.assign(known_at=known["at"]) if rows is None else _as_of(known, rows)
    texts = [column for column, kind in kinds.items() if kind == "category"]
    others = {column: made[column] for column in kinds} | {
        column: _days(made[column] - made["known_at"]) for column, kind in kinds.items() if kind == "date"
    }
    table = pd.DataFrame(
        {
            **{name: made[name] for name in ("case_id", "known_at", "activity", "position")},
            "elapsed_days": _days(made["known_at"] - made["started_at"]),
            "idle_days": _days(made["known_at"] - made["at"]),
            **{name: made[name] for name in ("since_last_days", "distinct", "repeats", *CATEGORIES)},
            **others,
        }
    )
    numbers = (*NUMBERS, *(column for column in kinds if column not in texts))
    return Prefixes(table, numbers, (*CATEGORIES, *texts), made["last"].to_numpy(dtype=bool))


def _days(spans: pd.Series) -> pd.Series:
    days: pd.Series = spans.dt.total_seconds() / 86_400.0
    return days


def _values(values: pd.Series, kind: Kind) -> pd.Series:
    if kind == "date":
        return pd.to_datetime(values, utc=True).astype("datetime64[us, UTC]")
    return values.astype(float) if kind == "number" else values.astype(object).where(values.notna(), "").astype(str)


def _as_of(known: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The latest of the known rows of each row's case that is not after its known_at."""
    wanted = pd.DataFrame(
        {
            "case_id": pd.Series(rows["case_id"].to_numpy(), dtype=known["case_id"].dtype),
            "known_at": pd.to_datetime(rows["known_at"], utc=True).astype("datetime64[us, UTC]").array,
            "_row": np.arange(len(rows)),
        }
    )
    found = pd.merge_asof(
        wanted.sort_values("known_at", kind="stable"),
        known.sort_values("at", kind="stable"),
        left_on="known_at",
        right_on="at",
        by="case_id",
    )
    found = found[found["at"].notna()].sort_values("_row")
    return found.set_index("_row").rename_axis(None)
