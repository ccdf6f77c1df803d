"""What the clocks take: which suspensions and which extension."""

import numpy as np

from data.approvals.clock_rules import ClockRules
from models.approvals.clock_inputs import extensions, left_out, why_counted, within
from models.approvals.fold import fold_table
from tests.models.approvals.events import event, instant, resumed, suspended
from tests.models.approvals.items import DRILL, FOOD, table


def test_reasons_are_those_of_the_item_or_of_the_law():
    events = [suspended("03"), resumed("04"), suspended("05", reason="hearing"), suspended("05", reason="lunch")]
    table = fold_table(events, [0] * 4)
    rules = ClockRules.load()
    assert table.suspensions.reason[left_out(table, [FOOD], rules).rows].tolist() == ["test"]
    assert table.suspensions.reason[left_out(table, [None], rules).rows].tolist() == ["test", "hearing"]
    assert not left_out(table, [DRILL], rules).allowed.any()
    assert np.isnat(left_out(table, [None], rules).spells.ended_at).tolist() == [False, True]


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
