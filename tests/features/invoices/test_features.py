"""The 31 invoice features on ledgers of a few invoices, each figure by hand."""

from __future__ import annotations

from math import exp, log, nan, sqrt

import numpy as np
import pandas as pd
import pytest

from features.invoices.features import INVOICE_FEATURES, INVOICE_PD_SIGNS, invoice_features

pytestmark = pytest.mark.law
DAY = pd.Timestamp("2023-12-31")
COLUMNS = ["uscc", "issued_on", "direction", "counterparty", "amount_wan", "tax_wan", "valid"]

# Two years of trade. Month 0 is December 2023, month 23 is January 2022.
TWO_YEARS = [
    ("A", "2022-01-15", "sale", "P", 20, 2.6, True),  # month 23
    ("A", "2022-07-10", "sale", "Q", 10, 0.6, True),  # month 17
    ("A", "2023-03-05", "sale", "P", 30, 3.9, True),  # month 9
    ("A", "2023-03-20", "sale", "P", -10, -1.3, True),  # month 9, red-letter
    ("A", "2023-11-30", "sale", "R", 40, 5.2, True),  # month 1
    ("A", "2023-11-30", "sale", "R", 99, 9.0, False),  # void
    ("A", "2024-01-01", "sale", "P", 999, 99.0, True),  # after the day
    ("A", "2022-02-28", "purchase", "S", 10, 1.3, True),  # month 22
    ("A", "2023-06-01", "purchase", "T", 20, 0.6, True),  # month 6
    ("A", "2023-06-02", "purchase", "T", 5, 0.3, False),  # void
    ("A", "2023-12-31", "purchase", "S", 10, 1.3, True),  # month 0
    ("A", "2023-12-31", "purchase", "S", -5, -0.65, True),  # month 0, red-letter
]
# Sales: 20, 10, 30 - 10, 40 = 90 net in 5 invoices, 100 gross in 4. Purchases: 10, 20, 10 - 5 = 35 net, 40 gross.
# A slope over 24 months: the distances from the middle are -11.5 ... 11.5, their squares add up to 1,150.
BY_HAND = {
    "inv_sales_month_log_wan": log(1 + 90 / 24),
    "inv_purchases_month_log_wan": log(1 + 35 / 24),
    "inv_sales_invoices_month_log": log(1 + 5 / 24),
    "inv_purchases_invoices_month_log": log(1 + 4 / 24),
    "inv_sales_ticket_log_wan": log(1 + 100 / 4),
    "inv_sales_trend_year": 12 * (-11.5 * log(21) - 5.5 * log(11) + 2.5 * log(21) + 10.5 * log(41)) / 1150,
    "inv_purchases_trend_year": 12 * (-10.5 * log(11) + 5.5 * log(21) + 11.5 * log(6)) / 1150,
    "inv_sales_growth_share": (60 - 30) / 90,
    "inv_purchases_growth_share": (25 - 10) / 35,
    "inv_sales_volatility_ratio": sqrt(2500 / 24 - 3.75**2) / 3.75,  # 20^2 + 10^2 + 20^2 + 40^2 = 2500
    "inv_purchases_volatility_ratio": sqrt(525 / 24 - (35 / 24) ** 2) / (35 / 24),  # 10^2 + 20^2 + 5^2 = 525
    "inv_margin_share": (90 - 35) / 90,
    "inv_buyer_hhi_share": (16 + 1 + 16) / 81,  # P 40, Q 10, R 40 of 90
    "inv_buyer_top_share": 4 / 9,
    "inv_supplier_hhi_share": (9 + 16) / 49,  # S 15, T 20 of 35
    "inv_supplier_top_share": 4 / 7,
    "inv_buyers_log": log(1 + 3),
    "inv_suppliers_log": log(1 + 2),
    "inv_repeat_buyer_share": 20 / 60,  # of the last year's 60, P's 20 are of a buyer of the year before
    "inv_sales_void_share": 1 / 6,
    "inv_purchases_void_share": 1 / 5,
    "inv_sales_red_share": 10 / 100,
    "inv_purchases_red_share": 5 / 40,
    "inv_sales_gap_months": 7,  # months 16 to 10
    "inv_sales_silent_share": 20 / 24,
    "inv_sales_active_months": 4,
    "inv_purchases_active_months": 3,
    "inv_months_seen": 24,
    "inv_sales_recency_days": 31,
    "inv_sales_tax_share": 11 / 90,
    "inv_purchases_tax_share": 2.55 / 35,
}
# Three months seen, a red-letter invoice, no purchase, more tax than can be.
YOUNG = [
    ("B", "2023-10-01", "sale", "P", 10, 5.0, True),
    ("B", "2023-12-15", "sale", "P", -2, 0.0, True),
]
YOUNG_BY_HAND = {
    "inv_sales_month_log_wan": log(1 + 8 / 3),
    "inv_purchases_month_log_wan": 0,
    "inv_sales_invoices_month_log": log(1 + 2 / 3),
    "inv_purchases_invoices_month_log": 0,
    "inv_sales_ticket_log_wan": log(1 + 10),
    "inv_sales_trend_year": 12 * (-log(11) + log(1)) / 2,  # a month below zero counts as one of zero
    "inv_purchases_trend_year": 0,
    "inv_sales_growth_share": nan,
    "inv_purchases_growth_share": nan,
    "inv_sales_volatility_ratio": sqrt((10 * 10 + 2 * 2) / 3 - (8 / 3) ** 2) / (8 / 3),
    "inv_purchases_volatility_ratio": nan,
    "inv_margin_share": 1,
    "inv_buyer_hhi_share": 1,
    "inv_buyer_top_share": 1,
    "inv_supplier_hhi_share": nan,
    "inv_supplier_top_share": nan,
    "inv_buyers_log": log(2),
    "inv_suppliers_log": 0,
    "inv_repeat_buyer_share": nan,
    "inv_sales_void_share": 0,
    "inv_purchases_void_share": nan,
    "inv_sales_red_share": 0.2,
    "inv_purchases_red_share": nan,
    "inv_sales_gap_months": 1,
    "inv_sales_silent_share": 1 / 3,
    "inv_sales_active_months": 2,
    "inv_purchases_active_months": 0,
    "inv_months_seen": 3,
    "inv_sales_recency_days": 16,
    "inv_sales_tax_share": 0.34,
    "inv_purchases_tax_share": nan,
}


