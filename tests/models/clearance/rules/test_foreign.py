"""Weights and totals of declarations of other systems."""

from __future__ import annotations

import datetime as dt

import pytest

from data.clearance.records import Declaration
from models.clearance.checks import check

MEASURE = "Commodity/GoodsMeasure/"


def cds(gross: str, net: str, items: str = "1", packages: str = "5") -> Declaration:
    line = {f"{MEASURE}GrossMassMeasure": gross, f"{MEASURE}NetNetWeightMeasure": net,
            "Packaging[1]/QuantityQuantity": "2", "Packaging[2]/QuantityQuantity": "3"}  # fmt: skip
    head = {"GoodsItemQuantity": items, "TotalPackageQuantity": packages}
    return Declaration((("lrn", "L1"),), "cds", "3.6", (), head, (line,))


def edifact(gross: str, net: str) -> Declaration:
    line = {"CST": "1", "MEA+WT": f"AAB+KGM:{gross}", "MEA+WT[2]": f"AAA+KGM:{net}"}
    return Declaration((("lrn", "L1"),), "edifact", "D.96B", (), {"CNT+5": "1"}, (line,))


def ids(declaration, codes):
    return [one.rule_id for one in check(declaration, codes, dt.date(2026, 3, 1))]


@pytest.mark.parametrize("make_one", [cds, edifact])
def test_net_weight_of_an_item_is_at_most_its_gross_weight(codes, make_one):
    assert ids(make_one("240", "240"), codes) == ["no_rules"]
    assert ids(make_one("239.9", "240"), codes) == ["item_net_above_gross", "no_rules"]


def test_totals_of_the_head(codes):
    """2 + 3 packages are 5."""
    assert ids(cds("2", "1", items="2"), codes) == ["item_count", "no_rules"]
    assert ids(cds("2", "1", packages="6"), codes) == ["package_count", "no_rules"]
    assert ids(cds("2", "1", items="", packages="x"), codes) == ["no_rules"]
