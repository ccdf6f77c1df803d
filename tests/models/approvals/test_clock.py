"""Cases worked by hand. Off in 2024: 10-17 February (Sunday the 18th works), 4-6 April (Sunday the 7th works), 1-5 May
(Sunday 28 April and Saturday 11 May work). 29 February is a Thursday.
"""

import numpy as np
import pytest

from data.approvals.calendar import WorkCalendar
from data.approvals.clock_rules import ClockRules, LampRule
from models.approvals.clock import Extension, clocks
from models.approvals.suspensions import Spells

pytestmark = pytest.mark.behaviour

CN = WorkCalendar.load()
NONE = np.datetime64("NaT", "us")


def local(text):
    """An instant in UTC from local time of China, none for ""."""
    return np.datetime64(text, "us") - np.timedelta64(8, "h") if text else NONE


def spells(*stops):
    """Suspensions of the first case from pairs of local times."""
    begun, ended = zip(*stops, strict=True) if stops else ((), ())
    return Spells(
        np.zeros(len(stops), dtype=np.int64), np.array([local(one) for one in begun], dtype="datetime64[us]"),
        np.array([local(one) for one in ended], dtype="datetime64[us]"), np.full(len(stops), "hearing", dtype=object),
    )  # fmt: skip


def clock(accepted, until, days=20, *stops, **kwargs):
    """One case, as a dictionary of what its clock shows; its list of suspensions as ``stops``."""
    found = clocks(CN, local(accepted), days, until=local(until), spells=spells(*stops), **kwargs)
    shown = found.frame().iloc[0].to_dict()
    return {name: str(value)[:10] if name.endswith("_day") else value for name, value in shown.items()} | {
        "stops": found.stops
    }


DECISION, EXTENSION, JOINT, JOINT_EXTENSION = 20, 10, 45, 15


@pytest.mark.parametrize(
    ("accepted", "days", "due"),
    [
        ("2024-02-26T10:00", DECISION, "2024-03-25"),  # 29 February is day 3
        ("2023-02-27T10:00", DECISION, "2023-03-27"),  # no leap year
        ("2024-02-26T10:00", DECISION + EXTENSION, "2024-04-09"),  # 4-6 April off, Sunday the 7th is day 28
        ("2024-02-26T10:00", JOINT, "2024-04-29"),  # Sunday 28 April is day 44
        ("2024-02-26T10:00", JOINT + JOINT_EXTENSION, "2024-05-22"),  # Saturday 11 May is day 52
        ("2024-12-30T10:00", DECISION, "2025-01-27"),  # 1 January off, Sunday 26 January is day 19
        ("2024-02-08T10:00", 1, "2024-02-09"),
        ("2024-02-08T10:00", 2, "2024-02-18"),  # over the festival to the make-up Sunday
        ("2024-03-01T10:00", 0, "2024-03-01"),  # at once: day 0
        # outside hours: the next opening is day 0
        ("2024-03-01T17:00", 1, "2024-03-04"),
        ("2024-03-01T17:01", 1, "2024-03-05"),
        ("2024-03-02T10:00", 1, "2024-03-05"),
        ("2024-03-01T12:30", 1, "2024-03-04"),
        ("2024-03-01T03:00", 1, "2024-03-04"),
    ],
)
def test_due_days(accepted, days, due):
    found = clock(accepted, accepted, days)
    assert found["due_day"] == due
    assert (found["used_days"], found["left_days"], found["late"]) == (0, days, False)


def test_the_numbers_above_are_the_rules():
    rules = ClockRules.load().on(np.datetime64("2024-02-26").item())
    keys = ("decision", "decision_extension", "joint", "joint_extension", "first_level")
    assert [rules[key].days for key in keys] == [DECISION, EXTENSION, JOINT, JOINT_EXTENSION, DECISION]


