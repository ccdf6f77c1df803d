from __future__ import annotations

import numpy as np
import pytest

from models.quota.portfolio import AllocationError, PortfolioLimit, allocate, segments

pytestmark = pytest.mark.law


def planted(firms: int = 120):
    rng = np.random.default_rng(5)
    gain, quota = rng.uniform(0.002, 0.03, firms), rng.uniform(20, 400, firms)
    slope, width = segments(gain, gain / quota / 1.5, quota)
    industry, stage, loss = rng.integers(0, 4, firms), rng.integers(0, 3, firms), rng.uniform(0.001, 0.02, firms)
    limits = [PortfolioLimit("budget", np.ones(firms), 8_000.0), PortfolioLimit("loss", loss, 60.0)]
    limits += [PortfolioLimit(f"industry{code}", (industry == code).astype(float), 2_600.0) for code in range(4)]
    limits += [PortfolioLimit(f"stage{code}", (stage == code).astype(float), 3_500.0) for code in range(3)]
    return slope, width, limits


def test_an_allocation_keeps_every_limit_and_is_never_worse_than_greedy():
    """Budget, loss and concentration hold for both; the programme earns at least as much."""
    slope, width, limits = planted()
    result = allocate(slope, width, limits)
    for limit in limits:
        assert limit.use @ result.amounts <= limit.most + 1e-6
        assert limit.use @ result.greedy_amounts <= limit.most + 1e-6
    assert (result.amounts <= width.sum(axis=1) + 1e-9).all()
    assert result.profit > result.greedy_profit > 0.5 * result.profit


def test_a_price_is_what_one_unit_more_of_the_limit_earns():
    """Each dual equals the finite difference of the optimum; limits that do not bind cost nothing."""
    slope, width, limits = planted()
    result = allocate(slope, width, limits)
    assert sum(price > 0 for price in result.prices.values()) >= 2
    for position, limit in enumerate(limits):
        step = 1e-4 * limit.most
        wider = [*limits]
        wider[position] = PortfolioLimit(limit.name, limit.use, limit.most + step)
        gained = (allocate(slope, width, wider).profit - result.profit) / step
        assert result.prices[limit.name] == pytest.approx(gained, rel=1e-3, abs=1e-7)


def test_with_a_smallest_amount_nobody_gets_less_than_it():
    """Lend at least so much, or nothing; the whole-number programme is no better than the relaxed one."""
    slope, width, limits = planted(40)
    free, held = allocate(slope, width, limits), allocate(slope, width, limits, least=60.0)
    assert ((held.amounts < 1e-6) | (held.amounts >= 60.0 - 1e-6)).all()
    assert held.profit <= free.profit + 1e-9


@pytest.mark.contract
def test_limits_that_contradict_each_other_are_an_error():
    """No silent empty answer."""
    with pytest.raises(AllocationError, match="infeasible"):
        allocate(np.ones((2, 1)), np.ones((2, 1)), [PortfolioLimit("budget", np.ones(2), -1.0)])
    # At least 5 has to be lent: any firm may have so much, but none as much as the smallest amount.
    lent = [PortfolioLimit("lent", -np.ones(2), -5.0)]
    with pytest.raises(AllocationError, match="infeasible"):
        allocate(SLOPE, WIDTH, lent, least=30.0)
    assert allocate(SLOPE, WIDTH, lent).profit == pytest.approx(180.0)


def test_the_segments_of_a_concave_margin():
    """Gain 2 %, bend .01 % a wan, 80 wan: the slope in the middle of each part, .02 - .0001 x amount there."""
    slope, width = segments(np.array([0.02, 0.01]), np.array([0.0001, 0.0]), np.array([80.0, 40.0]))
    assert slope == pytest.approx(np.array([[0.019, 0.017, 0.015, 0.013], [0.01] * 4]))  # at 10, 30, 50 and 70 wan
    assert width.tolist() == [[20.0] * 4, [10.0] * 4]
    slope, width = segments(np.array([0.02]), np.array([0.0001]), np.array([80.0]), 2)
    assert slope == pytest.approx(np.array([[0.018, 0.014]]))
    assert width.tolist() == [[40.0, 40.0]]


# Two firms of two segments: A earns 10, then 2 on each of 10 units; B earns 6, then loses 1.
SLOPE, WIDTH = np.array([[10.0, 2.0], [6.0, -1.0]]), np.full((2, 2), 10.0)
# use by firm and the most of it, smallest amount, amounts, profit, greedy amounts, greedy profit, price
BY_HAND = [
    ((1, 1), 15, 0, [10, 5], 130, [10, 5], 130, 6),  # 10 x 10 + 5 x 6; one unit more would go to B
    ((1, 1), 100, 0, [20, 10], 180, [20, 10], 180, 0),  # never where the bank loses
    ((2, 1), 20, 0, [5, 10], 110, [10, 0], 100, 5),  # B earns 6 a unit of the limit, A 5: greedy takes A
    ((1, 0), 5, 0, [5, 10], 110, [5, 10], 110, 10),  # the limit leaves B free
    ((1, 1), 15, 12, [15, 0], 110, [15, 0], 90, 6),  # greedy counts A's mean of 6
    ((1, 1), 20, 12, [20, 0], 120, [20, 0], 120, 2),  # 10 to each would earn 160, each under the smallest amount
    ((1, 1), 12, 12, [12, 0], 104, [12, 0], 72, 6),
    ((1, 1), 11, 12, [0, 0], 0, [0, 0], 0, 6),
    ((1, 1), 0.4, 0.5, [0, 0], 0, [0, 0], 0, 10),
    ((1, 1), 0.4, 0, [0.4, 0], 4, [0.4, 0], 4, 10),
]


