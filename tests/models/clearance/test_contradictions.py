"""Every planted contradiction is flagged with its events; the status is never guessed."""

import datetime as dt

import pytest

from data.clearance.records import CaseEvent
from models.clearance.fold import fold, fold_table

DAY = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
SEQ, ENTRY, OTHER = (
    ("seq_no", "E20260000000000001"),
    ("entry_id", "290120260000000001"),
    ("entry_id", "290120260000000002"),
)


def event(code, minute, *, keys=(SEQ,), note="", office="2901"):
    return CaseEvent(keys, "single_window", code, DAY + dt.timedelta(minutes=minute), str(minute), note, office)


START = [event("7", 0), event("L", 1), event("J", 2)]
PLANTED = {
    "released_and_rejected": ([*START, event("P", 10), event("E", 20)], "released", "PE", True),
    "stage_after_end": ([*START, event("E", 20), event("L", 30)], "", "EL", True),
    "two_numbers": (
        [*START, event("P", 10, keys=(SEQ, ENTRY)), event("L", 1, keys=(SEQ, OTHER))], "entry_id", "PL", True,
    ),
    "two_contents": ([*START, event("P", 10, note="放行"), event("P", 10, note="查验放行")], "P", "PP", False),
    "completed_without_release": ([*START, event("R", 10)], "released", "R", False),
    "earlier_than_previous_stage": ([*START, event("P", 10), event("R", 9)], "completed", "PR", False),
}  # fmt: skip


@pytest.mark.parametrize("code", PLANTED)
def test_a_planted_contradiction_is_flagged_with_its_events(code):
    events, detail, codes, undecidable = PLANTED[code]
    state = fold(events)
    flagged = [one for one in state.contradictions if one.code == code]
    assert [(one.detail, one.undecidable) for one in flagged] == [(detail, undecidable)]
    assert sorted(row.code for row in state.history if row.digest in flagged[0].digests) == sorted(codes)
    assert all((code in row.marks) == (row.digest in flagged[0].digests) for row in state.history)
    assert (state.clearance_status == "contradictory") == undecidable
    assert undecidable == (state.status_at is None)
    assert fold(events[::-1]) == state


@pytest.mark.parametrize(
    "events", [START, [*START, event("P", 10), event("R", 10)], [*START, event("P", 10), event("D", 20)]]
)
def test_what_agrees_is_not_flagged(events):
    assert fold(events).contradictions == ()


def test_a_new_declaring_settles_what_was_contradictory_before():
    """The first attempt stays flagged; the current one is not touched by it, and has a number of its own."""
    events = [*START, event("P", 10, keys=(SEQ, ENTRY)), event("E", 20), event("7", 60)]
    events += [event("L", 61, keys=(SEQ, OTHER))]
    state = fold(events)
    assert [(one.code, one.undecidable) for one in state.contradictions] == [("released_and_rejected", False)]
    assert (state.clearance_status, state.episode) == ("accepted", 2)


def test_two_numbers_that_both_reached_the_status_leave_it_decided():
    events = [*START, event("P", 10, keys=(SEQ, ENTRY)), event("P", 11, keys=(SEQ, OTHER))]
    state = fold(events)
    assert [(one.code, one.undecidable) for one in state.contradictions] == [("two_numbers", False)]
    assert state.clearance_status == "released"


def test_another_document_has_numbers_of_its_own():
    """The answer to a returned parcel names the list and its own pre-entry number: that is no second number."""
    lists = [CaseEvent((("invt_no", "I1"), ("pre_no", "P1")), "ceb", "800", DAY, "1")]
    other = CaseEvent((("invt_no", "I1"), ("pre_no", "T1")), "ceb_document", "120", DAY, "2")
    assert fold([*lists, other]).clearance_status == "released"
    wrong = CaseEvent((("invt_no", "I1"), ("pre_no", "T1")), "ceb", "120", DAY, "2")
    assert fold([*lists, wrong]).clearance_status == "contradictory"


def test_a_return_without_an_instant_beside_a_release_is_not_lost():
    state = fold([*START, event("P", 10), CaseEvent((SEQ,), "single_window", "E", None, "soon")])
    assert state.clearance_status == "contradictory"


def test_another_office_at_the_same_instant_is_another_content():
    state = fold([event("P", 10), event("P", 10, office="2902")])
    assert [one.code for one in state.contradictions] == ["two_contents"]


def test_contradictions_of_one_declaration_are_not_those_of_another():
    """All six planted ones side by side in one table give what each gives alone."""
    events, ids = [], []
    for index, code in enumerate(PLANTED):
        events += PLANTED[code][0]
        ids += [index] * len(PLANTED[code][0])
    table = fold_table(events, ids)
    for index, code in enumerate(PLANTED):
        assert table.contradictions[index] == fold(PLANTED[code][0]).contradictions
