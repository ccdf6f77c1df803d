"""The scorecard peer by hand: its bins, its evidence, and values that it never saw."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.benchmarks.risk import peers


def kinds(*values):
    return pd.Series(values).astype("category")


@pytest.mark.law
def test_bins_are_quarters_of_the_values_and_missing_has_its_own():
    """Values 1 to 100: cut at 25.75, 50.5 and 75.25."""
    position_of = peers._bins(pd.Series(np.arange(1.0, 101.0)), 100)
    assert position_of(pd.Series([np.nan, -9.0, 25.0, 26.0, 51.0, 76.0, 999.0])).tolist() == [0, 1, 1, 2, 3, 4, 4]
    assert peers._bins(pd.Series([np.nan, np.nan]), 100)(pd.Series([np.nan, 3.0])).tolist() == [0, 1]


@pytest.mark.law
def test_a_level_that_few_cases_have_shares_the_position_of_unknown_ones():
    """Ten cases make a level; nine do not, nor does a level never seen."""
    position_of = peers._bins(kinds(*["a"] * 10, *["b"] * 9, *["c"] * 40), 59)
    assert position_of(kinds("a", "c", "b", "new", None)).tolist() == [1, 2, 0, 0, 0]


@pytest.mark.truth
@pytest.mark.parametrize("peer", ["woe_logistic", "lightgbm_default", "xgboost_default", "catboost_default"])
def test_each_peer_learns_a_planted_order_and_heeds_weights(peer):
    """60 % of kind u default, 10 % of kind v; defaults that weigh five times raise every risk."""
    rng = np.random.default_rng(2)
    gap = np.where(np.arange(300) % 7, rng.normal(size=300), np.nan)
    x = pd.DataFrame({"kind": kinds(*["u", "v"] * 150), "gap": gap})
    y = (rng.random(300) < np.where(x["kind"] == "u", 0.6, 0.1)).astype(float)
    seed = () if peer == "woe_logistic" else (1,)
    predict = getattr(peers, peer)(x, y, np.ones(300), *seed)
    new = pd.DataFrame({"kind": kinds(*["u", "v"] * 100), "gap": rng.normal(size=200)})
    risk = predict(new)
    assert ((risk > 0) & (risk < 1)).all()
    assert risk[::2].mean() > 0.35 > 0.25 > risk[1::2].mean()
    heavy = getattr(peers, peer)(x, y, np.where(y == 1, 5.0, 1.0), *seed)
    assert heavy(new).mean() > risk.mean() + 0.05


@pytest.mark.contract
def test_categories_are_texts_for_a_library_that_takes_no_other():
    """A missing one is a level of its own; numbers stay."""
    texts = peers._strings(pd.DataFrame({"kind": kinds("a", None), "n": [1.0, np.nan]}))
    assert texts["kind"].tolist() == ["a", "(missing)"]
    assert texts["n"].isna().tolist() == [False, True]
