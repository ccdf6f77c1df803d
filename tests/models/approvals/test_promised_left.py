"""How long the promise lasts, worked by hand: accepted Monday 6 May 2024, five working days, off the clock in between.

11 May 2024 was a make-up working day: 7, 8, 9, 10 and 11 May are the five days.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.approvals.calendar import WorkCalendar
from models.approvals.late import LateModel
from models.approvals.promised_left import days_until, end_of_day, late_chances, promised_left
from tests.features.test_approval_rows import CASES, EVENTS, at, event_table
from tests.models.approvals.test_forecast import made

CALENDAR = WorkCalendar.load()
ONE = CASES.assign(accepted_at=[at("06 10:00")], applied_at=[at("03 10:00")], acceptance_basis="accepted",
                   promised_unit="working", promised_due_on=pd.to_datetime(["2024-05-11"]))  # fmt: skip
OFF = pd.DataFrame({"case_number": ["A"], "begun_at": [at("08 10:00")], "ended_at": [at("10 10:00")]})
NONE = OFF.head(0)


def left(when: str, suspensions: pd.DataFrame = NONE, **changes) -> tuple[float, bool]:
    rows = pd.DataFrame({"case_id": ["A"], "known_at": [at(when)]})
    found = promised_left(rows, ONE.assign(**changes), suspensions, CALENDAR).iloc[0]
    return found["days"], found["moved"]


@pytest.mark.law
def test_days_until_the_promised_day_ends():
    """From Monday 12:00 to the end of Saturday: 5.5 days; by calendar days the promise ends the same day."""
    assert left("06 12:00") == (5.5, False)
    assert left("13 12:00") == (-1.5, False)
    assert left("06 12:00", promised_unit="calendar") == (5.5, False)
    assert left("09 12:00", promised_unit="calendar", promised_days=2.0) == (-0.5, False)


@pytest.mark.law
def test_a_suspension_moves_the_day_once_it_has_ended_and_hides_it_while_it_lasts():
    """Off at the close of the 8th and the 9th: two of the five days go to the 13th and 14th."""
    assert left("07 12:00", OFF) == (4.5, True)
    days, moved = left("09 12:00", OFF)
    assert np.isnan(days)
    assert not moved
    assert left("10 12:00", OFF) == (4.5, False)
    assert left("10 12:00", OFF.assign(ended_at=pd.Series([pd.NaT], dtype=OFF["ended_at"].dtype)))[1] is np.False_


def test_a_promised_day_of_the_events_is_not_moved():
    day = {"promised_days": np.nan, "promised_due_on": pd.to_datetime(["2024-05-15"])}
    assert left("07 12:00", OFF, **day) == (8.5, False)
    assert np.isnan(left("05 12:00", OFF, **day)[0])


def test_without_acceptance_or_promise_there_is_no_day():
    assert np.isnan(left("05 12:00")[0])
    assert np.isnan(left("06 12:00", acceptance_basis="")[0])
    assert np.isnan(left("06 12:00", promised_days=np.nan, promised_due_on=pd.to_datetime([None]))[0])
    deemed = left("04 12:00", acceptance_basis="deemed", accepted_at=[at("20 10:00")])
    assert deemed[0] == 7.5  # applied for on a holiday, so the 6th is day 0 here too


def test_a_day_ends_at_midnight_of_the_calendars_zone():
    ends = end_of_day(np.array(["2024-05-11", "NaT"], dtype="datetime64[D]"), CALENDAR)
    assert str(ends[0]) == "2024-05-11T16:00:00.000000"
    found = days_until(
        pd.Series([at("11 12:00")] * 2), np.array(["2024-05-11", "NaT"], dtype="datetime64[D]"), CALENDAR
    )
    assert found[0] == 0.5
    assert np.isnan(found[1])


def test_chances_of_a_forecast_are_those_of_the_rule():
    late = LateModel("c_promised_at", {"model": (0.0, 1.0), "slack": (0.0, -1.0)})
    cases = ONE.assign(is_closed=False, status="accepted")
    chance, basis = late_chances(event_table(EVENTS[:3]), cases, made(), late, CALENDAR)
    assert basis == "days_left"
    assert chance.to_list() == pytest.approx([1 / (1 + np.exp(-(0.0 - (1 + 14 / 24))))])  # 10th 10:00 to the 11th's end
    none = cases.assign(promised_due_on=pd.to_datetime([None]))
    assert late_chances(event_table(EVENTS[:3]), none, made(), late, CALENDAR)[0].isna().all()
