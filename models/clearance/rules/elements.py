"""Rules of single elements: needed ones, lengths, numbers, dates, marks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from data.uscc import uscc_fault
from models.clearance.rules.form import Finding, Form, Position, finding, number

# A quantity or a weight of nothing is none; item 24 of the rules of filling in says so of the number of packages.
_POSITIVE = {"PackNo", "GrossWet", "NetWt", "GQty", "FirstQty", "SecondQty"}
_MARKS = {"FeeMark": ("1", "2", "3"), "InsurMark": ("1", "3"), "OtherMark": ("1", "3")}
_MISSING = {"error": "element_missing", "warning": "element_expected"}


def needed(form: Form) -> Iterator[Finding]:
    """Elements that a declaration of its direction has: without some it is none, without others it is incomplete."""
    for position in form.positions:
        element = position.element
        if element.required and element.required in ("both", form.direction) and not position.text:
            rule = _MISSING[element.missing_is]
            yield finding(rule, position.where, position.line, "", "", field=element.label)


def lengths(form: Form) -> Iterator[Finding]:
    """No text has more characters than its element allows; whether the length counts bytes is not known."""
    for position in form.positions:
        longest = position.element.max_length
        if longest and len(position.text) > longest:
            found, allowed = str(len(position.text)), str(longest)
            yield finding("too_long", position.where, position.line, found, allowed, field=position.element.label)


def numbers(form: Form) -> Iterator[Finding]:
    """Numbers are digits with at most one point; weights, quantities and packages are above zero."""
    for position in form.positions:
        element, text = position.element, position.text
        if text and element.kind in ("number", "whole", "signed"):
            value = number(text, element.kind)
            if value is None:
                yield _at("not_a_number", position, text)
            elif value <= 0 and element.name in _POSITIVE:
                yield _at("not_positive", position, text)


def dates(form: Form) -> Iterator[Finding]:
    """Dates are eight digits of a day that there is; goods leave before they arrive."""
    days: dict[str, dt.date] = {}
    for position in form.positions:
        if position.text and position.element.kind == "date":
            day = day_of(position.text)
            if day is None:
                yield _at("not_a_date", position, position.text)
            else:
                days[position.element.name] = day
    departed, arrived = days.get("DespDate"), days.get("IEDate")
    if form.direction == "import" and departed is not None and arrived is not None and departed > arrived:
        yield finding("departed_after_arrival", "DecHead/DespDate", 0, departed.isoformat(), arrived.isoformat())


def day_of(text: str) -> dt.date | None:
    """A day written as eight digits; None for all else."""
    try:
        return dt.date.fromisoformat(text) if len(text) == 8 and text.isascii() and text.isdigit() else None
    except ValueError:
        return None


def marks(form: Form) -> Iterator[Finding]:
    """Direction, and what freight, insurance and other charges are: 1 a rate, 2 a price a unit, 3 a total."""
    for position in form.positions:
        name, text = position.element.name, position.text
        allowed = ("I", "E") if name == "IEFlag" else _MARKS.get(name, ())
        if text and allowed and text not in allowed:
            yield _at("mark_unknown", position, text, ", ".join(allowed))


def social_credit_codes(form: Form) -> Iterator[Finding]:
    """The unified social credit codes of the firms hold their check digits (GB 32100-2015)."""
    for position in form.positions:
        if position.text and position.element.kind == "uscc" and uscc_fault(position.text) is not None:
            yield _at("uscc_check_digit", position, position.text)


def _at(rule: str, position: Position, found: str, allowed: str = "") -> Finding:
    shown = str(len(found)) if position.element.hidden else found
    return finding(rule, position.where, position.line, shown, allowed, field=position.element.label)


RULES = (needed, lengths, numbers, dates, marks, social_credit_codes)
