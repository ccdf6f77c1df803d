from __future__ import annotations

import numpy as np
import pytest

from models.reform.bootstrap import Bootstrap, Groups

GENERATOR = np.random.default_rng(1)
COLUMNS = [np.ones(1_000, dtype=np.int64), GENERATOR.integers(-(10**9), 10**9, 1_000)]
GROUPS = {"half": Groups(("a", "b"), np.arange(1_000) % 2), "all": Groups(("all",), np.zeros(1_000, dtype=np.intp))}


@pytest.mark.law
def test_the_first_row_is_the_sum_of_the_firms_and_groups_add_up_in_every_replicate():
    got = Bootstrap(replicates=20, tile=128).sums(COLUMNS, GROUPS)
    assert got["all"][0, 0].tolist() == [1_000, COLUMNS[1].sum()]
    assert got["half"][0, 1, 1] == COLUMNS[1][1::2].sum()
    np.testing.assert_array_equal(got["half"].sum(axis=1), got["all"][:, 0])


@pytest.mark.law
def test_workers_change_no_bit_and_the_seed_changes_every_replicate():
    one, four = (Bootstrap(replicates=10, tile=128).sums(COLUMNS, GROUPS, workers=n) for n in (1, 4))
    np.testing.assert_array_equal(one["half"], four["half"])
    other = Bootstrap(replicates=10, tile=128, seed=8).sums(COLUMNS, GROUPS)
    assert (other["all"][1:, 0, 1] != one["all"][1:, 0, 1]).all()
    assert (other["all"][0] == one["all"][0]).all()


@pytest.mark.truth
def test_the_variance_of_a_sum_is_the_sum_of_squares():
    """Poisson weights: Var of the sum of w x is the sum of x squared."""
    sums = Bootstrap(replicates=4_000).sums(COLUMNS, GROUPS)["all"][1:, 0, 1]
    expected = float((COLUMNS[1].astype(float) ** 2).sum())
    assert sums.var() == pytest.approx(expected, rel=4 * np.sqrt(2 / 4_000))


@pytest.mark.law
def test_a_firm_s_weight_does_not_depend_on_the_firms_after_it():
    boot = Bootstrap(replicates=5, tile=64)
    np.testing.assert_array_equal(boot.weights(64, 64)[:10], boot.weights(64, 10))


@pytest.mark.contract
def test_sums_that_are_not_exact_are_refused():
    with pytest.raises(OverflowError, match="not exact"):
        Bootstrap().sums([np.full(1_000, 10**13)], {"all": Groups(("all",), np.zeros(1_000, dtype=np.intp))})
