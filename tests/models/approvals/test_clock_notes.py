"""Figures of a clock that look as if they contradicted each other have a sentence; others have none."""

import datetime as dt

import pytest

from models.approvals.clock_notes import allowed_days, clock_notes
from models.approvals.page import case_page
from tests.models.approvals.events import event, resumed, suspended
from tests.models.approvals.items import CALENDAR, table
from tests.models.approvals.test_cases import WHOLE
from tests.models.approvals.test_page import words


def notes(*events, now="2026-04-30T12:00", lang="en"):
    said = words(case_page(table(*events, now=now), 0, lang))
    return ["rolled" * ("counted in calendar days" in said), "off" * ("adds no used day" in said)]


def licence(day, clock="09:00"):
    return [event("accepted", "03"), event("decided", day, clock, outcome="granted")]


@pytest.mark.parametrize(("day", "found"), [("10", ""), ("13", ""), ("14", "off"), ("16", "")])
def test_late_on_a_day_off_with_every_day_in_time_used(day, found):
    """5 days from Tuesday the 3rd end on the 10th. A suspension of the 11th to the 16th stops the clock only then."""
    stopped = [suspended("11"), resumed("16", "20:00")] if day != "10" else []
    assert notes(*licence(day, "12:00"), *stopped)[1] == found


def test_a_calendar_day_that_falls_on_a_holiday_is_due_after_it():
    """20 calendar days from the 15th of September end on the 5th of October 2026; the holiday lasts until the 7th."""
    drill = {"item": "well-drilling"}
    start = event("accepted", "2026-09-15", **drill)
    for end, found in (("2026-10-05", ""), ("2026-10-07", "rolled"), ("2026-10-08", "rolled"), ("2026-10-09", "")):
        decided = event("decided", end, outcome="granted", **drill)
        assert notes(start, decided, now="2026-10-30T12:00")[0] == found, end
    made = table(start, event("decided", "2026-10-08", outcome="granted", **drill), now="2026-10-30T12:00")
    promised = made.clock(0)["promised"]
    assert (promised["days"], promised["used_days"], promised["left_days"]) == (20, 23, 0)
    (said,) = clock_notes(made.row(0), made.clock(0), dt.date(2026, 10, 8), CALENDAR, "zh")
    assert "2026-10-08" in said
    assert "承诺时限" in said


def test_a_whole_case_needs_none_and_an_extension_adds_its_days():
    assert notes(*WHOLE) == ["", ""]
    assert notes(event("step", "02", deadline="2026-03-13"), *licence("14")) == ["", ""]  # a date, no number of days
    clock = {"statutory": {"days": 20}, "promised": {"days": None}, "extension": "counted"}
    assert allowed_days(clock, "statutory", 10) == (30, 10)
    assert allowed_days(clock, "promised", 10) == (None, 0)
