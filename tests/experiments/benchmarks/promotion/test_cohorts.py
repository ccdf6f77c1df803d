"""The planted cohort: enough defaults, the declared directions, one truth."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.benchmarks.promotion.cohorts import (
    NAMES,
    NEWER,
    PLANTED,
    SIGNS,
    Trees,
    draw_cohort,
    draw_loans,
    fit,
    without,
)

pytestmark = pytest.mark.truth


def test_a_cohort_has_its_defaults_and_is_the_same_for_a_seed():
    """At least 500 test defaults; firms with more loans than one; the effects have the declared signs."""
    one, again = draw_cohort(3), draw_cohort(3)
    assert np.array_equal(one.test.x, again.test.x)
    assert np.array_equal(one.test.y, again.test.y)
    assert one.test.y.sum() >= 500
    assert len(np.unique(one.test.firm)) < len(one.test.y)
    assert all(sign * effect >= 0 for sign, effect in PLANTED.values())


def test_the_newer_columns_are_worth_something_and_directions_are_kept():
    """A model with them ranks better; more leverage never lowers its log-odds."""
    cohort = draw_cohort(1, 2_000, 1_000)
    trees = Trees(rounds=60)
    whole = fit(cohort.train, 1, trees)
    bare = fit(cohort.train.with_x(without(cohort.train.x, NEWER)), 1, trees)
    test, y = cohort.test.x, cohort.test.y == 1
    gap = [np.subtract(*(odds[rows].mean() for rows in (y, ~y)))
           for odds in (whole.log_odds(test), bare.log_odds(without(test, NEWER)))]  # fmt: skip
    assert gap[0] > gap[1] > 0
    more = test.copy()
    more[:, NAMES.index("leverage")] += 1.0
    assert (whole.log_odds(more) >= whole.log_odds(test)).all()
    assert SIGNS[NAMES.index("leverage")] == 1


def test_a_shift_moves_three_columns_and_no_other():
    usual, moved = (draw_loans(np.random.default_rng(2), 4_000, shift).x.mean(axis=0) for shift in (0.0, 1.0))
    far = {NAMES[place] for place in np.flatnonzero(np.abs(moved - usual) > 0.5)}
    assert far == {"revenue_log", "leverage", "cash_flow"}
