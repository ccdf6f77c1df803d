"""Cases as JSON: what is shown of an event is named in its record, and figures are those of the clocks."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from data.approvals.records import ApprovalEvent
from data.ingest.case_logs.read import read_case_log
from data.uscc import fictitious_uscc
from serving.approvals.answers import case_answer, items_answer, listing, plain, quarantine_answer, reductions_answer
from serving.approvals.pages import page_of_case
from serving.approvals.queries import CaseQuery
from serving.auth.access import Caller
from tests.serving.approvals.planted_release import NOW, NUMBER, event, planted_approvals

OPERATOR = Caller("zone", "operator", "wang", "k", frozenset())


@pytest.fixture
def planted(tmp_path):
    made = planted_approvals(tmp_path, fictitious_uscc(1), fictitious_uscc(2))
    yield made
    made.close()


def test_attributes_of_a_log_are_not_shown_for_they_may_name_a_person(planted):
    text = "case_id,activity,timestamp,resource,case:responsible,note\nL,intake,2024-06-03T09:00:00Z,王五,王五,王五\n"
    log = read_case_log(text.encode())
    assert "王五" in str(log.events[0].values)
    planted.stores.get().receive(log.events, "log", NOW)
    answer = case_answer(planted, planted.see("L", None, None, NOW))
    assert answer["history"][0]["values"] == {}
    assert "王五" not in str(answer)


def test_what_quarantine_shows_is_why_and_where(planted):
    text = "case_id,activity,timestamp,resource\n,intake,2024-06-03T09:00:00Z,王五\n"
    planted.import_log(text.encode(), "log", None, None, OPERATOR)
    shown = quarantine_answer(planted, 0, 10)
    assert shown["count"] == 1
    assert (shown["rows"][0]["row"], shown["rows"][0]["reason"], shown["rows"][0]["zh"] != "") == (1, "no_case", True)
    assert "王五" not in str(shown)


def test_the_latest_accepted_come_first_and_pages_do_not_overlap(planted):
    cases = planted.cases(None, NOW)
    pages = [listing(cases, CaseQuery(), after, 2, NOW) for after in (0, 2)]
    assert [row["number"] for page in pages for row in page["rows"]] == ["2024-0001", "2024-0002", "2024-0003"]
    assert {page["count"] for page in pages} == {3}
    assert pages[0]["as_of"] == NOW


def test_items_and_reductions_are_those_of_the_day(planted):
    before, after = (items_answer(planted, dt.date(year, 6, 1)) for year in (2023, 2024))
    assert ({one["department"] for one in before["items"]}, {one["department"] for one in after["items"]}) == (
        {"housing", "market_regulation"}, {"approval_bureau"},
    )  # fmt: skip
    assert (before["departments"], items_answer(planted, dt.date(2019, 1, 1))["count"]) == (2, 0)
    none = reductions_answer(planted, None, dt.date(2019, 1, 1), NOW)
    assert [one["ratio_of_sums"] for one in none["readings"]] == [None, None, None]


def test_a_case_that_came_twice_is_counted_and_shown_once(planted):
    kept = [one.event for one in planted.stores.get().of_case(NUMBER)]
    again = ApprovalEvent(**{name: getattr(kept[0], name) for name in ("case_number", "kind", "at", "at_text", "item",
                             "office", "activity", "officer", "values")})  # fmt: skip
    planted.stores.get().receive([again], "zone", NOW)
    answer = case_answer(planted, planted.see(NUMBER, None, None, NOW))
    assert (answer["count_of_events"], len(answer["history"])) == (4, 4)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("promised_due_on", pd.Timestamp("2024-06-20"), "2024-06-20"),
        ("accepted_at", pd.Timestamp("2024-06-04T02:00Z"), "2024-06-04T02:00:00+00:00"),
        ("promised_due_on", pd.NaT, None), ("late", pd.NA, None), ("late", np.bool_(True), True), ("item", "x", "x"),
    ],
)  # fmt: skip
def test_a_cell_is_what_json_can_hold(name, value, shown):
    assert plain(name, value) == shown


def test_who_extended_a_period_is_not_shown_by_name(planted):
    """A log may have the approver's name where the head is meant."""
    for number, by in (("B1", "王五"), ("B2", "head")):
        at = dt.datetime(2024, 6, 5, tzinfo=dt.UTC)
        said = ApprovalEvent(number, "extended", at, at.isoformat(), values={"by": by, "informed": "1", "reason": "r"})
        planted.stores.get().receive([said], "log", NOW)
    first, second = (case_answer(planted, planted.see(number, None, None, NOW)) for number in ("B1", "B2"))
    assert "王五" not in str(first)
    assert first["history"][0]["values"] == {"informed": "1", "reason": "r"}
    assert second["history"][0]["values"]["by"] == "head"


