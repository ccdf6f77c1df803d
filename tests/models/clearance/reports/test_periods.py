"""Periods are those of China's calendar, whatever the zone of the instants."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from data.beijing import BEIJING
from models.clearance.reports.periods import bounds, labels_of, period_name, seconds_between

EVE = pd.Series(pd.to_datetime(["2024-12-31T15:59:59Z", "2024-12-31T16:00:00Z", None]))


@pytest.mark.parametrize(
    ("period", "labels"),
    [("month", ["2024-12", "2025-01", ""]), ("quarter", ["2024Q4", "2025Q1", ""]), ("year", ["2024", "2025", ""])],
)
def test_a_year_begins_at_midnight_in_china(period, labels):
    assert labels_of(EVE, period).tolist() == labels


@pytest.mark.parametrize("label", ["2024-12", "2024Q4", "2024", "2025-02"])
def test_bounds_hold_the_period_and_no_more(label):
    first, after = bounds(label)
    kind = {4: "year", 6: "quarter", 7: "month"}[len(label)]
    moment = dt.timedelta(seconds=1)
    found = labels_of(pd.Series(pd.to_datetime([first - moment, first, after - moment, after], utc=True)), kind)
    assert [one == label for one in found] == [False, True, True, False]


def test_names_and_seconds():
    assert [period_name(label)[0] for label in ("2025", "2025Q3", "2025-11")] == [
        "2025年",
        "2025年第3季度",
        "2025年11月",
    ]
    assert [period_name(label)[1] for label in ("2025", "2025Q3", "2025-11")] == ["2025", "2025 Q3", "November 2025"]
    assert bounds("2025Q1")[0] == dt.datetime(2025, 1, 1, tzinfo=BEIJING)
    gap = seconds_between(EVE, EVE + pd.Timedelta("1.9s"))
    assert gap[:2].tolist() == [1.0, 1.0]
