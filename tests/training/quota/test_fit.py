"""The debt capacity is fitted as promised: quantiles, a conformal shift, and what the training cases looked like."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from features.quota import limit_feature_names
from features.risk import risk_values
from training.params import read_section
from training.quota.fit import QuotaParams, _pinball, _smooth_pinball, evaluate, peers

BOOK = read_codebook()
PARAMS = read_section("quota", QuotaParams)


@pytest.fixture(scope="module")
def sides(trained):
    """Cases and debts of the vintage that the limit was fitted on, and of the later one that shifted it."""
    known = trained.debt.notna()
    return [
        (trained.vintages[rows], trained.debt[rows])
        for day in ("2019-12-31", "2021-12-31")
        for rows in [(trained.vintages["as_of"] == day) & known]
    ]


@pytest.mark.law
def test_the_cautious_limit_lies_above_at_most_its_share_of_later_debts(trained, sides):
    """Split-conformal: of the cases that shifted it, a low_quantile share could not have serviced it, hardly fewer."""
    cases, debt = sides[1]
    low = trained.engine.limit.predict(cases, BOOK)["capacity_low_wan"]
    broken = (debt < low - 1e-9).mean()
    assert broken <= PARAMS.low_quantile
    free = debt > 0  # at no debt at all a limit of nought is kept whatever the shift
    assert (debt[free] < low[free] * (1 + 1e-6)).mean() > PARAMS.low_quantile / 2


@pytest.mark.law
def test_what_was_made_says_from_what(trained):
    """Version, codebook, features, terms of the loan that it is about, and the digests of code and data."""
    model = trained.engine.limit
    assert (model.version, model.codebook_digest) == (PARAMS.version, BOOK.digest)
    assert model.feature_names == limit_feature_names(BOOK)
    assert (model.reference_tenor_months, model.reference_annual_rate) == (PARAMS.tenor_months, PARAMS.annual_rate)
    assert model.low_quantile == PARAMS.low_quantile
    assert len(model.data_digest) == 64
    assert model.code


@pytest.mark.law
def test_the_loss_rounds_its_corner_by_hand():
    """At the target the gradient is half less alpha; far above 1 - alpha, far below -alpha; log 3 tenths above 3/4."""
    data = lgb.Dataset(np.zeros((4, 1)), label=[1.0, 1.0, 1.0, 1.0]).construct()
    prediction = np.array([1.0, 9.0, -9.0, 1.0 + 0.1 * np.log(3.0)])
    gradient, hessian = _smooth_pinball(0.2)(prediction, data)
    assert gradient == pytest.approx([0.3, 0.8, -0.2, 0.55], abs=1e-6)
    assert hessian.tolist() == [1.0] * 4


@pytest.mark.law
def test_the_pinball_loss_by_hand():
    """One under by 2 costs .2 x 2, one over by 1 costs .8 x 1; on the mean .6."""
    assert _pinball(np.array([3.0, 1.0]), np.array([1.0, 2.0]), 0.2) == pytest.approx(0.6)
    assert _pinball(np.array([3.0]), np.array([3.0]), 0.2) == 0.0


@pytest.mark.law
def test_a_limit_is_reported_beside_a_constant(trained, sides):
    """Coverage is the share of debts at or above the cautious limit."""
    cases, debt = sides[1]
    result = evaluate(trained.engine.limit, cases, debt, BOOK)
    low = trained.engine.limit.predict(cases, BOOK)["capacity_low_wan"]
    assert result["n"] == len(cases)
    assert result["promised_coverage"] == 1 - PARAMS.low_quantile
    assert result["coverage"] == pytest.approx((debt >= low).mean(), abs=0.01)
    assert result["pinball"] < result["pinball_of_constant"]
    assert result["median_capacity_low_wan"] == low.median()


@pytest.mark.law
def test_peers_are_medians_by_stage_and_the_ends_of_all(trained, sides):
    """A feature that nobody has is left out."""
    cases, _ = sides[0]
    made = peers(cases.assign(rd_staff_ratio=np.nan), BOOK)
    values = risk_values(cases, BOOK)
    assert set(made.median) == set(cases["growth_stage"])
    growth = values.loc[cases["growth_stage"] == "growth", "revenue_log_wan"]
    assert made.median["growth"]["revenue_log_wan"] == pytest.approx(growth.median())
    assert made.p95["growth"]["revenue_log_wan"] == pytest.approx(growth.quantile(0.95))
    assert (made.low["age_years"], made.high["age_years"]) == (values["age_years"].min(), values["age_years"].max())
    assert "rd_staff_ratio" not in made.high
    assert all(pd.notna(list(made.high.values())))
