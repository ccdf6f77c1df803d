"""Cases of two enterprises with a handful of deliveries, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from features.invoices.features import INVOICE_FEATURES
from features.point_in_time import DISTRICT, NOT_GIVEN, build_cases, districts, on_register, register_days

pytestmark = pytest.mark.law
BOOK = read_codebook()
NAT, NAN = pd.NaT, float("nan")
KEY = next(item.key for item in BOOK if item.freshness_months == 18)


def dates(*values) -> pd.Series:
    return pd.Series(pd.to_datetime(list(values))).astype("datetime64[us]")


def delivered(*rows) -> pd.DataFrame:
    """uscc, end of the period, day it was known, value of KEY and of the revenue."""
    frame = pd.DataFrame(list(rows), columns=["uscc", "period_end", "known_at", KEY, "revenue_wan"])
    return frame.assign(period_end=dates(*frame["period_end"]), known_at=dates(*frame["known_at"]))


ROWS = delivered(
    ("A", "2020-12-31", "2021-06-30", 1.0, 100.0),
    ("A", "2021-12-31", "2022-06-30", 2.0, 600.0),
    ("A", "2020-12-31", "2022-09-30", 9.0, 900.0),  # late news of an older year
    ("A", "2022-12-31", "2023-06-30", NAN, 700.0),
    ("B", "2022-12-31", "2023-06-30", 5.0, NAN),
)
ENTERPRISES = pd.DataFrame(
    {
        "uscc": ["B", "A"], "name": ["Bee", "Aye"], "industry": ["I65", "C30"], "size_rule": ["software", "industrial"],
        "founded_on": dates("2012-01-01", "2019-06-30"), "closed_on": dates(NAT, "2024-01-10"),
        "left_on": dates("2023-12-01", NAT),
    }
)  # fmt: skip
TABLES = {
    "enterprises": ENTERPRISES,
    "snapshots": ROWS.drop(columns="revenue_wan"),
    "credit_facts": ROWS.drop(columns=KEY).assign(headcount=25.0),
}


def keys(*pairs) -> pd.DataFrame:
    return pd.DataFrame({"uscc": [pair[0] for pair in pairs], "as_of": dates(*(pair[1] for pair in pairs))})


# firm, day -> value, day it was known, revenue, day it was known; fresh for 18 months from the period's end
SEEN = [
    ("A", "2021-06-29", NAN, NAT, NAN, NAT),
    ("A", "2021-06-30", 1.0, "2021-06-30", 100.0, "2021-06-30"),
    ("A", "2022-06-29", 1.0, "2021-06-30", 100.0, "2021-06-30"),
    ("A", "2022-06-30", 2.0, "2022-06-30", 600.0, "2022-06-30"),
    ("A", "2022-12-31", 2.0, "2022-06-30", 600.0, "2022-06-30"),
    ("A", "2023-06-30", 2.0, "2022-06-30", 700.0, "2023-06-30"),
    ("A", "2023-07-01", NAN, NAT, 700.0, "2023-06-30"),
    ("B", "2023-11-30", 5.0, "2023-06-30", NAN, NAT),
    ("B", "2023-06-29", NAN, NAT, NAN, NAT),
]


@pytest.mark.parametrize("order", [1, -1])
def test_what_was_known_and_fresh_on_each_day(order):
    """The newest period that was known; a value counts for its months from the period's end, to the day."""
    got = build_cases(TABLES, keys(*(row[:2] for row in SEEN))[::order])
    for position, (uscc, day, value, known, revenue, result) in enumerate(SEEN[::order]):
        case = got.frame.loc[position]
        assert (case["uscc"], case["as_of"]) == (uscc, pd.Timestamp(day))
        assert [case[KEY], case["revenue_wan"]] == pytest.approx([value, revenue], nan_ok=True)
        days = [got.known_at.loc[position, name] for name in (KEY, "revenue_wan")]
        assert [str(one.date()) if one is not NAT else NAT for one in days] == [known, result]
    absent = next(key for key in BOOK.keys if key != KEY)
    assert got.frame[absent].isna().all()
    assert got.known_at[absent].isna().all()


def test_a_firm_without_news_of_a_newer_year_keeps_its_own():
    """B reported a year that A has since reported anew, and C nothing that was known; whole numbers are read too."""
    facts = delivered(
        ("A", "2021-12-31", "2022-06-30", NAN, 200.0),
        ("B", "2020-12-31", "2021-06-30", NAN, 70.0),
        ("C", "2021-12-31", "2022-07-01", NAN, 80.0),
    ).assign(headcount=pd.array([25, pd.NA, 30], "Int64"))
    firms = pd.DataFrame(
        {"uscc": [*"ABC"], "industry": "I65", "size_rule": "software", "founded_on": dates("2010-01-01")[0]}
    )
    tables = {"enterprises": firms, "snapshots": TABLES["snapshots"], "credit_facts": facts}
    got = build_cases(tables, keys(("C", "2022-06-30"), ("B", "2022-06-30"), ("A", "2022-06-30"))).frame
    assert np.array_equal(got["revenue_wan"], [NAN, 70.0, 200.0], equal_nan=True)
    assert np.array_equal(got["headcount"], [NAN, NAN, 25.0], equal_nan=True)


