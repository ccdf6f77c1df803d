"""A data frame and arrays by name give the same columns, so one row and a table are read alike."""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.columns import numbers, of_rows, of_table, values

ROWS = [
    {"uscc": "a", "headcount": 3, "debt_wan": 1.5, "growth_stage": "growth"},
    {"uscc": "b", "headcount": None, "debt_wan": float("nan"), "growth_stage": None},
    {"uscc": "c", "debt_wan": 0.0, "growth_stage": "mature"},
]


def test_rows_and_a_data_frame_of_them_give_the_same_numbers():
    """What is missing, None or left out of a row is NaN in both."""
    wanted = {"headcount": [3.0, np.nan, np.nan], "debt_wan": [1.5, np.nan, 0.0]}
    for cases in (
        of_rows(ROWS),
        pd.DataFrame(ROWS),
        pd.DataFrame(ROWS).astype({"headcount": "Int64"}),
        pd.DataFrame(ROWS, dtype=object),
    ):
        for name, column in wanted.items():
            got = numbers(cases, name)
            assert got.dtype == np.float64
            np.testing.assert_array_equal(got, column)


def test_a_table_s_columns_are_numbers_flags_and_what_else_it_holds():
    """Whole numbers, flags and what is missing become floats; texts and days stay."""
    day = pd.Timestamp("2024-06-30")
    table = pd.DataFrame({"staff": pd.array([3, None], dtype="Int64"), "flag": [True, False], "industry": ["ai", None],
                          "as_of": [day, day]})  # fmt: skip
    columns = of_table(table)
    assert list(columns) == ["staff", "flag", "industry", "as_of"]
    assert columns["staff"].dtype == columns["flag"].dtype == np.float64
    np.testing.assert_array_equal(columns["staff"], [3.0, np.nan])
    assert columns["flag"].tolist() == [1.0, 0.0]
    assert columns["industry"].tolist()[0] == "ai"
    assert pd.isna(columns["industry"][1])
    assert (columns["as_of"] == np.datetime64(day)).all()


def test_values_are_not_changed():
    day = pd.Timestamp("2024-06-30")
    columns = of_rows([{"as_of": day, "industry": "software"}])
    assert values(columns, "as_of").tolist() == [day]
    assert isinstance(values(pd.DataFrame({"industry": ["software"]}), "industry"), np.ndarray)
    assert values(columns, "industry").tolist() == values(pd.DataFrame({"industry": ["software"]}), "industry").tolist()


def test_no_rows_are_no_columns():
    assert of_rows([]) == {}
