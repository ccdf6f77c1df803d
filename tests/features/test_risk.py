from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from data.stages import DAYS_PER_YEAR
from features.risk import WORST, columns_fed_by, risk_feature_names, risk_rows, settlements

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
    """A count stands for itself, an amount for its ratio to revenue."""
    found = columns_fed_by(["overdue_days_max_24m", "existing_debt_wan"], BOOK)
    assert [NAMES[place] for place in found] == ["overdue_days_max_24m", "debt_to_revenue_ratio"]
