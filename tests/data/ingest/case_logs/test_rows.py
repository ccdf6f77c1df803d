"""Which column means what, and which row cannot be an event."""

from __future__ import annotations

import pytest

from data.ingest.case_logs.rows import MOST_CHARACTERS, MOST_MEMBERS, Column, columns_of, key_fault
from data.ingest.source import IngestError

pytestmark = pytest.mark.contract


def test_columns_by_their_titles():
    """Of a case, of an event, known at the end; a number of rows is no content."""
    names = ["case_id", "activity", "timestamp", "resource", "event_no", "c_x", "e_y", "leak_z", "colour"]
    assert columns_of(names, {}) == {
        "case_id": Column("case_number", of_case=False),
        "activity": Column("activity", of_case=False),
        "timestamp": Column("at", of_case=False),
        "resource": Column("officer", of_case=False),
        "event_no": Column("", of_case=False),
        "c_x": Column("c_x", of_case=True),
        "e_y": Column("e_y", of_case=False),
        "leak_z": Column("leak_z", of_case=True),
        "colour": Column("e_colour", of_case=False),
    }


def test_columns_of_xes_and_of_a_mapping():
    """An attribute of a trace is of the case, whatever it is mapped to."""
    names = ["case:concept:name", "concept:name", "time:timestamp", "lifecycle:transition", "case:due", "org:group"]
    found = columns_of(names, {"case:due": "deadline", "org:group": "office"})
    assert [(one.target, one.of_case) for one in found.values()] == [
        ("case_number", True),
        ("activity", False),
        ("at", False),
        ("e_lifecycle", False),
        ("deadline", True),
        ("office", False),
    ]


def test_what_a_mapping_gives_is_that_and_a_title_gives_way():
    """A log with a number of its own system beside that of the case."""
    found = columns_of(["case_id", "办件号", "activity", "timestamp"], {"办件号": "case_number"})
    assert [one.target for one in found.values()] == ["e_case_id", "case_number", "activity", "at"]


@pytest.mark.parametrize(
    ("names", "given", "message"),
    [
        (["case_id", "activity"], {}, r"\['timestamp'\] are absent; the log has \['activity', 'case_id'\]"),
        (["case_id", "activity", "timestamp"], {"due": "deadline"}, r"names columns \['due'\]"),
        (["case_id", "case_number", "activity", "timestamp"], {}, "are all case_number"),
        (["case_id", "activity", "timestamp", "x", "e_x"], {}, r"\['x', 'e_x'\] are all e_x"),
    ],
)
def test_columns_that_cannot_be_used(names, given, message):
    """Absent, unknown, or two with one meaning."""
    with pytest.raises(IngestError, match=message):
        columns_of(names, given)


@pytest.mark.parametrize(
    ("case", "activity", "values", "keys", "fault"),
    [
        ("1", "a", ["x"], ["k"], ""),
        ("", "a", [], [], "no_case"),
        ("  ", "a", [], [], "no_case"),
        ("\u3000", "a", [], [], "no_case"),
        (".", "a", [], [], "no_case"),
        (" ..", "a", [], [], "no_case"),
        ("A..1", "a", [], [], ""),
        ("1", "", [], [], "no_activity"),
        ("1\0", "a", [], [], "nul"),
        ("1", "a", ["x\0"], [], "nul"),
        ("1", "a", ["x\ud800"], [], "half_character"),
        ("1" * 101, "a", [], [], "too_long"),
        ("1", "a" * 301, [], [], "too_long"),
        ("1", "a", ["x" * (MOST_CHARACTERS + 1)], [], "too_long"),
        ("1", "a", [], ["k" * 101], "too_long"),
        ("1", "a", ["x"] * (MOST_MEMBERS + 1), [], "too_many_members"),
    ],
)
def test_what_cannot_be_an_event(case, activity, values, keys, fault):
    """Each reason."""
    assert key_fault(case, activity, values, keys) == fault
