from __future__ import annotations

import numpy as np
import pytest

from models.reform.buckets import bucket_of
from models.reform.result import BUCKETS

CASES = [
    (100_000, 95_000, "lose_more_than_5pct"), (100_000, 95_001, "lose_up_to_5pct"),
    (100_000, 99_899, "lose_up_to_5pct"), (100_000, 99_900, "same"),
    (100_000, 100_000, "same"), (100_000, 100_100, "same"), (0, 0, "same"),
    (100_000, 100_101, "gain_up_to_5pct"), (100_000, 105_000, "gain_up_to_5pct"),
    (100_000, 105_001, "gain_more_than_5pct"), (0, 1, "from_zero"), (1, 0, "lose_more_than_5pct"),
    (999, 1_000, "gain_up_to_5pct"), (1_000, 1_001, "same"), (10**13, 10**13 + 10**10 + 1, "gain_up_to_5pct"),
]  # fmt: skip


@pytest.mark.law
@pytest.mark.parametrize(("before", "after", "bucket"), CASES)
def test_bounds_are_decided_exactly(before, after, bucket):
    assert BUCKETS[bucket_of(np.array([before]), np.array([after]))[0]] == bucket


@pytest.mark.law
def test_policyengine_s_definition_holds_but_at_minus_a_tenth_of_a_percent():
    """Theirs: (lower, upper] of the bounds, over max(baseline, 1), in floating point away from the bounds."""
    generator = np.random.default_rng(3)
    before = generator.integers(1, 10**9, 20_000)
    after = np.maximum(0, before + (before * generator.normal(0.0, 0.04, 20_000)).astype(np.int64))
    change = (after - before) / np.maximum(before, 1)
    bounds = np.array([-np.inf, -0.05, -1e-3, 1e-3, 0.05, np.inf])
    theirs = np.searchsorted(bounds, change, side="left") - 1
    away = np.abs(change[:, None] - bounds[1:5]).min(axis=1) > 1e-9
    assert away.mean() > 0.99
    assert (bucket_of(before, after)[away] == theirs[away]).all()