@pytest.mark.parametrize(
    ("stops", "suspended", "due"),
    [
        ([("2024-03-01T16:00", "2024-03-04T09:30")], 1, "2024-03-26"),  # over a weekend: Friday alone
        ([("2024-03-01T17:30", "2024-03-04T09:30")], 0, "2024-03-25"),  # after closing time on Friday
        ([("2024-03-02T10:00", "2024-03-03T10:00")], 0, "2024-03-25"),  # on a weekend
        ([("2024-03-04T10:00", "2024-03-04T16:00")], 0, "2024-03-25"),  # within one day
        ([("2024-03-04T10:00", "2024-03-04T17:00")], 0, "2024-03-25"),  # resumed at closing time
        ([("2024-03-04T17:00", "2024-03-05T09:00")], 1, "2024-03-26"),  # suspended at closing time
        ([("2024-03-04T10:00", "2024-03-04T10:00")], 0, "2024-03-25"),  # no length
        ([("2024-03-04T10:00", "2024-03-06T10:00")], 2, "2024-03-27"),
        ([("2024-03-04T10:00", "2024-03-06T10:00")] * 2, 2, "2024-03-27"),  # the same twice
        ([("2024-03-04T10:00", "2024-03-06T10:00"), ("2024-03-05T10:00", "2024-03-08T10:00")], 4, "2024-03-29"),
        ([("2024-03-04T10:00", "2024-03-06T10:00"), ("2024-03-06T10:00", "2024-03-08T10:00")], 4, "2024-03-29"),
        ([("2024-03-04T10:00", "2024-03-08T10:00"), ("2024-03-05T10:00", "2024-03-06T10:00")], 4, "2024-03-29"),
        ([("2024-03-04T10:00", "2024-03-05T10:00"), ("2024-03-07T10:00", "2024-03-08T10:00")], 2, "2024-03-27"),
        ([("2024-02-20T10:00", "2024-02-28T10:00")], 1, "2024-03-26"),  # begun before acceptance: the 27th alone
        ([("2024-02-20T10:00", "2024-02-22T10:00")], 0, "2024-03-25"),  # over before acceptance
        ([("2024-02-26T11:00", "2024-02-27T09:00")], 0, "2024-03-25"),  # day 0 is neither used nor suspended
        ([("2024-03-21T10:00", "2024-03-28T10:00")], 5, "2024-04-01"),  # five days before the end
    ],
)
def test_suspensions(stops, suspended, due):
    found = clock("2024-02-26T10:00", "2024-03-29T18:00", DECISION, *stops)
    assert (found["suspended_days"], found["due_day"]) == (suspended, due)
    assert found["used_days"] + suspended == 24  # working days from 27 February to 29 March
    assert not found["is_suspended"]


def test_a_make_up_sunday_is_suspended():
    found = clock("2024-04-22T10:00", "2024-04-29T10:00", 20, ("2024-04-26T18:00", "2024-04-29T09:00"))
    assert found["suspended_days"] == 1
    assert str(found["stops"]["first_day"].iloc[0].date()) == "2024-04-28"


def test_a_suspended_clock_has_days_left_and_no_due_day():
    stop = ("2024-02-29T10:00", "")
    found = clock("2024-02-26T10:00", "2024-03-12T10:00", 5, stop)
    assert (found["due_day"], found["is_suspended"], found["left_days"]) == ("NaT", True, 3.0)
    assert (found["used_days"], found["suspended_days"], found["late"]) == (2, 9, False)
    # Used up before the suspension: it was due, and is late.
    found = clock("2024-02-26T10:00", "2024-03-12T10:00", 2, stop)
    assert (found["due_day"], found["late"], found["used_days"]) == ("2024-02-28", True, 2)


def test_the_list_of_suspensions():
    """Each has its own days, the clock their union."""
    found = clock(
        "2024-02-26T10:00", "2024-03-12T10:00", 20,
        ("2024-03-01T10:00", "2024-03-06T10:00"), ("2024-03-05T10:00", ""), ("2024-03-20T10:00", ""),
    )  # fmt: skip
    stops = found["stops"]
    assert stops["days"].tolist() == [3, 6, 0]  # 1, 4, 5 March; 5 to 8, 11 and 12 March; after the look
    assert [str(day)[:10] for day in stops["first_day"]] == ["2024-03-01", "2024-03-05", "NaT"]
    assert [str(day)[:10] for day in stops["last_day"]] == ["2024-03-05", "2024-03-12", "NaT"]
    assert found["suspended_days"] == 8


@pytest.mark.parametrize(
    ("end", "stop", "used", "suspended"),
    [
        ("2024-02-26T15:00", None, 0, 0),  # on day 0
        ("2024-02-28T09:00", None, 2, 0),  # the day of the decision counts whole
        ("2024-03-02T11:00", None, 4, 0),  # decided on a Saturday
        ("2024-02-28T15:00", ("2024-02-27T10:00", ""), 0, 2),  # decided while suspended
        ("2024-02-28T15:00", ("2024-02-27T10:00", "2024-02-28T16:00"), 0, 2),  # resumed after the decision
        ("2024-02-28T15:00", ("2024-02-27T10:00", "2024-02-28T15:00"), 1, 1),  # resumed at its instant
        ("2024-02-28T15:00", ("2024-02-28T15:00", ""), 2, 0),  # begun at its instant
        ("2024-02-28T00:00", ("2024-02-27T10:00", "2024-02-28T09:00"), 1, 1),  # a date without a time
        ("2024-02-25T10:00", None, 0, 0),  # before acceptance
    ],
)
def test_the_last_day(end, stop, used, suspended):
    found = clock("2024-02-26T10:00", end, 20, *([stop] if stop else []), closed=True)
    assert (found["used_days"], found["suspended_days"]) == (used, suspended)


@pytest.mark.parametrize(
    ("end", "left", "late"),
    [
        ("2024-03-01T23:00", 0, False),  # Friday, the due day
        ("2024-03-02T10:00", -1, True),  # a day off counts as the Monday that follows
        ("2024-03-04T10:00", -1, True),
        ("2024-03-05T10:00", -2, True),
        ("2024-02-29T10:00", 1, False),
    ],
)
def test_late(end, left, late):
    found = clock("2024-02-26T10:00", end, 4, closed=True)
    assert (found["due_day"], found["left_days"], found["late"]) == ("2024-03-01", left, late)
    assert found["lamp"] == ("red" if late else "green")


