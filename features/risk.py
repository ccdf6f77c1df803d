"""What default risk is read from: indicators, credit facts and invoices, never a personal attribute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.codebook import Codebook, read_credit_facts
from data.stages import STAGE3
from features.invoices import INVOICE_FEATURES, INVOICE_PD_SIGNS

HORIZON_MONTHS = 12
# Derived from the case; sign of the effect on default where economics leaves no doubt, else 0.
DERIVED_PD_SIGNS: Mapping[str, int] = {
    "age_years": 0,  # risk rises to a hump at two to seven years, then falls
    "revenue_log_wan": -1,
    "headcount_log": -1,
    "cash_flow_ratio": -1,
    "debt_to_revenue_ratio": 1,
    "guarantees_to_revenue_ratio": 1,
    "arrears_to_revenue_ratio": 1,
    "stage_ordinal": 0,
}
FACTS_AS_THEY_ARE = ("overdue_days_max_24m", "litigation_count_24m")
WORST = 1e9  # beyond every value, so it lies on the bad side of every split
MIN_REVENUE_WAN = 30.0  # below it a ratio to revenue says nothing


@dataclass(frozen=True)
class Labels:
    """Outcome of the kept cases, and why the others were dropped; the counts add up to the cases given."""

    rows: pd.Index
    values: pd.Series
    dropped: Mapping[str, int]


def risk_feature_names(codebook: Codebook) -> tuple[str, ...]:
    """Columns of the risk matrix, in order."""
    own = tuple(item.key for item in codebook if not item.personal)
    return own + FACTS_AS_THEY_ARE + tuple(DERIVED_PD_SIGNS) + INVOICE_FEATURES


def monotone_signs(codebook: Codebook) -> dict[str, int]:
    """Sign of each column's effect on default: +1 raises it, -1 lowers it, 0 is left to the data."""
    facts = {fact.key: fact.pd_direction for fact in read_credit_facts()}
    own = {item.key: -item.direction for item in codebook if not item.personal}
    turnover = {name: INVOICE_PD_SIGNS.get(name, 0) for name in INVOICE_FEATURES}
    return own | {key: facts[key] for key in FACTS_AS_THEY_ARE} | dict(DERIVED_PD_SIGNS) | turnover


def risk_matrix(cases: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """The model's columns, float64, shape (n, p).

    A missing indicator or fact stands at its worst end, so that with the model's monotone signs hiding a value never
    helps. Invoice features stay NaN: most enterprises have not shown their invoices at all.
    """
    values = risk_values(cases, codebook)
    worst = {
        name: sign * WORST for name, sign in monotone_signs(codebook).items() if sign and name not in INVOICE_FEATURES
    }
    return values.fillna(worst)


def risk_values(cases: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """The same columns as they were measured, NaN where unknown; what a reason tells."""
    revenue = cases["revenue_wan"]
    floor = revenue.clip(lower=MIN_REVENUE_WAN)
    ordinal = cases["stage3"].map({name: float(place) for place, name in enumerate(STAGE3)})
    derived = {
        "age_years": cases["age_years"],
        "revenue_log_wan": np.log1p(revenue),
        "headcount_log": np.log1p(cases["headcount"]),
        "cash_flow_ratio": (cases["operating_cash_flow_wan"] / floor).clip(-3, 3),
        "debt_to_revenue_ratio": (cases["existing_debt_wan"] / floor).clip(upper=20),
        "guarantees_to_revenue_ratio": (cases["guarantees_wan"] / floor).clip(upper=20),
        "arrears_to_revenue_ratio": (cases["social_security_arrears_wan"] / floor).clip(upper=5),
        "stage_ordinal": ordinal,
    }
    names = risk_feature_names(codebook)
    columns = {name: derived[name] if name in derived else cases[name] for name in names}
    return pd.DataFrame(columns, index=cases.index).astype(float)


def default_labels(loans: pd.DataFrame, observed_until: pd.Timestamp) -> Labels:
    """1 where a loan defaulted within twelve months of its grant, 0 where it did not; others dropped and counted.

    loans : one row per loan, columns granted_on and defaulted_on (NaT if none)
    """
    horizon = loans["granted_on"] + pd.DateOffset(months=HORIZON_MONTHS)
    matured = horizon <= observed_until
    defaulted = (loans["defaulted_on"].notna() & (loans["defaulted_on"] <= horizon)).astype(int)
    return Labels(
        rows=loans.index[matured],
        values=defaulted[matured],
        dropped={"outcome not matured within 12 months": int((~matured).sum())},
    )
