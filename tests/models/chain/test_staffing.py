"""Openings for each person employed, counted by hand, and how few firms widen its interval."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from models.chain.intervals import FirmDraws
from models.chain.staffing import staff_columns, staffing


def of(on: list[list[float]], staff: list[float], openings: list[float]):
    columns = staff_columns(csr_array(np.array(on)), np.array(staff), np.array(openings))
    draws = FirmDraws(len(staff), 2_000, 7, 0.9)
    return staffing(draws, columns, draws.sums(columns), 0)


def test_values_by_hand():
    """Firms of 10, 30 and 0 people on the first node, the second of them with .5 on the second."""
    made = of([[1, 0], [1, 0.5], [1, 0]], [10, 30, 0], [1, 5, 0])
    assert made.openings.tolist() == [6, 2.5]
    assert made.staff.tolist() == [40, 15]
    assert made.n.tolist() == [2, 1]  # the third filed nothing
    assert made.value[0] == pytest.approx(6 / 40)
    assert np.isnan(made.value[1])  # one firm alone


def test_no_openings_have_an_upper_end():
    made = of([[1], [1], [1]], [10, 20, 30], [0, 0, 0])
    assert (made.value[0], made.low[0]) == (0.0, 0.0)
    assert 0 < made.high[0] < 5


@pytest.mark.law
def test_few_firms_reach_further_than_their_draws():
    """Three firms of unequal ratios: beyond the 5 and 95 % quantiles of the draws, as Student's t lies."""
    columns = staff_columns(csr_array(np.ones((3, 1))), np.array([10.0, 12.0, 8.0]), np.array([1.0, 6.0, 2.0]))
    draws = FirmDraws(3, 2_000, 7, 0.9)
    drawn = draws.sums(columns)
    made = staffing(draws, columns, drawn, 0)
    plain = np.quantile((drawn["openings"] + draws.halves(np.array([41 / 9]), 0)) / drawn["staff"], [0.05, 0.95])
    assert made.low[0] < plain[0]
    assert made.high[0] > plain[1]


def test_nobody_employed_is_no_data():
    assert np.isnan(of([[1], [1]], [0, 0], [3, 4]).value[0])
