from __future__ import annotations

import numpy as np
import pytest

from models.quota_portfolio import AllocationError, PortfolioLimit, allocate, segments

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
    told = allocate(slope, width, limits)
    for limit in limits:
        assert limit.use @ told.amounts <= limit.most + 1e-6
        assert limit.use @ told.greedy_amounts <= limit.most + 1e-6
    assert (told.amounts <= width.sum(axis=1) + 1e-9).all()
    assert told.margin > told.greedy_margin > 0.5 * told.margin


def test_a_price_is_what_one_unit_more_of_the_limit_earns():
    """Each dual equals the finite difference of the optimum; limits that do not bind cost nothing."""
    slope, width, limits = planted()
    told = allocate(slope, width, limits)
    assert sum(price > 0 for price in told.prices.values()) >= 2
    for place, limit in enumerate(limits):
        step = 1e-4 * limit.most
        wider = [*limits]
        wider[place] = PortfolioLimit(limit.name, limit.use, limit.most + step)
        gained = (allocate(slope, width, wider).margin - told.margin) / step
        assert told.prices[limit.name] == pytest.approx(gained, rel=1e-3, abs=1e-7)


def test_with_a_smallest_amount_nobody_gets_less_than_it():
    """Lend at least so much, or nothing; the whole-number programme is no better than the relaxed one."""
    slope, width, limits = planted(40)
    free, held = allocate(slope, width, limits), allocate(slope, width, limits, least=60.0)
    assert ((held.amounts < 1e-6) | (held.amounts >= 60.0 - 1e-6)).all()
    assert held.margin <= free.margin + 1e-9


@pytest.mark.contract
def test_limits_that_contradict_each_other_are_an_error():
    """No silent empty answer."""
    with pytest.raises(AllocationError):
        allocate(np.ones((2, 1)), np.ones((2, 1)), [PortfolioLimit("budget", np.ones(2), -1.0)])
