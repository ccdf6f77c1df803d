"""Cases worked by hand: what the catalogue of the day allows and what the three clocks show.

March 2026 has working days 2 to 6, 9 to 13, 16 to 20, 23 to 27, 30 and 31.
"""

import datetime as dt
import json
import random

import pandas as pd
import pytest

from models.approvals.cases import case_table
from tests.models.approvals.events import CHINA, event, instant, resumed, suspended
from tests.models.approvals.items import CALENDAR, CATALOGUE, table

WHOLE = [
    event("applied", "02"), event("accepted", "03"), suspended("05", "10:00"), resumed("11", "10:00"),
    event("decided", "16", outcome="granted"), event("delivered", "18"),
]  # fmt: skip


def row(*events, **options):
    return table(*events, **options).row(0)


def test_three_clocks_of_a_whole_case():
    """Accepted on the 3rd; 4 is used; 5, 6, 9, 10 are suspended; 11, 12, 13 and 16 are used: 5 of 5 promised days."""
    made = table(*WHOLE)
    found = made.row(0)
    assert (found["actual_working_days"], found["suspended_working_days"]) == (5, 4)
    assert (found["actual_calendar_days"], found["suspended_calendar_days"]) == (7, 6)  # 13 days after the 3rd
    assert (found["promised_due_on"], found["promised_left_days"], found["late"]) == ("2026-03-16", 0, False)
    assert (found["statutory_days"], found["statutory_due_on"]) == (20, "2026-04-07")  # Qingming is from the 4th to 6th
    assert (found["lamp"], found["status"], found["flags"]) == ("green", "delivered", "")
    assert (found["delivery_due_on"], found["delivery_late"]) == ("2026-03-30", False)
    assert (found["item_en"], found["office"], found["handling"]) == (
        "food business licence", "approval_bureau", "promised",
    )  # fmt: skip
    clock = made.clock(0)
    assert clock["promised"] == {
        "days": 5, "unit": "working", "due_on": "2026-03-16", "used_days": 5, "suspended_days": 4, "left_days": 0,
        "late": False,
    }  # fmt: skip
    (stop,) = clock["suspensions"]
    assert (stop["first_day"], stop["last_day"], stop["days"], stop["announced_days"]) == (
        "2026-03-05", "2026-03-10", 4, 5,
    )  # fmt: skip
    assert json.dumps(clock)


def test_the_catalogue_of_the_day_of_acceptance_is_the_measure():
    before = row(event("accepted", "2026-06-30"), event("decided", "2026-07-08"), now="2026-08-01T12:00")
    after = row(event("accepted", "2026-07-01"), event("decided", "2026-07-08"), now="2026-08-01T12:00")
    assert (before["promised_days"], before["actual_working_days"], before["late"]) == (5, 6, True)
    assert (after["promised_days"], after["actual_working_days"], after["late"]) == (3, 5, True)
    old = row(event("accepted", "2022-12-30"), now="2023-01-03T12:00")
    assert (old["department"], old["synthetic"]) == ("market_regulation", True)


@pytest.mark.parametrize(
    ("now", "lamp", "left"),
    [("2026-03-04T12:00", "green", 4), ("2026-03-09T12:00", "yellow", 1), ("2026-03-10T12:00", "red", 0),
     ("2026-03-11T12:00", "red", -1)],
)  # fmt: skip
def test_lamps_near_and_past_the_promise(now, lamp, left):
    found = row(event("accepted", "03"), now=now)
    assert (found["lamp"], found["promised_left_days"], found["late"]) == (lamp, left, left < 0)


def test_a_suspension_that_the_item_does_not_allow_stays_on_the_clock():
    """The item names test and inspection; a hearing, a missing basis and a missing reason are listed and counted."""
    for changed, why in (
        ({"reason": "hearing"}, "suspension_not_allowed"), ({"basis": ""}, "suspension_without_basis"),
        ({"reason": ""}, "suspension_without_reason"),
    ):  # fmt: skip
        events = [event("accepted", "03"), suspended("05", **changed), resumed("11", reason="")]
        made = table(*events, event("decided", "16", outcome="granted"))
        (one,) = made.suspensions(0)
        assert (one.left_out, one.days, one.why_not) == (False, 0, why)
        found = made.row(0)
        assert (found["actual_working_days"], found["suspended_working_days"], found["late"]) == (9, 0, True)
        assert why in found["flags"]
        assert (found["n_suspensions"], found["n_left_out"]) == (1, 0)


def test_an_item_that_is_not_in_the_catalogue_has_no_promise():
    found = row(event("accepted", "03", item="other"), suspended("05", item="other", reason="hearing"))
    assert (found["item_zh"], found["promised_days"], found["lamp"], found["late"]) == ("other", None, "none", None)
    assert (found["flags"], found["n_left_out"]) == ("item_unknown;suspended_longer_than_announced", 1)
    assert row(event("accepted", "03", item=""))["flags"] == ""


def test_an_extension_moves_the_statutory_day_alone():
    start = event("accepted", "03")
    given = {"by": "head", "informed": "1"}
    plain, longer = row(start), row(start, event("extended", "20", **given))
    assert plain["promised_due_on"] == longer["promised_due_on"] == "2026-03-10"
    assert (plain["statutory_due_on"], longer["statutory_due_on"]) == ("2026-03-31", "2026-04-15")
    assert row(start, event("extended", "20", by="head"))["statutory_due_on"] == "2026-03-31"
    late = row(start, event("extended", "2026-04-02", **given))
    assert (late["statutory_due_on"], late["flags"]) == ("2026-03-31", "extension_after_due;statutory_late")
    again = row(start, event("extended", "19", by="head"), event("extended", "20", **given))
    assert again["statutory_due_on"] == "2026-04-15"


