"""What the limit may read, and which way each column moves it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from features.quota import LIMIT_SIGNS, capacity_matrix, limit_columns, limit_feature_names, limit_signs
from features.risk import WORST

pytestmark = pytest.mark.law
BOOK = read_codebook()
NAMES = limit_feature_names(BOOK)


def test_signs_are_those_of_the_list_and_else_of_the_codebook():
    """More revenue, more limit; more debt to assets, less; an invoice feature has no say."""
    signs = limit_signs(BOOK)
    assert tuple(signs) == NAMES
    assert {name: signs[name] for name in LIMIT_SIGNS} == dict(LIMIT_SIGNS)
    for item in BOOK:
        if not item.personal and item.key not in LIMIT_SIGNS:
            assert signs[item.key] == item.direction
    assert (signs["inv_sales_month_log_wan"], signs["age_years"], signs["guarantees_to_revenue_ratio"]) == (0, 0, 0)


def test_the_limit_reads_nothing_that_a_bank_adds_and_nothing_that_hiding_could_raise():
    """Debt, guarantees and overdue days are counted elsewhere; age and stage are known of everybody with a quota."""
    read = {NAMES[position] for position in limit_columns(BOOK)}
    own = {item.key for item in BOOK if not item.personal}
    assert read == own | set(LIMIT_SIGNS) | {"age_years", "stage_ordinal"}
    assert not read & {"debt_to_revenue_ratio", "guarantees_to_revenue_ratio", "overdue_days_max_24m", "headcount_log"}
    assert limit_columns(BOOK) == sorted(limit_columns(BOOK))


def test_the_matrix_is_that_of_risk_with_the_missing_at_their_worst():
    """Same columns, same index; hidden revenue lies far below every other."""
    facts = ["revenue_wan", "headcount", "operating_cash_flow_wan", "existing_debt_wan", "guarantees_wan"]
    columns = dict.fromkeys([*NAMES, *facts, "social_security_arrears_wan"], 1.0) | {"growth_stage": "growth"}
    cases = pd.DataFrame([columns, columns | {"revenue_wan": np.nan}], index=[5, 9])
    matrix = capacity_matrix(cases, BOOK)
    assert (tuple(matrix), matrix.index.tolist()) == (NAMES, [5, 9])
    assert matrix.loc[5, "revenue_log_wan"] == pytest.approx(np.log(2))
    assert matrix.loc[9, "revenue_log_wan"] == -WORST
    assert matrix.loc[5, "debt_to_revenue_ratio"] == pytest.approx(1 / 30)
