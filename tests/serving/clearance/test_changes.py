"""A change is seen by whom its declaration concerns, and what a caller posted changes no state but its own."""

from __future__ import annotations

import pytest

from data.clearance.records import MessageError
from serving.clearance.changes import StoredChanges, folded_status
from serving.clearance.store import Source
from tests.serving.clearance.planted import AT, FIRM, FOLDER, OTHER, ZONE, read, status

pytestmark = pytest.mark.law


def seen(changes, viewer):
    arrived, _ = changes.newer(0, 100)
    return [(one.code, one.status_before, one.clearance_status) for at in arrived for one in at.changes
            if one.seen_by(viewer)]  # fmt: skip


def receive(messages, *texts, source=FOLDER):
    for text in texts:
        messages.receive(text.encode(), source, AT)


def test_states_are_those_of_the_messages_until_then_and_parties_see_them(messages, changes):
    receive(messages, f"D client_seq_no:T1 of:{FIRM}", "0 client_seq_no:T1 seq_no:E1".replace("0", "7"), "P seq_no:E1")
    receive(messages, "L seq_no:E1", "L seq_no:E9")
    rows = [("", "unknown", "unknown"), ("7", "unknown", "declared"), ("P", "declared", "released")]
    assert seen(changes, FIRM) == [*rows, ("L", "released", "released")]
    assert seen(changes, None) == [*rows, ("L", "released", "released"), ("L", "unknown", "accepted")]
    assert seen(changes, OTHER) == []


def test_what_a_party_posted_is_reported_and_changes_no_state(messages, changes):
    receive(messages, f"D client_seq_no:T1 of:{FIRM}", "7 client_seq_no:T1")
    receive(messages, "R client_seq_no:T1", source=Source("enterprise", FIRM))
    (last,) = changes.newer(0, 9)[0][-1].changes
    assert (last.reported, last.code, last.status_before, last.clearance_status) == (True, "R", "declared", "declared")
    assert (last.seen_by(None), last.seen_by(FIRM), last.seen_by(OTHER)) == (True, True, False)


def test_what_anybody_else_posted_is_seen_by_the_one_who_posted_it(messages, changes):
    receive(messages, f"D client_seq_no:T1 of:{FIRM}", "7 client_seq_no:T1")
    receive(messages, f"D client_seq_no:T1 of:{OTHER}", "R client_seq_no:T1", source=Source("enterprise", OTHER))
    assert seen(changes, OTHER) == [("", "unknown", "unknown"), ("R", "unknown", "completed")]
    assert [row[0] for row in seen(changes, FIRM)] == ["", "7"]
    assert [row[0] for row in seen(changes, None)] == ["", "7"]


def test_pages_go_on_behind_one_another_also_over_what_is_blank_or_cannot_be_read(messages, events, monkeypatch):
    receive(messages, "7 seq_no:E1", "L seq_no:E2", "P seq_no:E3", "R seq_no:E4", source=ZONE)

    def forgetful(raw):
        if raw.startswith(b"L"):
            raise MessageError("unknown_kind", "", "")
        return read(raw)

    changes = StoredChanges(type(messages)(events, forgetful), status)
    events.blank("simulated", [])
    after, codes = 0, []
    while True:
        arrived, upto = changes.newer(after, 3)
        if upto == after:
            break
        codes += [change.code for one in arrived for change in one.changes]
        after = upto
    assert (codes, after) == (["7", "P", "R"], changes.newest())


def test_the_sent_form_holds_the_note_for_viewers_alone(messages, changes):
    receive(messages, "7 seq_no:E1 entry_id:29")
    (change,) = changes.newer(0, 9)[0][0].changes
    without = change.as_dict(with_note=False)
    assert "note of" not in repr(without)
    assert (without["note_length"], without["declaration"], without["office"]) == (18, "29", "2244")
    assert change.as_dict(with_note=True)["note"] == "note of an officer"


def test_the_fold_gives_the_word():
    (event,) = read(b"R seq_no:E1").events
    assert folded_status([event]) == "completed"
