"""What a loan limit is learned from, and the debt that a yearly payment carries."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import Codebook
from data.requests import BANK_FACTS
from features.risk import columns_fed_by, missing_at_worst, risk_feature_names, risk_values

Floats = npt.NDArray[np.float64]
NEVER_HIDDEN = ("age_years", "stage_ordinal")
# A firm with less in its books, more arrears or worse figures never gets a higher limit through these columns.
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
    """Columns of the limit matrix: those of risk."""
    return risk_feature_names(codebook)


def capacity_matrix(cases: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """The limit model's columns, float64, shape (n, p)."""
    values = risk_values(cases, codebook)
    table = missing_at_worst(values.to_numpy(), codebook)
    return pd.DataFrame(table, index=cases.index, columns=values.columns, copy=False)


def limit_columns(codebook: Codebook) -> list[int]:
    """Places of the columns that the limit may read.

    Left out are the columns that a bank's own facts are read into: what a firm owes and guarantees is taken off its
    limit, and overdue days raise its default risk; a limit that fell with them as well would count them twice. Left
    out is also what a firm can hide and has no sign here, for hiding it could raise the limit; age and stage stay,
    since without them there is no quota at all.
    """
    fed, signs = set(columns_fed_by(BANK_FACTS.values(), codebook)), limit_signs(codebook)
    return [
        position
        for position, name in enumerate(limit_feature_names(codebook))
        if position not in fed and (signs[name] or name in NEVER_HIDDEN)
    ]


def limit_signs(codebook: Codebook) -> dict[str, int]:
    """Sign of each column's effect on the limit; indicators by the codebook's direction, the rest by LIMIT_SIGNS."""
    own = {item.key: item.direction for item in codebook if not item.personal}
    return {name: LIMIT_SIGNS.get(name, own.get(name, 0)) for name in limit_feature_names(codebook)}


def annuity_factor(annual_rate: Floats | float, tenor_months: Floats | float) -> Floats:
    """Loan that one yuan a year, paid in level amounts at each month's end, repays over the tenor; shapes (n,).

    factor = (1 - (1 + m) ** -tenor_months) / m / 12 with m = annual_rate / 12, and tenor_months / 12 at a rate of 0;
    NaN where the rate or the tenor is unknown. So loan = yearly payment * factor, and the level monthly instalment of a
    loan is loan / factor / 12.
    """
    monthly = np.asarray(annual_rate, dtype=float) / 12.0
    months = np.asarray(tenor_months, dtype=float)
    free = monthly <= 0.0  # an unknown rate is not
    charged = np.where(free, 1.0, monthly)
    return np.where(free, months, (1.0 - (1.0 + charged) ** -months) / charged) / 12.0