def test_without_an_answer_in_five_days_the_law_takes_it_as_accepted():
    silent = row(event("applied", "02"), now="2026-03-10T12:00")
    assert (silent["acceptance_basis"], silent["started_on"], silent["flags"]) == (
        "deemed", "2026-03-02", "deemed_accepted",
    )  # fmt: skip
    asked = row(event("applied", "02"), event("correction_requested", "09"), now="2026-03-20T12:00")
    assert (asked["acceptance_basis"], asked["started_on"], asked["lamp"]) == ("", None, "none")
    late = row(event("applied", "02"), event("accepted", "12"), now="2026-03-20T12:00")
    assert (late["accepted_at"], late["started_on"]) == ("2026-03-12T01:00:00+00:00", "2026-03-02")


def test_a_deadline_that_events_name_is_the_promise():
    named = {"deadline": "2026-03-13", "item": "other"}
    found = row(event("step", "02", **named), event("step", "16", closed="1", item="other"))
    assert (found["promised_due_on"], found["late"], found["promised_left_days"]) == ("2026-03-13", True, -1)
    assert (found["status"], found["lamp"], found["actual_working_days"]) == ("closed", "red", None)
    running = row(event("step", "02", **named), now="2026-03-12T12:00")
    assert (running["lamp"], running["late"], running["promised_left_days"]) == ("yellow", False, 1)
    assert row(event("step", "02", **named), now="2026-03-14T12:00")["promised_left_days"] == -1  # a Saturday


def test_a_deadline_later_than_the_item_promises_is_flagged():
    """Five working days from the 3rd end on the 10th; one event that names a later day is seen by a person."""
    for deadline, flags in (("2026-03-09", ""), ("2026-03-10", ""), ("2026-03-11", "deadline_later")):
        found = row(event("accepted", "03", deadline=deadline), now="2026-03-04T12:00")
        assert (found["promised_due_on"], found["flags"]) == (deadline, flags)


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([event("decided", "04", outcome="granted"), event("decided", "05", outcome="refused")], "contradictory"),
        ([event("decided")], "decided"),
        ([event("decided", "02", outcome="granted")], "decided"),
    ],
)
def test_what_cannot_be_measured_has_no_clock(events, status):
    found = row(event("accepted", "03"), *events)
    assert (found["status"], found["started_on"], found["late"], found["lamp"]) == (status, None, None, "none")
    assert found["flags"]


def test_returned_and_joint_cases():
    found = row(event("accepted", "03", item="well-drilling"), event("returned", "04", item="well-drilling"))
    assert (found["handling"], found["is_closed"], found["late"]) == ("returned", True, False)
    joint = row(event("accepted", "03", item="well-drilling"))
    assert (joint["handling"], joint["promised_due_on"]) == ("joint", "2026-03-23")


def test_what_was_known_before_is_a_replay():
    until = instant("06")
    assert table(*WHOLE, until=until).row(0) == table(*WHOLE[:3], now="2026-03-06T09:00").row(0)
    assert table(*WHOLE, now="2026-03-06T09:00").row(0)["flags"] == "in_future"


def test_many_cases_are_each_as_alone_and_none_is_nothing():
    other = [event("accepted", "04", case="B"), suspended("05", case="B")]
    made = table(*other, *WHOLE)
    assert (made.index("A1"), made.index("B")) == (0, 1)
    assert made.row(0) == table(*WHOLE).row(0)
    assert made.clock(1) == table(*other).clock(0)
    with pytest.raises(KeyError):
        made.index("C")
    assert len(table()) == 0
    assert list(table().frame.columns) == list(made.frame.columns)


def test_instants_outside_the_calendar_are_flagged():
    for year in ("1901", "2250"):
        found = row(event("accepted", f"{year}-03-03"), now="2026-03-04T12:00")
        assert "outside_calendar" in found["flags"] or "in_future" in found["flags"]
        assert found["lamp"] == "none"
    at = dt.datetime(2026, 3, 4, tzinfo=CHINA)
    assert isinstance(case_table([], CATALOGUE, CALENDAR, now=at).frame, pd.DataFrame)


def test_any_order_of_arrival_gives_one_table():
    events = [*WHOLE, event("accepted", "04", case="B"), suspended("05", case="B"), event("step", case="B")]
    expected = table(*events).frame
    for seed in range(5):
        arrived = [*events, *random.Random(seed).sample(events, 4)]
        random.Random(seed).shuffle(arrived)
        pd.testing.assert_frame_equal(table(*arrived).frame, expected)


@pytest.mark.parametrize(("end", "flags"), [("2026-03-31", ""), ("2026-04-01", "statutory_late")])
def test_a_missed_statutory_day_is_for_a_person_to_look_at(end, flags):
    """Accepted on the 3rd: the 20th working day is the 31st, and the promise of 5 days is missed in both cases."""
    closed = row(event("accepted", "03"), event("decided", end, outcome="granted"), event("delivered", end))
    assert (closed["statutory_due_on"], closed["late"], closed["flags"]) == ("2026-03-31", True, flags)
    assert row(event("accepted", "03"), now=f"{end}T12:00")["flags"] == flags
