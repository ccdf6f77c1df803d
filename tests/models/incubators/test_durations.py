"""Months and years between days."""

from __future__ import annotations

import numpy as np
import pytest

from models.incubators.durations import months_between, years_between

pytestmark = pytest.mark.law


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2018-05-31", "2022-05-31", 48.0),
        ("2018-05-31", "2022-05-30", 47 + 30 / 31),  # 30 April to 31 May are 31 days
        ("2018-05-31", "2022-06-01", 48 + 1 / 30),
        ("2020-01-31", "2020-02-29", 1.0),
        ("2019-01-31", "2019-02-28", 1.0),
        ("2020-02-29", "2021-02-28", 12.0),
        ("2022-05-31", "2022-05-31", 0.0),
        ("2021-12-15", "2022-01-15", 1.0),
    ],
)
def test_months_by_hand(start, end, months):
    """Whole on every anniversary, the last day of a short month included."""
    assert months_between([start], [end])[0] == pytest.approx(months, abs=1e-12)


def test_a_day_more_is_never_less():
    """Over four years of days, from days at the ends of months."""
    for first in ("2020-01-31", "2020-02-29", "2019-08-30", "2020-06-15"):
        days = np.datetime64(first) + np.arange(1_500)
        assert (np.diff(months_between(np.full(1_500, np.datetime64(first)), days)) > 0).all()


def test_years_are_twelve_months_and_a_missing_day_is_unknown():
    """NaN, never nothing."""
    assert years_between(["2019-05-31"], ["2022-05-31"])[0] == 3.0
    assert np.isnan(months_between(np.array(["NaT"], "datetime64[D]"), ["2022-05-31"])[0])
