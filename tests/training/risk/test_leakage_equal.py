"""Columns that are equal in one class only."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.params import read_section
from training.risk.leakage import LeakError, find_leaks, refuse_leaks
from training.risk.leakage_column import LeakageParams
from training.risk.leakage_equal import equal_pairs, equality_score, unrepeated

PARAMS = read_section("leakage", LeakageParams)


def stops(table, target="default", **given):
    return {leak.column: leak.kind for leak in find_leaks(table, target, PARAMS, **given) if leak.stops}


def copied(share_bad, share_good, rows=3_000, seed=4):
    """Ten columns of noise; in some rows of a class each of three pairs is a copy, one row one pair."""
    rng = np.random.default_rng(seed)
    bad = (rng.random(rows) < 0.2).astype(int)
    values = rng.normal(size=(rows, 10))
    shown = rng.random(rows) < np.where(bad == 1, share_bad, share_good)
    for number, (one, two) in enumerate([(0, 1), (2, 3), (4, 5)]):
        mine = shown & (np.arange(rows) % 3 == number)
        values[mine, one] = values[mine, two]
    return pd.DataFrame(values, columns=[f"x{number}" for number in range(10)]).assign(default=bad)


@pytest.mark.truth
def test_columns_that_are_equal_in_one_class_stop_and_equality_of_all_or_of_zeros_does_not():
    """No single value or order shows it: only which columns agree to the last digit. A copied column says nothing."""
    found = stops(copied(0.95, 0.02))
    assert found == {"(equal columns)": "equality"}
    assert stops(copied(0.3, 0.3)) == {}
    assert stops(copied(0.0, 0.0).assign(copy=lambda table: table["x0"])) == {}
    zeros = copied(0.0, 0.0)
    zeros.loc[(zeros["default"] == 1) & (zeros.index % 5 > 1), ["x0", "x1"]] = 0.0  # a finding of another kind
    assert "equality" not in stops(zeros).values()
    table = copied(0.95, 0.02)
    with pytest.raises(LeakError, match=r"\(equal columns\) \(equality\): .* AUC 0\.9\d\d, 3 pairs: x\d = x\d in 3"):
        refuse_leaks(table, "default", PARAMS)
    assert [leak.kind for leak in refuse_leaks(table, "default", PARAMS, waive=["(equal columns)"])] == ["equality"]


@pytest.mark.law
def test_pairs_that_are_equal_often_enough_and_where():
    """Columns 0 and 1 agree in two rows, 1 and 2 in one; missing equals nothing; a billionth is no difference."""
    x = np.array([[1.0, 1.0, 5.0], [2.0, 2.0 + 1e-9, 6.0], [3.0, 4.0, 4.0], [np.nan, np.nan, 7.0]])
    pairs, flags = equal_pairs(x)
    assert pairs == [(0, 1), (1, 2)]
    assert flags.tolist() == [[True, False], [True, False], [False, True], [False, False]]
    assert equal_pairs(x, least=2)[0] == [(0, 1)]
    nothing, none = equal_pairs(x, least=3)
    assert (nothing, none.shape) == ([], (4, 0))


@pytest.mark.law
def test_values_that_repeat_are_left_out():
    """Zeros are in three rows of one column; text and flags are no numbers."""
    table = pd.DataFrame({"a": [0, 0, 0, 7], "b": [1.5, 1.5, np.nan, 2.5], "c": list("wxyz"), "d": [True] * 4})
    names, x = unrepeated(table, 2)
    assert names == ["a", "b"]
    np.testing.assert_array_equal(x, [[np.nan, 1.5], [np.nan, 1.5], [np.nan, np.nan], [7.0, 2.5]])
    assert unrepeated(table[["c"]], 2)[1].shape == (4, 0)


@pytest.mark.law
def test_a_row_is_scored_by_the_shares_of_the_other_folds():
    """In the other fold 2 of 2 bad and 0 of 2 good rows agree: shares 2.5 / 3 and .5 / 3, odds of 5 either way."""
    bad = np.array([True, True, False, False] * 2)
    fold = np.repeat([0, 1], 4)
    flags = bad[:, None].copy()
    assert equality_score(flags, bad, fold) == pytest.approx(np.where(bad, np.log(5.0), -np.log(5.0)))
