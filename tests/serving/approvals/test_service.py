"""Who sees which case, the day's alerts, and what a release without a catalogue still answers."""

import datetime as dt

import pytest

from data.uscc import fictitious_uscc
from serving.approvals.service import ApprovalsService, mappings
from serving.auth.access import Caller
from serving.contract.refusals import Refusal
from serving.matching.packed import FirstUse, NotPackedError
from tests.serving.approvals.conftest import NOW
from tests.serving.approvals.planted_release import ENDED, NUMBER, OTHER, event, planted_approvals, planted_store
from tests.serving.approvals.planted_release import NOW as PLANTED

OPERATOR = Caller("zone", "operator", "wang", "k", frozenset())
FIRM, STRANGER = fictitious_uscc(1), fictitious_uscc(2)
OFF = ("approvals-not-packed", "approvals-unavailable")


@pytest.fixture
def planted(tmp_path):
    made = planted_approvals(tmp_path, FIRM, STRANGER)
    yield made
    made.close()


def refused(call):
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value


def test_an_enterprise_sees_its_own_cases_and_no_others(planted):
    assert planted.see(NUMBER, None, FIRM, PLANTED).row["applicant"] == FIRM
    for number in (OTHER, "none"):
        assert refused(lambda number=number: planted.see(number, None, FIRM, PLANTED)).key == "not-found"
    assert [sorted(planted.cases(who, PLANTED).frame["case_number"]) for who in (FIRM, STRANGER, None)] == [
        [NUMBER], [OTHER, ENDED], [NUMBER, OTHER, ENDED],
    ]  # fmt: skip


def test_where_two_firms_are_named_as_applicant_neither_sees_the_case(planted):
    again = event(NUMBER, "applied", "2024-06-03T09:05:00+08:00", values={"applicant": STRANGER})
    planted.stores.get().receive([again], "zone", PLANTED)
    for who in (FIRM, STRANGER):
        assert refused(lambda who=who: planted.see(NUMBER, None, who, PLANTED)).key == "not-found"
    assert planted.see(NUMBER, None, None, PLANTED).row["applicant"] == ""


def test_a_number_of_several_systems_needs_its_source(planted):
    planted.stores.get().receive([event(NUMBER, "applied", "2024-06-05T09:00:00+08:00")], "another", PLANTED)
    fault = refused(lambda: planted.see(NUMBER, None, None, PLANTED)).faults[0]
    assert (fault.where, fault.allowed) == ("source", "another, zone")
    assert planted.see(NUMBER, "another", None, PLANTED).row["status"] == "applied"
    assert planted.see(NUMBER, None, FIRM, PLANTED).case.source == "zone"  # the other names no applicant


def test_a_case_as_it_was_has_the_clock_of_that_instant(planted):
    """On Thursday the 13th, at noon: the 5th, 6th, 11th, 12th and 13th are used, the 7th is suspended."""
    seen = planted.see(NUMBER, None, None, PLANTED, until=dt.datetime(2024, 6, 13, 4, tzinfo=dt.UTC))
    assert (seen.row["actual_working_days"], seen.row["suspended_working_days"], seen.row["late"]) == (5, 1, False)
    assert planted.outlook(seen) == (None, "not_made")


def test_a_release_without_a_catalogue_shows_cases_without_their_days(tmp_path):
    def nothing():
        raise NotPackedError

    store = planted_store(tmp_path, FIRM, STRANGER)
    bare = ApprovalsService.made_of(
        FirstUse(lambda: store, OFF), FirstUse(nothing, OFF), FirstUse(nothing, OFF), lambda: PLANTED
    )
    row = bare.see(NUMBER, None, FIRM, PLANTED).row
    assert (row["status"], row["promised_days"], row["lamp"]) == ("accepted", None, "none")
    bare.close()


def test_the_days_alerts_use_the_budget_once(service):
    """Five new cases may be late, the release's budget is three; while the first forecast is made there are none."""
    item = next(iter(service.catalogue.get().on(NOW.date()).values())).key
    new = [event(f"N{number}", kind, f"2024-06-27T1{number}:0{minute}:00+08:00", item=item)
           for number in range(5) for minute, kind in enumerate(("applied", "accepted"))]  # fmt: skip
    service.stores.get().receive(new, "zone", NOW)
    assert service.alerts(NOW)[1:] == (None, [])
    service.expected.wait()
    first = service.alerts(NOW)[2]
    assert len({one.case_number for one in first}) == 3
    assert service.alerts(NOW + dt.timedelta(minutes=5))[2] == first
    assert service.alerts(NOW + dt.timedelta(minutes=9))[0].alerts.daily_budget == 3


def test_a_source_of_the_length_that_the_refusal_names_is_taken(planted):
    """At most 64 characters: no length is an internal error."""
    given = {"case_number": "S1", "kind": "accepted", "at": "2024-06-03T10:00:00+08:00"}
    assert [planted.receive(given, "s" * length, OPERATOR)[1].new for length in (61, 64)] == [1, 1]
    with pytest.raises(Refusal) as refused:
        planted.receive(given, "s" * 65, OPERATOR)
    assert refused.value.faults[0].where == "source"


def test_the_mappings_of_logs_have_names():
    assert "simulated" in mappings()
