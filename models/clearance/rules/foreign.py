"""Rules of declarations of other dialects: weights of each item, and the totals that the head gives.

CDS: data model of the World Customs Organization, 3.6. UN/EDIFACT: CUSDEC, code list 6313 (AAA net, AAB gross weight);
its control totals (CNT, UNT) are checked by the reader, whose remarks ``check_message`` gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from data.clearance.records import Declaration
from models.clearance.rules.form import Finding, finding, number, plain

_MEASURE = "Commodity/GoodsMeasure/"
_PACKAGES = re.compile(r"Packaging(\[[0-9]+\])?/QuantityQuantity")
_EDIFACT_WEIGHT = re.compile(r"(AAA|AAB)\+KGM:([0-9.]+)")


def item_weights(declaration: Declaration) -> Iterator[Finding]:
    """The net weight of an item is at most its gross weight."""
    for line, row in enumerate(declaration.goods, start=1):
        gross, net, where = _weights(declaration.dialect, row)
        if gross is not None and net is not None and net > gross:
            yield finding("item_net_above_gross", f"goods[{line}]/{where}", line, plain(net), plain(gross))


def _weights(dialect: str, row: Mapping[str, str]) -> tuple[Decimal | None, Decimal | None, str]:
    """Gross and net weight of an item, and the element of the net weight."""
    if dialect == "cds":
        net = f"{_MEASURE}NetNetWeightMeasure"
        return number(row.get(f"{_MEASURE}GrossMassMeasure", "")), number(row.get(net, "")), net
    found = {match[1]: number(match[2]) for text in row.values() if (match := _EDIFACT_WEIGHT.fullmatch(text))}
    return found.get("AAB"), found.get("AAA"), "MEA+WT"


def totals(declaration: Declaration) -> Iterator[Finding]:
    """The number of items and that of packages which the head of a CDS declaration gives are those of its items."""
    items, packages = declaration.head.get("GoodsItemQuantity", ""), declaration.head.get("TotalPackageQuantity", "")
    if number(items) not in (None, len(declaration.goods)):
        yield finding("item_count", "GoodsItemQuantity", 0, items, str(len(declaration.goods)))
    parts = [number(text) for row in declaration.goods for name, text in row.items() if _PACKAGES.fullmatch(name)]
    known = [part for part in parts if part is not None]
    if known and len(known) == len(parts) and number(packages) not in (None, sum(known)):
        yield finding("package_count", "TotalPackageQuantity", 0, packages, plain(sum(known, Decimal(0))))


RULES = (item_weights, totals)
