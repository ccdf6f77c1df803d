"""A synthetic cohort: tables as a zone and its banks would hold them, from enterprises whose truth is planted.

The truth goes to its own folder, which training never reads. Labels made here measure the generator, not the world.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from data.codebook import read_codebook, read_credit_facts, reference_path
from data.growth_stages import revenue_band
from data.synthetic.cohort import FIRST_YEAR, LAST_YEAR, OBSERVED_UNTIL, SyntheticCohort, SyntheticParams, stream
from data.synthetic.firms import found_enterprises, live
from data.synthetic.loans import lend, make_invoices
from data.synthetic.truth import (
    default_log_odds,
    default_probability,
    intercept_for,
    supportable_debt_wan,
    truth_constants,
)

__all__ = ["SyntheticCohort", "SyntheticParams", "synthesize", "target_table", "write_cohort"]

DELIVERY_LAG_DAYS: Mapping[str, int] = {  # from the year's end to the day an agency's figures are known
    "credit_bureau": 15,
    "market_regulation": 20,
    "emergency_management": 25,
    "court": 30,
    "intellectual_property": 31,
    "social_security": 60,
    "talent_office": 75,
    "science_technology": 120,
    "tax": 151,
}
LATE_FILING_DAYS = 30
MISSING: Mapping[str, tuple[float, float, float]] = {  # share missing by stage: start-up, growth, stable
    "rd_expense": (0.15, 0.05, 0.01),
    "rd_intensity": (0.20, 0.05, 0.01),
    "rd_expense_growth": (0.55, 0.10, 0.02),
    "rd_staff_ratio": (0.08, 0.04, 0.02),
    "founder_team_score": (0.25, 0.45, 0.60),
    "hightech_revenue_ratio": (0.45, 0.15, 0.04),
    "revenue_growth": (0.40, 0.05, 0.01),
    "net_profit_margin": (0.15, 0.04, 0.01),
    "headcount_growth": (0.25, 0.03, 0.01),
    "rd_super_deduction": (0.35, 0.12, 0.04),
    "debt_to_asset_ratio": (0.20, 0.06, 0.02),
    "tax_credit_grade": (0.12, 0.03, 0.01),
    "fresh_graduates_hired": (0.03, 0.01, 0.0),
}


def synthesize(params: SyntheticParams) -> SyntheticCohort:
    """Enterprises, their yearly deliveries, loans under the old policy, invoices of borrowers, and the truth."""
    firms = found_enterprises(params)
    states = live(firms, params)
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    odds = {year: default_log_odds(states[year]) for year in years}
    intercept = intercept_for(np.concatenate(list(odds.values())), params.pd_12m_mean)
    pd_12m = {
        year: default_probability(
            odds[year], intercept, params.shock_log_odds if year + 1 == params.shock_granted_year else 0.0
        )
        for year in years
    }
    loans, applications = lend(firms, states, pd_12m, params)
    facts = _deliveries(firms, states, [(fact.key, fact.agency) for fact in read_credit_facts()], params, "facts")
    tables = {
        "enterprises": firms[
            ["uscc", "name", "founded_on", "closed_on", "left_on", "industry", "size_rule", "district"]
        ],
        "snapshots": _deliveries(
            firms, states, [(item.key, item.agency) for item in read_codebook()], params, "indicators"
        ),
        "credit_facts": _after_default(facts, loans),
        "loans": loans,
        "applications": applications,
        "invoices": make_invoices(firms, states, set(loans["uscc"]), params),
    }
    latent = pd.concat(
        [
            pd.DataFrame(
                {
                    "uscc": firms["uscc"].loc[states[year].index],
                    "period_end": pd.Timestamp(f"{year}-12-31"),
                    "growth_stage": states[year]["growth_stage"],
                    "pd_12m": pd_12m[year],
                    "score": states[year]["score"],
                    "supportable_debt_wan": supportable_debt_wan(
                        states[year]["next_cash_flow_median_wan"].to_numpy(),
                        params.debt_service_ratio,
                        params.debt_annual_rate,
                        params.debt_tenor_months,
                    ),
                    "padding": states[year]["padding"],
                }
            )
            for year in years
        ],
        ignore_index=True,
    )
    return SyntheticCohort(params, tables, truth_constants(params, intercept), latent)


def write_cohort(cohort: SyntheticCohort, raw_dir: Path, truth_dir: Path) -> None:
    """One Parquet file per table in ``raw_dir``; truth.json and latent.parquet in ``truth_dir``."""
    raw_dir.mkdir(parents=True, exist_ok=True)
    truth_dir.mkdir(parents=True, exist_ok=True)
    for name, table in cohort.tables.items():
        table.to_parquet(raw_dir / f"{name}.parquet", index=False)
    cohort.latent.to_parquet(truth_dir / "latent.parquet", index=False)
    (truth_dir / "truth.json").write_text(
        json.dumps(cohort.truth, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8"
    )


def target_table(cohort: SyntheticCohort) -> pd.DataFrame:
    """Figures of the cohort beside the calibration targets: target, wanted, tolerance, figure, within, source."""
    targets = pd.read_csv(reference_path("targets.csv"))
    figures = _figures(cohort)
    absent = sorted(set(targets["target"]) ^ set(figures))
    if absent:
        raise KeyError(f"targets.csv and the figures disagree about {absent}")
    targets["figure"] = targets["target"].map(figures)
    targets["within"] = (targets["figure"] - targets["wanted"]).abs() <= targets["tolerance"]
    return targets[["target", "wanted", "tolerance", "figure", "within", "source"]]


def _figures(cohort: SyntheticCohort) -> dict[str, float]:
    tables, scale = cohort.tables, cohort.params.scale
    facts = tables["credit_facts"]
    last = pd.Timestamp(f"{LAST_YEAR}-12-31")
    register = tables["enterprises"]
    here = register.loc[register["closed_on"].isna() & register["left_on"].isna()]
    revenue = facts.loc[facts["period_end"] == last].groupby("uscc")["revenue_wan"].max().dropna()
    staff = facts.loc[facts["period_end"] == last].groupby("uscc")["headcount"].max().dropna()
    age = (last - here["founded_on"]).dt.days / 365.25
    bands = pd.Series(revenue_band(revenue)).value_counts(normalize=True)
    now = cohort.latent.loc[cohort.latent["period_end"] == last]
    stage = now["growth_stage"].value_counts(normalize=True)
    by_stage = now.groupby("growth_stage")["pd_12m"].mean()
    loans, applications = tables["loans"], tables["applications"]
    year_on = loans["granted_on"] + pd.DateOffset(months=12)
    seasoned = loans.loc[(year_on <= OBSERVED_UNTIL) & (loans["tenor_months"] >= 12)]
    calm = seasoned.loc[seasoned["granted_on"].dt.year != cohort.params.shock_granted_year]
    points = applications.loc[applications["product"] == "innovation_points"]
    borrowers = (
        loans.loc[loans["product"] != "innovation_points"].groupby(loans["granted_on"].dt.year)["uscc"].nunique().max()
    )
    return {
        "enterprises": len(age) / scale,
        "share_younger_than_5_years": float((age < 5).mean()),
        "share_older_than_10_years": float((age > 10).mean()),
        "median_age_years": float(age.median()),
        "revenue_p5_wan": float(revenue.quantile(0.05)),
        "revenue_p50_wan": float(revenue.median()),
        "revenue_p95_wan": float(revenue.quantile(0.95)),
        "headcount_p50": float(staff.median()),
        "headcount_p95": float(staff.quantile(0.95)),
        **{
            f"share_{name}": float(bands.get(name, 0.0))
            for name in ("seed", "sapling", "growth", "expansion", "mature")
        },
        **{f"share_stage_{name}": float(stage[name]) for name in ("startup", "growth", "stable")},
        "latent_default_rate": float(now["pd_12m"].mean()),
        **{f"latent_default_rate_{name}": float(by_stage[name]) for name in ("startup", "growth", "stable")},
        "approved_book_default_rate": float((calm["defaulted_on"] <= year_on[calm.index]).mean()),
        "largest_borrowing_share": float(borrowers / len(age)),
        "points_applicants": len(points) / scale,
        "points_lent_yi": float(points["granted_wan"].sum() / 10_000 / scale),
        "padding_share": float(now["padding"].mean()),
    }


def _deliveries(
    firms: pd.DataFrame,
    states: dict[int, pd.DataFrame],
    columns: list[tuple[str, str]],
    params: SyntheticParams,
    purpose: str,
) -> pd.DataFrame:
    """One row per enterprise, year and agency; only that agency's columns are filled."""
    rng = stream(params, f"deliveries-{purpose}")
    book = {item.key: item for item in read_codebook()}
    whole = {fact.key for fact in read_credit_facts() if fact.dtype == "int"} | {
        k for k, i in book.items() if i.dtype == "int"
    }
    parts = []
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        state = states[year]
        late = rng.random(len(state)) < params.late_filer_share
        position = state["growth_stage"].map({"startup": 0, "growth": 1, "stable": 2}).to_numpy()
        end = pd.Timestamp(f"{year}-12-31")
        for agency in dict.fromkeys(agency for _, agency in columns):
            lag = DELIVERY_LAG_DAYS[agency] + np.where(late & (agency == "tax"), LATE_FILING_DAYS, 0)
            part: dict[str, object] = {
                "uscc": firms["uscc"].loc[state.index].to_numpy(),
                "period_end": end,
                "known_at": end + pd.to_timedelta(lag, unit="D"),
            }
            for key in (key for key, owner in columns if owner == agency):
                values = state[key].to_numpy(dtype=float)
                values = np.rint(values) if key in whole else np.round(values, 4)
                if key in book:
                    values = np.clip(values, book[key].low, book[key].high)
                missing = np.array(MISSING.get(key, (0.0, 0.0, 0.0)))[position]
                part[key] = np.where(rng.random(len(state)) < missing, np.nan, values)
            parts.append(pd.DataFrame(part))
    table = pd.concat(parts, ignore_index=True)
    table = table.loc[table[[key for key, _ in columns]].notna().any(axis=1)]
    for day in ("period_end", "known_at"):
        table[day] = table[day].astype("datetime64[us]")
    return table[["uscc", "period_end", "known_at", *[key for key, _ in columns]]].reset_index(drop=True)


def _after_default(facts: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    """A default shows as a long overdue spell in what the credit bureau reports afterwards, never before."""
    day = loans.dropna(subset=["defaulted_on"]).groupby("uscc")["defaulted_on"].min()
    defaulted = facts["uscc"].map(day)
    later = facts["overdue_days_max_24m"].notna() & (defaulted <= facts["period_end"])
    facts.loc[later, "overdue_days_max_24m"] = np.maximum(facts.loc[later, "overdue_days_max_24m"], 120.0)
    return facts
