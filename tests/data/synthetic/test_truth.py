"""The planted truth by hand: hazards, default probabilities, cash flow, debt, and the planted score."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from data.growth_stages import GROWTH_STAGES
from data.synthetic.cohort import SyntheticParams
from data.synthetic.truth import (
    PD_COEFFICIENTS,
    cumulative_exit_hazard,
    default_log_odds,
    default_probability,
    hazard_shape,
    intercept_for,
    median_cash_flow_wan,
    planted_score,
    planted_weights,
    risk_drivers,
    supportable_debt_wan,
    truth_constants,
)

pytestmark = pytest.mark.law
BOOK = read_codebook()
CALM = {  # a firm whose drivers are all nought but for its age
    "age_years": 5.5, "revenue_wan": np.exp(6.14), "net_profit_margin": 0.0, "debt_to_asset_ratio": 0.48,
    "patent_quality_index": np.nan, "invention_patents_valid": 0.0, "tax_credit_grade": 2.0, "revenue_growth": np.nan,
    "overdue_days_max_24m": 0.0, "litigation_count_24m": 0.0, "social_security_arrears_wan": 0.0,
    "guarantees_wan": 0.0, "volatility_trait": 0.0, "gap_trait": 0.0, "concentration_trait": 0.0, "void_trait": 0.0,
    "frailty": 0.0, "hightech_revenue_ratio": 0.5,
}  # fmt: skip


def firm(**change: float) -> pd.DataFrame:
    return pd.DataFrame([CALM | change])


def test_the_exit_hazard_is_that_of_the_year_of_life_over_its_mean():
    """1.6 % in the first year, 9.5 % in the third, 3.6 % from the fifteenth on; the mean is 6.2 %."""
    ages = np.array([0.0, 0.99, 2.5, 14.0, 40.0, np.nan])
    assert hazard_shape(ages) * 0.062 == pytest.approx([0.016, 0.016, 0.095, 0.036, 0.036, 0.016])


def test_exits_add_up_over_the_years_of_life():
    """At the national mean: .016 after one year, .0475 after one and a half, .898 after 15, .036 more a year after."""
    result = cumulative_exit_hazard(np.array([0.0, 1.0, 1.5, 2.0, 15.0, 16.0, 17.5]), 0.062)
    assert result == pytest.approx([0.0, 0.016, 0.0475, 0.079, 0.898, 0.934, 0.988])
    assert cumulative_exit_hazard(np.array([2.0]), 0.031) == pytest.approx([0.079 / 2])


def test_a_default_probability_has_a_floor_and_a_shock_moves_its_log_odds():
    """Even odds are .5, three to one .75; nothing is under .05 %."""
    odds = np.array([0.0, np.log(3.0), -30.0])
    assert default_probability(odds, 0.0) == pytest.approx([0.5, 0.75, 0.0005])
    assert default_probability(np.array([0.0]), -np.log(3.0), shock=np.log(3.0)) == pytest.approx([0.5])
    assert intercept_for(np.zeros(3), 0.2) == pytest.approx(np.log(0.25))


def test_each_driver_moves_the_log_odds_by_its_coefficient():
    """Equity below 40 % silences the number of patents; debt above 55 % counts twice."""
    at = default_log_odds(firm())[0]
    assert at == pytest.approx(0.75 * np.log(0.084 / 0.062))
    assert list(risk_drivers(firm())) == list(PD_COEFFICIENTS)
    for change, moved in (
        ({"net_profit_margin": 0.1}, -0.15),
        ({"net_profit_margin": 0.9}, -0.45),  # counted up to 30 %
        ({"debt_to_asset_ratio": 0.58}, 0.8 * 0.1 + 1.8 * 0.03),
        ({"invention_patents_valid": np.e - 1}, -0.22),
        ({"invention_patents_valid": np.e - 1, "debt_to_asset_ratio": 0.6}, 0.8 * 0.12 + 1.8 * 0.05),
        ({"patent_quality_index": 0.5}, -0.65),
        ({"overdue_days_max_24m": 500.0}, 0.35 * np.log(61.0)),  # up to 60 days
        ({"litigation_count_24m": 9.0}, 1.2),  # up to three
        ({"frailty": 2.0}, 0.5),
    ):
        assert default_log_odds(firm(**change))[0] - at == pytest.approx(moved), change


def test_the_median_cash_flow_is_a_share_of_revenue_between_its_limits():
    """.11 of 100; margin .1 and growth .5 add .05 and .02; the share is never over .35 nor under -.3."""
    assert median_cash_flow_wan(firm(revenue_wan=100.0)) == pytest.approx([11.0])
    assert median_cash_flow_wan(firm(revenue_wan=100.0, net_profit_margin=0.1, revenue_growth=0.5)) == pytest.approx(
        [18.0]
    )
    rich = {"net_profit_margin": 0.6, "patent_quality_index": 1.0, "revenue_growth": 5.0}
    assert median_cash_flow_wan(firm(revenue_wan=100.0, **rich)) == pytest.approx([35.0])
    poor = {"net_profit_margin": -3.0, "hightech_revenue_ratio": -5.0}
    assert median_cash_flow_wan(firm(revenue_wan=100.0, **poor)) == pytest.approx([-30.0])


def test_debt_is_what_level_instalments_of_the_cash_flow_repay():
    """10 a month for a year at 1 % a month repay 112.55; covered 1.2 times 93.79; negative flow none."""
    flow = np.array([120.0, 0.0, -50.0])
    assert supportable_debt_wan(flow, 1.0, 0.12, 12) == pytest.approx([112.550775, 0.0, 0.0])
    assert supportable_debt_wan(flow, 1.2, 0.12, 12) == pytest.approx([112.550775 / 1.2, 0.0, 0.0])


def test_planted_weights_sum_to_130_in_every_stage_and_pay_nothing_for_bought_property():
    """Class-II property is planted to be worth nothing, whatever experts give it."""
    planted = planted_weights(BOOK)
    assert tuple(planted) == GROWTH_STAGES
    for rows in planted.values():
        assert tuple(rows) == BOOK.keys
        assert sum(rows.values()) == pytest.approx(130.0)
        assert rows["other_ip_count"] == 0.0


def test_the_planted_score_is_standardised_within_its_stage():
    """Mean 0 and deviation 1 among growth firms; 0 for the only stable one, nothing where the stage is unknown."""
    rng = np.random.default_rng(2)
    values = pd.DataFrame(rng.random((20, len(BOOK))), columns=list(BOOK.keys))
    stage = pd.Series(["growth"] * 18 + ["stable", "unknown"])
    score = planted_score(values, stage, BOOK)
    assert score[:18].mean() == pytest.approx(0.0, abs=1e-12)
    assert score[:18].std(ddof=0) == pytest.approx(1.0)
    assert score[18] == 0.0
    assert np.isnan(score[19])
    best = values.copy()
    for item in BOOK:
        best.loc[0, item.key] = item.high if item.direction > 0 else item.low
    assert planted_score(best, stage, BOOK)[:18].idxmax() == 0


def test_what_is_written_of_the_truth_says_that_it_is_synthetic():
    """The caveat, the seed and the planted weights."""
    result = truth_constants(SyntheticParams(seed=7), -3.0)
    assert result["caveat"].startswith("synthetic")
    assert (result["seed"], result["pd_intercept"], result["stage_weights"]) == (7, -3.0, planted_weights(BOOK))
    assert set(result["pd_coefficients"]) == set(PD_COEFFICIENTS)
