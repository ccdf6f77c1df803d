"""Values that one class alone shows: found with their counts, and not where chance explains them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.params import read_section
from training.risk.leakage_classes import _at_least, one_class_values
from training.risk.leakage_column import LeakageParams, read_column

pytestmark = pytest.mark.law
PARAMS = read_section("leakage", LeakageParams)
BAD = np.arange(400) < 80


def found(values, rate=PARAMS.false_alarm_rate):
    column = read_column(pd.Series(values, name="x"), BAD, PARAMS)
    return [(leak.kind, leak.figure, leak.found, leak.stops) for leak in one_class_values([column], BAD, PARAMS, rate)]


def test_a_binomial_tail_by_hand():
    """Two heads of two tosses have a chance of 1/4, at least one 3/4, at least none 1."""
    assert _at_least(2, 2, 0.5) == pytest.approx(0.25)
    assert _at_least(1, 2, 0.5) == pytest.approx(0.75)
    assert _at_least(0, 2, 0.5) == 1.0


def test_a_rating_that_defaults_alone_have_stops():
    """All 80 defaults and none of 320 others; the column is named once."""
    assert found(np.where(BAD, "D", np.where(np.arange(400) % 2, "A", "B"))) == [
        ("one_class_value", 1.0, "value D: 80 of 80 defaults show it, 0 of 320 others", True)
    ]


def test_a_figure_that_defaults_alone_lack_stops_as_missing():
    """75 of 80 defaults have no value, and no other case."""
    values = np.arange(400.0)
    values[:75] = np.nan
    assert found(values) == [
        ("one_class_missing", 75 / 80, "missing: 75 of 80 defaults show it, 0 of 320 others", True)
    ]


def test_a_value_that_few_of_its_class_show_is_a_notice():
    """24 of 80 defaults and none of 320 others: no accident, but less than half of the class."""
    values = np.arange(400.0)
    values[:24] = -1.0
    ((kind, figure, text, stops),) = found(values)
    assert (kind, figure, stops) == ("odd_value", 0.3, False)
    assert text == "value -1.0: 24 of 80 defaults show it, 0 of 320 others"


def test_a_value_that_both_classes_show_is_nothing():
    """Nine times as often in defaults is within the ratio that a plausible column is allowed."""
    values = np.arange(400.0)
    values[:72] = values[80:112] = -1.0  # 90 % of defaults, 10 % of others
    assert PARAMS.plausible_ratio == 10.0
    assert found(values) == []
    assert found(np.zeros(400)) == []
