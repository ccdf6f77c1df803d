"""Former days by hand, and cases of them by what was known then."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from data.codebook import Codebook, read_codebook
from features.former_days import former_cases, former_days, points_columns
from features.point_in_time import IDENTITY, build_cases, on_register

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


def dates(*days) -> pd.Series:
    return pd.Series(pd.to_datetime(list(days))).astype("datetime64[us]")


def test_former_cases_by_hand():
    """Of two firms, one closes between the two days; of what was delivered, points need two indicators and revenue."""
    spent = replace(read_codebook()["rd_expense"], freshness_months=6)  # 18 in the zone's own book
    book = Codebook((spent, read_codebook()["tax_credit_grade"]), "two rows")
    delivered = {
        "uscc": ["A", "B", "B"], "period_end": dates("2020-12-31", "2020-12-31", "2022-12-31"),
        "known_at": dates("2021-06-01", "2021-06-30", "2023-07-01"),
    }  # fmt: skip
    tables = {
        "enterprises": pd.DataFrame(
            {
                "uscc": ["B", "A"], "industry": ["I65", "C30"], "size_rule": ["software", "industrial"],
                "founded_on": dates("2016-06-30", "2019-06-30"), "closed_on": dates(None, "2022-01-10"),
                "left_on": dates(None, None),
            }
        ),
        "snapshots": pd.DataFrame(delivered | {"rd_expense": [10.0, 20.0, 30.0], "rd_intensity": 0.1}),
        "credit_facts": pd.DataFrame(delivered | {"revenue_wan": [100.0, 600.0, 900.0], "headcount": 25.0}),
        "invoices": pd.DataFrame({"uscc": ["A"]}),  # without the columns of an invoice: nobody reads it
    }  # fmt: skip
    days = [pd.Timestamp("2021-06-30"), pd.Timestamp("2022-06-30")]
    made = former_cases(tables, days, book)
    assert points_columns(book) == (*IDENTITY, "rd_expense", "tax_credit_grade", "revenue_wan")
    assert list(made.frame) == list(points_columns(book))
    seen = made.frame[["uscc", "as_of", "industry", "rd_expense", "revenue_wan"]]
    assert seen.fillna({"rd_expense": -1.0}).to_numpy().tolist() == [
        ["A", days[0], "C30", 10.0, 100.0],
        ["B", days[0], "I65", 20.0, 600.0],
        ["B", days[1], "I65", -1.0, 600.0],  # spending of 2020 is stale by then, and that of 2022 is known in 2023
    ]
    assert made.frame["tax_credit_grade"].isna().all()
    assert list(made.known_at) == ["rd_expense", "tax_credit_grade"]
    assert made.known_at["rd_expense"].tolist() == [pd.Timestamp("2021-06-01"), pd.Timestamp("2021-06-30"), pd.NaT]
    whole = former_cases(tables, days)
    assert list(whole.frame) == list(points_columns(read_codebook()))
    assert whole.frame["rd_expense"].tolist() == [10.0, 20.0, 20.0]
    assert list(whole.known_at) == list(read_codebook().keys)
