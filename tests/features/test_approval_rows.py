"""What is read of a case, and when; worked by hand on one case of two weeks."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest

from data.approvals.records import ApprovalEvent
from features.approval_rows import event_table, moments, rows_of


def at(text: str) -> pd.Timestamp:
    """Beijing time of May 2024, as 06 09:30, in UTC."""
    return pd.Timestamp(f"2024-05-{text}", tz="Asia/Shanghai").tz_convert("UTC").as_unit("us")


def event(kind, when, officer="O1", **values):
    """An event of case A."""
    instant = at(when).to_pydatetime() if when else None
    return ApprovalEvent("A", kind, instant, when, "permit", "east", officer=officer, values=values)


EVENTS = (
    event("applied", "06 10:00"),
    event("accepted", "07 10:00"),
    event("suspended", "08 10:00", reason="inspection", days="5"),
    event("decided", "20 10:00"),
)
CASES = pd.DataFrame(
    {"case_number": ["A"], "item": "permit", "office": "east", "handling": "promised", "statutory_days": 20,
     "promised_days": 5, "accepted_at": [at("07 10:00")]}
)  # fmt: skip
ENDS = pd.DataFrame({"case_number": ["A"], "ended_at": [at("20 10:00")]})


@pytest.mark.law
def test_another_officer_changes_nothing():
    """Neither the table nor what is measured from it knows who acted."""
    others = tuple(replace(one, officer=f"O{number}") for number, one in enumerate(EVENTS))
    twice = (*EVENTS, replace(EVENTS[0], officer="O9"))
    table = event_table(EVENTS)
    assert event_table(others).equals(table)
    assert event_table(twice).equals(table)
    rows = pd.DataFrame({"case_id": ["A"], "known_at": [at("08 12:00")]})
    found = rows_of(table, CASES, rows)
    assert not [name for name in (*table, *found.table, *found.numbers, *found.categories) if "officer" in name]


def test_events_without_an_instant_are_left_out_and_days_are_numbers():
    table = event_table((*EVENTS, event("delivered", ""), event("step", "09 10:00", days="soon")))
    assert table["kind"].tolist() == ["accepted", "applied", "decided", "step", "suspended"]
    assert table.set_index("kind")["days"].dropna().to_dict() == {"suspended": 5.0}
    assert event_table(()).columns.tolist() == table.columns.tolist()


def test_the_table_of_events_by_hand():
    """Rows in order of case, kind, instant and what is known of them; of two that differ in days both are kept."""
    step = event("step", "09 10:00", days="soon")
    with_days, without = event("suspended", "08 10:00", reason="inspection", days="5"), event("suspended", "08 10:00")
    other = replace(step, case_number="B", activity="review", office="west", values={})
    table = event_table((other, step, with_days, without, replace(with_days, values={"days": "3"})))
    rows = [
        ("A", "step", at("09 10:00"), "", "permit", "east", "", None),
        ("A", "suspended", at("08 10:00"), "", "permit", "east", "", None),
        ("A", "suspended", at("08 10:00"), "", "permit", "east", "", 3.0),
        ("A", "suspended", at("08 10:00"), "", "permit", "east", "inspection", 5.0),
        ("B", "step", at("09 10:00"), "review", "permit", "west", "", None),
    ]
    expected = pd.DataFrame(rows, columns=["case_number", "kind", "at", "activity", "item", "office", "reason", "days"])
    pd.testing.assert_frame_equal(table, expected)
    assert str(table["at"].dtype) == str(event_table(())["at"].dtype) == "datetime64[us, UTC]"
    assert event_table(())["days"].dtype == float


@pytest.mark.law
def test_moments_of_two_cases_lie_together_in_order():
    """A has two events of one instant, B begins before it; neither is looked at when it ends, nor at ``until``."""
    events = [event("applied", "08 10:00"), event("step", "08 10:00"), event("decided", "09 12:00")]
    events += [replace(event("applied", "06 12:00"), case_number="B")]
    ends = pd.DataFrame({"case_number": [*"BA"], "ended_at": [pd.NaT, at("09 12:00")]})
    ends["ended_at"] = pd.to_datetime(ends["ended_at"], utc=True)
    early = [("A", "08 10:00"), ("B", "06 12:00"), ("B", "07 09:00"), ("B", "08 09:00")]
    late = [*early[:1], ("A", "09 09:00"), *early[1:], ("B", "09 09:00")]
    for until, looked_at in (("09 09:00", early), ("09 09:01", late)):
        expected = pd.DataFrame([(case, at(when)) for case, when in looked_at], columns=["case_id", "known_at"])
        pd.testing.assert_frame_equal(moments(event_table(events), ends, at(until)), expected)


@pytest.mark.law
def test_a_case_is_looked_at_at_its_events_and_on_later_mornings_until_it_ends():
    """After the 8th mornings of the 9th, 10th, 11th, 13th and 16th; none on the 21st, after its end."""
    found = moments(event_table(EVENTS), ENDS, at("30 00:00"))["known_at"].dt.tz_convert("Asia/Shanghai")
    texts = found.dt.strftime("%d %H:%M").tolist()
    assert texts == ["06 10:00", "07 09:00", "07 10:00", "08 09:00", "08 10:00", "09 09:00", "10 09:00", "11 09:00",
                     "13 09:00", "16 09:00"]  # fmt: skip
    early = moments(event_table(EVENTS), ENDS.assign(ended_at=pd.Series([pd.NaT], dtype=ENDS["ended_at"].dtype)),
                    at("10 00:00"))  # fmt: skip
    assert early["known_at"].max() == at("09 09:00")


def test_values_of_a_row_by_hand():
    rows = pd.DataFrame({"case_id": ["A", "A"], "known_at": [at("06 12:00"), at("10 10:00")]})
    first, second = rows_of(event_table(EVENTS), CASES, rows).table.to_dict("records")
    assert (first["activity"], first["position"], first["e_reason"]) == ("applied", 1, "")
    assert pd.isna(first["e_accepted_days"])
    assert (second["activity"], second["position"], second["e_reason"], second["e_days"]) == (
        "suspended", 3, "inspection", 5.0)  # fmt: skip
    assert second["e_accepted_days"] == pytest.approx(1.0)
    assert second["idle_days"] == pytest.approx(2.0)
    assert (second["c_promised_days"], second["c_office"]) == (5.0, "east")
    # From Friday the 10th: 11 May 2024 was a make-up day, so the third working day is Tuesday the 14th.
    assert second["ahead_3_days"] == 4.0
    assert rows_of(event_table(EVENTS), CASES, rows).table["known_at"].dt.tz is not None


def test_days_since_acceptance_and_days_ahead_by_hand():
    """Acceptance itself is 0 days ago; a step has the name of its activity.

    From Tuesday the 7th the third working day is Friday and the tenth Monday the 20th, for Saturday the 11th is one.
    """
    steps = (event("step", "07 22:00"), replace(event("step", "09 10:00"), activity="review"))
    rows = pd.DataFrame({"case_id": "A", "known_at": [at(one) for one in ("07 12:00", "07 23:00", "10 10:00")]})
    found = rows_of(event_table((*EVENTS, *steps)), CASES, rows)
    assert found.table["activity"].tolist() == ["accepted", "", "review"]
    assert found.table["e_accepted_days"].tolist() == [0.0, 0.5, 2.0]
    assert found.table["ahead_3_days"].tolist() == [3.0, 3.0, 4.0]
    assert found.table["ahead_10_days"].tolist() == [13.0, 13.0, 13.0]
    of_rows = ("c_statutory_days", "c_promised_days", "e_days", "e_accepted_days", "ahead_3_days", "ahead_10_days")
    assert found.numbers == ("since_last_days", "idle_days", "distinct", "repeats", *of_rows)
    assert found.categories == ("earlier", "second_earlier", "c_item", "c_office", "c_handling", "e_reason")
    assert found.table.loc[0, ["c_item", "c_office", "c_handling"]].tolist() == ["permit", "east", "promised"]
    assert found.table.loc[0, ["c_statutory_days", "c_promised_days"]].tolist() == [20.0, 5.0]


def test_utc_and_beijing_name_one_instant():
    utc = replace(EVENTS[0], at=EVENTS[0].at.astimezone(dt.timezone(dt.timedelta(hours=8))))
    assert len(event_table((EVENTS[0], utc))) == 1
