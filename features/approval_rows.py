"""Rows of the remaining time of approvals: which of a case's facts are used, and at which instants it is looked at.

Officers are in no column: they neither help a forecast nor may they be watched by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pandas as pd

from data.approvals.calendar import WorkCalendar
from data.approvals.records import ApprovalEvent
from features.approvals import Kind, Prefixes, prefixes_of

COLUMNS = ("case_number", "kind", "at", "activity", "item", "office", "reason", "days")
OF_CASE: Mapping[str, Kind] = {
    "item": "category", "office": "category", "handling": "category", "statutory_days": "number",
    "promised_days": "number",
}  # fmt: skip
ATTRIBUTES: Mapping[str, Kind] = {
    **{f"c_{name}": kind for name, kind in OF_CASE.items()},
    "e_reason": "category",
    "e_days": "number",
    "e_accepted_days": "number",  # since acceptance, as of the latest event
}
AHEAD = (3, 10)  # working days, and the calendar days until so many have passed
MORNINGS = (1, 2, 3, 5, 8, 13, 21, 34, 55)  # days after an event on which a case without a newer one is looked at
MORNING = pd.Timedelta(hours=1)  # 9 o'clock in Beijing, from the beginning of the day in UTC


def event_table(events: Iterable[ApprovalEvent]) -> pd.DataFrame:
    """Events with a known instant, one row for each that differs in more than its officer; columns ``COLUMNS``.

    at : UTC; reason : text of the event, "" for none; days : as announced, NaN where none or no number is given
    """
    rows = {
        (one.case_number, one.kind, one.at, one.activity, one.item, one.office, one.values.get("reason", ""),
         one.values.get("days", ""))
        for one in events
        if one.at is not None
    }  # fmt: skip
    table = pd.DataFrame(sorted(rows), columns=list(COLUMNS))
    table["at"] = pd.to_datetime(table["at"], utc=True).astype("datetime64[us, UTC]")
    return table.assign(days=pd.to_numeric(table["days"], errors="coerce").astype(float))


def moments(events: pd.DataFrame, ends: pd.DataFrame, until: pd.Timestamp) -> pd.DataFrame:
    """When each case is looked at, up to its end and before ``until``: at its events and on later mornings.

    events : of ``event_table``; ends : case_number, ended_at (UTC, NaT while it runs); until : UTC
    Columns: case_id, known_at
    """
    at = events.groupby(["case_number", "at"], as_index=False)[[]].first()
    last = ends.set_index("case_number")["ended_at"].reindex(at["case_number"]).set_axis(at.index)
    last = last.fillna(until).where(last < until, until)
    following = at.groupby("case_number")["at"].shift(-1).fillna(last)
    following = following.where(following < last, last)
    parts = [at.assign(known_at=at["at"], end=last)]
    for days in MORNINGS:
        known_at = at["at"].dt.floor("D") + pd.Timedelta(days=days) + MORNING
        parts.append(at.assign(known_at=known_at, end=following))
    rows = pd.concat(parts, ignore_index=True)
    rows = rows[rows["known_at"] < rows["end"]].drop_duplicates(["case_number", "known_at"])
    rows = rows.sort_values(["case_number", "known_at"], ignore_index=True)
    return rows.rename(columns={"case_number": "case_id"})[["case_id", "known_at"]]


def rows_of(events: pd.DataFrame, cases: pd.DataFrame, rows: pd.DataFrame) -> Prefixes:
    """What was known of cases at instants; ``ahead_3_days`` and ``ahead_10_days`` are the weekends and holidays ahead.

    events : of ``event_table``; cases : case_number, item, office, handling, statutory_days, promised_days,
        accepted_at; rows : case_id, known_at
    """
    number = events["case_number"]
    facts = cases.set_index("case_number")[["accepted_at", *OF_CASE]].reindex(number).set_axis(events.index)
    since = (events["at"] - facts["accepted_at"]).dt.total_seconds() / 86_400.0
    table = pd.DataFrame(
        {
            "case_id": number,
            "activity": events["activity"].where(events["kind"] == "step", events["kind"]),
            "at": events["at"],
            **{f"c_{name}": facts[name] for name in OF_CASE},
            "e_reason": events["reason"],
            "e_days": events["days"],
            "e_accepted_days": since.where(since >= 0.0),
        }
    )
    found = prefixes_of(table, ATTRIBUTES, rows=rows)
    calendar = WorkCalendar.load()
    day = calendar.day(found.table["known_at"].dt.tz_localize(None).to_numpy())
    ahead = {f"ahead_{n}_days": (calendar.nth(day, n) - day).astype(float) for n in AHEAD}
    return replace(found, table=found.table.assign(**ahead), numbers=(*found.numbers, *ahead))
