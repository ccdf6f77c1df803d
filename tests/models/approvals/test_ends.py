"""How cases end."""

import numpy as np
import pytest

from models.approvals.columns import event_columns
from models.approvals.ends import GROUPS, ends
from tests.models.approvals.events import CHINA, event


def found(*events):
    columns = event_columns(events, [0] * len(events), until=None, now=None, zone=CHINA)
    return columns, ends(columns)


@pytest.mark.parametrize(
    ("events", "group"),
    [
        ([event("accepted", "02")], None),
        ([event("decided", "03"), event("delivered", "04")], "decision"),
        ([event("delivered", "04")], "decision"),
        ([event("returned", "03"), event("decided", "04")], "returned"),
        ([event("decided", "03"), event("withdrawn", "04", "")], "decision"),
        ([event("refused")], "refused"),
        ([event("withdrawn"), event("withdrawn", "04")], "withdrawn"),
    ],
)
def test_the_first_end_is_the_end(events, group):
    _, got = found(*events)
    assert got.group.tolist() == [-1 if group is None else GROUPS.index(group)]
    assert not len(got.two_ends)


def test_what_is_certainly_later_is_after_it():
    columns, got = found(
        event("withdrawn", "03"), event("withdrawn", "05"), event("step", "04"), event("accepted", "03", ""),
        event("suspended", "04"), event("decided", "06", outcome="granted"), event("corrected"),
    )  # fmt: skip
    assert [columns.events[row].kind for row in np.flatnonzero(got.after)] == ["suspended", "decided"]
    assert got.outcome.tolist() == [""]  # the decision came after the end


def test_two_kinds_of_end_need_an_order():
    for second in (event("decided", "03", ""), event("decided", "03", "09:00"), event("decided")):
        columns, got = found(event("withdrawn", "03", "09:00"), second, event("returned", "09"))
        assert {columns.events[row].kind for row in got.two_ends} == {"withdrawn", "decided"}
    _, got = found(event("withdrawn", "03", "09:00"), event("decided", "03", "09:01"))
    assert not len(got.two_ends)


def test_two_outcomes_are_two_decisions():
    columns, got = found(event("decided", "03", outcome="granted"), event("decided", "05", outcome="refused"))
    assert (len(got.two_decisions), got.outcome.tolist(), got.own.sum()) == (2, [""], 2)
    columns, got = found(event("decided", "03", outcome="granted"), event("decided", "05"))
    assert (len(got.two_decisions), got.outcome.tolist()) == (0, ["granted"])
    assert len(columns.events) == 2
