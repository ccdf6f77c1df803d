"""What was imported by mistake counts no more, and what was known before is still seen."""

import datetime as dt

import pytest

from data.events import EventStore
from data.uscc import fictitious_uscc
from serving.approvals.retractions import MOST_IN_REASON, Retraction, add_retraction, retracted_at, retractions
from serving.contract.refusals import Refusal
from tests.serving.approvals.planted_release import ENDED, NOW, NUMBER, OTHER, event, planted_approvals

FIRM, STRANGER = fictitious_uscc(1), fictitious_uscc(2)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def planted(tmp_path):
    made = planted_approvals(tmp_path, FIRM, STRANGER)
    yield made
    made.close()


def gone(service, number, who=None, **options):
    with pytest.raises(Refusal) as caught:
        service.see(number, None, who, NOW + 3 * HOUR, **options)
    return caught.value.key == "not-found"


def test_what_a_source_sent_so_far_counts_no_more(planted):
    """Nothing is deleted: before the retraction the zone's side sees it still. Another source brings it in again."""
    store, later = planted.stores.get(), NOW + 3 * HOUR
    before = list(store.events())
    store.receive([event("W1", "accepted", "2024-06-05T09:00:00+08:00")], "wrong", NOW - HOUR)
    assert len(planted.cases(None, NOW).frame) == 4
    key = planted.board.key(NOW)
    made, count = store.retract("zone", NOW + HOUR, "wang", "wrong mapping")
    assert (count, made.source, made.upto) == (len(before), "zone", store.newest())
    assert planted.board.key(NOW) > key
    assert planted.cases(None, NOW).frame["case_number"].tolist() == ["W1"]
    assert [one.event.case_number for one in store.events()] == ["W1"]
    assert store.of_case(NUMBER) == []
    assert all(gone(planted, number) for number in (NUMBER, OTHER, ENDED))
    then = planted.see(NUMBER, None, None, later, known_at=NOW)
    assert (then.row["status"], len(then.case.kept)) == ("accepted", 4)
    assert gone(planted, NUMBER, known_at=NOW + 2 * HOUR)
    assert gone(planted, NUMBER, FIRM, known_at=NOW)

    again = [one.event for one in before]
    assert store.receive(again, "zone", later).new == 0  # known, and still retracted
    assert gone(planted, NUMBER)
    store.receive(again, "right", later)
    assert planted.see(NUMBER, None, FIRM, later).case.source == "right"
    store.receive([event(NUMBER, "step", "2024-06-20T09:00:00+08:00", activity="x")], "zone", later)
    assert len(planted.see(NUMBER, "zone", None, later).case.kept) == 1  # what is sent later counts


def test_a_retraction_needs_a_source_that_counts_a_name_and_a_reason(planted):
    store = planted.stores.get()
    for source, by, reason in (("none", "w", "r"), ("zone", " ", "r"), ("zone", "w", "r" * (MOST_IN_REASON + 1))):
        with pytest.raises(ValueError, match="allowed: "):
            store.retract(source, NOW, by, reason)
    store.retract("zone", NOW, "w", "r")
    with pytest.raises(ValueError, match="no event of source 'zone' counts"):
        store.retract("zone", NOW, "w", "r")


def test_an_event_is_retracted_since_the_first_that_covers_it(tmp_path):
    store = EventStore(f"sqlite:///{tmp_path / 'e.sqlite'}")
    made = [Retraction("a", 5, NOW, "w", "r"), Retraction("a", 9, NOW + HOUR, "w", "r")]
    for one in made:
        add_retraction(store, one)
    every = retractions(store)
    assert every == {"a": made}
    assert [retracted_at(every, "a", sequence) for sequence in (5, 6, 10)] == [NOW, NOW + HOUR, None]
    assert retracted_at(every, "b", 1) is None
    store.close()
