"""Rows of a table, read and checked: every fault by its row, and a faulty cell is missing to the models."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook, read_credit_facts
from data.uscc import fictitious_uscc
from features.invoices.features import INVOICE_FEATURES
from serving.decide.table_rows import REQUESTED_AMOUNT, TableError, check_columns, needed_columns, read_table_rows

pytestmark = pytest.mark.contract
BOOK, ZONE, TODAY = read_codebook(), "Asia/Shanghai", date(2024, 7, 10)


def table(n=2, **columns):
    """Good rows of a firm with revenue of 800 wan and an age of 5 years, with some columns changed."""
    keys = [*BOOK.keys, *(fact.key for fact in read_credit_facts()), *INVOICE_FEATURES]
    good = {
        "uscc": [fictitious_uscc(row + 1) for row in range(n)], REQUESTED_AMOUNT: 1_000_000,
        "as_of": pd.Timestamp("2024-06-30"),
        "industry": "software", "size_rule": "software", "age_years": 5.0, "revenue_band": "growth",
        "growth_stage": "growth",
        "size_class": "small", "legacy_micro": 0.0, **dict.fromkeys(keys, 0.0), "revenue_wan": 800.0,
    }  # fmt: skip
    return pd.DataFrame(good | columns, index=range(n))


def read(frame):
    return read_table_rows(frame, BOOK, ZONE, TODAY)


def test_good_rows_have_no_faults_and_keep_their_values():
    """Whatever the frame's own index."""
    found = read(table().set_index(pd.Index([7, 7])))
    assert found.faults.tolist() == ["", ""]
    assert found.cases["revenue_wan"].tolist() == [800.0, 800.0]
    assert found.requested[REQUESTED_AMOUNT].tolist() == [1e6, 1e6]
    assert np.isnat(found.known_at).all()


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("rd_staff_ratio", 1.01, "0 to 1 (a ratio, 1 is 100%)"),
        ("existing_debt_wan", 1e8, "expected 0 to 10,000,000 (in CNY 10,000)"),
        ("existing_debt_wan", 1e8, "，应为 0 至 10,000,000（万元）"),
        ("founder_team_score", 6, "，应为 0 至 5（档次）"),
        ("headcount", 2.5, "a whole number (a count)"),
        ("revenue_wan", "many", "a valid number"),
        ("inv_margin_share", math.inf, "a finite number"),
        ("age_years", 75.0, "0 to 74.8 years"),
        ("as_of", pd.Timestamp("2024-07-11"), "not after 10 July 2024"),
        ("industry", "mining", "one of"),
        ("growth_stage", "stable", "the stage of revenue_wan and age_years"),
        ("product", "loan", "expected one of: innovation_points, zheke product："),
        ("product", "loan", "，应为其中之一：innovation_points、zheke"),
        ("uscc", "x", "expected a unified social credit code of 18 characters, not 1 uscc："),
        ("uscc", None, "uscc：收到 （空），必填"),
        ("uscc", "914403001922038226", "，应为统一社会信用代码，第 17 位（主体标识码的校验码）按其前各位应为 1，"),
        (REQUESTED_AMOUNT, -1, REQUESTED_AMOUNT),
    ],
)
def test_a_fault_is_of_its_row_alone(column, cell, said):
    """The second row says which cell, what it holds and what is allowed, in both languages; the first says nothing."""
    first, second = read(table(**{column: [table().get(column, [None])[0], cell]})).faults
    assert first == ""
    assert f"{column}: got " in second
    assert f"{column}：收到 " in second
    assert said in second
    assert "应为：应" not in second


def test_an_impossible_number_is_missing_to_the_models():
    """Text and infinity become NaN; a finite value outside the range stays, as the safeguard must see it."""
    found = read(table(3, existing_debt_wan=["?", math.inf, 1e9])).cases["existing_debt_wan"]
    assert np.isnan(found[:2]).all()
    assert found[2] == 1e9


def test_an_empty_cell_takes_the_requests_default_and_an_instant_is_a_day_of_the_zone():
    """12 months; 20:00 UTC on the 29th is the 30th in Shanghai."""
    day = pd.to_datetime(["2024-06-29T20:00Z", "2024-06-29T10:00Z"])
    found = read(table(tenor_months=[math.nan, 24.0], as_of=day))
    assert found.faults.tolist() == ["", ""]
    assert found.requested["tenor_months"].tolist() == [12.0, 24.0]
    assert found.cases["as_of"].dt.day.tolist() == [30, 29]


def test_a_table_that_is_none_is_refused_with_every_column():
    """Missing ones, and one that is there twice."""
    columns = needed_columns(BOOK)
    check_columns("t", columns, BOOK)
    with pytest.raises(TableError, match=r"\['requested_amount_cny', 'uscc'\] are missing"):
        check_columns("t", columns[2:], BOOK)
    with pytest.raises(TableError, match=r"columns \['uscc'\]"):
        check_columns("t", [*columns, "uscc"], BOOK)
