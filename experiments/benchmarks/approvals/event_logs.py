"""Any event log as a table of events: what the reader of case logs makes of it, with its columns typed.

A value of the case is known from the instant that it came with on; texts that are all numbers or all instants become
such. Which columns hold the office, the promised date and the end is said by their names in the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from data.approvals.records import ApprovalEvent
from data.beijing import BEIJING_ZONE
from data.ingest.case_logs.instants import read_instant, read_zone
from data.ingest.case_logs.mapping import CaseMapping
from data.ingest.case_logs.read import CaseLog, read_case_log
from features.approvals import OF_OFFICERS

OFFICE, DEADLINE, END = "c_office", "c_deadline", "end_at"
FEWEST_CASES = 50


class UnfitLogError(ValueError):
    """A log on which the benchmark cannot run; the message says why."""


@dataclass(frozen=True)
class EventLog:
    """Several files as one log.

    events : case_id, activity, at (UTC) and attributes; c_office where there are offices, c_deadline where a promised
        date is known, end_at where a column of the end was named (NaT where it is missing)
    read : of each file what was counted
    """

    events: pd.DataFrame
    read: list[dict[str, Any]]

    @property
    def offices(self) -> bool:
        """Whether there are several."""
        return OFFICE in self.events and len(self.events[OFFICE].unique()) > 1


def read_event_logs(
    paths: Sequence[Path],
    *,
    office: str = "",
    deadline: str = "",
    end: str = "",
    zone: str = BEIJING_ZONE,
    mapping: CaseMapping | Path | None = None,
) -> EventLog:
    """Read logs in XES, CSV or Parquet; of several each is an office, unless a column of the office is named.

    office, deadline, end : names of columns in the files; without ``deadline`` a column deadline or c_deadline is taken
    zone : of instants that name none

    raises : UnfitLogError, and what ``read_case_log`` raises
    """
    tables, read = [], []
    for path in paths:
        log = read_case_log(path, mapping=mapping, zone=zone)
        table = _table(log, office=office, deadline=deadline, end=end)
        dropped = len(log.events) - len(table)
        read.append(
            {"file": path.name, "form": log.form, "rows": log.n_rows, "duplicates": log.n_duplicates,
             "refused": log.reasons, "without_instant": dropped, "instants": dict(log.remarks),
             "cases": int(table["case_id"].nunique()), "events": len(table)}
        )  # fmt: skip
        name = path.name.split(".")[0]
        if len(paths) > 1:
            table["case_id"] = f"{name}|" + table["case_id"]
            table = table if office else table.assign(**{OFFICE: name})
        tables.append(table)
    events = pd.concat(tables, ignore_index=True)
    texts = events.columns.difference(["case_id", "activity", "at", OFFICE, DEADLINE, END])
    events = events.assign(**{column: typed(events[column], zone) for column in texts})
    if DEADLINE in events:
        events[DEADLINE] = _instants(events[DEADLINE], deadline or "deadline", zone)
    if END in events:
        events[END] = _instants(events[END], end, zone).groupby(events["case_id"]).transform("last")
    if OFFICE in events:
        events[OFFICE] = events.groupby("case_id")[OFFICE].transform("first").fillna("")
    if (cases := len(events["case_id"].unique())) < FEWEST_CASES:
        raise UnfitLogError(f"{cases} cases with a known instant; at least {FEWEST_CASES} are needed for parts in time")
    if not events.duplicated("case_id").ne(events.duplicated(["case_id", "at"])).any():
        raise UnfitLogError("every case has its events at one instant: nothing remains to be forecast")
    return EventLog(events, read)


def _table(log: CaseLog, *, office: str, deadline: str, end: str) -> pd.DataFrame:
    """The events with a known instant, in order of time; values as texts, None where there is none."""
    given = {OFFICE: office, DEADLINE: deadline, END: end}
    wanted = {name: _target(log, column) for name, column in given.items() if column}
    if not deadline:
        known = [one for one in ("deadline", DEADLINE) if one in log.columns.values()]
        wanted |= {DEADLINE: known[0]} if known else {}
    rows = [
        {"case_id": event.case_number, "activity": event.activity or event.values.get("activity") or event.kind,
         "at": event.at, "c_item": event.item or None, **_attributes(event, wanted)}
        for event in log.events
        if event.at is not None
    ]  # fmt: skip
    if not rows:
        raise UnfitLogError("no event has a case, an activity and a known instant")
    table = pd.DataFrame(rows)
    table["at"] = pd.to_datetime(table["at"], utc=True).astype("datetime64[us, UTC]")
    table = table.dropna(axis="columns", how="all")
    values = sorted(table.columns.difference(["case_id", "at"]))
    table = table.sort_values(["case_id", "at", *values], na_position="first", ignore_index=True)
    for column in (one for one in values if one.startswith("c_")):  # all events of an instant know it, and later ones
        table[column] = table.groupby(["case_id", "at"])[column].transform("last").groupby(table["case_id"]).ffill()
    return table


def _attributes(event: ApprovalEvent, wanted: dict[str, str]) -> dict[str, str | None]:
    said = {**event.values, "office": event.office, "item": event.item}
    taken = {name: said.get(target) or None for name, target in wanted.items()}
    kept = {name: text for name, text in event.values.items() if name.startswith(("c_", "e_"))}
    return {name: text for name, text in kept.items() if name not in wanted.values()} | taken


def _target(log: CaseLog, column: str) -> str:
    """What the reader made of a column of the file, or of the name that it has after reading."""
    target = log.columns.get(column, column if column in log.columns.values() else "")
    if not target:
        raise UnfitLogError(f"column {column!r} is absent or empty; the log has {sorted(log.columns)}")
    if target == "officer" or any(word in target.lower() for word in OF_OFFICERS):
        raise UnfitLogError(f"column {column!r} names officers: they are no offices and no dates")
    return target


def _instants(texts: pd.Series, column: str, zone: str) -> pd.Series:
    found = _as_instants(texts, zone)
    if found is None:
        raise UnfitLogError(f"column {column!r} holds texts that are no instants")
    return found


def typed(texts: pd.Series, zone: str) -> pd.Series:
    """Numbers where all texts are numbers, instants (UTC) where all are, else the texts as they are."""
    if not pd.api.types.is_object_dtype(texts) and not pd.api.types.is_string_dtype(texts):
        return texts
    numbers = pd.to_numeric(texts, errors="coerce")
    if (numbers.notna() == texts.notna()).all():
        return numbers.astype(float)
    found = _as_instants(texts, zone)
    return texts if found is None else found


def _as_instants(texts: pd.Series, zone: str) -> pd.Series | None:
    """Instants of texts, None where one of them is none."""
    known = read_zone(zone)
    each = {text: read_instant(str(text), known).at for text in texts.dropna().unique()[:1]}
    if None in each.values():
        return None
    each = {text: read_instant(str(text), known).at for text in texts.dropna().unique()}
    if None in each.values():
        return None
    return pd.to_datetime(texts.map(each), utc=True).astype("datetime64[us, UTC]")
