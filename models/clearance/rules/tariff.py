"""Rules of the tariff of the day: legal units, supervision conditions against licences, goods that are banned.

Where there is no tariff of the day nothing is concluded (the rule of members says so once).
"""

from __future__ import annotations

from collections.abc import Iterator

from data.clearance.codes import Code
from models.clearance.rules.form import Finding, Form, finding, label

_USED = "21"  # of the attributes of goods
_GENERAL_TRADE = "0110"
# Licences that stand in for another: under processing trade x and v for 4 and 7, under border trade y for 4; a licence
# for directed export of dual-use goods is one for their export.
_PROCESSING = ("来料加工", "进料加工")
_BORDER = "4019"
_INSTEAD = {"4": ("x", "y"), "7": ("v",), "3": ("G",), "x": ("4",), "y": ("4",), "v": ("7",)}


def codes_have_ten_digits(form: Form) -> Iterator[Finding]:
    """A code of goods is ten digits."""
    for path, line, row in form.rows("DecList"):
        code = row.get("CodeTS", "").strip()
        if code and not (len(code) == 10 and code.isascii() and code.isdigit()):
            yield finding("hs_form", f"{path}/CodeTS", line, code, "")


def units(form: Form) -> Iterator[Finding]:
    """First and second legal unit are those of the tariff, with their quantities (item 36)."""
    for path, line, row in form.rows("DecList"):
        goods = form.tables.find("tariff", row.get("CodeTS", "").strip())
        if goods is None:
            continue
        for part, rule in (("First", "first_unit"), ("Second", "second_unit")):
            unit, found = goods.values[f"{part.lower()}_unit"], row.get(f"{part}Unit", "").strip()
            if found != unit and (found or part == "Second"):
                names = {"given": _unit(form, found), "due": _unit(form, unit)}
                yield finding(rule, f"{path}/{part}Unit", line, found, unit, code=goods.code, **names)
        if goods.values["second_unit"] and not row.get("SecondQty", "").strip():
            due = _unit(form, goods.values["second_unit"])
            yield finding("second_quantity", f"{path}/SecondQty", line, "", "", code=goods.code, due=due)


def _unit(form: Form, code: str) -> tuple[str, str]:
    return (f"{code} {form.tables.name('units', code)}",) * 2 if code else ("无", "none")


def licences(form: Form) -> Iterator[Finding]:
    """Every supervision condition of the tariff that asks for a licence in this direction has one (items 16, 31).

    Imports are inspected by their declaration (A), and some documents are needed only where a reduced rate or a
    special origin is claimed: neither is a finding. Under modes other than general trade exemptions exist that no table
    here holds, so a missing licence is a warning there.
    """
    mode = form.head("TradeMode")
    given = {row.get("DocuCode", "").strip() for _, _, row in form.rows("LicenseDocu")}
    for path, line, row in form.rows("DecList"):
        goods = form.tables.find("tariff", row.get("CodeTS", "").strip())
        for licence in _conditions(form, goods):
            letters = {licence.code, *_INSTEAD.get(licence.code, ())}
            in_head = licence.values["element"] == "LicenseNo" and bool(form.head("LicenseNo"))
            if licence.values["kind"] != "licence" or letters & given or in_head:
                continue
            if goods is not None and _applies(form, licence.code, goods.values["conditions"]):
                rule = "licence_missing" if mode == _GENERAL_TRADE else "licence_expected"
                figures = {"code": goods.code, "name": licence.zh, "element": licence.values["element"]}
                yield finding(rule, f"{path}/CodeTS", line, goods.values["conditions"], licence.code, **figures)


def _conditions(form: Form, goods: Code | None) -> list[Code]:
    """Licences that a tariff code names for the direction of the declaration, in the order of their letters."""
    if goods is None or not form.direction:
        return []
    found = [form.tables.find("licences", letter) for letter in goods.values["conditions"]]
    return [row for row in found if row is not None and row.values["direction"] in ("", form.direction)]


def _applies(form: Form, letter: str, conditions: str) -> bool:
    mode = form.tables.find("supervision_modes", form.head("TradeMode"))
    processing = mode is not None and mode.values["inspection_name"] in _PROCESSING
    border = mode is not None and mode.code == _BORDER
    if letter in "xv":
        return processing
    if letter == "y":
        return border
    replaced = (processing and {"4": "x", "7": "v"}.get(letter, "-") in conditions) or (
        border and letter == "4" and "y" in conditions
    )
    return not replaced


def banned(form: Form) -> Iterator[Finding]:
    """Goods that the tariff bans in this direction, and used goods of a code whose used goods are banned."""
    for path, line, row in form.rows("DecList"):
        goods = form.tables.find("tariff", row.get("CodeTS", "").strip())
        used = _USED in [part.strip() for part in row.get("GoodsAttr", "").split(",")]
        for licence in _conditions(form, goods):
            if licence.values["kind"] == "ban" or (licence.values["kind"] == "ban_if_used" and used):
                where = f"{path}/CodeTS"
                yield finding("goods_banned", where, line, row.get("CodeTS", ""), licence.code, name=licence.zh)


def licence_twice(form: Form) -> Iterator[Finding]:
    """A licence is named once: the same code and number twice count for one."""
    seen: set[tuple[str, str]] = set()
    for path, _, row in form.rows("LicenseDocu"):
        pair = row.get("DocuCode", "").strip(), row.get("CertCode", "").strip()
        if all(pair) and pair in seen:
            yield finding("licence_twice", f"{path}/CertCode", 0, pair[0], "", field=label("LicenseDocu", "CertCode"))
        seen.add(pair)


RULES = (codes_have_ten_digits, units, licences, banned, licence_twice)
