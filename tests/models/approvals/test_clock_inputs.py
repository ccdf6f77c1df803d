"""What the clocks take: which suspensions and which extension."""

import numpy as np
import pytest

from data.approvals.clock_rules import ClockRules
from models.approvals.clock_inputs import extensions, left_out, why_counted, within
from models.approvals.fold import fold_table
from models.approvals.texts import flag_text
from tests.models.approvals.events import event, instant, resumed, suspended
from tests.models.approvals.items import DRILL, FOOD, table


def test_reasons_are_those_of_the_item_or_of_the_law():
    events = [suspended("03"), resumed("04"), suspended("05", reason="hearing"), suspended("05", reason="lunch")]
    table = fold_table(events, [0] * 4)
    rules = ClockRules.load()
    start = np.array([np.datetime64("NaT", "us")])
    assert table.suspensions.reason[left_out(table, [FOOD], rules, start).rows].tolist() == ["test"]
    assert table.suspensions.reason[left_out(table, [None], rules, start).rows].tolist() == ["test", "hearing"]
    assert (left_out(table, [DRILL], rules, start).why_not != "").all()
    assert np.isnat(left_out(table, [None], rules, start).spells.ended_at).tolist() == [False, True]


def test_the_first_extension_that_holds():
    both = [event("extended", "05", by="head"), event("extended", "06", by="head", informed="1")]
    found = extensions(fold_table([*both, event("extended", "04")], [0, 0, 1]), np.array([10.0, np.nan]))
    first = np.datetime64(instant("06").replace(tzinfo=None), "us")
    assert (found.at[0], found.days.tolist()) == (first, [10, 0])
    assert (found.by_head.tolist(), found.informed.tolist()) == ([True, False], [True, False])


def test_instants_outside_the_calendar_are_none():
    given = np.array(["1901-01-01", "2026-01-01", "2300-01-01", "NaT"], dtype="datetime64[us]")
    assert np.isnat(within(given)).tolist() == [True, False, True, True]


def test_why_a_suspension_counts():
    assert why_counted("", "") == "suspension_without_reason"
    assert why_counted("test", "") == "suspension_without_basis"
    assert why_counted("test", "x") == "suspension_not_allowed"


def test_an_answer_of_an_unknown_instant_may_have_been_in_time():
    """Nobody knows when it was accepted: the clock has no beginning, and nothing is said to be late."""
    assert table(event("applied", "02")).row(0)["acceptance_basis"] == "deemed"
    for answer in ("accepted", "correction_requested"):
        row = table(event("applied", "02"), event(answer)).row(0)
        assert (row["acceptance_basis"], row["started_on"], row["late"], row["lamp"]) == ("", None, None, "none")
        assert "no_instant" in row["flags"]
    later = table(event("applied", "02"), event("correction_requested"), event("accepted", "16")).row(0)
    assert (later["acceptance_basis"], later["started_on"]) == ("accepted", "2026-03-16")


@pytest.mark.parametrize(
    ("begun", "is_left_out"),
    [
        (("04", "09:00"), False), (("05", "08:59"), False), (("04", ""), False), (("05", "09:00"), True),
        (("05", ""), True),  # only the day: it may have been after the acceptance
        (("05", "09:01"), True),
    ],
)  # fmt: skip
def test_a_suspension_from_before_acceptance_suspends_nothing(begun, is_left_out):
    """Accepted on the 5th at 9:00 and never resumed: 5 promised days end on the 12th, however long it is suspended."""
    made = table(event("applied", "02"), event("accepted", "05", "09:00"), suspended(*begun), now="2026-03-16T12:00")
    found, (one,) = made.row(0), made.suspensions(0)
    assert (one.left_out, found["n_left_out"], found["suspended_working_days"] > 0) == (
        (is_left_out, int(is_left_out), is_left_out)
    )
    assert one.why_not == ("" if is_left_out else "suspended_before_accepted")
    assert ("suspended_before_accepted" in found["flags"]) is not is_left_out
    if not is_left_out:
        assert (found["promised_due_on"], found["lamp"], found["late"]) == ("2026-03-12", "red", True)


@pytest.mark.parametrize("basis", ["-", "无", "/", "N/A", "（无）", "45", "none", " "])
def test_a_mark_is_no_basis(basis):
    """A suspension that names none stays on the clock: the 5th to the 10th are used."""
    events = [event("accepted", "03"), suspended("05", basis=basis), resumed("11")]
    found = table(*events, now="2026-03-11T12:00").row(0)
    assert (found["n_left_out"], found["suspended_working_days"], found["flags"]) == (0, 0, "suspension_without_basis")
    (one,) = table(*events).suspensions(0)
    assert (one.basis, one.why_not) == (basis.strip(), "suspension_without_basis")
    assert table(event("accepted", "03"), suspended("05", basis="第45条")).row(0)["n_left_out"] == 1


@pytest.mark.parametrize(
    ("days", "end", "flags"),
    [
        ("4", [resumed("11")], ""),  # 5, 6, 9 and 10 March
        ("3", [resumed("11")], "suspended_longer_than_announced"),
        ("6", [], ""),  # up to now, the 12th
        ("5", [], "suspended_longer_than_announced"),
        ("", [resumed("11")], "suspension_without_days"),
    ],
)
def test_a_suspension_that_lasts_longer_than_announced_is_flagged(days, end, flags):
    events = [event("accepted", "03"), suspended("05", days=days), *end]
    assert table(*events, now="2026-03-12T12:00").row(0)["flags"] == flags
    assert flag_text("suspended_longer_than_announced", "zh")


JUNE = [event("applied", "2024-06-03"), event("correction_requested", "2024-06-04"), event("corrected", "2024-06-05")]


@pytest.mark.parametrize(
    ("events", "now", "flags"),
    [
        (JUNE, "2024-06-13T12:00", ""),  # 6, 7, 11, 12 and 13 June: the Dragon Boat day is the 10th
        (JUNE, "2024-06-14T12:00", "acceptance_waits"),
        (JUNE[1:], "2024-06-30T12:00", "acceptance_waits"),  # without a record of the application
        (JUNE[:2], "2024-06-30T12:00", ""),  # the applicant has the papers
        ([*JUNE, event("refused", "2024-06-25")], "2024-06-30T12:00", ""),
        ([*JUNE, event("returned", "2024-06-25")], "2024-06-30T12:00", ""),
        ([*JUNE, event("withdrawn", "2024-06-25")], "2024-06-30T12:00", ""),
        ([*JUNE, event("accepted")], "2024-06-30T12:00", "no_instant"),  # it may have been in time
        ([*JUNE, event("accepted", "2024-06-13")], "2024-06-14T12:00", ""),
        ([*JUNE, event("accepted", "2024-06-14")], "2024-06-14T12:00", "accepted_late"),
        ([*JUNE[:2], event("accepted", "2024-06-25")], "2024-06-25T12:00", ""),
        ([*JUNE, event("corrected", "2024-06-12")], "2024-06-14T12:00", "acceptance_waits"),  # the first papers
        ([JUNE[0]], "2024-06-14T12:00", "deemed_accepted"),
    ],
)
def test_corrected_papers_that_wait_for_acceptance_are_flagged(events, now, flags):
    """Five working days after the corrected papers; the day that the clock begins with is what it was."""
    found = table(*events, now=now).row(0)
    assert found["flags"] == flags
    if flags == "accepted_late":
        assert (found["started_on"], found["acceptance_basis"]) == ("2024-06-14", "accepted")
    assert all(flag_text(code, "zh") != flag_text(code, "en") for code in flags.split(";") if code)
