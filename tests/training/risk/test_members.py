"""The members of the learner: which are tried, on which rows, and what they promise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.risk.members import SMALL_ROWS, Rows, Trees, boost, fit_boosters, fit_member, members_for, part_log_odds

pytestmark = pytest.mark.law
SMALL = Trees(0.1, 4, 5, 1.0, 1.0, 12)


def rows(n: int = 200) -> Rows:
    rng = np.random.default_rng(3)
    x = pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(size=n)})
    x.loc[::9, "b"] = np.nan
    y = (x["a"] + rng.normal(size=n) > 0).to_numpy(dtype=float)
    return Rows(x, y, np.ones(n), np.arange(n, dtype=float), {"a": 1}, frozenset({"a"}))


def test_short_tables_are_tried_with_small_trees_and_long_ones_with_made_columns():
    """Under 1,000 rows no column is made; a leaf has at least 1 in 16 rows, in long tables 10 to 20 of 400 each."""
    short, long = members_for(SMALL_ROWS - 1), members_for(SMALL_ROWS)
    assert set(short) == {"additive", "trees", "trees_free", "extra", "linear"}
    assert set(long) == {"additive", "wide", "linear"}
    assert not any(one.pairs for one in short.values() if isinstance(one, Trees))
    assert long["wide"].pairs == 32
    assert [members_for(n)["trees"].min_child_samples for n in (20, 160)] == [4, 10]
    assert [members_for(n)["wide"].min_child_samples for n in (1_000, 6_000, 10**6)] == [10, 15, 20]
    assert short["additive"].additive
    assert long["additive"].additive


def test_recent_rows_weigh_more_and_the_sum_stays():
    """With a half-life of 2 the rows at 0, 2 and 4 weigh as 1 : 2 : 4, together 3."""
    data = rows(5).of(np.array([0, 2, 4]), 2.0)
    assert data.weight == pytest.approx(np.array([1, 2, 4]) * 3 / 7)
    assert data.x["a"].tolist() == rows(5).x["a"].iloc[[0, 2, 4]].tolist()
    assert data.time.tolist() == [0.0, 2.0, 4.0]
    assert rows(5).of(np.array([1, 3]), None).weight.tolist() == [1.0, 1.0]


def test_a_promised_sign_holds_and_the_rounds_add_up():
    """A higher "a" never lowers the log-odds; parts of the rounds sum to all of them."""
    data = rows()
    booster = boost(data.x.to_numpy(), data.y, SMALL, signs=[1, 0], seed=1, names=["a", "b"])
    grid = np.column_stack([np.linspace(-3, 3, 50), np.zeros(50)])
    assert (np.diff(part_log_odds(booster, grid, 0, 12)) >= 0).all()
    assert booster.num_trees() == 12
    parts = part_log_odds(booster, grid, 0, 5) + part_log_odds(booster, grid, 5, 12)
    assert parts == pytest.approx(part_log_odds(booster, grid, 0, 12))


def test_an_additive_member_reads_one_column_a_tree():
    """So that its answer is a sum of tables."""
    data = rows()
    trees = Trees(0.1, 4, 5, 1.0, 1.0, 12, additive=True)
    table = boost(data.x.to_numpy(), data.y, trees, signs=[0, 0], seed=1).trees_to_dataframe()
    requested = table.dropna(subset=["split_feature"]).groupby("tree_index")["split_feature"].nunique()
    assert requested.max() == 1


def test_a_member_is_the_mean_of_its_bags():
    """Two bags differ in seed; the member's log-odds are their mean."""
    data = rows()
    member = Trees(0.1, 4, 5, 1.0, 0.5, 12, bags=2)
    wide, boosters = fit_boosters(member, data, 12, 1)
    each = [part_log_odds(booster, one.of(data.x), 0, 12) for one, booster in zip(wide, boosters, strict=True)]
    assert not np.array_equal(*each)
    assert fit_member(member, data, 12, 1)(data.x) == pytest.approx(np.mean(each, axis=0))


def test_a_ridge_logistic_answers_missing_and_extreme_values():
    """Its scores are clipped, and a missing value is at the middle."""
    result = fit_member(0.1, rows(), 0, 1)(pd.DataFrame({"a": [-9.0, 0.0, 9.0, 90.0], "b": [0.0, np.nan, 0.0, 0.0]}))
    assert np.isfinite(result).all()
    assert result[0] < result[2] == result[3]