def test_who_a_case_is():
    """Industry, age, bands, stage and size of the day."""
    got = build_cases(TABLES, keys(("A", "2022-06-30"), ("A", "2021-06-30"), ("B", "2023-06-30"))).frame
    assert got["industry"].tolist() == ["C30", "C30", "I65"]
    assert got["size_rule"].tolist() == ["industrial", "industrial", "software"]
    assert got["age_years"].tolist() == pytest.approx([1096 / 365.25, 731 / 365.25, 4198 / 365.25])
    assert got["revenue_band"].tolist() == ["growth", "sapling", "unknown"]
    assert got["growth_stage"].tolist() == ["growth", "startup", "unknown"]
    assert got["size_class"].tolist() == ["small", "micro", "unknown"]
    assert got["legacy_micro"].tolist() == [False, False, False]
    assert "name" not in got
    assert got[list(INVOICE_FEATURES)].isna().all(axis=None)


# size rule, founded, revenue, assets -> class, legacy micro; 25 employees
OTHER_FIRMS = [
    ("leasing_business", "2010-01-01", 90.0, 100.0, "small", True),
    ("leasing_business", "2010-01-01", 500.0, 99.0, "micro", False),
    ("leasing_business", "2015-01-01", 499.0, NAN, "unknown", False),
    ("other", "2010-01-01", 499.0, NAN, "small", True),
]


@pytest.mark.parametrize(("rule", "founded", "revenue", "assets", "size", "legacy"), OTHER_FIRMS)
def test_size_goes_by_the_rule_s_own_measure_and_old_small_firms_are_marked(
    rule, founded, revenue, assets, size, legacy
):
    """Assets for leasing, headcount alone for others; under 500 wan of sales after more than eight years."""
    enterprises = pd.DataFrame({"uscc": ["A"], "industry": "L72", "size_rule": rule, "founded_on": dates(founded)})
    facts = delivered(("A", "2021-12-31", "2022-05-31", NAN, revenue)).assign(headcount=25.0, assets_wan=assets)
    tables = {"enterprises": enterprises, "snapshots": TABLES["snapshots"], "credit_facts": facts}
    got = build_cases(tables, keys(("A", "2022-06-30"))).frame.iloc[0]
    assert (got["size_class"], got["legacy_micro"]) == (size, legacy)


@pytest.mark.contract
def test_an_enterprise_that_is_listed_twice_is_refused():
    """Else each of its cases would be there twice."""
    twice = {**TABLES, "enterprises": pd.concat([ENTERPRISES, ENTERPRISES.assign(closed_on=NAT, left_on=NAT)])}
    with pytest.raises(ValueError, match="duplicate labels"):
        build_cases(twice, keys(("A", "2022-06-30")))


def test_a_day_is_for_everybody_on_the_register_then():
    """From the founding day until the day before closing or leaving; sorted by code, day by day."""
    days = ("2011-12-31", "2012-01-01", "2019-06-30", "2023-11-30", "2023-12-01", "2024-01-09", "2024-01-10")
    mask = [on_register(ENTERPRISES, pd.Timestamp(day)).tolist() for day in days]
    assert mask == [
        [False, False],
        [True, False],
        [True, True],
        [True, True],
        [False, True],
        [False, True],
        [False] * 2,
    ]
    got = build_cases(TABLES, [pd.Timestamp("2022-06-30"), pd.Timestamp("2024-01-09")]).frame
    assert got["uscc"].tolist() == ["A", "B", "A"]
    assert got["as_of"].tolist() == [pd.Timestamp("2022-06-30")] * 2 + [pd.Timestamp("2024-01-09")]
    assert build_cases(TABLES, pd.Timestamp("2022-06-30")).frame["uscc"].tolist() == ["A", "B"]
    plain = register_days(ENTERPRISES.drop(columns=["closed_on", "left_on"]))
    assert (plain.index.tolist(), plain.isna().all(axis=None)) == (["B", "A"], True)


@pytest.mark.contract
def test_a_stranger_and_a_firm_that_has_gone_are_named():
    """How many, and the first."""
    with pytest.raises(ValueError, match=r"^2 enterprises are not in the enterprises table, first X$"):
        build_cases(TABLES, keys(("Z", "2022-06-30"), ("X", "2022-06-30")))
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        build_cases(TABLES, keys(("A", "2024-01-09"), ("B", "2023-12-01"), ("A", "2024-01-10")))
    assert str(caught.value) == "2 cases lie after their enterprise closed or left, first B on 2023-12-01"


