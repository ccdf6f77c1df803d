from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from models.reform.estimates import Behind, Spread, kurtosis, ratio, skewness
from models.reform.result import FEWEST_FIRMS

MANY = np.array([100])
LEVEL = Behind(MANY, moved=False)


@pytest.mark.law
def test_parts_add_up_in_variance_by_hand():
    """Replicates of variance 4, draws of variance 9: 4 + 9 + 4 / 3 + 9 / 2 in all."""
    drawn = np.array([[10.0], [8.0], [10.0], [12.0]])
    refit = np.array([[7.0], [7.0 + np.sqrt(18.0)]])
    (one,) = Spread().means(drawn, refit, LEVEL, firms=MANY)
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
    (one,), (back,) = (Spread().means(sign * drawn, None, LEVEL, firms=MANY) for sign in (1.0, -1.0))
    assert (one.low, one.high) == pytest.approx((-back.high, -back.low))
    assert one.high > 1.2 * -one.low > 0.0
    assert -one.low / one.sd == pytest.approx(t.ppf(0.975, 1_999))
    k = float(skewness(drawn[1:])[0])
    high = t.ppf(0.975, 1_999)
    assert one.high / one.sd == pytest.approx(-3 / k * (np.cbrt(1 - k * high - k * k / 6) - 1), rel=2e-3)


@pytest.mark.law
def test_a_quick_run_s_interval_is_narrower_on_the_other_side_by_half_of_its_skewness():
    """Its far end is Hall's; its near end the mean of both formulas; both by t of 2 / kurtosis degrees of freedom."""
    drawn = np.concatenate([[[0.0]], np.random.default_rng(4).gamma(4.0, 1.0, (2_000, 1))])
    (quick,), (back,) = (Spread(left_out=1.0).means(sign * drawn, None, LEVEL, firms=MANY) for sign in (1.0, -1.0))
    assert (quick.low, quick.high) == pytest.approx((-back.high, -back.low))
    k, reach = float(skewness(drawn[1:])[0]), t.ppf(0.975, 1 / (1 / 1_999 + float(kurtosis(drawn[1:])[0]) / 2))
    near, far = (sign * 3 / k * (np.cbrt(1 + sign * k * reach - k * k / 6) - 1) for sign in (1, -1))
    assert near < reach < far
    assert (-quick.low / quick.sd, quick.high / quick.sd) == pytest.approx(((near + reach) / 2, far), rel=2e-3)


@pytest.mark.law
def test_a_variance_of_few_large_firms_widens_a_quick_run_s_interval_alone():
    """Of 1, -1 and 0 in two of ten draws the variance is .2, the fourth moment .2: kurtosis 5, and 2 excess."""
    moved = np.tile([1.0, -1.0, *[0.0] * 8], 200)[:, None]
    assert kurtosis(moved) == pytest.approx([2.0 * (1 - 24 / 2_000 / 4)])
    drawn = np.concatenate([[[0.0]], moved])
    (quick,), (full,) = (Spread(left_out=left).means(drawn, None, LEVEL, firms=MANY) for left in (1.0, None))
    assert full.high / full.sd == pytest.approx(t.ppf(0.975, 1_999))
    assert quick.high / quick.sd == pytest.approx(t.ppf(0.975, 1 / (1 / 1_999 + 1.994 / 2)))
    assert kurtosis(np.ones((20, 1))).tolist() == [0.0]
    assert kurtosis(np.array([[1.0]])).tolist() == [0.0]


@pytest.mark.law
def test_skewness_that_so_few_draws_show_by_chance_is_taken_off():
    """Of 0, 0, 0, 4 the skewness is 6 / 3 ** 1.5, its square 4 / 3: four draws show none, 20 leave 1 - .3 / (4 / 3)."""
    four = np.array([[0.0, 0.0], [0.0, 4.0], [4.0, 4.0], [0.0, 4.0]])
    assert skewness(four).tolist() == [0.0, 0.0]
    whole = 6 / 3**1.5 * (1 - 0.3 / (4 / 3))
    assert skewness(np.tile(four, (5, 1))) == pytest.approx([whole, -whole])
    assert skewness(np.ones((20, 1))).tolist() == [0.0]


@pytest.mark.law
def test_with_many_draws_the_interval_is_the_normal_one_and_with_few_it_is_wider():
    drawn = np.concatenate([[[0.0]], np.random.default_rng(1).normal(0.0, 1.0, (5_000, 1))])
    (many,), (few,) = (Spread().means(drawn[:n], None, LEVEL, firms=MANY) for n in (5_001, 6))
    assert (many.high - many.low) / many.sd == pytest.approx(2 * 1.96, abs=0.1)
    assert (few.high - few.low) / few.sd > 1.9 * t.ppf(0.975, 4)


@pytest.mark.law
def test_a_quick_run_s_difference_counts_two_more_movers_and_a_full_run_s_none():
    """Of 8 movers the variance is a quarter larger; a figure that is no difference, and a full run, add nothing."""
    drawn = np.array([[10.0], [8.0], [10.0], [12.0]])
    found = [
        Spread(left_out=left).means(drawn, None, Behind(np.array([8]), moved), firms=MANY)[0]
        for left, moved in ((1.0, True), (1.0, False), (None, True))
    ]
    assert [one.sd_sample**2 for one in found] == pytest.approx([4 * 1.25, 4.0, 0.0])
    assert found[2].sd_firms ** 2 == pytest.approx(4.0)


