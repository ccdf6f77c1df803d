"""The promised clock by a deadline that an event names, worked by hand in working days of March 2026."""

import numpy as np
import pytest

from data.approvals.clock_rules import ClockRules
from models.approvals.clock import clocks
from models.approvals.promise import promise
from tests.models.approvals.items import CALENDAR


def found(deadline, end, *, closed=False, started="2026-03-02"):
    at = np.array([f"{end}T04:00"], dtype="datetime64[us]")
    begun = np.array([f"{started}T02:00" if started else "NaT"], dtype="datetime64[us]")
    return promise(
        clocks(CALENDAR, begun, np.nan, until=at), np.array([deadline], dtype="datetime64[D]"), CALENDAR,
        first_at=np.array(["2026-03-02T02:00"], dtype="datetime64[us]"), end=at, is_closed=np.array([closed]),
        lamps=ClockRules.load().lamps,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("deadline", "end", "closed", "left", "lamp"),
    [
        ("2026-03-20", "2026-03-04", False, 12, "green"),
        ("2026-03-20", "2026-03-18", False, 2, "yellow"),  # 2 of 14 days
        ("2026-03-20", "2026-03-20", False, 0, "red"),
        ("2026-03-20", "2026-03-20", True, 0, "green"),
        ("2026-03-20", "2026-03-21", True, -1, "red"),  # a Saturday is past the Friday
        ("2026-03-20", "2026-03-25", True, -3, "red"),
    ],
)
def test_days_left_and_lamp(deadline, end, closed, left, lamp):
    for started in ("2026-03-02", ""):
        got = found(deadline, end, closed=closed, started=started)
        assert (got.left_days[0], got.late[0], got.lamp[0]) == (left, left < 0, lamp)
        assert str(got.due_day[0]) == deadline


def test_without_a_deadline_it_is_the_clock_of_the_item():
    got = found("NaT", "2026-03-20")
    assert np.isnat(got.due_day[0])
    assert (got.lamp[0], got.late[0]) == ("", False)


def test_a_day_beyond_the_published_calendars_is_provisional():
    assert not found("2026-03-20", "2026-03-04").provisional[0]
    assert found("2031-03-20", "2026-03-04").provisional[0]
