"""Rules between numbers, with the arithmetic worked by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from models.clearance.rules.amounts import rounding

LINE, TOTAL = "DecLists/DecList[1]", "DecLists/DecList[1]/DeclTotal"
FREIGHT = {"FeeMark": "3", "FeeRate": "900", "FeeCurr": "USD"}
INSURANCE = {"InsurMark": "1", "InsurRate": "0.3"}
OF_IMPORT = {"IEFlag": "I", "OverseasConsignorEname": "S", "DespPortCode": "USA000"}


def test_net_is_at_most_gross(ids):
    assert ids(GrossWet="240", NetWt="240") == []
    assert ids(GrossWet="239.99", NetWt="240") == [("net_above_gross", "DecHead/NetWt")]


def test_less_than_a_kilogram_is_entered_as_one(ids):
    """Items 25 and 26."""
    small = [{"SecondQty": "1"}]
    assert ids(goods=small, GrossWet="1", NetWt="1") == []
    assert ids(goods=small, GrossWet="1", NetWt="0.6") == [("weight_below_one", "DecHead/NetWt")]


def test_legal_kilograms_add_up_to_the_net_weight(ids):
    """100 + 140 = 240, the net weight; 100 + 139 is within a kilogram of it, 100 + 138 is not."""
    for second, expected in (("140", []), ("139", []), ("138", [("legal_kilograms", "DecHead/NetWt")])):
        assert ids(goods=[{"SecondQty": "100"}, {"SecondQty": second}]) == expected


def test_bare_goods_are_one_package(ids):
    assert ids(WrapType="01", PackNo="1") == []
    assert ids(WrapType="01", PackNo="2") == [("bare_packages", "DecHead/PackNo")]


@pytest.mark.parametrize(
    ("quantity", "price", "decimals", "allowed"),
    [
        ("3", "3.33", 2, "0.02"),  # half a cent + 3 half cents
        ("100", "45.5", 2, "0.505"),  # a price of one decimal counts as exact to the cent
        ("1000", "0.12345", 2, "0.01"),  # half a cent + 1,000 · 0.000005
        ("3", "333", 0, "2.0"),  # yen have no decimals
    ],
)
def test_the_rounding_that_is_allowed_by_hand(quantity, price, decimals, allowed):
    assert rounding(Decimal(quantity), Decimal(price), decimals) == Decimal(allowed)


@pytest.mark.parametrize(
    ("quantity", "price", "total", "currency", "right"),
    [
        ("3", "3.33", "10.00", "USD", True),  # 9.99 ± 0.02
        ("3", "3.33", "10.02", "USD", False),
        ("3", "3.33", "9.97", "USD", True),
        ("3", "3.33", "9.96", "USD", False),
        ("3", "333", "1001", "JPY", True),  # 999 ± 2
        ("3", "333", "1002", "JPY", False),
        ("3", "333", "1001", "USD", False),  # 999 ± 0.02
        ("0.1", "0.3", "0.03", "USD", True),  # binary floating point would not give 0.03
        ("100", "45.5", "9999", "502", False),  # a currency under its former code has its decimals
    ],
)
def test_total_is_price_times_quantity(ids, quantity, price, total, currency, right):
    line = {"GQty": quantity, "FirstQty": quantity, "DeclPrice": price, "DeclTotal": total, "TradeCurr": currency}
    assert (("total_not_product", TOTAL) not in ids(goods=[line])) is right


def test_a_quantity_in_the_legal_unit_is_the_legal_quantity(ids):
    assert ids(goods=[{"GUnit": "006", "GQty": "50", "DeclPrice": "91"}]) == []  # sets of two
    assert ids(goods=[{"FirstQty": "99"}]) == [("quantity_differs", f"{LINE}/FirstQty")]


@pytest.mark.parametrize(
    ("direction", "terms", "due"),
    [
        ("E", "1", "FI"), ("E", "2", "F"), ("E", "3", ""), ("E", "4", "I"), ("E", "7", ""),
        ("I", "1", ""), ("I", "2", "I"), ("I", "3", "FI"), ("I", "4", "F"), ("I", "7", "FI"),
    ],
)  # fmt: skip
def test_charges_that_the_terms_of_trade_need(ids, direction, terms, due):
    """CIF of an export contains freight and insurance, FOB of an import neither (items 27 to 29)."""
    head = {**(OF_IMPORT if direction == "I" else {}), "TransMode": terms}
    right = (FREIGHT if "F" in due else {}) | (INSURANCE if "I" in due else {})
    assert ids(**head, **right) == []
    without = ids(**head)
    names = {"F": "Fee", "I": "Insur"}
    assert without == [("charge_missing", f"DecHead/{names[kind]}Rate") for kind in due]
    all_of_them = ids(**head, **FREIGHT, **INSURANCE)
    assert all_of_them == [("charge_not_expected", f"DecHead/{names[k]}Rate") for k in "FI" if k not in due]


def test_a_charge_is_whole(ids):
    """A total has its currency, a mark its amount, an amount its mark."""
    cif = {"TransMode": "1", **INSURANCE}
    assert ids(**cif, FeeMark="3", FeeRate="900") == [("charge_incomplete", "DecHead/FeeCurr")]
    assert ids(**cif, FeeMark="3", FeeCurr="USD") == [("charge_incomplete", "DecHead/FeeRate")]
    assert ids(**cif, FeeRate="900", FeeCurr="USD") == [("charge_incomplete", "DecHead/FeeMark")]
    assert ids(**cif, FeeMark="1", FeeRate="5") == []
