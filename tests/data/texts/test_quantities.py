"""Names of quantities, and their values in the unit that a person knows."""

from __future__ import annotations

import math

import pytest

from data.codebook import read_codebook, read_credit_facts
from data.texts.quantities import read_quantities
from features.risk import monotone_signs, risk_feature_names

BOOK = read_codebook()


@pytest.mark.contract
def test_every_risk_feature_indicator_and_fact_has_a_row_and_worse_is_the_models_sign():
    """One row each; "worse when low" is the monotone sign -1, "worse when high" +1, and nothing else claims a side."""
    shown, signs = read_quantities(), monotone_signs(BOOK)
    assert set(shown) == {*risk_feature_names(BOOK), *BOOK.keys, *(fact.key for fact in read_credit_facts())}
    assert {name: {"L": -1, "H": 1, "-": 0}[shown[name].worse] for name in signs} == signs


@pytest.mark.law
@pytest.mark.parametrize(
    ("key", "value", "zh", "en"),
    [
        ("revenue_log_wan", 3.443, "30 万元", "CNY 300,000"),
        ("headcount_log", 3.219, "24 人", "24"),
        ("inv_sales_growth_share", 0.0598, "+12.7%", "+12.7%"),
        ("inv_sales_growth_share", 1.0, "上年为零", "none in the year before"),
        ("inv_sales_growth_share", -1.0, "已停止", "stopped"),
        ("inv_sales_growth_share", 0.95, "超过 +1,000.0%", "over +1,000.0%"),
        ("cash_flow_ratio", 3.0, "超过 300.0%", "over 300.0%"),
        ("cash_flow_ratio", -3.0, "低于 -300.0%", "below -300.0%"),
        ("debt_to_revenue_ratio", 20.0, "超过 2,000.0%", "over 2,000.0%"),
        ("tax_credit_grade", 2.0, "M 级", "M"),
        ("qualification_level", 4.0, "专精特新“小巨人”企业", "national little-giant enterprise"),
        ("stage_ordinal", 2.0, "稳定期", "stable"),
        ("age_years", 5.13, "5.1 年", "5.1"),
        ("inv_sales_trend_year", math.log(1.2), "+20.0%", "+20.0%"),
        ("inv_sales_invoices_month_log", math.log(1 + 7.25), "7.2 份", "7.2"),
        ("inv_sales_recency_days", 35.0, "35 天", "35 days"),
        ("inv_buyer_hhi_share", 0.355, "0.35", "0.35"),
        ("overdue_days_max_24m", 45.0, "45 天", "45 days"),
    ],
)
def test_a_value_is_shown_in_the_unit_that_a_person_knows(key, value, zh, en):
    """Logarithms are taken back, a share of both years becomes growth on the year before, a level has its name."""
    assert read_quantities()[key].text(value) == (zh, en)


@pytest.mark.law
def test_growth_is_that_of_the_two_years_behind_the_share():
    """Sales of 112.7 after 100: the model reads (a - b) / (a + b), a person reads a / b - 1."""
    shown = read_quantities()["inv_purchases_growth_share"]
    for now, before in ((112.7, 100.0), (50.0, 100.0), (300.0, 100.0)):
        assert shown.figure((now - before) / (now + before)) == pytest.approx(now / before - 1.0)