def table(*rows: tuple) -> pd.DataFrame:
    """An invoice table; amounts are given in 10,000 yuan."""
    frame = pd.DataFrame(list(rows), columns=COLUMNS)
    frame["issued_on"] = pd.to_datetime(frame["issued_on"])
    for name in ("amount", "tax"):
        frame[f"{name}_cny"] = frame.pop(f"{name}_wan") * 10_000.0
    return frame


@pytest.mark.parametrize("name", INVOICE_FEATURES)
def test_every_feature_by_hand(name):
    """Two years of trade and three months of it."""
    got = invoice_features(table(*TWO_YEARS, *YOUNG), DAY)[name]
    assert got["A"] == pytest.approx(BY_HAND[name], rel=1e-9)
    assert got["B"] == pytest.approx(YOUNG_BY_HAND[name], rel=1e-9, abs=1e-12, nan_ok=True)
    assert got.dtype == np.float64
    assert invoice_features(table(*YOUNG), DAY, 12)[name].dtype == np.float64


def test_each_row_may_have_a_day_of_its_own():
    """The same trade seen at two days, under two names, is what it is on each day alone."""
    early = pd.Timestamp("2023-06-15")
    again = [("E", *row[1:]) for row in TWO_YEARS]
    days = pd.Series([DAY] * len(TWO_YEARS) + [early] * len(again))
    both = invoice_features(table(*TWO_YEARS, *again), days)
    assert both.loc["A"].to_dict() == pytest.approx(BY_HAND, rel=1e-9)
    assert both.loc["E"].equals(invoice_features(table(*again), early).loc["E"])
    assert both.loc["E", "inv_months_seen"] == 18  # month 17 is 16 December 2021 to 15 January 2022
    assert both.loc["E", "inv_sales_recency_days"] == 87  # 20 March to 15 June


def test_a_steady_rise_has_the_slope_that_it_was_planted_with():
    """1 + sales in wan grow by 5 % a month: .6 a year; running backwards, -.6; the same for purchases."""
    ends = [DAY - pd.offsets.MonthEnd(back) for back in range(24)]
    rising = [("U", day, "sale", "P", exp(0.05 * (24 - back)) - 1, 0, True) for back, day in enumerate(ends)]
    falling = [("V", day, "purchase", "P", exp(0.05 * back) - 1, 0, True) for back, day in enumerate(ends)]
    got = invoice_features(table(*rising, *falling), DAY)
    assert got.loc["U", "inv_sales_trend_year"] == pytest.approx(0.6, abs=1e-4)
    assert got.loc["V", "inv_purchases_trend_year"] == pytest.approx(-0.6, abs=1e-4)
    assert got.loc["U", "inv_sales_growth_share"] > 0 > got.loc["V", "inv_purchases_growth_share"]


