"""Checks of a declaration before it is sent: what its rules find, in the order of the form.

Every rule is a function in ``models/clearance/rules`` and a row of ``sentences_checks.csv``, which names its source.
"Item n" is an item of the rules for filling in declarations (announcement 2019 no. 18 of the customs administration).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from data.clearance.codes import Codes
from data.clearance.records import Declaration, ReadMessage
from models.clearance.rules import amounts, elements, foreign, members, numbering, tariff
from models.clearance.rules.form import Finding, Form, Rule, finding, rules

__all__ = ["DIALECT", "Finding", "Rule", "check", "check_message", "rules"]

DIALECT = "single_window"  # the one whose declarations have these rules
_GRAVITY = {"error": 0, "warning": 1, "not_checked": 2}
_RULES: tuple[Callable[[Form], Iterator[Finding]], ...] = (
    *elements.RULES,
    *amounts.RULES,
    *members.RULES,
    *tariff.RULES,
    *numbering.RULES,
)


def check(declaration: Declaration, codes: Codes, today: dt.date) -> list[Finding]:
    """What the rules find: errors, then warnings, then what could not be checked; the head before the goods.

    today : the day on which the declaration is, or was, declared: its tables decide
    Of declarations of other dialects than the Single Window's only weights and totals are checked, and a finding of
    severity ``not_checked`` says so.
    """
    if declaration.dialect == DIALECT:
        form = Form(declaration, codes.on(today))
        found = [one for rule in _RULES for one in rule(form)]
    else:
        found = [one for of_item in foreign.RULES for one in of_item(declaration)]
        found.append(finding("no_rules", "", 0, declaration.dialect, DIALECT))
    return sorted(found, key=lambda one: (_GRAVITY[one.severity], one.line))


def check_message(read: ReadMessage, codes: Codes, today: dt.date) -> list[Finding]:
    """What the rules find in every declaration of a message, after what was odd when it was read.

    A remark of the reader is a warning of the rule ``read.<code>``, such as ``read.control_total``.
    """
    found = [
        finding("read", remark.path, 0, remark.found, remark.allowed, remark=remark.code)._replace(
            rule_id=f"read.{remark.code}"
        )
        for remark in read.remarks
    ]
    if read.declaration is not None:
        found += check(read.declaration, codes, today)
    return found + [one for inner in read.inner for one in check_message(inner, codes, today)]