def test_invoices_are_measured_at_each_case_s_own_day():
    """Active months of the two days of A; B has none; an enterprise without invoices has unknown features."""
    sale = {"direction": "sale", "counterparty": "P", "amount_cny": 10_000.0, "tax_cny": 0.0, "valid": True}
    invoices = pd.DataFrame([{"uscc": "A", "issued_on": day} | sale for day in ("2022-01-10", "2022-06-10")])
    tables = {**TABLES, "invoices": invoices.assign(issued_on=dates(*invoices["issued_on"]))}
    got = build_cases(tables, keys(("B", "2022-06-30"), ("A", "2022-03-31"), ("A", "2022-06-30"))).frame
    assert np.array_equal(got["inv_sales_active_months"], [NAN, 1.0, 2.0], equal_nan=True)
    assert np.array_equal(got["inv_months_seen"], [NAN, 3.0, 6.0], equal_nan=True)
    few = build_cases(tables, keys(("A", "2022-03-31"))).frame
    assert few["inv_sales_active_months"].tolist() == [1.0]
    empty = build_cases({**tables, "invoices": invoices.head(0)}, keys(("A", "2022-06-30"))).frame
    assert empty[list(INVOICE_FEATURES)].isna().all(axis=None)


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_invoices_measured_in_batches_are_those_measured_at_once(monkeypatch, batch):
    """Five cases in batches of one, two and three: every case once, in its order."""
    sale = {"direction": "sale", "counterparty": "P", "amount_cny": 10_000.0, "tax_cny": 0.0, "valid": True}
    invoices = pd.DataFrame(
        [{"uscc": uscc, "issued_on": day} | sale for uscc in "AB" for day in ("2022-01-10", "2022-06-10")]
    )
    tables = {**TABLES, "invoices": invoices.assign(issued_on=dates(*invoices["issued_on"]))}
    requested = keys(*((uscc, day) for day in ("2022-03-31", "2022-06-30") for uscc in "AB"), ("A", "2023-06-30"))
    once = build_cases(tables, requested).frame
    assert once["inv_sales_active_months"].tolist()[:4] == [1.0, 1.0, 2.0, 2.0]
    monkeypatch.setattr("features.point_in_time.INVOICE_BATCH", batch)
    pd.testing.assert_frame_equal(build_cases(tables, requested).frame, once)


def test_nobody_requested_is_nobody():
    """No key, no case, with invoices and without; every column is there."""
    sale = {"direction": "sale", "counterparty": "P", "amount_cny": 10_000.0, "tax_cny": 0.0, "valid": True}
    invoices = pd.DataFrame([{"uscc": "A", "issued_on": dates("2022-01-10")[0]} | sale])
    whole = build_cases(TABLES, keys(("A", "2022-06-30"))).frame
    for tables in (TABLES, {**TABLES, "invoices": invoices}):
        got = build_cases(tables, keys(("A", "2022-06-30")).head(0))
        assert (len(got.frame), len(got.known_at), list(got.frame)) == (0, 0, list(whole))


def test_every_value_is_a_float_and_every_day_a_day():
    """Also of a column that no table has, and of invoices that nobody showed."""
    got = build_cases(TABLES, keys(("A", "2022-06-30"), ("B", "2023-06-30")))
    numbers = [*BOOK.keys, *INVOICE_FEATURES, "revenue_wan", "dishonest_debtor", "age_years"]
    assert {str(got.frame[name].dtype) for name in numbers} == {"float64"}
    assert {got.known_at[name].dtype.kind for name in got.known_at} == {"M"}


def test_a_district_groups_what_was_concluded_and_is_in_no_case():
    """Not given is a group of its own, for a firm without one as for a register without the column."""
    codes = pd.Series(["B", "A", "B"], index=[7, 3, 1])
    register = ENTERPRISES.assign(district=["滨江区", None])
    assert districts(register, codes).name == DISTRICT
    assert districts(register, codes).to_dict() == {7: "滨江区", 3: NOT_GIVEN, 1: "滨江区"}
    assert districts(ENTERPRISES, codes).tolist() == [NOT_GIVEN] * 3
    wanted = keys(("A", "2022-06-30"), ("B", "2023-06-30"))
    plain, grouped = build_cases(TABLES, wanted), build_cases({**TABLES, "enterprises": register}, wanted)
    pd.testing.assert_frame_equal(plain.frame, grouped.frame)
    pd.testing.assert_frame_equal(plain.known_at, grouped.known_at)
    assert DISTRICT not in plain.frame
