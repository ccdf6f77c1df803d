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


def test_utc_and_beijing_name_one_instant():
    utc = replace(EVENTS[0], at=EVENTS[0].at.astimezone(dt.timezone(dt.timedelta(hours=8))))
    assert len(event_table((EVENTS[0], utc))) == 1
