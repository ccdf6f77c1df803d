"""A column as the leakage check sees it: bins of common values, of missing ones, and of the rest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.params import read_section
from training.risk.leakage_column import LeakageParams, read_column

pytestmark = pytest.mark.law
PARAMS = read_section("leakage", LeakageParams)
BAD = np.arange(100) < 20


def column(values, **given):
    return read_column(pd.Series(values, name="x", **given), BAD, PARAMS)


def test_common_values_and_missing_ones_are_bins_of_their_own():
    """30 rows of 0 and 12 missing; the other 58 are ordered and cut into as many parts as 20 defaults allow: 4."""
    rest = np.arange(58.0) + 1
    made = column(np.concatenate([np.zeros(30), np.full(12, np.nan), rest]))
    assert made.atoms == ((0, "value 0.0"), (1, "missing"))
    assert set(made.codes[:30]) == {0}
    assert set(made.codes[30:42]) == {1}
    assert np.bincount(made.codes[42:])[2:].tolist() == [15, 14, 14, 15]
    assert (np.diff(made.codes[42:]) >= 0).all()
    assert made.order is not None
    assert (made.order[30:42] == -1.0).all()  # below the smallest number
    assert not made.is_id


def test_a_value_of_fewer_than_ten_rows_is_none_of_its_own():
    """Nine rows of 7 go into the order with the rest, ten are an atom."""
    for count, atoms in ((9, ()), (10, ((0, "value 7.0"),))):
        made = column(np.concatenate([np.full(count, 7.0), 100 + np.arange(100.0 - count)]))
        assert made.atoms == atoms


def test_text_has_no_order_and_text_of_numbers_and_days_do():
    """Kinds are bins each; days count in seconds."""
    kinds = column(["u", "v", "w", "u"] * 25)
    assert kinds.order is None
    assert {text for _, text in kinds.atoms} == {"value u", "value v", "value w"}
    assert column([str(number) for number in range(100)]).order.tolist() == list(range(100))
    days = column(pd.date_range("2024-01-01", periods=100))
    assert np.diff(days.order).tolist() == [86_400.0] * 99


@pytest.mark.parametrize(
    ("values", "is_id"),
    [
        (np.arange(100), True),
        ([f"F{number}" for number in range(100)], True),
        (np.arange(100) // 2, False),  # every number twice
        (np.arange(100.0) + 0.5, False),  # measurements may all differ
    ],
)
def test_text_and_whole_numbers_that_hardly_repeat_name_the_row(values, is_id):
    """More than 95 % distinct."""
    made = column(values)
    assert made.is_id == is_id
    assert made.distinct_share == len(set(np.asarray(values).tolist())) / 100
