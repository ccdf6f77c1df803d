from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from data.growth_stages import DAYS_PER_YEAR
from features.risk import (
    RATIOS_TO_REVENUE,
    WORST,
    columns_fed_by,
    missing_at_worst,
    monotone_signs,
    risk_feature_names,
    risk_matrix,
    risk_rows,
    risk_values,
    settlements,
)

pytestmark = pytest.mark.law
BOOK = read_codebook()
NAMES = risk_feature_names(BOOK)


def cases(founded: str | None, *days: str) -> pd.DataFrame:
    """The same enterprise on some days."""
    as_of = pd.Series(pd.to_datetime(list(days)).astype("datetime64[us]"))
    age = (as_of - pd.Timestamp(founded)).dt.days / DAYS_PER_YEAR if founded else pd.Series(np.nan, index=as_of.index)
    return pd.DataFrame({"as_of": as_of, "age_years": age})


def test_settlements_by_hand():
    """The settlement of the founding year ends on 31 May of the next one; an unknown founding date is long ago."""
    days = ("2019-03-10", "2020-01-01", "2020-05-30", "2020-05-31", "2021-05-30", "2021-05-31", "2022-06-30")
    assert settlements(cases("2019-03-10", *days)).tolist() == [0, 0, 0, 1, 1, 2, 3]
    assert settlements(cases("2019-12-31", *days[1:])).tolist() == [0, 0, 1, 1, 2, 3]
    assert settlements(cases("2020-01-01", "2020-12-31", "2021-05-31")).tolist() == [0, 1]
    assert (settlements(cases(None, *days)) >= 3).all()


def rows(values: np.ndarray, founded: str, *days: str) -> pd.DataFrame:
    """What the risk model reads of the same values on some days."""
    return pd.DataFrame(risk_rows(np.tile(values, (len(days), 1)), cases(founded, *days), BOOK), columns=list(NAMES))


def test_figures_that_are_not_due_are_not_hidden():
    """Before its first settlement a firm's tax figures are unknown; a growth over two years two settlements longer."""
    days = ("2020-05-30", "2020-05-31", "2022-05-30", "2022-05-31")
    table = rows(np.full(len(NAMES), np.nan), "2019-06-01", *days)
    taxed = {"net_profit_margin": -WORST, "debt_to_asset_ratio": WORST, "revenue_log_wan": -WORST}
    for name, worst in (taxed | {"debt_to_revenue_ratio": WORST}).items():
        assert np.array_equal(table[name], [np.nan, worst, worst, worst], equal_nan=True), name
    assert np.array_equal(table["revenue_growth"], [np.nan, np.nan, np.nan, -WORST], equal_nan=True)
    assert (table[["overdue_days_max_24m", "litigation_count_24m"]] == WORST).all(axis=None)
    assert (table["invention_patents_valid"] == -WORST).all()
    assert table["inv_sales_month_log_wan"].isna().all()


def test_what_is_shown_is_read_from_the_day_that_it_is_due():
    """A shown value is kept; before it is due, a tax figure is not read, and hiding it changes nothing."""
    values = np.arange(1.0, len(NAMES) + 1)
    table = rows(values, "2019-06-01", "2020-05-30", "2022-05-31")
    taxed = {item.key for item in BOOK if item.agency == "tax"} | {"revenue_log_wan"}
    assert table.loc[1].tolist() == values.tolist()
    assert set(table.columns[table.loc[0].isna()]) == taxed & set(NAMES)
    debt = values.copy()
    debt[NAMES.index("debt_to_revenue_ratio")] = np.nan  # the debt is hidden, not the revenue
    assert (rows(debt, "2019-06-01", "2020-05-30")["debt_to_revenue_ratio"] == WORST).all()


def test_columns_that_a_fact_is_read_into():
    """A count means itself, an amount for its ratio to revenue."""
    found = columns_fed_by(["overdue_days_max_24m", "existing_debt_wan"], BOOK)
    assert [NAMES[position] for position in found] == ["overdue_days_max_24m", "debt_to_revenue_ratio"]


# revenue, operating cash flow, debt, guarantees, arrears -> the four ratios; a revenue under 30 counts as 30
RATIOS = [
    (200.0, 50.0, 100.0, 20.0, 1.0, (0.25, 0.5, 0.1, 0.005)),
    (10.0, 15.0, 60.0, 3.0, 3.0, (0.5, 2.0, 0.1, 0.1)),
    (30.0, 15.0, 60.0, 3.0, 3.0, (0.5, 2.0, 0.1, 0.1)),
    (60.0, 15.0, 60.0, 3.0, 3.0, (0.25, 1.0, 0.05, 0.05)),
    (100.0, 900.0, 9000.0, 9000.0, 900.0, (3.0, 20.0, 20.0, 5.0)),  # kept at their largest
    (100.0, -900.0, 0.0, 0.0, 0.0, (-3.0, 0.0, 0.0, 0.0)),
    (np.nan, 15.0, 60.0, 3.0, 3.0, (np.nan, np.nan, np.nan, np.nan)),
    (100.0, np.nan, 60.0, np.nan, 3.0, (np.nan, 0.6, np.nan, 0.03)),
]


