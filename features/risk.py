"""What default risk is read from: indicators, credit facts and invoices, never a personal attribute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from math import inf, log1p

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import Codebook, read_credit_facts
from data.growth_stages import DAYS_PER_YEAR, GROWTH_STAGES
from features.columns import Columns, numbers, values
from features.invoices.features import INVOICE_FEATURES, INVOICE_PD_SIGNS

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
# Ratios to revenue: the fact, and the ends between which the ratio is kept.
RATIOS_TO_REVENUE: Mapping[str, tuple[str, float, float]] = {
    "cash_flow_ratio": ("operating_cash_flow_wan", -3.0, 3.0),
    "debt_to_revenue_ratio": ("existing_debt_wan", -inf, 20.0),
    "guarantees_to_revenue_ratio": ("guarantees_wan", -inf, 20.0),
    "arrears_to_revenue_ratio": ("social_security_arrears_wan", -inf, 5.0),
}
NAN = float("nan")
WORST = 1e9  # beyond every value, so it lies on the bad side of every split
TAX = "tax"
TWO_YEAR_GROWTH = {"revenue_growth": 3, "rd_expense_growth": 3}  # settlements: the first year's and two later ones
MIN_REVENUE_WAN = 30.0  # below it a ratio to revenue means nothing


@cache
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
    """The risk model's columns, float64, shape (n, p): ``risk_values`` as ``risk_rows`` reads them."""
    table = risk_rows(measured_values(cases, codebook), cases, codebook)
    return pd.DataFrame(table, index=cases.index, columns=list(risk_feature_names(codebook)), copy=False)


def risk_rows(measured: npt.NDArray[np.float64], cases: Columns, codebook: Codebook) -> npt.NDArray[np.float64]:
    """Rows of ``measured_values`` of the cases as the risk model reads them, shape (n, p).

    As ``missing_at_worst``, but for the tax authority's figures that are not yet due. Nobody has them, so their absence
    hides nothing and means nothing: they are NaN, and are not read before that day even where an enterprise shows them.
    A ratio to a revenue that is neither due nor known is NaN too.
    """
    table, settled = missing_at_worst(measured, codebook), settlements(cases)
    table[settled[:, None] < _years_due(codebook)] = np.nan
    names = risk_feature_names(codebook)
    unknown = (settled < 1) & np.isnan(measured[:, names.index("revenue_log_wan")])
    for name in RATIOS_TO_REVENUE:
        table[unknown, names.index(name)] = np.nan
    return table


def missing_at_worst(measured: npt.NDArray[np.float64], codebook: Codebook) -> npt.NDArray[np.float64]:
    """Rows of ``measured_values`` with each missing indicator or fact at its worst end, shape (n, p).

    With monotone signs hiding a value then never helps. Invoice features stay NaN: most enterprises have not shown
    their invoices at all.
    """
    return np.where(np.isnan(measured), _worst(codebook), measured)


def settlements(cases: Columns) -> npt.NDArray[np.int64]:
    """How many annual tax settlements have ended since an enterprise was founded, shape (n,); many where unknown.

    That of a year ends on 31 May of the next one (Enterprise Income Tax Law of the PRC, article 54).
    """
    day = values(cases, "as_of").astype("datetime64[D]")
    age_days = np.round(numbers(cases, "age_years") * DAYS_PER_YEAR)
    founded = day - np.nan_to_num(age_days, nan=100 * DAYS_PER_YEAR).astype(np.int64)
    this_year = day.astype("datetime64[Y]")
    settled_on = (this_year.astype("datetime64[M]") + 4).astype("datetime64[D]") + 30
    years = (this_year - founded.astype("datetime64[Y]")).astype(np.int64)
    return np.asarray(np.maximum(years - (day < settled_on), 0))


@cache
def _years_due(codebook: Codebook) -> npt.NDArray[np.int64]:
    """Settlements after which a figure of the tax authority is due, by column; 0 for what it does not report."""
    taxed = {item.key for item in codebook if item.agency == TAX} | {"revenue_log_wan"}
    return np.array(
        [TWO_YEAR_GROWTH.get(name, 1) if name in taxed else 0 for name in risk_feature_names(codebook)], dtype=np.int64
    )


@cache
def _worst(codebook: Codebook) -> npt.NDArray[np.float64]:
    """What a missing value of each column is read as; NaN where it stays missing."""
    names, signs = risk_feature_names(codebook), monotone_signs(codebook)
    return np.array([signs[name] * WORST if signs[name] and name not in INVOICE_FEATURES else NAN for name in names])


def risk_values(cases: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """``measured_values`` as a table with the cases' index."""
    table = measured_values(cases, codebook)
    return pd.DataFrame(table, index=cases.index, columns=list(risk_feature_names(codebook)), copy=False)


def measured_values(cases: Columns, codebook: Codebook) -> npt.NDArray[np.float64]:
    """The risk model's columns as they were measured, NaN where unknown, shape (n, p); what a reason shows."""
    names = risk_feature_names(codebook)
    revenue = numbers(cases, "revenue_wan")
    floor = np.maximum(revenue, MIN_REVENUE_WAN)  # NaN where unknown
    derived = {
        "revenue_log_wan": _log1p_each(revenue),
        "headcount_log": _log1p_each(numbers(cases, "headcount")),
        "stage_ordinal": np.array(
            [_STAGE_ORDINAL.get(stage, NAN) for stage in values(cases, "growth_stage")], dtype=float
        ),
    }
    for name, (fact, low, high) in RATIOS_TO_REVENUE.items():
        derived[name] = np.clip(numbers(cases, fact) / floor, low, high)
    table = np.empty((len(names), len(revenue)))
    for position, name in enumerate(names):
        table[position] = derived[name] if name in derived else numbers(cases, name)
    return table.T


def columns_fed_by(facts: Iterable[str], codebook: Codebook) -> list[int]:
    """Places of the columns that these credit facts are read into."""
    needed = set(facts)
    fed = {name for name in FACTS_AS_THEY_ARE if name in needed}
    fed |= {name for name, (fact, _, _) in RATIOS_TO_REVENUE.items() if fact in needed}
    return [position for position, name in enumerate(risk_feature_names(codebook)) if name in fed]


_STAGE_ORDINAL: Mapping[str, float] = {name: float(position) for position, name in enumerate(GROWTH_STAGES)}


def _log1p_each(column: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    # Of one value at a time: NumPy's vector code may differ from this in the last bit.
    known = column > -1
    logs = np.full(len(column), np.nan)
    logs[known] = np.fromiter(map(log1p, column[known].tolist()), dtype=float, count=int(known.sum()))
    return logs
