"""The log is one of an office: every kind of event, and damage of every kind in it."""

from collections import Counter

from data.approvals.records import EVENT_KINDS
from data.synthetic.approvals_log import events_of, meanings
from tests.data.synthetic.planted_approvals import planted_cohort


def test_every_kind_of_event_and_of_damage_is_there():
    cohort = planted_cohort()
    events, log = cohort.events, cohort.log
    assert {event.kind for event in events} == set(EVENT_KINDS)
    assert any(event.at is None and event.at_text == "" for event in events)
    assert any(event.at is None and event.at_text for event in events)
    assert (log["办件编号"] == "").sum() == len(log) - len(events) > 0
    assert len({event.digest for event in events}) < len(events)  # duplicates
    known = [event.at for event in events if event.at is not None]
    assert known != sorted(known)
    decided = Counter((event.case_number, event.values["outcome"]) for event in events if event.kind == "decided")
    both = Counter(number for number, _ in decided)
    assert max(both.values()) == 2


def test_columns_are_those_of_the_mapping_and_officers_are_no_values():
    cohort = planted_cohort()
    assert list(cohort.log.columns) == list(meanings("columns"))
    assert all(event.officer.startswith("SIM") for event in cohort.events)
    assert not any(event.officer in event.values.values() for event in cohort.events)
    assert "SIM" not in repr(cohort.events[0]).replace(cohort.events[0].case_number, "")


def test_a_row_is_its_event():
    cohort = planted_cohort()
    row = cohort.log[
        (cohort.log["环节"] == "中止计时") & (cohort.log["时间"] != "") & (cohort.log["办件编号"] != "")
    ].iloc[0]
    (event,) = events_of(row.to_frame().T)
    assert (event.kind, event.case_number, event.at_text) == ("suspended", row["办件编号"], row["时间"])
    assert set(event.values) == {"reason", "basis", "days"}
