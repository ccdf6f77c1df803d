"""What a loan limit is learned from, and the debt that a yearly payment carries."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from data.codebook import Codebook
from data.requests import BANK_FACTS
from features.risk import columns_fed_by, risk_feature_names, risk_matrix

# A firm with less in its books, more arrears or worse invoices never gets a higher limit through these columns.
LIMIT_SIGNS: Mapping[str, int] = {
    "revenue_log_wan": 1,
    "net_profit_margin": 1,
    "revenue_growth": 1,
    "cash_flow_ratio": 1,
    "patent_quality_index": 1,
    "hightech_revenue_ratio": 1,
    "debt_to_asset_ratio": -1,
    "arrears_to_revenue_ratio": -1,
    "litigation_count_24m": -1,
}


def limit_feature_names(codebook: Codebook) -> tuple[str, ...]:
    """Columns of the limit matrix: those of risk, so one matrix serves both models."""
    return risk_feature_names(codebook)


def limit_matrix(cases: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """The limit model's columns, float64, shape (n, p)."""
    return risk_matrix(cases, codebook)


def limit_columns(codebook: Codebook) -> list[int]:
    """Places of the columns that the limit may read: all but those that a bank's own facts are read into.

    What a firm owes and guarantees is taken off its limit, and overdue days raise its default risk; a limit that fell
    with them as well would count them twice.
    """
    fed = set(columns_fed_by(BANK_FACTS.values(), codebook))
    return [place for place in range(len(limit_feature_names(codebook))) if place not in fed]


def limit_signs(codebook: Codebook) -> dict[str, int]:
    """Sign of each column's effect on the limit; indicators by the codebook's direction, the rest by LIMIT_SIGNS."""
    own = {item.key: item.direction for item in codebook if not item.personal}
    return {name: LIMIT_SIGNS.get(name, own.get(name, 0)) for name in limit_feature_names(codebook)}


def annuity_factor(annual_rate: float, tenor_months: int) -> float:
    """Present value of one yuan paid at each month's end, per year of payments; so debt = yearly payment * factor."""
    monthly = annual_rate / 12
    return (1 - (1 + monthly) ** -tenor_months) / monthly / 12
