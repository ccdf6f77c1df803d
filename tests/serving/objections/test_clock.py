"""An objection is due after ten working days, and not while the enterprise is to give information."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from serving.objections.clock import WORKING_DAYS, objection_clocks
from serving.objections.objections import Objection

BEIJING = timedelta(hours=8)


def at(day: str, hour: int = 10) -> datetime:
    """An instant by the clock of Beijing."""
    return datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(hours=hour) - BEIJING


def objection(*steps: tuple[str, str]) -> Objection:
    made = tuple({"state": state, "at": at(day).isoformat(), "by": "li", "role": "enterprise", "text": "t"}
                 for state, day in steps)  # fmt: skip
    return Objection("obj-1", "u", {}, made)


# 2024-03-04 is a Monday; ten working days later is Monday 2024-03-18.
@pytest.mark.parametrize(
    ("now", "age_days", "left_days", "lamp"),
    [("2024-03-04", 0, 10, "green"), ("2024-03-14", 8, 2, "yellow"), ("2024-03-18", 10, 0, "red"),
     ("2024-03-20", 12, -2, "red")],
)  # fmt: skip
def test_ten_working_days_from_filing(now, age_days, left_days, lamp):
    (found,) = objection_clocks([objection(("filed", "2024-03-04"))], at(now))
    assert (found.age_days, found.left_days, found.lamp) == (age_days, left_days, lamp)
    assert found.due_on == date(2024, 3, 18)
    assert WORKING_DAYS == 10


def test_the_holiday_week_and_its_make_up_days_count_as_the_notice_says():
    """Filed Friday 27 September 2024: 29 September is worked, 1-7 October are off, 12 October is worked."""
    (found,) = objection_clocks([objection(("filed", "2024-09-27"))], at("2024-09-27"))
    # 29 (make-up), 30 Sep, 8, 9, 10, 11, 12 (make-up), 14, 15, 16 Oct
    assert found.due_on == date(2024, 10, 16)


def test_waiting_for_the_enterprise_does_not_count():
    steps = (("filed", "2024-03-04"), ("under_review", "2024-03-05"), ("information_wanted", "2024-03-06"))
    (waiting,) = objection_clocks([objection(*steps)], at("2024-03-12"))
    assert (waiting.lamp, waiting.due_on, waiting.left_days, waiting.age_days) == ("suspended", None, None, 1)
    (given,) = objection_clocks([objection(*steps, ("under_review", "2024-03-13"))], at("2024-03-13"))
    # Suspended at the close of 6, 7, 8, 11 and 12 March: five working days later than Monday 18 March.
    assert (given.due_on, given.lamp) == (date(2024, 3, 25), "green")


def test_a_closed_objection_has_its_age_and_no_due_day():
    closed = objection(("filed", "2024-03-04"), ("under_review", "2024-03-05"), ("upheld", "2024-03-08"))
    (found,) = objection_clocks([closed], at("2024-06-03"))
    assert (found.age_days, found.due_on, found.left_days, found.lamp) == (4, None, None, "closed")
    assert objection_clocks([], at("2024-06-03")) == []
