"""What looks spend, by hand."""

from __future__ import annotations

from datetime import date

import pytest

from training.promotion.spending import look_level, overlapping

pytestmark = pytest.mark.law


@pytest.mark.parametrize(("look", "level"), [(1, 0.025), (2, 0.05 / 6), (3, 0.05 / 12), (20, 0.05 / 420)])
def test_the_levels_by_hand(look, level):
    """error_rate / (k (k + 1))."""
    assert look_level(0.05, look) == pytest.approx(level)


def test_all_looks_together_never_spend_more_than_the_error_rate():
    """The sum of k levels is error_rate (1 - 1 / (k + 1)), whatever k."""
    for looks in (1, 20, 5_000):
        assert sum(look_level(0.05, one) for one in range(1, looks + 1)) == pytest.approx(0.05 * (1 - 1 / (looks + 1)))


@pytest.mark.parametrize(("rate", "look"), [(0.05, 0), (0.0, 1), (1.0, 1)])
def test_no_look_is_without_a_number_and_no_rate_is_certain(rate, look):
    with pytest.raises(ValueError, match="looks begin at 1"):
        look_level(rate, look)


def test_one_shared_day_is_the_same_outcomes():
    """A row or a month more does not begin anew; only days after the last one do."""
    year = (date(2022, 1, 1), date(2022, 12, 31))
    earlier = [year, (date(2021, 1, 1), date(2022, 1, 1)), (date(2023, 1, 1), date(2023, 6, 30))]
    assert overlapping(year, earlier) == 2
    assert overlapping((date(2022, 12, 31), date(2023, 1, 31)), earlier) == 2
    assert overlapping((date(2024, 1, 1), date(2024, 2, 1)), earlier) == 0
