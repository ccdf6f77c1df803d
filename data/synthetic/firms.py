"""The life of synthetic enterprises: founded, growing, inventing, borrowing; one state per year end."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.codebook import read_codebook
from data.growth_stages import DAYS_PER_YEAR, growth_stage
from data.synthetic.cohort import (
    DISTRICTS,
    FIRST_YEAR,
    LAST_YEAR,
    OBSERVED_UNTIL,
    WARM_UP_YEARS,
    Floats,
    SyntheticParams,
    stream,
)
from data.synthetic.truth import (
    EXIT_TILT,
    OUTCOME_EFFECTS,
    PD_COEFFICIENTS,
    cumulative_exit_hazard,
    median_cash_flow_wan,
    planted_score,
)
from data.uscc import fictitious_uscc

INDUSTRIES = {  # share of the cohort (source: the zone's report), size rule
    "digital_security": (800, "industrial"),
    "life_health": (700, "industrial"),
    "iot": (1_600, "information_transmission"),
    "software": (2_400, "software"),
    "ecommerce": (600, "wholesale"),
    "materials": (510, "industrial"),
    "services": (700, "other"),
}
DISTRICT_SHARES = (0.34, 0.2, 0.16, 0.12, 0.08, 0.06)  # of DISTRICTS; the rest is not given
RD_INTENSITY_MEDIAN = {"startup": 0.12, "growth": 0.075, "stable": 0.041}
P_ZERO_INVENTIONS = {"startup": 0.78, "growth": 0.52, "stable": 0.25}


def found_enterprises(params: SyntheticParams) -> pd.DataFrame:
    """The register: uscc, name, founded_on, closed_on, left_on, industry, size_rule, district; traits no table shows.

    First the enterprises of today, then those that exited before OBSERVED_UNTIL but were there in FIRST_YEAR or later.
    """
    here = _born(_ages(stream(params, "register"), params.n_enterprises), stream(params, "traits"), params)
    here["gone_on"] = pd.NaT
    gone = _exited(here["founded_on"], params)
    firms = pd.concat([here, gone], ignore_index=True)
    moved = stream(params, "exit-kinds").random(len(firms)) < params.left_share
    numbers = range(1, len(firms) + 1)
    day = firms["gone_on"].astype("datetime64[us]")
    return firms.assign(
        uscc=[fictitious_uscc(number) for number in numbers],
        name=[f"合成企业{number:05d}号" for number in numbers],
        gone_on=day,
        closed_on=day.mask(moved),
        left_on=day.where(moved),
        district=_districts(len(firms), params),
    )


def _districts(n: int, params: SyntheticParams) -> pd.Series:
    """By firm, None for not given; nothing else depends on it, so no group of firms differs by it but by chance."""
    known: list[str | None] = [*DISTRICTS, None]
    shares = [*DISTRICT_SHARES, 1 - sum(DISTRICT_SHARES)]
    return pd.Series([known[at] for at in stream(params, "districts").choice(len(known), n, p=shares)], dtype=object)


def _ages(rng: np.random.Generator, n: int) -> Floats:
    """Ages at the last year end: national distribution (source: design facts section 4)."""
    return np.clip(rng.gamma(1.7, 3.7, n), 0.6, 40.0)


def _born(age: Floats, rng: np.random.Generator, params: SyntheticParams) -> pd.DataFrame:
    n = len(age)
    shares = np.array([count for count, _ in INDUSTRIES.values()], dtype=float)
    industry = rng.choice(list(INDUSTRIES), n, p=shares / shares.sum())
    founded = pd.Timestamp(f"{LAST_YEAR}-12-31") - pd.to_timedelta(np.rint(age * DAYS_PER_YEAR), unit="D")
    traits = ("scale", "quality", "margin", "volatility", "gap", "concentration", "void")
    return pd.DataFrame(
        {
            "founded_on": founded.astype("datetime64[us]"),
            "industry": industry.astype(object),
            "size_rule": [INDUSTRIES[name][1] for name in industry],
            **{f"{name}_trait": rng.normal(0, 1, n) for name in traits},
            "frailty": rng.normal(0, 1, n),
            "padding": rng.random(n) < params.padding_share,
        }
    )


def _exited(founded: pd.Series, params: SyntheticParams) -> pd.DataFrame:
    """Those founded with the enterprises of today that have exited since; ``gone_on`` is their last day's morrow.

    Beside one that is still there at age a, (1 - S(a)) / S(a) others are expected that are not, S being survival under
    the exit hazard; each exits at an age drawn from that hazard, given that it is less than a.
    """
    rng = stream(params, "exits")
    age = (OBSERVED_UNTIL - founded).dt.days.to_numpy() / DAYS_PER_YEAR
    hazard = cumulative_exit_hazard(age, params.exit_12m_mean)
    beside = np.repeat(np.arange(len(age)), rng.poisson(np.expm1(hazard)))
    grid = np.linspace(0.0, 45.0, 4_501)
    drawn = -np.log1p(rng.random(len(beside)) * np.expm1(-hazard[beside]))
    lived = np.interp(drawn, cumulative_exit_hazard(grid, params.exit_12m_mean), grid)
    was = age[beside] - (OBSERVED_UNTIL - pd.Timestamp(f"{LAST_YEAR}-12-31")).days / DAYS_PER_YEAR
    firms = _born(was, rng, params)
    for trait, shift in EXIT_TILT.items():
        firms[trait] += shift
    firms["gone_on"] = firms["founded_on"] + pd.to_timedelta(np.ceil(lived * DAYS_PER_YEAR) + 1, unit="D")
    seen = (firms["gone_on"] > pd.Timestamp(f"{FIRST_YEAR}-12-31")) & (firms["gone_on"] <= OBSERVED_UNTIL)
    return firms.loc[seen]


def live(firms: pd.DataFrame, params: SyntheticParams) -> dict[int, pd.DataFrame]:
    """State at the end of each year from FIRST_YEAR - WARM_UP_YEARS on, index as in ``firms``, those on the register.

    Each year's innovation score (planted weights) moves the next year's revenue, inventions and equity, so that the
    outcome can be learned from the indicators, and from nothing that games them.
    """
    states: dict[int, pd.DataFrame] = {}
    start = FIRST_YEAR - WARM_UP_YEARS
    for year in range(start, LAST_YEAR + 2):  # one year more: what the last snapshot leads to stays unseen
        rng = stream(params, f"year{year}")
        states[year] = _year(firms, states, year, rng, start)
    return states


def _year(
    firms: pd.DataFrame, states: dict[int, pd.DataFrame], year: int, rng: np.random.Generator, start: int
) -> pd.DataFrame:
    n = len(firms)
    end = pd.Timestamp(f"{year}-12-31")
    age = (end - firms["founded_on"]).dt.days.to_numpy() / DAYS_PER_YEAR
    there = (age > 0) & ~(firms["gone_on"] <= end).to_numpy()
    before = states.get(year - 1)
    old = before.reindex(firms.index) if before is not None else pd.DataFrame(index=firms.index)

    def last(name: str, fresh: Floats) -> Floats:
        """Last year's value, or a fresh draw for a firm that is new."""
        if name not in old:
            return np.asarray(fresh, dtype=float)
        return np.where(old[name].isna(), fresh, old[name].to_numpy(dtype=float))

    drive = last("score", np.zeros(n)) if before is not None else np.zeros(n)
    level = 5.25 + 0.55 * np.log1p(np.clip(age, 0, None)) + 1.75 * firms["scale_trait"].to_numpy()
    fresh = level + rng.normal(0, 0.3, n)
    carried = last("log_revenue", fresh)
    drift = 0.55 * (np.log1p(np.clip(age, 0, None)) - np.log1p(np.clip(age - 1, 0, None)))
    log_revenue = carried + drift + 0.08 * (level - carried) + OUTCOME_EFFECTS["log_revenue"] * drive * 0.5
    log_revenue = np.where(carried == fresh, fresh, log_revenue + rng.normal(0, 0.22, n))
    revenue = np.clip(np.exp(log_revenue), 3.0, 400_000.0)
    stage = growth_stage(revenue, np.clip(age, 0.01, None))
    intensity_median = np.array([RD_INTENSITY_MEDIAN.get(name, 0.08) for name in stage])
    intensity_trait = last("intensity_trait", rng.normal(0, 1, n))
    intensity_trait = 0.95 * intensity_trait + 0.31 * rng.normal(0, 1, n)
    rd_expense = revenue * intensity_median * np.exp(0.55 * intensity_trait)
    two_ago = states.get(year - 2)
    base = two_ago.reindex(firms.index) if two_ago is not None else pd.DataFrame(index=firms.index)

    def cagr(now: Floats, name: str, low: float, high: float) -> Floats:
        if name not in base:
            return np.full(n, np.nan)
        return np.asarray(np.clip(np.sqrt(now / base[name].to_numpy(dtype=float)) - 1, low, high))

    inventor = last(
        "inventor", (rng.random(n) > np.array([P_ZERO_INVENTIONS.get(s, 0.6) for s in stage])).astype(float)
    )
    inventor = np.maximum(inventor, (rng.random(n) < 0.02 + 0.04 * (drive > 1)).astype(float))
    rate = inventor * np.exp(-0.2 + 0.16 * (log_revenue - 6) + 0.25 * drive + 0.3 * firms["quality_trait"].to_numpy())
    applications = rng.poisson(np.clip(rate * 1.5, 0, 200)).astype(float)
    grants = rng.poisson(np.clip(rate * 0.6, 0, 100)).astype(float)
    patents = np.clip(last("invention_patents_valid", rng.poisson(2.0 * inventor)) * 0.97, 0, None).round() + grants
    quality = np.clip(
        0.40 + 0.17 * firms["quality_trait"].to_numpy() + 0.05 * drive + rng.normal(0, 0.05, n), 0.02, 0.98
    )
    raised = np.where(
        rng.random(n) < _sigmoid(-3.3 + OUTCOME_EFFECTS["funding_log_odds"] * drive),
        np.exp(rng.normal(5.6, 0.9, n)),
        0.0,
    )
    padding = firms["padding"].to_numpy()
    other_ip = last("other_ip_count", rng.negative_binomial(0.8, 0.1, n).astype(float)) + rng.poisson(0.8, n)
    other_ip = other_ip + np.where(padding & (year >= LAST_YEAR - 3), rng.poisson(18, n), 0)
    staff = np.clip(
        np.exp(-0.75 + 0.52 * log_revenue + 0.5 * last("staff_trait", rng.normal(0, 1, n))), 1, 20_000
    ).round()
    margin = np.clip(
        0.035
        + 0.05 * firms["margin_trait"]
        + 0.02 * (log_revenue - 6.1)
        + rng.normal(0, 0.05, n)
        - 0.9 * (rng.random(n) < 0.09 - 0.05 * (log_revenue > 6)) * rng.random(n),
        -3,
        0.6,
    ).to_numpy()
    debt_ratio = np.clip(
        0.5 * last("debt_to_asset_ratio", rng.beta(2.2, 2.3, n)) + 0.5 * (rng.beta(2.2, 2.3, n) + 0.05) - 0.15 * margin,
        0.01,
        1.95,
    )
    assets = revenue * np.exp(rng.normal(0.1, 0.25, n))
    grade = np.clip(
        np.rint(2.4 + 0.8 * firms["margin_trait"] * 0.5 - 0.4 * firms["frailty"] + rng.normal(0, 0.7, n)), 0, 4
    ).to_numpy()
    stressed = _sigmoid(-2.9 + 0.7 * firms["frailty"].to_numpy() - 2.0 * margin + 1.2 * (debt_ratio - 0.5))
    windows = {name: _window(states, firms, name, year, years) for name, years in (("applications", 2), ("raised", 2))}
    state = pd.DataFrame(
        {
            "age_years": age,
            "log_revenue": log_revenue,
            "revenue_wan": revenue,
            "growth_stage": stage,
            "intensity_trait": intensity_trait,
            "staff_trait": last("staff_trait", rng.normal(0, 1, n)),
            "inventor": inventor,
            "applications": applications,
            "raised": raised,
            "headcount": staff,
            "assets_wan": assets,
            "rd_expense": rd_expense * np.where(padding & (year >= LAST_YEAR - 3), 1.3, 1.0),
            "rd_intensity": np.clip(rd_expense / np.clip(revenue, 30, None), 0, 8),
            "rd_expense_growth": cagr(rd_expense, "rd_expense", -0.8, 3),
            "rd_staff_ratio": np.clip(
                rng.beta(2, 4.5, n) * 0.3 + 0.7 * _sigmoid(-0.9 + 0.5 * intensity_trait + 0.5 * firms["quality_trait"]),
                0,
                1,
            ),
            "founder_team_score": last(
                "founder_team_score", np.clip(np.floor(rng.gamma(1.2, 1.0, n) + 0.4 * firms["quality_trait"]), 0, 5)
            ),
            "tech_contract_value": last("tech_contract_value", np.zeros(n)) * 0.6
            + np.where(rng.random(n) < _sigmoid(-2.8 + 0.4 * drive), np.exp(rng.normal(3.8, 1.0, n)), 0.0),
            "invention_patents_valid": patents,
            "invention_applications_3y": applications + windows["applications"],
            "pct_applications_3y": rng.poisson(np.clip(0.04 * applications, 0, 50)).astype(float),
            "other_ip_count": other_ip,
            "patent_quality_index": np.where(patents > 0, quality, np.nan),
            "hightech_revenue_ratio": np.clip(
                0.5 * last("hightech_revenue_ratio", rng.beta(1.3, 1.0, n)) + 0.5 * rng.beta(1.3, 1.0, n), 0, 1
            ),
            "revenue_growth": cagr(revenue, "revenue_wan", -0.9, 5),
            "net_profit_margin": margin,
            "headcount_growth": np.clip(staff / last("headcount", staff) - 1, -0.9, 5),
            "rd_super_deduction": rd_expense * 0.15 * (rng.random(n) < 0.75),
            "debt_to_asset_ratio": debt_ratio,
            "vc_funding_3y": raised + windows["raised"],
            "tax_credit_grade": grade,
            "rd_platform_count": rng.poisson(0.05 + 0.25 * (log_revenue > 8.5), n).astype(float),
            "sci_projects_3y": rng.poisson(np.clip(0.12 * np.exp(0.4 * drive), 0, 3)).astype(float),
            "sci_awards_5y": rng.poisson(0.015 + 0.04 * (log_revenue > 9), n).astype(float),
            "fresh_graduates_hired": rng.poisson(np.clip(0.05 * staff, 0, 60)).astype(float),
            "qualification_level": np.clip(
                np.floor(0.2 + 0.35 * (log_revenue - 4.2) + 0.4 * rng.normal(0, 1, n)), 0, 4
            ),
            "existing_debt_wan": np.where(rng.random(n) < 0.17, revenue * debt_ratio * 0.25 * rng.random(n), 0.0),
            "overdue_days_max_24m": np.where(rng.random(n) < stressed, rng.integers(5, 80, n), 0).astype(float),
            "litigation_count_24m": rng.poisson(np.clip(stressed * 1.2, 0, 4)).astype(float),
            "social_security_arrears_wan": np.where(
                rng.random(n) < stressed * 0.5, revenue * 0.004 * rng.random(n), 0.0
            ),
            "guarantees_wan": np.where(rng.random(n) < 0.08, revenue * 0.3 * rng.random(n), 0.0),
            "major_accident_3y": (rng.random(n) < 0.001).astype(float),
            "dishonest_debtor": (rng.random(n) < 0.02 * stressed).astype(float),
            "research_misconduct": (rng.random(n) < 0.0008).astype(float),
            "abnormal_business": (rng.random(n) < 0.02 * stressed).astype(float),
        }
        | {name: firms[name].to_numpy() for name in PD_COEFFICIENTS if name in firms}
        | {
            name: firms[name].to_numpy()
            for name in ("volatility_trait", "gap_trait", "concentration_trait", "void_trait", "padding")
        },
        index=firms.index,
    )
    state = pd.DataFrame(state.loc[there])
    undistorted = state.assign(
        other_ip_count=state["other_ip_count"].where(~state["padding"], 2.0),
        rd_expense=state["rd_expense"].where(~state["padding"], state["rd_expense"] / 1.3),
    )
    state["score"] = planted_score(undistorted, state["growth_stage"], read_codebook()).fillna(0.0)
    state["next_cash_flow_median_wan"] = median_cash_flow_wan(state)
    flow = (
        before.reindex(state.index)["next_cash_flow_median_wan"]
        if before is not None and year > start
        else state["next_cash_flow_median_wan"]
    )
    # What the median of a year ago promised, with the planted noise: this is the realised flow of this year.
    state["operating_cash_flow_wan"] = flow.fillna(state["next_cash_flow_median_wan"]) * np.exp(
        rng.normal(0, 0.35, len(state))
    )
    return state


def _window(states: dict[int, pd.DataFrame], firms: pd.DataFrame, name: str, year: int, years: int) -> Floats:
    """Sum of the ``years`` years before ``year``."""
    total = np.zeros(len(firms))
    for earlier in range(year - years, year):
        if earlier in states:
            total += states[earlier][name].reindex(firms.index).fillna(0.0).to_numpy()
    return total


def _sigmoid(value: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.asarray(value, dtype=float))))