def a_case(**values) -> pd.DataFrame:
    """One case where all is 0 but what is given."""
    facts = [fact for fact, _, _ in RATIOS_TO_REVENUE.values()]
    columns = dict.fromkeys([*NAMES, *facts, "revenue_wan", "headcount"], 0.0) | {"growth_stage": "growth"} | values
    return pd.DataFrame([columns])


@pytest.mark.parametrize(("revenue", "cash", "debt", "guarantees", "arrears", "ratios"), RATIOS)
def test_ratios_to_revenue_by_hand(revenue, cash, debt, guarantees, arrears, ratios):
    """The fact over the revenue, of at least 30 wan, kept between its ends; unknown where either is."""
    facts = {"revenue_wan": revenue, "operating_cash_flow_wan": cash, "existing_debt_wan": debt}
    facts |= {"guarantees_wan": guarantees, "social_security_arrears_wan": arrears}
    got = risk_values(a_case(**facts), BOOK)
    assert got[list(RATIOS_TO_REVENUE)].iloc[0].tolist() == pytest.approx(ratios, nan_ok=True)


@pytest.mark.parametrize(
    ("value", "log"), [(0.0, 0.0), (99.0, math.log(100)), (-0.5, math.log(0.5)), (-1.0, np.nan), (np.nan, np.nan)]
)
def test_levels_are_logs_and_stages_numbers(value, log):
    """log(1 + revenue) and log(1 + headcount); startup 0, growth 1, stable 2, no stage unknown."""
    got = risk_values(a_case(revenue_wan=value, headcount=value + 1), BOOK)
    assert got["revenue_log_wan"].tolist() == pytest.approx([log], nan_ok=True)
    headings = math.log(value + 2) if value == value else np.nan
    assert got["headcount_log"].tolist() == pytest.approx([headings], nan_ok=True)
    for stage, number in [("startup", 0.0), ("growth", 1.0), ("stable", 2.0), (None, np.nan)]:
        got = risk_values(a_case(growth_stage=stage), BOOK)["stage_ordinal"]
        assert got.tolist() == pytest.approx([number], nan_ok=True)


def test_the_columns_are_those_of_the_case_in_order():
    """Every column that is not derived is read as it is, under the same index."""
    given = {name: float(position) for position, name in enumerate(NAMES)}
    case = a_case(**given).set_index(pd.Index([7]))
    got = risk_values(case, BOOK)
    assert (tuple(got), got.index.tolist()) == (NAMES, [7])
    for name in set(NAMES) - {*RATIOS_TO_REVENUE, "revenue_log_wan", "headcount_log", "stage_ordinal"}:
        assert got.loc[7, name] == given[name], name


def test_the_matrix_is_the_values_as_the_model_reads_them():
    """What is missing is at its worst, in the columns and under the index of the values."""
    case = a_case(overdue_days_max_24m=np.nan, as_of=pd.Timestamp("2024-06-30"), age_years=10.0)
    case = case.set_index(pd.Index([7]))
    got = risk_matrix(case, BOOK)
    assert (tuple(got), got.index.tolist()) == (NAMES, [7])
    expected = risk_values(case, BOOK)
    expected["overdue_days_max_24m"] = WORST
    pd.testing.assert_frame_equal(got, expected)


def test_a_missing_value_is_at_the_end_that_is_worst():
    """Where more raises the risk, far above; where more lowers it, far below; without a direction and invoices, NaN."""
    signs = monotone_signs(BOOK)
    got = dict(zip(NAMES, missing_at_worst(np.full((1, len(NAMES)), np.nan), BOOK)[0], strict=True))
    assert signs["debt_to_revenue_ratio"] == 1
    assert got["debt_to_revenue_ratio"] == 1e9
    assert signs["revenue_log_wan"] == -1
    assert got["revenue_log_wan"] == -1e9
    assert signs["inv_sales_trend_year"] == -1
    assert np.isnan([got["inv_sales_trend_year"], got["stage_ordinal"], got["age_years"]]).all()
    known = np.arange(len(NAMES), dtype=float)[None]
    assert (missing_at_worst(known, BOOK) == known).all()


def test_directions_come_from_the_codebook_the_facts_and_the_invoices():
    """More is better in the points: less risk. Free columns are 0, personal attributes no column at all."""
    signs = monotone_signs(BOOK)
    assert tuple(signs) == NAMES
    for item in BOOK:
        assert (item.key in signs) is not item.personal
        assert item.personal or signs[item.key] == -item.direction
    assert (signs["overdue_days_max_24m"], signs["litigation_count_24m"]) == (1, 1)
    assert (signs["inv_margin_share"], signs["inv_sales_void_share"], signs["inv_buyers_log"]) == (0, 1, -1)


def test_before_the_first_settlement_a_ratio_to_unknown_revenue_is_unknown_too():
    """The revenue is not yet due and nobody gave it, so a debt over it says nothing; from the settlement on it does."""
    values = np.zeros(len(NAMES))
    unknown = [NAMES.index(name) for name in ("revenue_log_wan", *RATIOS_TO_REVENUE)]
    values[unknown] = np.nan
    table = rows(values, "2019-06-01", "2020-05-30", "2020-05-31")
    assert table.loc[0, list(RATIOS_TO_REVENUE)].isna().all()
    assert table.loc[1, list(RATIOS_TO_REVENUE)].tolist() == [-WORST, WORST, WORST, WORST]
