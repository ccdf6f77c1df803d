"""Whole numbers with an exact sum."""

from __future__ import annotations

import numpy as np
import pytest

from data.synthetic.apportion import apportion

pytestmark = pytest.mark.law


@pytest.mark.parametrize("seed", range(20))
def test_the_parts_add_up_and_keep_their_bounds(seed):
    """Whatever the weights."""
    rng = np.random.default_rng(seed)
    n, total = int(rng.integers(1, 200)), int(rng.integers(0, 5_000))
    most = rng.integers(0, 100, n)
    total = min(total, int(most.sum()))
    found = apportion(rng.lognormal(0, 2, n), total, most=most)
    assert found.sum() == total
    assert (found >= 0).all()
    assert (found <= most).all()


def test_parts_by_hand():
    """Near the weights, each at least one."""
    assert apportion([1.0, 2.0, 3.0], 12).tolist() == [2, 4, 6]
    assert apportion([1.0, 0.0, 3.0], 6, least=1).tolist() == [1, 1, 4]


def test_a_total_that_does_not_fit_is_an_error():
    """It would be a promise that nobody can keep."""
    with pytest.raises(ValueError, match="does not fit"):
        apportion([1.0, 1.0], 1, least=1)
