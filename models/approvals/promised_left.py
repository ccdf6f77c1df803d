"""Days until the promised day ends, at any instant of a case, and the chance that its decision comes later.

The chance is that of ``models.approvals.late``: by a model where one was shown to be better than the days left, else by
the days left. It is that of a decision after the promised day as the clock has it now; another suspension would move
that day.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.approvals.calendar import WorkCalendar
from features.approval_rows import rows_of
from models.approvals.alerts import DAYS_LEFT, MODEL
from models.approvals.clock import clocks
from models.approvals.forecast import Forecast
from models.approvals.late import LateModel
from models.approvals.suspensions import Spells

Floats = npt.NDArray[np.float64]
DEADLINE = "c_promised_at"  # column of the days until the promised day ends
DAY = np.timedelta64(1, "D")


def end_of_day(day: npt.ArrayLike, calendar: WorkCalendar) -> npt.NDArray[np.datetime64]:
    """Instants (UTC) at which local days end; NaT for NaT."""
    local = pd.DatetimeIndex(np.asarray(day, dtype="datetime64[D]").astype("datetime64[us]") + DAY)
    return np.asarray(local.tz_localize(calendar.zone).tz_convert("UTC").tz_localize(None).to_numpy("datetime64[us]"))


def days_until(known_at: pd.Series, day: npt.ArrayLike, calendar: WorkCalendar) -> Floats:
    """Days from instants (UTC) until local days end, below 0 once they are over; NaN for NaT."""
    now = known_at.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    return np.asarray((end_of_day(day, calendar) - now) / DAY)


def promised_left(
    rows: pd.DataFrame, cases: pd.DataFrame, suspensions: pd.DataFrame, calendar: WorkCalendar
) -> pd.DataFrame:
    """How the promise of each row's case stood at its instant, in the order of the rows.

    A case whose item promises no number of days has the promised day of its events, which no suspension moves.
    rows : case_id, known_at (UTC); suspensions : case_number, begun_at, ended_at (UTC), those that the clock leaves out
    Columns: days (until the promised day ends; NaN before acceptance, while the clock is off, without a promise) and
    moved (whether a suspension that began later moves that day).
    """
    facts = cases.set_index("case_number").loc[rows["case_id"]]
    begins = facts["accepted_at"].where(facts["acceptance_basis"] == "accepted", facts["applied_at"])
    begins = begins.where(facts["acceptance_basis"] != "")
    begun_at, known_at = _plain(begins), _plain(rows["known_at"])
    numbered = pd.DataFrame({"case_number": rows["case_id"].to_numpy(), "row": np.arange(len(rows)), "now": known_at})
    joined = suspensions.merge(numbered, on="case_number")
    start, end = _plain(joined["begun_at"]), _plain(joined["ended_at"])
    now = joined["now"].to_numpy().astype("datetime64[us]")
    seen = np.flatnonzero(start < now)
    spells = Spells(
        joined["row"].to_numpy(dtype=np.int64)[seen], start[seen],
        np.where(end[seen] <= now[seen], end[seen], np.datetime64("NaT", "us")), np.full(len(seen), "", dtype=object),
    )  # fmt: skip
    begun_at[~(begun_at <= known_at)] = np.datetime64("NaT")
    unit = facts["promised_unit"].replace("", "working").to_numpy()
    made = clocks(calendar, begun_at, facts["promised_days"].to_numpy(dtype=float), unit, until=known_at, spells=spells)
    moved = np.zeros(len(rows), dtype=np.bool_)
    moved[joined["row"].to_numpy(dtype=np.int64)[start >= now]] = True
    given = np.where(np.isnat(begun_at), np.datetime64("NaT"), facts["promised_due_on"].to_numpy("datetime64[D]"))
    own = facts["promised_days"].isna().to_numpy()
    days = days_until(rows["known_at"], np.where(own, given, made.due_day), calendar)
    return pd.DataFrame({"days": days, "moved": moved & ~own})


def late_chances(
    events: pd.DataFrame, cases: pd.DataFrame, forecast: Forecast, late: LateModel, calendar: WorkCalendar
) -> tuple[pd.Series, str]:
    """Chance by row of the forecast's table that its case is decided later than promised, and where it comes from.

    events, cases : of ``models.approvals.forecast.forecast``; NaN where there is no promised day now
    Returns the chances and the basis for ``models.approvals.alerts.alerts``: model or days_left.
    """
    table = forecast.table
    rows = table[["case_number", "known_at"]].rename(columns={"case_number": "case_id"})
    known = rows_of(events, cases, rows).table.reset_index(drop=True)
    day = cases.set_index("case_number").loc[known["case_id"], "promised_due_on"].to_numpy()
    known[DEADLINE] = days_until(known["known_at"], day, calendar)
    return pd.Series(late.chance(known), index=table.index), MODEL if late.rule == "model" else DAYS_LEFT


def _plain(instants: pd.Series) -> npt.NDArray[np.datetime64]:
    found: npt.NDArray[np.datetime64] = instants.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[us]")
    return found.copy()
