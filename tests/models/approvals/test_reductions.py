import numpy as np
import pytest

from models.approvals.reductions import reduction, reductions, working_days

pytestmark = pytest.mark.truth

ITEMS = ("a", "b", "c", "d")


def test_the_readings_of_one_comparison_differ():
    """Promised 5, 1, 3 and 10 of statutory 20, 10, 60 and 10: own reductions .75, .9, .95 and 0.

    Sums: 19 of 100, so .81. Mean of the four: .65. Median: (.75 + .9) / 2.
    """
    found = reduction(ITEMS, [5, 1, 3, 10], [20, 10, 60, 10])
    assert (found.n, found.unknown, found.zero, found.converted) == (4, 0, 0, 0)
    assert found.ratio_of_sums == pytest.approx(0.81)
    assert found.mean_of_ratios == pytest.approx(0.65)
    assert found.median_of_ratios == pytest.approx(0.825)
    assert (found.largest, found.largest_items) == (pytest.approx(0.95), ("c",))


def test_the_three_comparisons():
    """Item d has no promise, b no case yet."""
    found = reductions(ITEMS, [20, 10, 60, 10], [5, 1, 3, np.nan], [4, np.nan, 6, 10])
    promised, actual, kept = (found[key] for key in ("promised_statutory", "actual_statutory", "actual_promised"))
    assert (promised.n, promised.unknown, promised.ratio_of_sums) == (3, 1, pytest.approx(1 - 9 / 90))
    assert (actual.n, actual.unknown, actual.ratio_of_sums) == (3, 1, pytest.approx(1 - 20 / 90))
    # 4 of 5 is .2 shorter, 6 of 3 is twice as long: -1
    assert (kept.n, kept.unknown) == (2, 2)
    assert kept.ratio_of_sums == pytest.approx(-0.25)
    assert kept.mean_of_ratios == pytest.approx(-0.4)
    assert (kept.largest, kept.largest_items) == (pytest.approx(0.2), ("a",))


def test_calendar_days_are_five_sevenths():
    """28 calendar days are 20 working days: 5 of them, or 7 calendar days, are -75 %."""
    np.testing.assert_array_equal(working_days([28, 28, np.nan], ["calendar", "working", "calendar"]), [20, 28, np.nan])
    found = reduction(ITEMS[:2], [5, 7], [28, 20], unit=["working", "calendar"], against_unit=["calendar", "working"])
    assert (found.mean_of_ratios, found.ratio_of_sums, found.converted) == (0.75, 0.75, 2)
    assert found.largest_items == ("a", "b")


def test_what_cannot_be_compared_is_counted():
    found = reduction(ITEMS, [0, 1, np.nan, 0], [0, 0, 5, 10])
    assert (found.n, found.unknown, found.zero, found.ratio_of_sums) == (1, 1, 2, 1.0)
    found = reduction(ITEMS, [np.nan] * 4, [20] * 4, unit="calendar")
    assert (found.n, found.unknown, found.converted) == (0, 4, 0)
    assert (found.ratio_of_sums, found.mean_of_ratios, found.median_of_ratios, found.largest) == (None,) * 4
    assert found.largest_items == ()
    assert reduction([], [], []).n == 0


@pytest.mark.contract
@pytest.mark.parametrize(
    ("days", "unit", "message"),
    [(5, "weeks", "one of working"), (-1, "working", "at least 0"), (np.inf, "working", "finite")],
)
def test_bad_numbers_have_their_message(days, unit, message):
    with pytest.raises(ValueError, match=message):
        reduction(ITEMS, days, 20, unit=unit)