def test_calendar_days():
    """Ten days from 31 January end on Saturday 10 February, in the festival: due on the Sunday that works."""
    found = clock("2024-01-31T10:00", "2024-02-10T10:00", 10, unit="calendar")
    assert (found["due_day"], found["used_days"], found["left_days"]) == ("2024-02-18", 10, 8)
    found = clock("2024-03-01T10:00", "2024-03-12T10:00", 7, ("2024-03-02T10:00", "2024-03-04T09:00"), unit="calendar")
    assert (found["suspended_days"], found["due_day"], found["left_days"]) == (2, "2024-03-11", -1)
    # An acceptance on a Saturday is one of Monday in these days too.
    assert clock("2024-03-02T10:00", "2024-03-02T10:00", 1, unit="calendar")["due_day"] == "2024-03-05"


@pytest.mark.parametrize(
    ("at", "by_head", "informed", "mark", "due"),
    [
        ("2024-03-20T10:00", True, True, "counted", "2024-04-09"),
        ("2024-03-25T16:00", True, True, "counted", "2024-04-09"),  # on the due day
        ("2024-03-20T10:00", True, False, "not_informed", "2024-03-25"),
        ("2024-03-20T10:00", False, True, "not_by_head", "2024-03-25"),
        ("2024-03-26T10:00", True, True, "after_due", "2024-03-25"),
        ("2024-04-02T10:00", True, True, "", "2024-03-25"),  # later than the look
        ("", True, True, "", "2024-03-25"),
    ],
)
def test_extensions(at, by_head, informed, mark, due):
    found = clock(
        "2024-02-26T10:00", "2024-04-01T10:00", DECISION, extension=Extension(local(at), EXTENSION, by_head, informed)
    )
    assert (found["extension"], found["due_day"], found["late"]) == (mark, due, mark != "counted")


@pytest.mark.parametrize(
    ("until", "lamp"),
    [
        ("2024-03-18T10:00", "green"),  # 5 of 20 left
        ("2024-03-19T10:00", "yellow"),  # 4, a fifth
        ("2024-03-22T10:00", "yellow"),
        ("2024-03-25T10:00", "red"),  # due today
        ("2024-03-27T10:00", "red"),
    ],
)
def test_lamps(until, lamp):
    assert clock("2024-02-26T10:00", until)["lamp"] == lamp
    assert clock("2024-02-26T10:00", until, np.nan)["lamp"] == ""
    assert clock("", until)["lamp"] == ""


def test_thresholds_of_lamps_are_data():
    assert clock("2024-02-26T10:00", "2024-03-18T10:00", lamps=LampRule(5, 0.0))["lamp"] == "yellow"
    assert clock("2024-02-26T10:00", "2024-03-18T10:00", lamps=LampRule(0, 0.25))["lamp"] == "yellow"
    assert clock("2024-02-26T10:00", "2024-03-19T10:00", lamps=LampRule(0, 0.0))["lamp"] == "green"


def test_a_clock_that_has_not_begun():
    for accepted in ("", "2024-03-02T10:00"):
        found = clock(accepted, "2024-03-01T10:00", 20, ("2024-02-01T10:00", ""))
        assert (found["start_day"], found["due_day"], found["used_days"], found["left_days"]) == ("NaT", "NaT", 0, 20)
        assert not any(found[name] for name in ("late", "is_suspended", "provisional", "suspended_days"))


def test_provisional_days():
    """Where the due day, or a day before it, is in no published calendar."""
    assert not clock("2026-11-30T10:00", "2026-12-01T10:00", 20)["provisional"]  # due on 28 December 2026
    assert clock("2026-12-01T10:00", "2026-12-01T10:00", 20)["provisional"]  # due on the 29th
    assert clock("2026-11-30T10:00", "2027-01-04T10:00", 20)["provisional"]
    assert not clock("", "2027-01-04T10:00", 20)["provisional"]  # no day counts yet


def test_a_due_day_beyond_the_calendar_is_not_known():
    """One case of that kind does not stop a table of cases."""
    found = clocks(
        CN, [local("2199-12-27T10:00"), local("2024-02-26T10:00")], [20, 10**6], until=local("2199-12-30T10:00")
    )
    assert np.isnat(found.due_day).all()
    assert found.left_days[0] == 19
    assert (found.left_days > 0).all()
    assert not found.late.any()


@pytest.mark.contract
@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"until": NONE}, "until is missing"),
        ({"unit": "weeks"}, "one of working, calendar"),
        ({"days": 1.5}, "whole and at least 0"),
        ({"days": -1}, "whole and at least 0"),
    ],
)
def test_bad_arguments_have_their_message(kwargs, message):
    given = {"days": 20, "until": local("2024-03-01T10:00")} | kwargs
    with pytest.raises(ValueError, match=message):
        clocks(CN, local("2024-02-26T10:00"), **given)
