"""Columns that are equal in one class only."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.params import read_section
from training.risk.leakage import LeakError, find_leaks, refuse_leaks
from training.risk.leakage_column import LeakageParams

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