# months of sales -> growth: (last 12 - 12 before) / their sum; nothing sold in a year is a share of 1 or -1
@pytest.mark.parametrize(
    ("sales", "growth"),
    [
        ({23: 10, 0: 30}, 0.5),
        ({23: 10, 11: 30}, 0.5),
        ({23: 10, 12: 30}, -1.0),
        ({23: 10, 12: 30, 0: 40}, 0.0),
        ({23: 1e-6, 0: 3e-6}, 0.5),  # of a cent and three cents
        ({23: -10, 0: 30}, 1.0),  # a negative year counts as none
        ({23: 10, 0: -30}, -1.0),
        ({23: -10, 0: 1e-6}, 1.0),  # and a cent beside it is all there is
        ({23: 1e-6, 0: -30}, -1.0),
        ({22: 10, 0: 30}, nan),  # 23 months
    ],
)
def test_growth_compares_the_last_twelve_months_with_the_twelve_before(sales, growth):
    """Month 11 is in the last year, month 12 in the one before."""
    ends = [DAY - pd.offsets.MonthEnd(back) for back in range(24)]
    rows = [("G", ends[back], "sale", "P", amount, 0, True) for back, amount in sales.items()]
    got = invoice_features(table(*rows), DAY).loc["G", "inv_sales_growth_share"]
    assert got == pytest.approx(growth, nan_ok=True)
    assert np.isnan(invoice_features(table(*rows), DAY, 23).loc["G", "inv_sales_growth_share"])


def test_a_longer_window_leaves_growth_alone_and_a_month_before_the_first_sale_adds_no_spread():
    """Month 24 is in neither year; one month of one cent lies at its mean."""
    ends = [DAY - pd.offsets.MonthEnd(back) for back in range(25)]
    rows = [("G", ends[back], "sale", "P", amount, 0, True) for back, amount in {24: 10, 23: 10, 0: 30}.items()]
    assert invoice_features(table(*rows), DAY, 36).loc["G", "inv_sales_growth_share"] == pytest.approx(0.5)
    cent = invoice_features(table(("H", DAY, "sale", "P", 1e-6, 0, True)), DAY)
    assert cent.loc["H", "inv_sales_volatility_ratio"] == 0.0


def test_returns_above_sales_and_a_trade_that_only_was():
    """More sent back than sold: shares end at 1 and -1. A trade before the window leaves history and recency."""
    rows = [
        ("C", "2020-06-30", "sale", "P", 10, 1, True),
        ("C", "2022-01-01", "sale", "P", 10, 1, False),
        ("C", "2023-12-01", "purchase", "S", 5, 0, True),
        ("C", "2023-12-01", "purchase", "S", -8, 0, True),
        ("D", "2023-12-01", "sale", "P", 10, -1.0, True),
        ("D", "2023-12-02", "sale", "P", -20, 0, True),
        ("D", "2023-12-03", "purchase", "S", 5, -1.0, True),
        ("D", "2023-12-04", "purchase", "S", 5, 0, True),
        ("D", "2023-12-05", "purchase", "S", -2, 0, True),
    ]
    got = invoice_features(table(*rows), DAY)
    for name, value in {
        "inv_sales_month_log_wan": 0.0,
        "inv_sales_red_share": 1.0,
        "inv_purchases_red_share": 0.2,
        "inv_margin_share": -1.0,
        "inv_sales_volatility_ratio": nan,
        "inv_buyer_hhi_share": nan,
        "inv_buyers_log": 0.0,
        "inv_sales_tax_share": nan,
        "inv_purchases_tax_share": 0.0,  # never negative
        "inv_sales_trend_year": nan,  # one month has no slope
        "inv_sales_gap_months": 0.0,  # no month before the first counts
    }.items():
        assert got.loc["D", name] == pytest.approx(value, nan_ok=True), name
    for name, value in {
        "inv_months_seen": 24.0,
        "inv_sales_recency_days": 184 + 3 * 365,
        "inv_sales_void_share": 1.0,
        "inv_sales_ticket_log_wan": nan,
        "inv_sales_active_months": 0.0,
        "inv_sales_gap_months": 24.0,
        "inv_sales_silent_share": 1.0,
        "inv_margin_share": nan,
        "inv_sales_invoices_month_log": 0.0,
        "inv_purchases_red_share": 1.0,
    }.items():
        assert got.loc["C", name] == pytest.approx(value, nan_ok=True), name


def test_the_promised_signs_are_of_features_and_one_or_minus_one():
    """A longer history lowers risk, a longer silence raises it."""
    assert set(INVOICE_PD_SIGNS) <= set(INVOICE_FEATURES)
    assert set(INVOICE_PD_SIGNS.values()) == {1, -1}
    assert (INVOICE_PD_SIGNS["inv_sales_trend_year"], INVOICE_PD_SIGNS["inv_sales_gap_months"]) == (-1, 1)
    assert len(INVOICE_FEATURES) == 31
