from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest

from models.risk_additive import AdditiveError, read_additive


def grown(seed: int, *, additive: bool) -> tuple[lgb.Booster, np.ndarray]:
    """A booster on columns with ties, zeros, gaps and far values, as text has it."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(3_000, 5))
    x[:, 1] = rng.poisson(0.3, 3_000)
    x[rng.random(3_000) < 0.3, 2] = np.nan
    x[:, 3] = np.where(rng.random(3_000) < 0.2, 1e9, x[:, 3])
    x[:, 4] = np.where(rng.random(3_000) < 0.5, 0.0, x[:, 4])
    y = rng.random(3_000) < 1 / (1 + np.exp(2 - x[:, 0] - x[:, 1]))
    settings = {"objective": "binary", "num_leaves": 6, "learning_rate": 0.1, "verbosity": -1, "num_threads": 1}
    if additive:
        settings["interaction_constraints"] = [[place] for place in range(5)]
    return lgb.Booster(model_str=lgb.train(settings, lgb.Dataset(x, y), 60).model_to_string()), x


@pytest.mark.law
@pytest.mark.parametrize("seed", range(6))
def test_tables_repeat_the_booster_and_its_contributions(seed):
    """Raw log-odds and TreeSHAP to 1e-9, and the parts are the whole."""
    booster, x = grown(seed, additive=True)
    tables = read_additive(booster)
    told = np.asarray(booster.predict(x, pred_contrib=True))
    assert np.allclose(tables.shares(x), told[:, :-1], atol=1e-9, rtol=0)
    assert tables.baseline == pytest.approx(told[0, -1], abs=1e-9)
    whole = tables.baseline + tables.shares(x).sum(axis=1)
    assert np.allclose(whole, booster.predict(x, raw_score=True), atol=1e-9, rtol=0)


@pytest.mark.contract
def test_a_booster_that_is_not_additive_is_refused():
    """The tree and its features are named."""
    with pytest.raises(AdditiveError, match=r"tree \d+ asks about features \["):
        read_additive(grown(1, additive=False)[0])


def test_a_feature_that_only_tells_whether_it_is_missing_has_a_table_too():
    """LightGBM writes such a cut as an endless threshold; known values lie on one side, missing ones on the other."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(2_000, 2))
    x[rng.random(2_000) < 0.4, 1] = np.nan
    y = rng.random(2_000) < np.where(np.isnan(x[:, 1]), 0.5, 0.1)
    settings = {"objective": "binary", "num_leaves": 2, "verbosity": -1, "num_threads": 1}
    settings |= {"interaction_constraints": [[0], [1]]}
    booster = lgb.Booster(model_str=lgb.train(settings, lgb.Dataset(x, y), 20).model_to_string())
    tables = read_additive(booster)
    whole = tables.baseline + tables.shares(x).sum(axis=1)
    assert np.abs(whole - booster.predict(x, raw_score=True)).max() < 1e-9
    assert "threshold=inf" in booster.model_to_string()