@pytest.mark.parametrize(("use", "most", "least", "amounts", "profit", "greedy", "greedy_profit", "price"), BY_HAND)
def test_two_firms_by_hand(use, most, least, amounts, profit, greedy, greedy_profit, price):
    """The best amounts, the greedy ones, what both earn, and what one unit more of the limit would."""
    result = allocate(SLOPE, WIDTH, [PortfolioLimit("budget", np.array(use, float), most)], least)
    assert result.amounts == pytest.approx(amounts, abs=1e-7)
    assert result.greedy_amounts == pytest.approx(greedy, abs=1e-7)
    assert (result.profit, result.greedy_profit) == pytest.approx((profit, greedy_profit), abs=1e-6)
    assert result.prices == {"budget": pytest.approx(price, abs=1e-7)}


def test_without_a_smallest_amount_any_is_lent():
    """Small quotas too: .4 + .4 units earn 10 x .4 + 2 x .4 = 4.8, by the mean of 6 x .8 the same."""
    budget = [PortfolioLimit("budget", np.ones(1), 5.0)]
    for least in ({}, {"least": 0.5}, {"least": 0.8}):
        result = allocate(SLOPE[:1], np.full((1, 2), 0.4), budget, **least)
        assert (result.profit, result.greedy_profit) == pytest.approx((4.8, 4.8))
        assert result.amounts == pytest.approx([0.8])
    assert allocate(SLOPE[:1], np.full((1, 2), 0.4), budget, least=0.81).amounts == pytest.approx([0.0])


@pytest.mark.parametrize(
    ("least", "cost", "amounts"),
    [
        (8.0, 0.0, [20.0, 10.0]),
        (8.0, 59.0, [20.0, 10.0]),  # B earns 10 x 6 = 60
        (8.0, 61.0, [20.0, 0.0]),
        (8.0, 121.0, [0.0, 0.0]),  # A earns 10 x 10 + 10 x 2 = 120
        (0.0, 121.0, [20.0, 10.0]),  # without a smallest amount no loan is counted, so none costs anything
    ],
)
def test_a_loan_is_made_where_it_earns_its_own_cost(least, cost, amounts):
    """The cost is of the loan, whatever its amount."""
    budget = [PortfolioLimit("budget", np.ones(2), 100.0)]
    assert allocate(SLOPE, WIDTH, budget, least, cost).amounts == pytest.approx(amounts, abs=1e-7)


def test_a_loan_costs_nothing_unless_it_is_said():
    """.8 units that earn .048 are lent."""
    budget = [PortfolioLimit("budget", np.ones(1), 5.0)]
    small = allocate(SLOPE[:1] / 100.0, np.full((1, 2), 0.4), budget, least=0.5)
    assert (small.amounts, small.profit) == (pytest.approx([0.8]), pytest.approx(0.048))


def test_firms_without_a_quota_or_under_the_smallest_amount_get_nothing():
    """However much the second would earn; of the others the one that earns the most."""
    slope = np.array([[1.0, 1.0], [100.0, 100.0], [3.0, 3.0], [2.0, 2.0]])
    width = np.array([[0.0, 0.0], [5.0, 5.0], [6.0, 6.0], [6.0, 6.0]])
    result = allocate(slope, width, [PortfolioLimit("budget", np.ones(4), 14.0)], least=12.0)
    assert result.amounts == pytest.approx([0.0, 0.0, 12.0, 0.0], abs=1e-7)
    assert result.greedy_amounts == pytest.approx([0.0, 0.0, 12.0, 0.0])
    assert (result.profit, result.greedy_profit) == pytest.approx((36.0, 36.0))


def test_of_firms_that_earn_alike_the_greedy_way_takes_the_first():
    """The same input gives the same amounts; what earns nothing is not lent."""
    slope = np.repeat([[5.0], [0.0]], [40, 10], axis=0)
    result = allocate(slope, np.ones((50, 1)), [PortfolioLimit("budget", np.ones(50), 5.0)])
    assert result.greedy_amounts.tolist() == [1.0] * 5 + [0.0] * 45
    result = allocate(slope, np.ones((50, 1)), [PortfolioLimit("budget", np.ones(50), 45.0)])
    assert result.greedy_amounts.tolist() == [1.0] * 40 + [0.0] * 10
    mixed = np.tile([[5.0], [3.0], [4.0]], (100, 1))
    result = allocate(mixed, np.ones((300, 1)), [PortfolioLimit("budget", np.ones(300), 150.0)])
    assert result.greedy_amounts.tolist() == [1.0, 0.0, 1.0] * 50 + [1.0, 0.0, 0.0] * 50


# slopes and width of a segment, firm by firm, smallest amount, budget, greedy amounts
@pytest.mark.parametrize(
    ("slope", "width", "least", "most", "greedy"),
    [
        ([[10.0, 2.0], [6.0, 4.0]], [10.0, 20.0], 12.0, 20.0, [20.0, 0.0]),  # means of 6 and 5, in all 120 and 200
        ([[10.0, 2.0], [4.0, 2.0]], [10.0, 6.0], 12.0, 20.0, [20.0, 0.0]),  # 6 and 3 of a smaller quota
        ([[10.0, 2.0], [6.0, 4.0]], [0.4, 2.5], 0.5, 0.8, [0.8, 0.0]),  # 6 and 5 of quotas of .8 and 5
    ],
)
def test_the_greedy_way_takes_whole_firms_by_their_mean_where_a_smallest_amount_holds(
    slope, width, least, most, greedy
):
    """Not by what they earn in all, nor by how little they take."""
    width = np.repeat(np.array(width)[:, None], 2, axis=1)
    result = allocate(np.array(slope), width, [PortfolioLimit("budget", np.ones(2), most)], least)
    assert result.greedy_amounts == pytest.approx(greedy)