@pytest.mark.law
def test_of_fewer_than_five_firms_that_move_there_is_no_interval_and_the_figure_says_why():
    """Five have one; of four a full run gives the figure alone, and a quick run, where it would be rough, nothing."""
    assert FEWEST_FIRMS == 5
    drawn, firms = np.array([[4.0, 5.0], [3.0, 4.0], [5.0, 6.5]]), np.array([50, 50])
    for left, shown in ((None, 4.0), (0.5, None)):
        few, enough = Spread(left_out=left).means(drawn, None, Behind(np.array([4, 5]), moved=True), firms=firms)
        assert (few.value, few.low, few.high, few.sd, few.sd_firms, few.sd_monte_carlo) == (shown, *[None] * 5)
        assert (few.behind, few.no_interval) == (4, "few_moved")
        assert (enough.value, enough.behind, enough.no_interval) == (5.0, 5, None)
        assert enough.low < 5.0 < enough.high
    (amount,) = Spread().means(drawn[:, :1], None, Behind(np.array([4]), moved=False), firms=firms[:1])
    assert (amount.value, amount.low, amount.no_interval) == (4.0, None, "few_firms")


@pytest.mark.law
def test_what_is_0_for_certain_has_its_interval_of_no_width():
    nothing = np.zeros((4, 1))
    (sure,) = Spread().means(nothing, None, Behind(np.array([0]), moved=True, certain=True), firms=MANY)
    assert (sure.value, sure.low, sure.high, sure.sd, sure.no_interval) == (0.0, 0.0, 0.0, 0.0, None)
    (open_,) = Spread().means(nothing, None, Behind(np.array([0]), moved=True), firms=MANY)
    assert (open_.value, open_.low, open_.behind, open_.no_interval) == (0.0, None, 0, "few_moved")
    (share,) = Spread().shares(nothing, None, firms=MANY, certain=True)
    assert (share.low, share.high, share.sd) == (0.0, 0.0, 0.0)


@pytest.mark.law
def test_with_few_movers_the_sign_alone_decides_and_five_is_the_fewest_that_can_tell():
    """All one way, the most extreme case: by mid-p 1 in 16 of four firms that move either way, 1 in 32 of five."""
    mid_p = {movers: 2 / 2**movers / 2 for movers in range(1, 8)}
    assert min(movers for movers, p in mid_p.items() if p < 0.05) == FEWEST_FIRMS


@pytest.mark.law
def test_a_quick_run_s_interval_is_of_the_full_figure():
    """Of a sample of a fifth the variance is four fifths; of everything it is none."""
    drawn = np.array([[10.0], [8.0], [10.0], [12.0]])
    (fifth,), (whole,) = (Spread(left_out=left).means(drawn, None, LEVEL, firms=MANY) for left in (0.8, 0.0))
    assert fifth.sd_sample**2 == pytest.approx(4 * 0.8)
    assert (fifth.sd_firms, fifth.sd_refit) == (None, None)
    assert (whole.low, whole.high) == (10.0, 10.0)


@pytest.mark.law
def test_shares_stay_between_0_and_1_and_a_small_group_has_no_point():
    drawn = np.array([[0.08, 0.5], [0.0, 0.4], [0.16, 0.6]])
    rare, small = Spread().shares(drawn, None, firms=np.array([100, 9]))
    assert (rare.value, rare.low) == (0.08, 0.0)
    assert small.value is None
    assert small.low < 0.5 < small.high


@pytest.mark.law
@pytest.mark.parametrize(
    ("inside", "firms", "ends"),
    [(0, 20, (0.0, 0.11664)), (1, 20, (0.00545, 0.21082)), (20, 20, (0.88336, 1.0)), (2, 10, (0.04406, 0.50277))],
)
def test_a_rare_share_s_interval_is_jeffreys(inside, firms, ends):
    """Quantiles of Beta(inside + 1/2, outside + 1/2): a share that no firm has is not 0 for certain."""
    drawn = np.full((400, 1), inside / firms)  # the replicates say nothing
    (one,) = Spread().shares(drawn, None, firms=np.array([firms]))
    assert (one.low, one.high) == pytest.approx(ends, abs=1e-5)
    assert one.sd > 0.0
    (half,) = Spread(left_out=0.25).shares(drawn, None, firms=np.array([firms]))  # half as far in a quick run
    assert (one.value - half.low, half.high - one.value) == pytest.approx(
        ((one.value - ends[0]) / 2, (ends[1] - one.value) / 2), abs=1e-5
    )


@pytest.mark.truth
@pytest.mark.parametrize("share", [0.001, 0.002, 0.003])
def test_the_intervals_of_rare_shares_hold_the_truth(share):
    """Of 500 firms, where a resample of those that there are cannot: with none in it, it says [0, 0]."""
    generator = np.random.default_rng(5)
    inside = generator.binomial(500, share, 2_000)
    found = Spread().shares(np.tile(inside / 500, (2, 1)), None, firms=np.full(2_000, 500))
    assert np.mean([one.low <= share <= one.high for one in found]) > 0.93


@pytest.mark.law
def test_equal_replicates_have_no_variance_at_all():
    third = np.full((50, 1), 1 / 3)
    (one,) = Spread().means(third, third, LEVEL, firms=MANY)
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
    (both,), (firms,) = (Spread().means(drawn, draws, LEVEL, firms=MANY) for draws in (refit, None))
    assert both.sd == pytest.approx(5.0, rel=0.05)
    assert firms.sd == pytest.approx(3.0, rel=0.05)


@pytest.mark.law
def test_an_interval_of_an_amount_that_cannot_be_negative_ends_at_0():
    """The same figure as one that may be negative, but for the end below 0; standard errors are the same."""
    drawn = np.array([[1.0], [0.0], [4.0], [0.0]])
    free, amount = (
        Spread().means(drawn, None, Behind(MANY, moved=False, positive=flag), firms=MANY)[0] for flag in (False, True)
    )
    assert free.low < 0.0 == amount.low
    assert (free.high, free.sd) == (amount.high, amount.sd)
