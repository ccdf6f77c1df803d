"""The planted truth: what really drives innovation, default and debt capacity in the synthetic cohort.

Written to ``data/raw/truth``; training, features and models never read it. Tests and experiments may,
to test whether a fitted model recovers what was planted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from data.codebook import Codebook, read_codebook
from data.growth_stages import GROWTH_STAGES
from data.synthetic.cohort import Floats, SyntheticParams

# How much more or less an indicator really matters than the expert weight: start-up, growth, stable.
# Class-II property and mere applications earn little or nothing; quality, people and contracts earn more.
PLANTED_FACTORS: Mapping[str, tuple[float, float, float]] = {
    "rd_expense": (0.2, 0.4, 0.8),
    "rd_intensity": (1.0, 0.7, 0.5),
    "rd_expense_growth": (0.8, 1.0, 1.0),
    "rd_staff_ratio": (1.8, 1.6, 1.0),
    "founder_team_score": (2.0, 1.0, 0.3),
    "tech_contract_value": (1.0, 2.0, 2.0),
    "invention_patents_valid": (0.8, 1.0, 1.2),
    "invention_applications_3y": (0.2, 0.2, 0.2),
    "pct_applications_3y": (0.8, 1.5, 1.5),
    "other_ip_count": (0.0, 0.0, 0.0),
    "patent_quality_index": (1.5, 2.2, 2.4),
    "hightech_revenue_ratio": (0.5, 1.0, 1.2),
    "revenue_growth": (0.5, 1.0, 1.0),
    "net_profit_margin": (0.2, 0.6, 1.2),
    "headcount_growth": (1.0, 1.0, 0.6),
    "rd_super_deduction": (0.1, 0.3, 0.4),
    "debt_to_asset_ratio": (0.5, 0.7, 0.8),
    "vc_funding_3y": (1.6, 1.2, 0.5),
    "tax_credit_grade": (0.2, 0.4, 0.6),
    "rd_platform_count": (1.0, 1.0, 1.2),
    "sci_projects_3y": (1.0, 1.0, 1.0),
    "sci_awards_5y": (0.5, 0.8, 1.0),
    "fresh_graduates_hired": (0.6, 0.8, 0.6),
    "qualification_level": (0.8, 0.8, 0.8),
}
# What one standard deviation of the planted score does in the following year.
OUTCOME_EFFECTS: Mapping[str, float] = {
    "log_revenue": 0.16,
    "grant_log_odds": 0.7,
    "application_log_rate": 0.25,
    "funding_log_odds": 0.8,
}

# Exit hazard by year of life (source: national registry statistics 2012, design facts section 4). Default takes its
# shape; exits take it at the level ``exit_12m_mean``.
_HAZARD = (0.016, 0.063, 0.095, 0.088, 0.086, 0.084, 0.082, 0.068, 0.060, 0.052, 0.047, 0.043, 0.040, 0.038, 0.036)
_MEAN_HAZARD = 0.062
# Those who exit differ in their traits by so many standard deviations, as under a hazard proportional to
# exp(tilt * trait) for a rare event: weaker, smaller, less profitable.
EXIT_TILT: Mapping[str, float] = {"frailty": 0.5, "margin_trait": -0.4, "scale_trait": -0.3}

# Log-odds of default within 12 months; signs from design facts section 4.
PD_COEFFICIENTS: Mapping[str, float] = {
    "age_hazard": 0.75,
    "log_revenue": -0.25,
    "net_profit_margin": -1.5,
    "debt_to_asset_ratio": 0.8,
    "debt_above_55pct": 1.8,
    "patent_value": -1.3,
    "patent_count_with_equity": -0.22,
    "tax_credit_grade": -0.25,
    "revenue_growth": -0.5,
    "overdue": 0.35,
    "litigation": 0.4,
    "arrears": 0.35,
    "guarantees": 0.12,
    "turnover_volatility": 0.38,
    "months_without_sales": 0.32,
    "buyer_concentration": 0.2,
    "void_and_red_letter": 0.2,
    "frailty": 0.25,  # known to nobody
}

# Median operating cash flow of the following 12 months as a share of revenue.
CASH_COEFFICIENTS: Mapping[str, float] = {
    "intercept": 0.11,
    "net_profit_margin": 0.5,
    "revenue_growth": 0.04,
    "hightech_revenue_ratio": 0.05,
    "patent_value": 0.06,
    "debt_to_asset_ratio": -0.06,
}
CASH_NOISE_LOG_SD = 0.35
CASH_SHARE_LIMITS = (-0.3, 0.35)


def planted_weights(codebook: Codebook) -> dict[str, dict[str, float]]:
    """True weight by stage and indicator, each stage summing to 130 like the prior weights."""
    planted = {}
    for position, stage in enumerate(GROWTH_STAGES):
        raw = {item.key: item.weights[stage] * PLANTED_FACTORS[item.key][position] for item in codebook}
        total = sum(raw.values())
        planted[stage] = {key: 130.0 * value / total for key, value in raw.items()}
    return planted


def planted_score(values: pd.DataFrame, stage: pd.Series, codebook: Codebook | None = None) -> pd.Series:
    """The planted innovation score, standardised within stage (mean 0, sd 1); NaN where the stage is unknown.

    values : one row per enterprise, one column per indicator, true values of one period; NaN earns 0
    formula: sum over indicators of weight[stage, indicator] * mid-rank percentile within the stage
    """
    book = codebook or read_codebook()
    weights = planted_weights(book)
    score = pd.Series(np.nan, index=values.index)
    for name in GROWTH_STAGES:
        members = values.loc[stage == name]
        if len(members) < 2:
            score.loc[members.index] = 0.0
            continue
        total = np.zeros(len(members))
        for item in book:
            rank = (members[item.key] * item.direction).rank(method="average")
            total += weights[name][item.key] * ((rank - 0.5) / rank.count()).fillna(0.0).to_numpy()
        score.loc[members.index] = (total - total.mean()) / total.std()
    return score


def hazard_shape(age_years: Floats) -> Floats:
    """Exit hazard by year of life over its mean: low in year one, a hump at two to seven, then falling."""
    year = np.clip(np.nan_to_num(age_years, nan=0.0).astype(int), 0, len(_HAZARD) - 1)
    return np.asarray(np.asarray(_HAZARD)[year] / _MEAN_HAZARD, dtype=float)


def cumulative_exit_hazard(age_years: Floats, mean: float) -> Floats:
    """Exits expected by an age if nobody left before: the hazard shape summed, at ``mean`` a year. Shape (n,)."""
    steps = np.concatenate([[0.0], np.cumsum(np.asarray(_HAZARD) / _MEAN_HAZARD * mean)])
    last = _HAZARD[-1] / _MEAN_HAZARD * mean
    beyond = np.clip(age_years - len(_HAZARD), 0.0, None) * last
    return np.asarray(np.interp(age_years, np.arange(len(steps)), steps) + beyond, dtype=float)


def risk_drivers(state: pd.DataFrame) -> pd.DataFrame:
    """The columns that ``PD_COEFFICIENTS`` multiplies, from true values and latent traits; shape (n, 18).

    Patent value lowers risk always, patent count only where equity is adequate
    (source: Pederzoli, Thoma, Torricelli 2013, doi 10.1007/s10693-012-0152-0).
    """
    debt = state["debt_to_asset_ratio"]
    return pd.DataFrame(
        {
            "age_hazard": np.log(hazard_shape(state["age_years"].to_numpy(dtype=float))),
            "log_revenue": np.log(state["revenue_wan"].clip(lower=5.0)) - 6.14,
            "net_profit_margin": state["net_profit_margin"].clip(-0.6, 0.3),
            "debt_to_asset_ratio": debt - 0.48,
            "debt_above_55pct": (debt - 0.55).clip(lower=0.0),
            "patent_value": state["patent_quality_index"].fillna(0.0),
            "patent_count_with_equity": np.log1p(state["invention_patents_valid"]) * (debt < 0.6),
            "tax_credit_grade": state["tax_credit_grade"] - 2.0,
            "revenue_growth": state["revenue_growth"].fillna(0.0).clip(-0.5, 0.5),
            "overdue": np.log1p(state["overdue_days_max_24m"].clip(upper=60.0)),
            "litigation": state["litigation_count_24m"].clip(upper=3.0),
            "arrears": np.log1p(state["social_security_arrears_wan"]),
            "guarantees": np.log1p(state["guarantees_wan"]) / 2.0,
            "turnover_volatility": state["volatility_trait"],
            "months_without_sales": state["gap_trait"],
            "buyer_concentration": state["concentration_trait"],
            "void_and_red_letter": state["void_trait"],
            "frailty": state["frailty"],
        }
    )


def default_log_odds(state: pd.DataFrame) -> Floats:
    """Log-odds of default before the intercept and before any shock; shape (n,)."""
    drivers = risk_drivers(state)
    total = np.zeros(len(state))
    for key, coefficient in PD_COEFFICIENTS.items():
        total += coefficient * drivers[key].to_numpy(dtype=float)
    return total


def default_probability(log_odds: Floats, intercept: float, shock: float = 0.0) -> Floats:
    """12-month probability of default, never under the 0.05 % minimum of Basel III; shape (n,)."""
    return np.maximum(1.0 / (1.0 + np.exp(-(log_odds + intercept + shock))), 0.0005)


def intercept_for(log_odds: Floats, mean: float) -> float:
    """The intercept that gives these firms ``mean`` probability of default, by bisection."""
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        if default_probability(log_odds, middle).mean() < mean:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def median_cash_flow_wan(state: pd.DataFrame) -> Floats:
    """Median operating cash flow of the next 12 months, 10,000 yuan; negative for firms that burn cash. Shape (n,)."""
    share = (
        CASH_COEFFICIENTS["intercept"]
        + CASH_COEFFICIENTS["net_profit_margin"] * state["net_profit_margin"].clip(-0.5, 0.35)
        + CASH_COEFFICIENTS["revenue_growth"] * state["revenue_growth"].fillna(0.0).clip(-0.5, 1.0)
        + CASH_COEFFICIENTS["hightech_revenue_ratio"] * (state["hightech_revenue_ratio"] - 0.5)
        + CASH_COEFFICIENTS["patent_value"] * state["patent_quality_index"].fillna(0.0)
        + CASH_COEFFICIENTS["debt_to_asset_ratio"] * (state["debt_to_asset_ratio"] - 0.48)
    ).clip(*CASH_SHARE_LIMITS)
    return np.asarray(share * state["revenue_wan"], dtype=float)


def supportable_debt_wan(cash_flow_wan: Floats, ratio: float, annual_rate: float, tenor_months: int) -> Floats:
    """Debt whose level monthly instalments a year's cash flow covers ``ratio`` times; 0 for negative flow.

        debt = max(cash flow, 0) / ratio / 12 * (1 - (1 + r) ** -tenor) / r      with r = annual_rate / 12

    cash_flow_wan : 10,000 yuan a year, shape (n,)
    """
    rate = annual_rate / 12
    factor = (1 - (1 + rate) ** -tenor_months) / rate
    return np.asarray(np.maximum(np.asarray(cash_flow_wan, dtype=float), 0.0) / ratio / 12 * factor)


def truth_constants(params: SyntheticParams, intercept: float) -> dict[str, Any]:
    """Everything planted that is not a firm-year: written as truth.json."""
    return {
        "caveat": "synthetic: any score against these labels measures the generator, not the world",
        "seed": params.seed,
        "n_enterprises": params.n_enterprises,
        "stage_weights": planted_weights(read_codebook()),
        "outcome_effects": dict(OUTCOME_EFFECTS),
        "pd_intercept": intercept,
        "pd_coefficients": dict(PD_COEFFICIENTS),
        "exits": {"mean_12m": params.exit_12m_mean, "left_share": params.left_share, "tilt": dict(EXIT_TILT)},
        "tenor_shares": {str(months): share for months, share in params.tenor_shares.items()},
        "shock": {"granted_year": params.shock_granted_year, "log_odds": params.shock_log_odds},
        "cash_coefficients": dict(CASH_COEFFICIENTS),
        "cash_noise_log_sd": CASH_NOISE_LOG_SD,
        "debt_service": {
            "ratio": params.debt_service_ratio,
            "annual_rate": params.debt_annual_rate,
            "tenor_months": params.debt_tenor_months,
        },
    }
