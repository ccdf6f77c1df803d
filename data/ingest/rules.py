"""What each table must look like; the codebook gives the indicators' and credit facts' part."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Literal

from data.codebook import Codebook, read_credit_facts, reference_path
from data.ingest.source import heading
from data.sizes import read_size_rules

FIRST_DAY = date(1949, 10, 1)  # no enterprise of the register is older
INDUSTRIES = ("digital_security", "life_health", "iot", "software", "ecommerce", "materials", "services")
PURPOSES = ("working_capital", "research_and_development", "equipment")
PRODUCTS = ("traditional", "innovation_points", "zheke")


@dataclass(frozen=True)
class Field:
    """One column; ``low`` and ``high`` are inclusive and in ``unit``."""

    dtype: Literal["text", "number", "date", "flag"]
    nullable: bool = False
    column_needed: bool = True
    low: float | None = None
    high: float | None = None
    unit: str = ""
    whole: bool = False
    allowed: tuple[str, ...] = ()
    may_be_future: bool = False


@dataclass(frozen=True)
class TableRule:
    """A table: its columns, the key that occurs once, and pairs of days of which the first is not later.

    aliases : other titles of a column, as ``data.ingest.source.heading`` gives them
    day : the column that must lie before the enterprise closed or left
    """

    table: str
    fields: Mapping[str, Field]
    key: tuple[str, ...]
    order: tuple[tuple[str, str], ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    day: str | None = None


_TEXT, _DAY = Field("text"), Field("date")
RULES: Mapping[str, tuple[str, ...]] = {  # table -> key; enterprises first, the others refer to it
    "enterprises": ("uscc",),
    "snapshots": ("uscc", "period_end", "known_at"),
    "credit_facts": ("uscc", "period_end", "known_at"),
    "loans": ("loan_id",),
    "applications": ("application_id",),
    "invoices": ("uscc", "invoice_no", "direction"),
}

# The day of a record that an enterprise must still be on the register for; invoices may be written while it winds up.
DAYS: Mapping[str, str] = {
    "snapshots": "period_end",
    "credit_facts": "period_end",
    "loans": "granted_on",
    "applications": "applied_on",
}


@cache
def _fixed() -> dict[str, dict[str, Field]]:
    money = Field("number", low=0, high=1e7, unit="wan_cny")
    return {
        "enterprises": {
            "uscc": _TEXT,
            "name": _TEXT,
            "founded_on": _DAY,
            "closed_on": Field("date", nullable=True, column_needed=False),
            "left_on": Field("date", nullable=True, column_needed=False),
            "industry": Field("text", allowed=INDUSTRIES),
            "size_rule": Field("text", allowed=tuple(read_size_rules().index)),
        },
        "loans": {
            "loan_id": _TEXT,
            "uscc": _TEXT,
            "bank_id": _TEXT,
            "product": Field("text", allowed=PRODUCTS),
            "purpose": Field("text", column_needed=False, allowed=PURPOSES),
            "granted_on": _DAY,
            "amount_wan": money,
            "annual_rate": Field("number", low=0, high=0.36, unit="ratio"),
            "tenor_months": Field("number", low=1, high=120, unit="months", whole=True),
            "defaulted_on": Field("date", nullable=True),
            "loss_wan": Field("number", nullable=True, low=0, high=1e7, unit="wan_cny"),
        },
        "applications": {
            "application_id": _TEXT,
            "uscc": _TEXT,
            "bank_id": _TEXT,
            "product": Field("text", allowed=PRODUCTS),
            "purpose": Field("text", column_needed=False, allowed=PURPOSES),
            "tenor_months": Field("number", column_needed=False, low=1, high=120, unit="months", whole=True),
            "applied_on": _DAY,
            "requested_wan": money,
            "decision": Field("text", allowed=("approve", "decline")),
            "granted_wan": Field("number", nullable=True, low=0, high=1e7, unit="wan_cny"),
            "policy": _TEXT,
        },
        "invoices": {
            "uscc": _TEXT,
            "invoice_no": _TEXT,
            "issued_on": _DAY,
            "direction": Field("text", allowed=("sale", "purchase")),
            "counterparty": _TEXT,
            "amount_cny": Field("number", low=-1e10, high=1e10, unit="cny"),
            "tax_cny": Field("number", low=-1e10, high=1e10, unit="cny"),
            "valid": Field("flag"),
        },
    }


@cache
def table_rules(codebook: Codebook) -> dict[str, TableRule]:
    """The rule of every table, in the order in which they are read.

    Titles may be the keys, the Chinese names of the codebook and the credit facts, or those of column_names.csv.
    """
    period = {"uscc": _TEXT, "period_end": _DAY, "known_at": _DAY}
    own = {
        item.key: Field(
            "number", nullable=True, low=item.low, high=item.high, unit=item.unit, whole=item.dtype == "int"
        )
        for item in codebook
    }
    facts = {
        fact.key: Field(
            "number", nullable=True, low=fact.low, high=fact.high, unit=fact.unit, whole=fact.dtype == "int"
        )
        for fact in read_credit_facts()
    }
    fields = _fixed() | {"snapshots": period | own, "credit_facts": period | facts}
    order = {
        "enterprises": (("founded_on", "closed_on"), ("founded_on", "left_on")),
        "snapshots": (("period_end", "known_at"),),
        "credit_facts": (("period_end", "known_at"),),
        "loans": (("granted_on", "defaulted_on"),),
    }
    names = {table: {heading(key)[0]: key for key in fields[table]} for table in RULES}
    names["snapshots"] |= {heading(item.zh)[0]: item.key for item in codebook}
    names["credit_facts"] |= {heading(fact.zh)[0]: fact.key for fact in read_credit_facts()}
    with reference_path("column_names.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            names[row["table"]][heading(row["name"])[0]] = row["key"]
    return {
        table: TableRule(table, fields[table], key, order.get(table, ()), names[table], DAYS.get(table))
        for table, key in RULES.items()
    }
