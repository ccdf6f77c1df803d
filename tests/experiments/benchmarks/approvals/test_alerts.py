"""Looks by the rule and by days left on a planted handful, worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.approvals.calendar import WorkCalendar
from experiments.benchmarks.approvals.alerts import (
    difference,
    figures,
    looks,
    looks_by_days,
    mornings_of,
    running_rows,
)
from tests.features.test_approval_rows import at
from training.approvals.fit import ApprovalsParams


def table() -> pd.DataFrame:
    """Two days: A is late and likely so, B has fewer days left, C is over before acting helps."""
    rows = [("A", "06", 0.6, 2.4, True), ("B", "06", 0.15, 1.5, False), ("C", "06", 0.9, 0.5, True),
            ("A", "07", 0.7, 1.4, True), ("D", "07", 0.5, 1.9, True)]  # fmt: skip
    made = pd.DataFrame(rows, columns=["case_number", "day", "chance", "days_left", "is_late"])
    known = pd.to_datetime(made["day"].map(lambda day: at(f"{day} 09:00")))
    act_by = known + pd.to_timedelta(made["days_left"] * 24 - 31, unit="h")
    due = (known + pd.to_timedelta(made["days_left"], unit="D")).dt.tz_localize(None).dt.floor("D")
    return made.assign(known_at=known, act_by=act_by, promised_due_on=due, loss_cny=2_000.0)


@pytest.mark.law
def test_the_rule_looks_where_it_is_worth_it_and_days_left_where_few_are_left():
    """Of A a look is worth .6 x 1000 - 200 = 400, of B .15 x 1000 - 200 < 0; C comes too late for both."""
    ours = looks(table(), 1)
    assert ours["case_number"].tolist() == ["A", "D"]
    assert ours["value_cny"].tolist() == [800.0, 800.0]
    rule = looks_by_days(table(), 2.0, 1)
    assert rule["case_number"].tolist() == ["B", "A"]
    assert rule["value_cny"].tolist() == [-200.0, 800.0]
    assert figures(rule, 2)["value_cny_a_day"] == 300.0
    assert figures(rule, 2)["precision"] == 0.5
    found = difference(ours, rule, table(), 2)
    assert found["cny_a_day"] == pytest.approx(500.0)
    assert found["low"] <= 500.0 <= found["high"]


def test_cases_are_looked_at_on_working_mornings_while_they_run():
    """May 2024: the 1st to the 5th were holidays, the 11th a make-up Saturday."""
    params = ApprovalsParams("2024-05-13", test_days=12)
    mornings = mornings_of(params, WorkCalendar.load())
    found = mornings.tz_convert("Asia/Shanghai").strftime("%d %H").tolist()
    assert found == ["06 09", "07 09", "08 09", "09 09", "10 09", "11 09"]
    cases = pd.DataFrame(
        {"case_number": ["A", "B"], "status": ["decided", "accepted"], "is_closed": [True, False],
         "accepted_at": [at("06 10:00"), at("10 10:00")], "decided_at": [at("08 10:00"), pd.NaT],
         "closed_at": [at("08 10:00"), pd.NaT]}
    )  # fmt: skip
    rows = running_rows(cases, mornings)
    assert np.unique(rows["case_id"], return_counts=True)[1].tolist() == [2]
