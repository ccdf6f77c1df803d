"""Events that are posted: read whole, or refused with where, what was found and what is allowed; no person is shown."""

import datetime as dt

import pytest

from data.approvals.records import EVENT_KINDS
from data.uscc import fictitious_uscc
from serving.approvals.schemas import NEEDED, VALUES, read_event, read_events

pytestmark = pytest.mark.contract
NOW = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
GOOD = {"case_number": "A1", "kind": "applied", "at": "2026-03-02T09:30:00+08:00", "item": "permit", "office": "east",
        "officer": "王五", "values": {"applicant": fictitious_uscc(1)}}  # fmt: skip


def test_an_event_is_read_as_it_came():
    made = read_event(GOOD, NOW)
    assert made.at == dt.datetime(2026, 3, 2, 1, 30, tzinfo=dt.UTC)
    assert (made.at_text, made.officer, dict(made.values)) == (GOOD["at"], "王五", GOOD["values"])


def test_without_an_offset_beijing_is_meant_and_that_is_counted():
    read = read_events([GOOD, GOOD | {"at": "2026-03-02 09:30:00"}], NOW)
    assert read.zone_assumed == 1
    assert len({one.at for one in read.good}) == 1


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"case_number": ""}, "case_number"),
        ({"case_number": " \u3000"}, "case_number"),
        ({"case_number": ".."}, "case_number"),
        ({"case_number": "a\nb"}, "case_number"),
        ({"case_number": "2026/1"}, "case_number"),
        ({"kind": "approved"}, "kind"),
        ({"at": "yesterday"}, "at"),
        ({"at": "2026-03-02"}, "at"),
        ({"at": "2026-03-04T09:30:00+08:00"}, "at"),  # not yet
        ({"at": "0004-03-04T09:30:00+08:00"}, "at"),
        ({"office": 7}, "office"),
        ({"values": {"applicant": "91330100"}}, "values.applicant"),
        ({"values": {"outcome": "granted"}}, "values.outcome"),  # of another kind
        ({"kind": "decided", "values": {}}, "values.outcome"),
        ({"kind": "decided", "values": {"outcome": "perhaps"}}, "values.outcome"),
        ({"kind": "suspended", "values": {"days": "5"}}, "values.reason"),
        ({"kind": "extended", "values": {"by": "clerk"}}, "values.by"),
        ({"kind": "step", "values": {}}, "activity"),
        ({"note": "x"}, "note"),
    ],
)
def test_what_is_wrong_is_named(changed, where):
    faults = read_event(GOOD | changed, NOW)
    assert [fault.where for fault in faults] == [where]
    assert all(all(fault.texts) for fault in faults)


def test_all_faults_come_at_once_and_good_events_stay():
    read = read_events([GOOD, "text", {"kind": "applied"}, GOOD | {"case_number": "A2"}], NOW)
    assert [one.case_number for one in read.good] == ["A1", "A2"]
    assert [one.position for one in read.refused] == [1, 2]
    assert {fault.where for fault in read.refused[1].faults} == {"case_number", "at"}


@pytest.mark.parametrize(
    "changed",
    [
        {"officer": ["王五"]},
        {"clerk": "王五"},
        {"values": {"clerk": "王五"}},
        {"values": "王五"},
        {"item": {"officer": "王五"}},
        {"office": ["王五"]},
    ],
)
def test_what_a_fault_shows_never_names_a_person(changed):
    """A member that might hold a name is described by its length; the law is that no fault repeats what it held."""
    faults = read_event(GOOD | changed, NOW)
    assert faults
    assert "王五" not in str([fault.as_dict() for fault in faults])
    assert "王五" not in str([fault.as_dict() for fault in read_event("王五", NOW)])


def test_every_kind_has_its_members_and_needs_only_those():
    assert set(VALUES) <= set(EVENT_KINDS)
    assert all(set(names) <= set(VALUES[kind]) for kind, names in NEEDED.items())
