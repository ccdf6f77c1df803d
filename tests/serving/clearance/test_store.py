"""Messages are kept once, found by their numbers, and what an enterprise posts counts in its own view alone."""

import datetime as dt

import pytest

from data.clearance.records import CaseEvent, MessageError, ReadMessage
from data.events import EventStore
from serving.clearance import store as stores
from serving.clearance.store import MessageStore, Source, TooManyLinkedError

pytestmark = pytest.mark.law
AT = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
ZONE, FOLDER, FIRM = Source("operator", "zone"), Source("folder", "InBox"), Source("enterprise", "91330000TEST")
KINDS = ("client_seq_no", "seq_no", "entry_id")


def read(raw: bytes) -> ReadMessage:
    """``J client_seq_no:T1 seq_no:E1`` names a code and numbers."""
    if raw.startswith(b"<"):
        raise MessageError("not_well_formed", "<", "words", 1, 1)
    code, *numbers = raw.decode().split()
    keys = tuple((kind, number) for kind, number in (one.split(":") for one in numbers))
    event = CaseEvent(keys, "single_window", code, AT, "")
    return ReadMessage("sw.receipt", "", "single_window", "utf-8", "", raw, (event,))


@pytest.fixture
def store(tmp_path):
    made = EventStore(f"sqlite:///{tmp_path / 'events.sqlite'}")
    yield MessageStore(made, read)
    made.close()


def test_the_same_bytes_are_kept_once_whenever_and_however_they_come(store):
    first = store.receive(b"7 client_seq_no:T1", ZONE, AT)
    again = store.receive(b"7 client_seq_no:T1", FOLDER, AT + dt.timedelta(hours=1))
    assert (first.new, again.new, again.message_id) == (True, False, first.message_id)
    assert [kept.received_at for kept in store.newer(0)] == [AT]
    assert store.newer(0)[0].message.raw == b"7 client_seq_no:T1"


def test_bytes_that_came_as_simulated_are_real_once_they_come_as_real(store):
    """And never the other way round: a real message stays real, whatever is simulated afterwards."""
    raw, later = b"7 seq_no:E1", AT + dt.timedelta(hours=1)
    simulated = store.receive(raw, Source("simulator", "simulator"), AT, simulated=True)
    real = store.receive(raw, ZONE, later)
    again = [store.receive(raw, ZONE, later + dt.timedelta(hours=hour), simulated=hour == 1) for hour in (1, 2)]
    assert [one.new for one in (simulated, real, *again)] == [True, True, False, False]
    (found,) = store.linked(under("E1"), None)
    assert (found.kept.simulated, found.kept.received_at, found.kept.message_id) == (False, later, real.message_id)
    (known,) = store.linked(under("E1"), None, AT + dt.timedelta(minutes=1))
    assert (known.kept.simulated, known.kept.received_at) == (True, AT)  # as it was known then
    assert [kept.simulated for kept in store.newer(0)] == [False]
    store.receive(b"L seq_no:E2", ZONE, AT)
    assert not store.receive(b"L seq_no:E2", ZONE, AT, simulated=True).new


def codes(pieces):
    return [piece.event.code for piece in pieces]


def under(number):
    return [(kind, number) for kind in KINDS]


def test_numbers_link_the_messages_of_one_declaration_in_any_order(store):
    for raw in (b"P entry_id:29", b"L seq_no:E1 entry_id:29", b"x seq_no:E2", b"0 client_seq_no:T1 seq_no:E1"):
        store.receive(raw, ZONE, AT)
    for number in ("T1", "E1", "29"):
        assert codes(store.linked(under(number), None)) == ["P", "L", "0"]
    assert store.linked(under("none"), None) == []


def test_what_an_enterprise_posts_links_and_counts_in_its_own_view_alone(store):
    store.receive(b"L seq_no:E1", ZONE, AT)
    store.receive(b"R seq_no:E1 entry_id:77", FIRM, AT)
    store.receive(b"P entry_id:77", ZONE, AT)
    assert codes(store.linked(under("E1"), None)) == ["L"]
    assert codes(store.linked(under("E1"), FIRM.name)) == ["R"]
    assert store.linked(under("E1"), "another") == []
    assert codes(store.posted_by([FIRM.name], [("seq_no", "E1")])) == ["R"]
    assert store.posted_by(["another"], [("seq_no", "E1")]) == []


def test_what_arrived_later_is_left_out(store):
    store.receive(b"L seq_no:E1", ZONE, AT)
    store.receive(b"P seq_no:E1", ZONE, AT + dt.timedelta(hours=2))
    assert codes(store.linked(under("E1"), None, AT + dt.timedelta(hours=1))) == ["L"]


def test_messages_of_strangers_are_neither_read_nor_counted(store, monkeypatch):
    """However many they post under a number, nobody else's answer changes or waits."""
    monkeypatch.setattr(stores, "MOST_LINKED", 2)
    store.receive(b"L seq_no:E1", ZONE, AT)
    for code in "123456":
        store.receive(f"{code} seq_no:E1".encode(), FIRM, AT)
    were_read = []
    monkeypatch.setattr(store, "reader", lambda raw: were_read.append(raw) or read(raw))
    assert codes(store.linked(under("E1"), None)) == ["L"]
    assert were_read == [b"L seq_no:E1"]


def test_a_refused_message_is_kept_with_its_reason_and_counts_for_nothing(store):
    refused = store.receive(b"<", FOLDER, AT)
    assert refused.refusal is not None
    assert (refused.new, store.receive(b"<", FOLDER, AT).new) == (True, False)
    assert store.failed()[0].payload["reason"]["code"] == "not_well_formed"
    assert store.newer(0) == []


def test_a_number_that_links_more_than_a_declaration_can_have_is_refused(store, monkeypatch):
    monkeypatch.setattr(stores, "MOST_LINKED", 2)
    for code in "789":
        store.receive(f"{code} seq_no:E1".encode(), ZONE, AT)
    with pytest.raises(TooManyLinkedError):
        store.linked(under("E1"), None)