def test_free_text_of_a_log_is_shown_to_an_enterprise_by_its_length(planted):
    """A time, a deadline or an outcome that cannot be read may name a person; the zone's side sees it as it came."""
    uscc = planted.see(NUMBER, None, None, NOW).row["applicant"]
    at = dt.datetime(2024, 6, 5, tzinfo=dt.UTC)
    given = [
        ApprovalEvent(NUMBER, "step", None, "周三下午王五那里", activity="x", values={"deadline": "问李四, 下周"}),
        ApprovalEvent(NUMBER, "decided", at, at.isoformat(), values={"outcome": "赵六已批"}),
    ]
    planted.stores.get().receive(given, "zone", NOW)
    for viewer, sees in ((None, True), (uscc, False)):
        seen = planted.see(NUMBER, None, viewer, NOW)
        answer = case_answer(planted, seen)
        shown = [str(answer), page_of_case(planted, seen, "zh"), page_of_case(planted, seen, "en")]
        for text in ("王五那里", "李四", "赵六"):
            assert [text in one for one in shown] == [sees] * 3
        assert ("unreadable, 8 characters" in shown[0], "无法识别（7 个字符）" in shown[1]) == (not sees, not sees)
    assert {one["values"].get("reason") for one in answer["history"]} >= {"appraisal"}


def test_a_date_after_the_promise_is_among_what_a_person_should_look_at(planted, monkeypatch):
    dates = {
        name: f"2024-07-{day}T01:00:00Z" for name, day in (("low_at", "20"), ("median_at", "25"), ("high_at", "30"))
    }
    monkeypatch.setattr(type(planted), "outlook", lambda *_: (dates | {"late_chance": 0.34}, "current"))
    (flag,) = case_answer(planted, planted.see(NUMBER, None, None, NOW - dt.timedelta(days=2)))["flags"]
    assert flag["code"] == "expected_wholly_late"
    assert "34%" in flag["zh"]
    assert "assumes no further suspension" in flag["en"]


def test_reductions_of_a_day_use_what_had_closed_by_its_end(planted):
    """Five permits of Monday the 3rd: four are decided on the 5th (2 of 20 days), one on the 20th."""
    for number, decided in zip("abcde", ("05", "05", "05", "05", "20"), strict=True):
        given = [
            event(number, "applied", "2024-06-03T09:00:00+08:00"),
            event(number, "accepted", "2024-06-03T10:00:00+08:00"),
        ]
        given.append(event(number, "decided", f"2024-06-{decided}T16:00:00+08:00", values={"outcome": "granted"}))
        planted.stores.get().receive(given, "day", NOW)

    def actual(day):
        made = reductions_answer(planted, None, dt.date(2024, 6, day), NOW)
        return made["count_of_cases"], {one["pair"]: one["ratio_of_sums"] for one in made["readings"]}[
            "actual_statutory"
        ]

    assert actual(2) == (0, None)
    assert actual(4) == (8, None)  # the five, and the three that the service has
    assert actual(19) == (8, pytest.approx(0.9))  # five have closed: four, and one that the service has
    assert actual(11)[1] is None  # four of five: the fifth closed on the 12th
    assert reductions_answer(planted, None, NOW.date(), NOW)["count_of_cases"] == 8
