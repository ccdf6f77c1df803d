"""What each table must look like; the codebook gives the indicators' and credit facts' part.

The tables of matching are optional: where no file is delivered, that is noted and the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Literal

from data.codebook import Codebook, read_credit_facts, read_rows, reference_path
from data.ingest.source import heading
from data.matching import CAPABILITY_KINDS, EVENT_STEPS, MEETING_STEPS, MOST_CHARACTERS, REASONS_NOT, VISIBILITIES
from data.sizes import read_size_rules

FIRST_DAY = date(1949, 10, 1)  # no enterprise of the register is older
INDUSTRIES = ("digital_security", "life_health", "iot", "software", "ecommerce", "materials", "services")
PURPOSES = ("working_capital", "research_and_development", "equipment")
PRODUCTS = ("traditional", "innovation_points", "zheke")
IPC_CODES = r"[A-H]\d{2}[A-Z](?:\s?\d{1,4}/\d{2,6})?(?:;[A-H]\d{2}[A-Z](?:\s?\d{1,4}/\d{2,6})?)*"
GB4754_CODE = r"[A-T]?\d{2,4}"


@dataclass(frozen=True)
class Field:
    """One column; ``low`` and ``high`` are inclusive and in ``unit``.

    uscc : each value is a unified social credit code; pattern : a regular expression that the whole text matches
    most_characters : of prose, which must hold something to read beside HTML tags
    parse : the text in its normal form, which is what is kept; raises ValueError with what is wrong. form : in words
    giants : amounts that only a large enterprise reaches are usual, so that many of them are no sign of another unit
    """

    dtype: Literal["text", "number", "date", "flag"]
    nullable: bool = False
    column_needed: bool = True
    low: float | None = None
    high: float | None = None
    unit: str = ""
    whole: bool = False
    allowed: tuple[str, ...] = ()
    may_be_future: bool = False
    uscc: bool = False
    pattern: str = ""
    most_characters: int | None = None
    parse: Callable[[str], str] | None = None
    form: str = ""
    giants: bool = False


@dataclass(frozen=True)
class TableRule:
    """A table: its columns, the key that occurs once, and pairs of days of which the first is not later.

    at_most : pairs of numbers of which the first is not larger; needs : pairs of a number and a column that is there
        where the number is above 0
    aliases : other titles of a column, as ``data.ingest.source.heading`` gives them
    day : the column that must lie before the enterprise closed or left
    enterprise : the column whose code must be in the enterprises table
    refers : column -> table and column that must hold its value, where both are there
    implies : pairs of flags of which the first needs the second, each beside the column without which the pair is
        not asked for ("" for always)
    empty_where : triples of a column, a value of it, and a column that is then empty
    described_by : tables, with the column that names its subject, one of which must have a row about each key
    folder : where the checked table is written; optional : whether its file may be missing
    """

    table: str
    fields: Mapping[str, Field]
    key: tuple[str, ...]
    order: tuple[tuple[str, str], ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    day: str | None = None
    enterprise: str = "uscc"
    refers: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    implies: tuple[tuple[str, str, str], ...] = ()
    empty_where: tuple[tuple[str, str, str], ...] = ()
    described_by: Mapping[str, str] = field(default_factory=dict)
    at_most: tuple[tuple[str, str], ...] = ()
    needs: tuple[tuple[str, str], ...] = ()
    folder: str = "tables"
    optional: bool = False


_TEXT, _DAY, _USCC = Field("text"), Field("date"), Field("text", uscc=True)
_PROSE, _FLAG = Field("text", most_characters=MOST_CHARACTERS), Field("flag")
_OPTIONAL = Field("text", nullable=True, column_needed=False)
RULES: Mapping[str, tuple[str, ...]] = {  # table -> key; enterprises first, the others refer to it
    "enterprises": ("uscc",),
    "snapshots": ("uscc", "period_end", "known_at"),
    "credit_facts": ("uscc", "period_end", "known_at"),
    "loans": ("loan_id",),
    "applications": ("application_id",),
    "invoices": ("uscc", "invoice_no", "direction"),
    "match_events": ("event_id",),
    "demands": ("demand_id",),
    "capabilities": ("document_id",),
    "match_outcomes": ("demand_id", "enterprise_id", "date"),
}
MATCHING = ("match_events", "demands", "capabilities", "match_outcomes")

# The day of a record that an enterprise must still be on the register for; invoices may be written while it winds up.
DAYS: Mapping[str, str] = {
    "snapshots": "period_end",
    "credit_facts": "period_end",
    "loans": "granted_on",
    "applications": "applied_on",
    "demands": "as_of",
    "capabilities": "date",
    "match_outcomes": "date",
}
_REFERS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "match_outcomes": {"event_id": ("match_events", "event_id"), "demand_id": ("demands", "demand_id")}
}
_IMPLIES: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "match_outcomes": (
        *((first, then, "event_id") for first, then in pairwise(EVENT_STEPS)),
        *((first, then, "") for first, then in pairwise(MEETING_STEPS)),
    )
}


@cache
def _fixed() -> dict[str, dict[str, Field]]:
    money = Field("number", low=0, high=1e7, unit="wan_cny")
    return {
        "enterprises": {
            "uscc": _USCC,
            "name": _TEXT,
            "founded_on": _DAY,
            "closed_on": Field("date", nullable=True, column_needed=False),
            "left_on": Field("date", nullable=True, column_needed=False),
            "industry": Field("text", allowed=INDUSTRIES),
            "size_rule": Field("text", allowed=tuple(read_size_rules().index)),
            "district": _OPTIONAL,
        },
        "loans": {
            "loan_id": _TEXT,
            "uscc": _USCC,
            "bank_id": _TEXT,
            "product": Field("text", allowed=PRODUCTS),
            "purpose": Field("text", column_needed=False, allowed=PURPOSES),
            "granted_on": _DAY,
            "amount_wan": Field("number", low=0.01, high=1e7, unit="wan_cny"),
            "annual_rate": Field("number", low=0, high=0.36, unit="ratio"),
            "tenor_months": Field("number", low=1, high=120, unit="months", whole=True),
            "defaulted_on": Field("date", nullable=True),
            "loss_wan": Field("number", nullable=True, low=0, high=1e7, unit="wan_cny"),
        },
        "applications": {
            "application_id": _TEXT,
            "uscc": _USCC,
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
            "uscc": _USCC,
            "invoice_no": _TEXT,
            "issued_on": _DAY,
            "direction": Field("text", allowed=("sale", "purchase")),
            "counterparty": _TEXT,
            "amount_cny": Field("number", low=-1e10, high=1e10, unit="cny"),
            "tax_cny": Field("number", low=-1e10, high=1e10, unit="cny"),
            "valid": _FLAG,
        },
        "match_events": {
            "event_id": _TEXT,
            "theme": _PROSE,
            "date": Field("date", may_be_future=True),
            "district": _OPTIONAL,
            "seats": Field("number", low=1, high=100_000, unit="count", whole=True),
            "rounds": Field("number", low=1, high=1_000, unit="count", whole=True),
            "per_firm_limit": Field("number", low=1, high=1_000, unit="count", whole=True),
        },
        "demands": {
            "demand_id": _TEXT,
            "enterprise_id": _USCC,
            "title": _PROSE,
            "problem": _PROSE,
            "requirement": replace(_PROSE, nullable=True, column_needed=False),
            "field": Field("text", allowed=INDUSTRIES),
            "budget_wan": replace(money, nullable=True, column_needed=False),
            "deadline": Field("date", nullable=True, column_needed=False, may_be_future=True),
            "district": _OPTIONAL,
            "visible_to": Field("text", allowed=VISIBILITIES),
            "as_of": _DAY,
            "source": _TEXT,
        },
        "capabilities": {
            "document_id": _TEXT,
            "enterprise_id": _USCC,
            "kind": Field("text", allowed=CAPABILITY_KINDS),
            "title": _PROSE,
            "text": _PROSE,
            "ipc": replace(_OPTIONAL, pattern=IPC_CODES),
            "gb4754": replace(_OPTIONAL, pattern=GB4754_CODE),
            "date": _DAY,
            "source": _TEXT,
        },
        "match_outcomes": {
            "event_id": _OPTIONAL,
            "demand_id": _TEXT,
            "enterprise_id": _USCC,
            **dict.fromkeys(("invited", "accepted", "met", "kept", "second_meeting", "solved", "signed"), _FLAG),
            "reason_not": replace(_OPTIONAL, allowed=REASONS_NOT),
            "date": _DAY,
            "rank": Field("number", nullable=True, column_needed=False, low=1, high=1e6, unit="count", whole=True),
            "propensity": Field("number", nullable=True, column_needed=False, low=0, high=1, unit="ratio"),
            "model_version": _OPTIONAL,
        },
    }


@cache
def table_rules(codebook: Codebook) -> dict[str, TableRule]:
    """The rule of every table, in the order in which they are read.

    Titles may be the keys, the Chinese names of the codebook and the credit facts, or those of column_names.csv.
    """
    period = {"uscc": _USCC, "period_end": _DAY, "known_at": _DAY}
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
        "demands": (("as_of", "deadline"),),
    }
    names = {table: {heading(key)[0]: key for key in fields[table]} for table in RULES}
    names["snapshots"] |= {heading(item.zh)[0]: item.key for item in codebook}
    names["credit_facts"] |= {heading(fact.zh)[0]: fact.key for fact in read_credit_facts()}
    for row in read_rows(reference_path("column_names.csv")):
        names[row["table"]][heading(row["name"])[0]] = row["key"]
    return {
        table: TableRule(
            table,
            fields[table],
            key,
            order.get(table, ()),
            names[table],
            DAYS.get(table),
            "enterprise_id" if table in MATCHING else "uscc",
            _REFERS.get(table, {}),
            _IMPLIES.get(table, ()),
            folder="matching" if table in MATCHING else "tables",
            optional=table in MATCHING,
            at_most=(("loss_wan", "amount_wan"),) if table == "loans" else (),
            needs=(("loss_wan", "defaulted_on"),) if table == "loans" else (),
        )
        for table, key in RULES.items()
    }
