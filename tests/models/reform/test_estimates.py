from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from models.reform.estimates import Movers, Spread, ratio, skewness

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
    freedom = 1 / ((4 / 13) ** 2 / 2 + (9 / 13) ** 2 / 1)  # Welch and Satterthwaite, of 3 replicates and 2 draws
    assert one.high - 10 == pytest.approx(t.ppf(0.975, freedom) * one.sd)
    assert one.high - 10 == pytest.approx(10 - one.low)


@pytest.mark.law
def test_a_skewed_figure_s_interval_reaches_farther_to_the_skewed_side():
    """As Hall's formula has it; the reverse's is the mirror image."""
    generator = np.random.default_rng(4)
    drawn = np.concatenate([[[0.0]], generator.gamma(4.0, 1.0, (2_000, 1))])
    (one,), (back,) = (Spread().estimates(sign * drawn, None, firms=MANY) for sign in (1.0, -1.0))
    assert (one.low, one.high) == pytest.approx((-back.high, -back.low))
    assert one.high > 1.2 * -one.low > 0.0
    assert -one.low / one.sd == pytest.approx(t.ppf(0.975, 1_999))
    k = float(skewness(drawn[1:])[0])
    high = t.ppf(0.975, 1_999)
    assert one.high / one.sd == pytest.approx(-3 / k * (np.cbrt(1 - k * high - k * k / 6) - 1), rel=2e-3)


@pytest.mark.law
def test_with_many_draws_the_interval_is_the_normal_one_and_with_few_it_is_wider():
    drawn = np.concatenate([[[0.0]], np.random.default_rng(1).normal(0.0, 1.0, (5_000, 1))])
    (many,), (few,) = (Spread().estimates(drawn[:n], None, firms=MANY) for n in (5_001, 6))
    assert (many.high - many.low) / many.sd == pytest.approx(2 * 1.96, abs=0.1)
    assert (few.high - few.low) / few.sd > 1.9 * t.ppf(0.975, 4)


@pytest.mark.law
def test_a_quick_run_s_difference_counts_two_more_movers_and_a_full_run_s_none():
    """Of 4 movers the variance is half as large again; of none it is twice one mover's; a full run adds nothing."""
    drawn = np.array([[10.0, 0.0], [8.0, 0.0], [10.0, 0.0], [12.0, 0.0]])
    movers = Movers(np.array([4.0, 0.0]), np.array([9.0, 0.5]))
    two = np.array([100, 100])
    some, none = Spread(left_out=1.0).estimates(drawn, None, firms=two, movers=movers)
    assert (some.sd_sample**2, none.sd_sample**2) == pytest.approx((4 * 1.5, 1.0))
    assert Spread().estimates(drawn, None, firms=two, movers=movers)[1].sd == 0.0


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
