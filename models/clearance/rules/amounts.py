"""Rules between numbers: weights, prices and quantities, charges that the terms of trade need.

All arithmetic is decimal. A total agrees with price times quantity when it can come from a price and a total that were
each rounded to the nearest: half a unit of the currency's last decimal, and for each piece half a unit of the price's
last digit, which counts as at least as fine as the currency's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from models.clearance.rules.form import Finding, Form, finding, label, number, plain

HALF = Decimal("0.5")
KILOGRAM = "035"  # of the table of units
WEIGHT_TOLERANCE_KG = Decimal(1)  # weights under a kilogram are entered as 1
# What the terms of trade leave out of, or put into, the price: import price without freight or insurance names them,
# export price with them names them, so that the value at the Chinese border can be worked out (items 27 to 29).
_CHARGES = {
    ("import", "1"): "", ("import", "2"): "I", ("import", "3"): "FI", ("import", "4"): "F", ("import", "7"): "FI",
    ("export", "1"): "FI", ("export", "2"): "F", ("export", "3"): "", ("export", "4"): "I", ("export", "7"): "",
}  # fmt: skip
_CHARGE_ELEMENTS = {"F": "Fee", "I": "Insur", "": "Other"}


def weights(form: Form) -> Iterator[Finding]:
    """Net weight is at most gross weight; both are entered as 1 where they are less than a kilogram (items 25, 26)."""
    gross, net = form.weight("GrossWet"), form.weight("NetWt")
    if gross is not None and net is not None and net > gross:
        yield finding("net_above_gross", "DecHead/NetWt", 0, plain(net), plain(gross))
    for name, weight in (("GrossWet", gross), ("NetWt", net)):
        if weight is not None and 0 < weight < 1:
            yield finding("weight_below_one", f"DecHead/{name}", 0, plain(weight), "1", field=label("DecHead", name))


def legal_kilograms(form: Form) -> Iterator[Finding]:
    """Where every line has a legal quantity in kilograms, they add up to the net weight, to a kilogram."""
    net, parts = form.weight("NetWt"), [_kilograms(row) for _, _, row in form.rows("DecList")]
    known = [part for part in parts if part is not None]
    if net is None or not known or len(known) < len(form.declaration.goods):
        return
    total = sum(known, Decimal(0))
    if abs(total - net) > WEIGHT_TOLERANCE_KG:
        yield finding("legal_kilograms", "DecHead/NetWt", 0, plain(net), plain(total))


def _kilograms(row: Mapping[str, str]) -> Decimal | None:
    for unit, quantity in (("FirstUnit", "FirstQty"), ("SecondUnit", "SecondQty")):
        if row.get(unit, "").strip() == KILOGRAM:
            return number(row.get(quantity, ""))
    return None


def bare_packages(form: Form) -> Iterator[Finding]:
    """Goods without packing are one package (item 24)."""
    packing = form.tables.find("package_types", form.head("WrapType"))
    packages = form.head("PackNo")
    if packing is not None and packing.zh == "裸装" and packages not in ("", "1"):
        yield finding("bare_packages", "DecHead/PackNo", 0, packages, "1")


def totals(form: Form) -> Iterator[Finding]:
    """Total price is unit price times quantity, as far as rounding of both allows (see the module)."""
    for path, line, row in form.rows("DecList"):
        quantity, price, total = (number(row.get(name, "")) for name in ("GQty", "DeclPrice", "DeclTotal"))
        if quantity is None or price is None or total is None:
            continue
        decimals = currency_decimals(form, row.get("TradeCurr", "").strip())
        product, tolerance = price * quantity, rounding(quantity, price, decimals)
        if abs(total - product) > tolerance:
            allowed = f"{plain(product)} ± {plain(tolerance)}"
            yield finding("total_not_product", f"{path}/DeclTotal", line, plain(total), allowed)


def rounding(quantity: Decimal, price: Decimal, decimals: int) -> Decimal:
    """How far a total may lie from price times quantity: half a unit of the total, and of the price for each piece.

    decimals : of the currency, 2 where it is unknown
    """
    exponent = price.as_tuple().exponent
    written = -exponent if isinstance(exponent, int) else 0
    return HALF.scaleb(-decimals) + quantity * HALF.scaleb(-max(written, decimals))


def currency_decimals(form: Form, currency: str) -> int:
    """Decimals of a currency by ISO 4217, under its code of whatever day; 2 where it is unknown."""
    rows = form.tables.other_days("currencies", currency)
    return int(rows[-1].values["decimals"]) if rows else 2


def quantities(form: Form) -> Iterator[Finding]:
    """A quantity of the deal in a legal unit is the legal quantity itself."""
    for path, line, row in form.rows("DecList"):
        unit, quantity = row.get("GUnit", "").strip(), number(row.get("GQty", ""))
        for legal in ("First", "Second"):
            of_unit = number(row.get(f"{legal}Qty", ""))
            same = unit and unit == row.get(f"{legal}Unit", "").strip()
            if same and quantity is not None and of_unit is not None and quantity != of_unit:
                yield finding("quantity_differs", f"{path}/{legal}Qty", line, plain(of_unit), plain(quantity))


def charges(form: Form) -> Iterator[Finding]:
    """Freight and insurance that the terms of trade need are there, whole; those they exclude are not."""
    due = _CHARGES.get((form.direction, form.head("TransMode")))
    for kind, name in _CHARGE_ELEMENTS.items():
        mark, rate, currency = (form.head(f"{name}{part}") for part in ("Mark", "Rate", "Curr"))
        where, of = f"DecHead/{name}Rate", label("DecHead", f"{name}Rate")
        given = bool(mark or number(rate, "signed"))
        terms = form.tables.name("trade_terms", form.head("TransMode"))
        if given and (not mark or not rate or (mark in ("2", "3") and not currency)):
            lacking = [part for part, text in (("Mark", mark), ("Rate", rate)) if not text] or ["Curr"]
            where = f"DecHead/{name}{lacking[0]}"
            yield finding("charge_incomplete", where, 0, "", "", field=label("DecHead", f"{name}{lacking[0]}"))
        elif due is not None and kind in ("F", "I") and (kind in due) != given:
            rule = "charge_missing" if kind in due else "charge_not_expected"
            yield finding(rule, where, 0, rate, "", field=of, terms=terms)


RULES = (weights, legal_kilograms, bare_packages, totals, quantities, charges)
