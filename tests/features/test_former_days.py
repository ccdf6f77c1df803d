"""Former days by hand, and cases of them by what was known then."""

from __future__ import annotations

import pandas as pd
import pytest

from data.codebook import read_codebook
from features.former_days import former_cases, former_days, points_columns
from features.point_in_time import build_cases, on_register

pytestmark = pytest.mark.law
DAYS = [
    ("2024-06-30", 3, "2001-01-01", ["2021-06-30", "2022-06-30", "2023-06-30"]),
    ("2024-06-30", 3, "2022-06-30", ["2022-06-30", "2023-06-30"]),
    ("2024-06-30", 3, "2022-07-01", ["2023-06-30"]),
    ("2024-02-29", 2, "2001-01-01", ["2022-02-28", "2023-02-28"]),
    ("2024-06-30", 0, "2001-01-01", []),
    ("2024-06-30", 3, None, []),  # nothing was ever known of anybody
]


@pytest.mark.parametrize(("snapshot", "years", "first", "expected"), DAYS)
def test_former_days_are_the_snapshots_date_in_earlier_years(snapshot, years, first, expected):
    """The earliest first, none before the first day on which anything was known, never the snapshot's own."""
    found = former_days(pd.Timestamp(snapshot), years, pd.NaT if first is None else pd.Timestamp(first))
    assert [f"{day:%Y-%m-%d}" for day in found] == expected


def test_former_cases_are_those_of_their_day_without_what_points_do_not_need(tables):
    """The same values and days known as a case of that day has; firms that have gone since are among them."""
    days = [pd.Timestamp("2021-06-30"), pd.Timestamp("2023-06-30")]
    made = former_cases(tables, days)
    whole = build_cases(tables, days)
    book = read_codebook()
    pd.testing.assert_frame_equal(made.frame, whole.frame[list(points_columns(book))])
    pd.testing.assert_frame_equal(made.known_at, whole.known_at[list(book.keys)])
    assert not [name for name in made.frame if name.startswith("inv_")]
    register = tables["enterprises"]
    gone = set(register.loc[~on_register(register, pd.Timestamp("2024-06-30")), "uscc"])
    assert gone & set(made.frame.loc[made.frame["as_of"] == days[0], "uscc"])
