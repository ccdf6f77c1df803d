"""The matrix of running cases."""

import numpy as np
import pandas as pd
import pytest

from models.remaining_time.columns import Columns, PlainTable, days_of

pytestmark = pytest.mark.law

COLUMNS = Columns(("weight",), {"activity": ("a", "b"), "office": ("2900",)}, {"a": 1.5, "": 0.5}, "Asia/Shanghai")


def test_every_column_by_hand():
    """1 March 2024, 17:30 UTC is Saturday 2 March, 1:30 at Shanghai."""
    rows = pd.DataFrame(
        {
            "known_at": pd.to_datetime(["2024-03-01T17:30:00Z"] * 2),
            "activity": ["a", "never seen"],
            "position": [1, 2],
            "elapsed_days": [0.0, 2.5],
            "weight": [3.0, np.nan],
            "office": ["2900", "3100"],
        }
    )
    assert COLUMNS.names == ["position", "elapsed_days", "weight", "hour", "weekday", "typical", "activity", "office"]
    assert COLUMNS.categories == [6, 7]
    expected = [[1, 0, 3, 1.5, 5.0625, 1.5, 0, 0], [2, 2.5, np.nan, 1.5, 5.0625, 0.5, np.nan, np.nan]]
    np.testing.assert_allclose(COLUMNS.matrix(rows), expected, atol=1e-6)


def test_a_table_is_read_once_and_rows_are_taken_from_what_was_read():
    """17:30 UTC is 1:30 of the next day at Shanghai, whichever zone the table names; rows may come in any order."""
    table = pd.DataFrame(
        {
            "known_at": pd.to_datetime(["2024-03-01T17:30:00Z", "2024-03-02T04:00:00Z"]).tz_convert("Asia/Shanghai"),
            "activity": ["a", "b"],
            "position": [1, 2],
            "elapsed_days": [0.0, 2.5],
            "weight": [True, False],
            "office": ["2900", None],
        }
    )
    plain = PlainTable.of(table)
    assert PlainTable.of(plain) is plain
    turned = plain.rows(np.array([1, 0, 1]))
    assert (len(plain), len(turned)) == (2, 3)
    assert turned["activity"].tolist() == ["b", "a", "b"]
    assert plain["known_at"].astype("datetime64[s]").tolist()[0].isoformat() == "2024-03-01T17:30:00"
    expected = COLUMNS.matrix(table)[[1, 0, 1]]
    np.testing.assert_allclose(expected[:, :4], [[2, 2.5, 0, 12.0], [1, 0, 1, 1.5], [2, 2.5, 0, 12.0]], atol=1e-6)
    np.testing.assert_array_equal(COLUMNS.matrix(turned), expected)


def test_days_of_instants():
    """Units and zones do not matter; NaT is NaN."""
    some = pd.Series(pd.to_datetime(["1970-01-02T12:00:00Z", None], utc=True))
    assert days_of(some).tolist() == pytest.approx([1.5, np.nan], nan_ok=True)
    assert days_of(some.astype("datetime64[s, UTC]")).tolist() == pytest.approx([1.5, np.nan], nan_ok=True)
    assert days_of(some.dt.tz_convert("Asia/Shanghai")).tolist() == pytest.approx([1.5, np.nan], nan_ok=True)
