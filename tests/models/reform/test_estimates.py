from __future__ import annotations

import numpy as np
import pytest

from models.reform.estimates import Spread, ratio

MANY = np.array([100])


@pytest.mark.law
def test_parts_add_up_in_variance_by_hand():
    """Replicates of variance 4, draws of variance 9: 4 + 9 + 4 / 3 + 9 / 2 in all."""
    drawn = np.array([[10.0], [8.0], [10.0], [12.0]])
    refit = np.array([[7.0], [7.0 + np.sqrt(18.0)]])
    (one,) = Spread().estimates(drawn, refit, firms=MANY)
    assert (one.sd_firms, one.sd_refit) == pytest.approx((2.0, 3.0))
    assert one.sd_monte_carlo**2 == pytest.approx(4 / 3 + 9 / 2)
    assert one.sd**2 == pytest.approx(4 + 9 + 4 / 3 + 9 / 2)
    assert (one.low, one.high) == pytest.approx((10 - 1.959964 * one.sd, 10 + 1.959964 * one.sd), rel=1e-6)


@pytest.mark.law
def test_a_quick_run_s_interval_is_of_the_full_figure():
    """Of a sample of a fifth the variance is four fifths; of everything it is none."""
    drawn = np.array([[10.0], [8.0], [10.0], [12.0]])
    (fifth,), (whole,) = (Spread(left_out=left).estimates(drawn, None, firms=MANY) for left in (0.8, 0.0))
    assert fifth.sd_sample**2 == pytest.approx(4 * 0.8)
    assert (fifth.sd_firms, fifth.sd_refit) == (None, None)
    assert (whole.low, whole.high) == (10.0, 10.0)


@pytest.mark.law
def test_shares_stay_between_0_and_1_and_a_small_group_has_no_point():
    drawn = np.array([[0.01, 0.5], [0.0, 0.4], [0.03, 0.6]])
    rare, small = Spread().estimates(drawn, None, firms=np.array([100, 9]), share=True)
    assert (rare.value, rare.low) == (0.01, 0.0)
    assert small.value is None
    assert small.low < 0.5 < small.high


@pytest.mark.law
def test_equal_replicates_have_no_variance_at_all():
    third = np.full((50, 1), 1 / 3)
    (one,) = Spread().estimates(third, third, firms=MANY)
    assert (one.sd, one.low, one.high) == (0.0, 1 / 3, 1 / 3)


@pytest.mark.law
def test_nothing_over_nothing_is_nothing():
    assert ratio(np.array([1.0, 6.0]), np.array([0.0, 3.0])).tolist() == [0.0, 2.0]


@pytest.mark.truth
def test_a_part_that_is_planted_is_found_and_switching_it_off_narrows_the_interval():
    """Firms' noise of 3 and models' of 4: 5 in all, 3 without draws."""
    generator = np.random.default_rng(11)
    drawn = np.vstack([[0.0], generator.normal(0.0, 3.0, (4_000, 1))])
    refit = generator.normal(0.0, 4.0, (4_000, 1))
    (both,), (firms,) = (Spread().estimates(drawn, draws, firms=MANY) for draws in (refit, None))
    assert both.sd == pytest.approx(5.0, rel=0.05)
    assert firms.sd == pytest.approx(3.0, rel=0.05)
