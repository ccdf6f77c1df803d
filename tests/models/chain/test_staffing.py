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


def test_firms_that_are_not_on_the_node_are_taken_out():
    """Two firms of .8 with 10 people each, 2 and 4 openings; two sure firms elsewhere with 1 opening for 20 people.

    A fifth of the staff on the node is expected to search as those elsewhere: .3 = .8 x + .2 * .05.
    """
    made = of([[0.8, 0], [0.8, 0], [0, 1], [0, 1]], [10, 10, 10, 10], [2, 4, 1, 0])
    elsewhere = (1 + 0 + 0.2 * 6) / (10 + 10 + 0.2 * 20)  # what is not on the node, by probability
    assert made.value[0] == pytest.approx((0.3 - 0.2 * elsewhere) / 0.8)
    assert made.value[1] == pytest.approx(0.05)
    assert made.low[0] <= made.value[0] <= made.high[0]


def test_no_data_where_most_are_wrongly_placed():
    """Of .5 half is expected to be wrong, which is allowed; of .4 six tenths."""
    made = of([[0.5, 0.4], [0.5, 0.4], [0, 0]], [10, 10, 30], [2, 4, 3])
    assert np.isfinite(made.value[0])
    assert np.isnan(made.value[1])


def test_what_is_not_on_the_node_is_elsewhere_by_its_probability():
    """Of .7 the other .3; of sure firms nothing is elsewhere, and nothing is taken out."""
    made = of([[0.7], [0.7]], [10, 10], [2, 4])
    elsewhere = 0.3 * 6 / (0.3 * 20)
    assert made.value[0] == pytest.approx((0.3 - 0.3 * elsewhere) / 0.7)
    assert of([[1.0], [1.0]], [10, 10], [2, 4]).value[0] == pytest.approx(0.3)


@pytest.mark.truth
def test_the_planted_ratio_is_found_where_placements_err():
    """200 right firms of ratio .05 with .9 and 60 of ratio .3 with .6, elsewhere .3: about .05, not the .09 of all."""
    rng = np.random.default_rng(3)
    p = np.r_[np.full(200, 0.9), np.full(60, 0.6), np.zeros(400)]
    right = rng.random(660) < p
    staff = rng.poisson(30, 660) + 1.0
    openings = rng.poisson(staff * np.where(right, 0.05, 0.3)).astype(float)
    made = of([[one] for one in p], list(staff), list(openings))
    naive = (p @ openings) / (p @ staff)
    assert naive > 0.08
    assert made.value[0] == pytest.approx(0.05, abs=0.02)
    assert made.low[0] < 0.05 < made.high[0]


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
