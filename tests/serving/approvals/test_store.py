"""Events of cases are kept once by their source, and every refused one with its reason."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from data.approvals.records import ApprovalEvent
from data.events import EventStore, EventStoreError
from data.ingest.case_logs.read import Quarantined
from data.uscc import fictitious_uscc
from serving.approvals import store as approvals
from serving.approvals.store import EVENTS, CaseStore, Received

pytestmark = pytest.mark.law
AT = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
LATER = AT + dt.timedelta(days=3)


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'events.sqlite'}"


@pytest.fixture
def cases(url):
    made = EventStore(url)
    yield CaseStore(made)
    made.close()


def event(number, case="K1", at=AT, **members):
    values = members.pop("values", {})
    text = "" if at is None else at.isoformat()
    return ApprovalEvent(case, "step", at, text, activity=f"step {number}", values=values, **members)


def test_events_come_back_as_they_were_given(cases):
    """All members, an event without an instant too; of one case, newer, all, newest."""
    given = [
        event(1, values={"c_channel": "网上"}, officer="王五", office="housing", item="A1"),
        event(2, at=None),
        event(3, case="K2"),
    ]
    received = cases.receive(given, "office a", LATER)
    assert received == Received(3, 0, {}, 0)
    assert [kept.event for kept in cases.events()] == given
    assert [kept.event for kept in cases.of_case("K1")] == given[:2]
    first = next(cases.events())
    assert (first.source, first.received_at) == ("office a", LATER)
    assert [kept.event for kept in cases.events(first.sequence)] == given[1:]
    assert cases.newest() == [*cases.events()][-1].sequence
    assert "王五" not in repr(first)


def test_the_same_again_is_known_and_keeps_its_first_arrival(cases):
    """In one call or in another, whatever the time of the arrival."""
    given = [event(1), event(2), event(1)]
    assert cases.receive(given, "a", AT) == Received(2, 1, {}, 0)
    assert cases.receive(given, "a", LATER) == Received(0, 3, {}, 0)
    assert {kept.received_at for kept in cases.events()} == {AT}


def test_a_number_of_two_sources_is_two_cases(cases):
    """The source is a part of the key; without one, the cases of every source are given."""
    cases.receive([event(1), event(2)], "a", AT)
    assert cases.receive([event(1)], "b", AT) == Received(1, 0, {}, 0)
    assert cases.sources() == ["a", "b"]
    assert [len(cases.of_case("K1", source)) for source in ("a", "b", "c", None)] == [2, 1, 0, 3]


def test_an_event_that_cannot_be_kept_is_refused_with_its_reason(cases):
    """Its number among the events and what it says are in quarantine; the others are kept."""
    given = [
        event(1),
        event(2, case=""),
        event(3, case="K\0"),
        event(3, values={"e_note": "\ud800"}),
        event(4, at=AT.replace(tzinfo=None)),
        ApprovalEvent("K1", "done", AT, "", activity="x"),
        event(1, at=AT),
        ApprovalEvent("K1", "step", LATER, AT.isoformat(), activity="step 1"),
    ]
    received = cases.receive(given, "a", AT)
    reasons = ["no_case", "nul", "half_character", "no_zone", "unknown_kind", "other_instant"]
    assert received == Received(1, 1, dict.fromkeys(reasons, 1), 6)
    rows = list(cases.quarantined())
    assert {(one.row.row, one.row.reason) for one in rows} == set(zip([2, 3, 4, 5, 6, 8], reasons, strict=True))
    assert {one.source for one in rows} == {"a"}
    assert rows[0].row.values["activity"] == "step 2"
    assert cases.receive(given, "a", LATER) == Received(0, 2, dict.fromkeys(reasons, 1), 0)


def test_another_instant_under_one_text_is_refused(cases):
    """A log imported again with another zone: what is stored stays, and it is said."""
    text = "2026-03-02 16:00"
    shanghai, utc = (ApprovalEvent("K1", "step", at, text, activity="x") for at in (AT, AT + dt.timedelta(hours=8)))
    cases.receive([shanghai], "a", AT)
    assert cases.receive([utc], "a", AT) == Received(0, 0, {"other_instant": 1}, 1)
    assert [kept.event.at for kept in cases.events()] == [AT]


def test_refused_rows_of_a_log_are_kept_once(cases):
    """Equal rows are as many as there are; the same log again adds none, a longer one adds its new ones."""
    rows = [Quarantined(number, number + 1, "no_case", {"activity": "x"}) for number in (3, 7)]
    assert cases.receive([], "a", AT, rows).quarantined == 2
    moved = [Quarantined(number, number + 1, "no_case", {"activity": "x"}) for number in (4, 8, 9)]
    assert cases.receive([], "a", LATER, moved).quarantined == 1
    assert [one.row.row for one in cases.quarantined()] == [3, 7, 9]
    assert cases.receive([], "b", AT, rows).quarantined == 2


def test_an_import_that_breaks_off_goes_on_where_it_was(cases, monkeypatch):
    """Each transaction is whole or absent; the second start finds the first one's events."""
    monkeypatch.setattr(approvals, "AT_ONCE", 10)
    given = [event(number, case=f"K{number % 7}") for number in range(45)]
    calls, append_all = [], EventStore.append_all

    def breaking(self, events):
        calls.append(len(events))
        if len(calls) == 4:
            raise EventStoreError("the event store failed")
        return append_all(self, events)

    monkeypatch.setattr(EventStore, "append_all", breaking)
    with pytest.raises(EventStoreError):
        cases.receive(given, "a", AT)
    assert len(list(cases.events())) == 20
    done = []
    assert cases.receive(given, "a", LATER, each=done.append) == Received(25, 20, {}, 0)
    assert [kept.event for kept in cases.events()] == given
    assert done == [10, 20, 30, 40, 45]


def test_two_imports_at_once_keep_each_event_once(url, monkeypatch):
    """Four threads with a store of their own; every event is new for one of them."""
    monkeypatch.setattr(approvals, "AT_ONCE", 20)
    given, found = [event(number) for number in range(100)], []

    def send():
        store = EventStore(url)
        found.append(CaseStore(store).receive(given, "a", dt.datetime.now(dt.UTC)))
        store.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(one.new for one in found), sum(one.known for one in found)) == (100, 300)
    assert len(list(CaseStore(EventStore(url)).events())) == 100


def test_a_case_outlives_its_firms_withdrawal_from_matching(cases):
    """A case is the record of an office: it stays whole, and further events of it are taken."""
    firm = fictitious_uscc(1)
    cases.receive([event(1, values={"applicant": firm})], "a", AT, [Quarantined(1, 2, "nul", {"applicant": firm})])
    assert cases.store.withdraw(firm, AT) == 0
    assert cases.receive([event(2, values={"applicant": firm})], "a", AT).new == 1
    assert [kept.event.values["applicant"] for kept in cases.events()] == [firm, firm]


@pytest.mark.contract
@pytest.mark.parametrize("source", ["", "x" * 65, "a|b", "a\nb"])
def test_a_source_has_a_short_plain_name(cases, source):
    """Nothing is stored under another."""
    with pytest.raises(ValueError, match="allowed: 1 to 64 characters"):
        cases.receive([event(1)], source, AT)
    assert cases.store.last(EVENTS) == 0
