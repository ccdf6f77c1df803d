import numpy as np
import pytest

from data.approvals.calendar import WorkCalendar
from data.approvals.clock_rules import ClockRules
from models.approvals.deadlines import deemed_acceptance, delivery

pytestmark = pytest.mark.behaviour

CN, RULES = WorkCalendar.load(), ClockRules.load()


def local(text):
    return np.datetime64(text, "us") - np.timedelta64(8, "h") if text else np.datetime64("NaT", "us")


@pytest.mark.parametrize(
    ("applied", "requested", "accepted", "refused", "until", "at", "basis"),
    [
        # Monday 29 April: 30 April is day 1, 6 to 9 May days 2 to 5
        ("2024-04-29T10:00", "", "", "", "2024-05-09T20:00", "", ""),
        ("2024-04-29T10:00", "", "", "", "2024-05-10T08:00", "2024-04-29T10:00", "deemed"),
        ("2024-04-29T10:00", "2024-05-09T16:00", "", "", "2024-06-10T08:00", "", ""),
        ("2024-04-29T10:00", "2024-05-10T09:00", "", "", "2024-06-10T08:00", "2024-04-29T10:00", "deemed"),
        ("2024-04-29T10:00", "", "2024-05-07T09:00", "", "2024-06-10T08:00", "2024-05-07T09:00", "accepted"),
        ("2024-04-29T10:00", "", "2024-05-20T09:00", "", "2024-06-10T08:00", "2024-04-29T10:00", "deemed"),
        ("2024-04-29T10:00", "2024-05-06T09:00", "2024-05-20T09:00", "", "2024-06-10T08:00", "2024-05-20T09:00",
         "accepted"),
        ("2024-04-29T10:00", "", "", "2024-05-08T09:00", "2024-06-10T08:00", "", ""),
        # Saturday 27 April is received on Sunday the 28th, which works: the fifth day is 8 May
        ("2024-04-27T10:00", "2024-05-09T09:00", "", "", "2024-06-10T08:00", "2024-04-27T10:00", "deemed"),
        ("", "", "2024-05-07T09:00", "", "2024-06-10T08:00", "2024-05-07T09:00", "accepted"),
        ("", "", "", "", "2024-06-10T08:00", "", ""),
        # before the law was in force
        ("2004-06-01T10:00", "", "", "", "2004-06-30T08:00", "", ""),
    ],
)  # fmt: skip
def test_acceptance(applied, requested, accepted, refused, until, at, basis):
    found = deemed_acceptance(CN, RULES, *(local(one) for one in (applied, requested, accepted, refused, until)))
    np.testing.assert_array_equal(found.at, local(at))
    assert found.basis == basis


def test_the_last_day_for_a_notice():
    applied = [local(one) for one in ("2024-04-29T10:00", "2024-04-27T10:00", "")]
    found = deemed_acceptance(CN, RULES, applied, local(""), local(""), local(""), local("2024-06-10T08:00"))
    np.testing.assert_array_equal(found.due_day, np.array(["2024-05-09", "2024-05-08", "NaT"], dtype="datetime64[D]"))


@pytest.mark.parametrize(
    ("decided", "delivered", "until", "due", "late"),
    [
        # Friday 27 September: Sunday the 29th works (day 1), Saturday 12 October too (day 7)
        ("2024-09-27T10:00", "2024-10-16T10:00", "2024-12-01T10:00", "2024-10-16", False),
        ("2024-09-27T10:00", "2024-10-17T10:00", "2024-12-01T10:00", "2024-10-16", True),
        ("2024-09-27T20:00", "", "2024-10-16T10:00", "2024-10-16", False),
        ("2024-09-27T10:00", "", "2024-10-17T10:00", "2024-10-16", True),
        ("", "2024-10-17T10:00", "2024-10-17T10:00", "NaT", False),
    ],
)
def test_delivery(decided, delivered, until, due, late):
    found = delivery(CN, RULES, local(decided), local(delivered), local(until))
    np.testing.assert_array_equal(found.due_day, np.datetime64(due, "D"))
    assert found.late == late
