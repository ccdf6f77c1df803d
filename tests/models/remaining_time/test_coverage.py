"""Adaptive intervals: updates by hand, a planted drift, and what late labels may not do."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import beta as beta_function
from scipy.special import comb

from models.remaining_time.coverage import (
    CONCENTRATION,
    DRIFT_LEVEL,
    FEWEST,
    MOST,
    MOST_LABELS,
    Labels,
    Raw,
    adapted,
    answered_labels,
    factors,
    labels_of,
    reliable,
    running,
    weighted_quantile,
)

pytestmark = pytest.mark.law


def labels(above, closed_on, held=None, below=None):
    n = len(above)
    return Labels(
        closed_on=np.asarray(closed_on, dtype=float),
        above=np.asarray(above, dtype=float),
        below=np.full(n, 0.9) if below is None else np.asarray(below, dtype=float),
        held=np.ones(n) if held is None else np.asarray(held, dtype=float),
        weight=np.ones(n),
    )


def test_labels_by_hand():
    """Middle log 10, ends log 5 and log 20 (all of 1 + days): 19 days is the upper end, 4 days the lower."""
    raw = Raw(np.full(3, np.log(10.0)), np.full(3, np.log(5.0)), np.full(3, np.log(20.0)))
    made = labels_of(
        raw,
        np.full(3, 4.0),
        np.full(3, 19.0),
        np.array([19.0, 4.0, 39.0]),
        np.array([5.0, 4.0, 6.0]),
        np.array([7, 8, 7]),
    )
    assert made.closed_on.tolist() == [4.0, 5.0, 6.0]  # in order of closing
    assert made.above.tolist() == pytest.approx([-1.0, 1.0, 2.0])
    assert made.below.tolist() == pytest.approx([1.0, -1.0, -2.0])
    assert made.held.tolist() == [1.0, 1.0, 0.0]
    assert made.weight.tolist() == [1.0, 0.5, 0.5]  # two forecasts of case 7 count as one case


def test_weighted_quantile_by_hand():
    assert weighted_quantile(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 8.0]), 0.2) == 2.0
    assert weighted_quantile(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 8.0]), 0.21) == 3.0


def test_the_factor_is_the_recent_quantile_by_hand():
    """Twenty values 0.05 ... 1.00 of one day: the quantile at 0.9 is the 18th, 0.9; of 1.0 ... 1.19 it is 1.17.

    The upper end is not narrowed: the long cases may be still to close.
    """
    day, rising = np.array([11.0]), np.arange(1, 21) / 20.0
    narrow, wide = factors(labels(rising, np.full(20, 10.0), below=rising), day)
    assert [narrow.tolist(), wide.tolist()] == [pytest.approx([0.9]), [1.0]]
    _, wide = factors(labels(1.0 + np.arange(20) / 100.0, np.full(20, 10.0)), day)
    assert wide.tolist() == pytest.approx([1.17])


def test_newer_labels_weigh_more():
    """100 old labels at 0.9 and 20 new at 1.2: after ten half-lives the new ones have nearly all the weight."""
    both = labels([0.9] * 100 + [1.2] * 20, [0.0] * 100 + [1200.0] * 20)
    assert factors(both, np.array([1201.0]))[1].tolist() == pytest.approx([1.2])
    assert factors(labels([1.1] * 190 + [1.2] * 10, [1200.0] * 200), np.array([1201.0]))[1].tolist() == [1.1]


def test_a_factor_stays_within_its_bounds_and_needs_enough_cases():
    far = labels([50.0] * FEWEST, [0.0] * FEWEST, below=[0.0] * FEWEST)
    assert [one.tolist() for one in factors(far, np.array([1.0]))] == [[1.0 / MOST], [MOST]]
    few = labels([50.0] * (FEWEST - 1), [0.0] * (FEWEST - 1))
    assert [one.tolist() for one in factors(few, np.array([1.0]))] == [[1.0], [1.0]]


def test_a_label_counts_from_the_day_after_its_case_closed():
    """An interval of day 10 knows nothing of what closed on day 10."""
    known = labels([1.2] * 20, [9.9] * 20)
    late = replace(known, closed_on=np.full(20, 10.0))
    assert factors(known, np.array([10.0]))[1].tolist() == [1.2]
    assert factors(late, np.array([10.0]))[1].tolist() == [1.0]
    assert factors(late, np.array([11.0]))[1].tolist() == [1.2]


def test_the_running_coverage_by_hand():
    """Days 0 ... 9 close a case each, the first two of which did not hold; after 90 days they no longer count."""
    some = labels(np.zeros(10), np.arange(10), held=[0, 0] + [1] * 8)
    share, cases = running(some, np.array([0.0, 2.0, 10.0, 92.0, 200.0]))
    assert share.tolist() == pytest.approx([np.nan, 0.0, 0.8, 1.0, np.nan], nan_ok=True)
    assert cases.tolist() == [0, 2, 10, 8, 0]


def test_reliable_is_a_beta_binomial_test():
    """Of 20 cases: the smallest number that held and still is explained by chance, from the formula written out."""
    a, b = 0.8 * CONCENTRATION, 0.2 * CONCENTRATION
    chance = [comb(20, k) * beta_function(k + a, 20 - k + b) / beta_function(a, b) for k in range(21)]
    least = next(k for k in range(21) if sum(chance[: k + 1]) >= DRIFT_LEVEL)
    found = reliable(np.arange(21) / 20.0, np.full(21, 20.0))
    assert found.tolist() == [k >= least for k in range(21)]
    assert 8 <= least <= 12
    assert not reliable(np.array([1.0]), np.array([FEWEST - 1.0]))[0]


def test_only_the_latest_labels_are_kept():
    many = labels(np.zeros(MOST_LABELS), np.arange(MOST_LABELS))
    joined = many.joined(labels([3.0], [0.5]))
    assert len(joined.above) == MOST_LABELS
    assert joined.closed_on[0] == 0.5  # day 0 has gone


@pytest.mark.truth
def test_under_a_planted_drift_static_ends_lose_coverage_and_adaptive_ends_keep_it():
    """From day 200 on times spread 1.25 times as much; 20 cases a day, each closing 10 days after its forecast."""
    rng = np.random.default_rng(3)
    known_on = np.repeat(np.arange(500.0), 20)
    n = len(known_on)
    z = 1.2815515655446004 * 0.3
    middle = np.full(n, 3.0)
    raw = Raw(middle, middle - z, middle + z)
    actual = np.expm1(middle + 0.3 * rng.normal(size=n) * np.where(known_on < 200, 1.0, 1.25))
    made = labels_of(raw, np.zeros(n), np.zeros(n), actual, known_on + 10.0, np.arange(n))
    low, high = adapted(raw, known_on, made)
    calm, drifted = known_on < 200, known_on >= 380
    static = (np.expm1(raw.low) <= actual) & (actual <= np.expm1(raw.high))
    adaptive = (low <= actual) & (actual <= high)
    assert static[calm].mean() == pytest.approx(0.8, abs=0.02)
    assert static[drifted].mean() < 0.72
    assert adaptive[calm].mean() == pytest.approx(0.8, abs=0.02)
    assert adaptive[drifted].mean() == pytest.approx(0.78, abs=0.025)


def test_one_row_has_the_answer_that_it_has_among_many():
    rng = np.random.default_rng(5)
    known_on, middle = rng.uniform(0, 60, 300), rng.uniform(0, 4, 300)
    raw = Raw(middle, middle - 0.3, middle + 0.5)
    made = labels_of(raw, middle, middle, rng.uniform(0, 30, 300), known_on + 5, np.arange(300))
    low, high = adapted(raw, known_on, made)
    for row in (0, 150, 299):
        alone = adapted(Raw(middle[[row]], raw.low[[row]], raw.high[[row]]), known_on[[row]], made)
        assert [alone[0][0], alone[1][0]] == [low[row], high[row]]


@pytest.mark.law
def test_a_label_compares_the_interval_that_would_have_been_answered():
    """Twenty earlier cases took 1.2 times the reach; the day after, the end lies there, and 1.1 times holds."""
    raw = Raw(np.log1p([10.0]), np.log1p([9.0]), np.log1p([11.0]))
    reach = np.log1p(11.0) - np.log1p(10.0)
    actual = np.expm1(np.log1p([10.0]) + 1.1 * reach)
    ones = np.ones(20)
    earlier = Labels(closed_on=100.0 * ones, above=1.2 * ones, below=-1.2 * ones, held=0.0 * ones, weight=ones)
    case = np.zeros(1, dtype=np.int64)
    after = answered_labels(raw, np.array([101.0]), actual, np.array([120.0]), case, earlier)
    before = answered_labels(raw, np.array([100.0]), actual, np.array([120.0]), case, earlier)
    assert (after.held.tolist(), before.held.tolist()) == ([1.0], [0.0])
    assert after.above == pytest.approx([1.1])
