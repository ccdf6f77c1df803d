"""Records of matching: what is wanted, what a firm can do, a meeting that the zone holds, and what came of it.

A table of each kind has the members of its dataclass as columns, in that order (``columns``); ``enterprise_id`` holds
a unified social credit code, and the codes of ``ipc`` are one text there, joined by ";".
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeVar, get_args, get_type_hints

import pandas as pd

Visibility = Literal["public", "zone", "invited"]  # everybody; firms of the zone; firms invited to its event
CapabilityKind = Literal["business_scope", "product", "patent", "project", "qualification"]
ReasonNot = Literal["capability", "capacity", "price", "time", "terms", "competitor", "no_answer", "other"]

VISIBILITIES: tuple[str, ...] = get_args(Visibility)
CAPABILITY_KINDS: tuple[str, ...] = get_args(CapabilityKind)
REASONS_NOT: tuple[str, ...] = get_args(ReasonNot)
# Each of these implies the next: nobody accepts what nobody offered. Outside events a firm is met without invitation.
EVENT_STEPS = ("met", "accepted", "invited")
MEETING_STEPS = ("second_meeting", "kept", "met")

MOST_CHARACTERS = 50_000  # of one text; a longer one is a file that somebody pasted
IPC_SEPARATOR = ";"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Demand:
    """A technology demand 技术需求 of one firm.

    enterprise_id : the firm that has the problem; it is never its own supplier
    problem : what is wrong or missing; requirement : figures and conditions that a solution must meet, if any
    field : one of the zone's industries; budget_wan : 10,000 yuan; deadline : last day on which it is of use
    as_of : the day from which it is known; source : who recorded it
    """

    demand_id: str
    enterprise_id: str
    title: str
    problem: str
    requirement: str | None
    field: str
    budget_wan: float | None
    deadline: dt.date | None
    district: str | None
    visible_to: Visibility
    as_of: dt.date
    source: str


@dataclass(frozen=True, slots=True)
class Capability:
    """One document of a firm's technology supply 技术供给; a firm has several, and none is joined to another.

    ipc : codes of the International Patent Classification, as G06F21/62; gb4754 : class of GB/T 4754-2017
    date : of the document; source : the register or agency that it comes from
    """

    document_id: str
    enterprise_id: str
    kind: CapabilityKind
    title: str
    text: str
    ipc: tuple[str, ...]
    gb4754: str | None
    date: dt.date
    source: str


@dataclass(frozen=True, slots=True)
class MatchEvent:
    """A meeting 对接活动 that the zone holds.

    seats : firms that can take part; rounds : meetings one after the other; per_firm_limit : meetings of one firm
    """

    event_id: str
    theme: str
    date: dt.date
    district: str | None
    seats: int
    rounds: int
    per_firm_limit: int


@dataclass(frozen=True, slots=True)
class MatchOutcome:
    """What came 对接结果 of showing one firm for one demand, at an event or outside (``event_id`` None).

    invited, accepted : the event's invitation; met : a meeting was arranged; kept : it took place; second_meeting :
    they met again; solved : the problem was solved; signed : a contract was signed; reason_not : why not, if known
    date : of the record; rank : from 1, in the list in which the firm was shown; propensity : in (0, 1], the
        probability with which the list showed this firm; model_version : what made the list
    """

    event_id: str | None
    demand_id: str
    enterprise_id: str
    invited: bool
    accepted: bool
    met: bool
    kept: bool
    second_meeting: bool
    solved: bool
    signed: bool
    reason_not: ReasonNot | None
    date: dt.date
    rank: int | None
    propensity: float | None
    model_version: str | None


KINDS: dict[str, type] = {
    "demands": Demand,
    "capabilities": Capability,
    "match_events": MatchEvent,
    "match_outcomes": MatchOutcome,
}


def columns(kind: type) -> tuple[str, ...]:
    """The columns of a kind's table, in order."""
    return tuple(field.name for field in fields(kind))


def from_table(table: pd.DataFrame, kind: type[T]) -> list[T]:
    """The records of a table as it was ingested: a missing cell or column is None, days are dates.

    raises : KeyError for a missing column whose value is needed
    """
    hints = get_type_hints(kind)
    nothing = pd.Series([None] * len(table), dtype=object)
    found = {
        name: table[name] if name in table or not _may_be_missing(hint) else nothing for name, hint in hints.items()
    }
    values = [[_member(cell, hints[name]) for cell in found[name].tolist()] for name in columns(kind)]
    return [kind(*row) for row in zip(*values, strict=True)]


def _may_be_missing(hint: Any) -> bool:
    return hint == tuple[str, ...] or type(None) in get_args(hint)


def _member(cell: Any, hint: Any) -> Any:
    if hint == tuple[str, ...]:
        return tuple(cell.split(IPC_SEPARATOR)) if isinstance(cell, str) else ()
    if pd.isna(cell):
        return None
    kinds = get_args(hint) or (hint,)
    if dt.date in kinds:
        return pd.Timestamp(cell).date()
    return int(cell) if int in kinds else cell
