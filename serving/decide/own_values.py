"""An asker's own values beside the agencies' record of an enterprise: refused, or with a permission taken one by one.

What the record holds against an enterprise stays. Of a veto flag, and of a credit fact of which more is a higher risk
(debt, overdue days, lawsuits, arrears, guarantees), the worse of both counts, and an unknown one is the worst; an
industry that a bank's policy excludes stays excluded when another one is sent. No agency is named as the source of a
value that was sent.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from data.codebook import Codebook, read_credit_facts
from data.growth_stages import DAYS_PER_YEAR, growth_stage, is_legacy_micro, revenue_band
from data.requests import EnterpriseFacts
from data.sizes import size_class
from data.texts.sentences import label, sentence
from models.quota.rules import stricter
from models.quota.warnings import warning
from serving.consents.check import Rights
from serving.contract.refusals import Fault, Refusal, shown

IDENTITY = ("industry", "size_rule", "founded_on")
COLUMN_OF: Mapping[str, str] = {"founded_on": "age_years"}  # member -> column of a case, where the names differ


@dataclass(frozen=True, slots=True)
class OwnValues:
    """Which members of ``enterprise`` were taken and which were not, and what of the record still counts.

    industry : the record's, where another one was taken
    fresh_until : the last day on which the record's sources are fresh; a value that was sent renews none of them
    """

    taken: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    industry: str | None = None
    fresh_until: date | None = None

    def as_dict(self) -> dict[str, Any]:
        """As it is in a decision's record."""
        return asdict(self)

    @classmethod
    def from_dict(cls, recorded: Mapping[str, Any]) -> OwnValues:
        """What ``as_dict`` gave, read from JSON."""
        until = recorded["fresh_until"]
        day = None if until is None else date.fromisoformat(until)
        return cls(tuple(recorded["taken"]), tuple(recorded["refused"]), recorded["industry"], day)

    @property
    def keys(self) -> frozenset[str]:
        """The columns of a case among the members that were taken."""
        return frozenset(COLUMN_OF.get(member, member.rpartition(".")[2]) for member in self.taken)


NOTHING_OWN = OwnValues()


def members_of(given: EnterpriseFacts) -> dict[str, Any]:
    """Every value that was sent, by its member: ``industry``, ``indicators.rd_intensity``."""
    sent = {name: getattr(given, name) for name in IDENTITY if getattr(given, name) is not None}
    for member in ("indicators", "credit_facts"):
        sent |= {f"{member}.{key}": value for key, value in getattr(given, member).items()}
    return sent


def differing(given: EnterpriseFacts, row: Mapping[str, Any]) -> dict[str, Any]:
    """The members whose value is not that of the record; the record's value by member, None where it is unknown."""
    found = {}
    for member, value in members_of(given).items():
        held = _recorded(member, row)
        if held is None or held != value:
            found[member] = held
    return found


def personal_faults(given: EnterpriseFacts, rights: Rights, codebook: Codebook) -> list[Fault]:
    """A fault for each personal value that a caller without the right to it sent.

    It is never compared with the record, so no answer says whether it is the record's.
    """
    if rights.personal:
        return []
    hidden, sent = [item.key for item in codebook if item.personal], given.indicators
    allowed = label("fault.personal")
    return [Fault(f"enterprise.indicators.{key}", shown(sent[key]), allowed) for key in hidden if key in sent]


def refuse(given: EnterpriseFacts, differs: Mapping[str, Any], rights: Rights) -> Refusal:
    """The refusal that names every member, and the record's value where the caller may read it."""
    sent = members_of(given)
    faults = []
    for member, held in differs.items():
        if not rights.quote:
            allowed = label("fault.record_hidden")
        elif held is None:
            allowed = label("fault.record_none")
        else:
            allowed = sentence("fault.record_value", value=shown(_text(held)))
        faults.append(Fault(f"enterprise.{member}", shown(_text(sent[member])), allowed))
    return Refusal("values-differ", sentence("problem.values-differ.detail", count=len(faults)), faults)


def merge(
    row: Mapping[str, Any], known: Mapping[str, Any], own: Mapping[str, Any], differs: Collection[str], day: date
) -> tuple[dict[str, Any], dict[str, Any], OwnValues]:
    """The record with each differing member taken that may be.

    row, known : the record's case; own : the case built from what was sent; differs : members of ``enterprise``, or
    columns of a case; day : on which the sent values were known
    """
    adverse = {fact.key: fact.veto for fact in read_credit_facts() if fact.veto or fact.pd_direction > 0}
    merged, days = dict(row), dict(known)
    taken, refused = [], []
    for member in differs:
        key = COLUMN_OF.get(member, member.rpartition(".")[2])
        value, held = own[key], row[key]
        too_old = isinstance(value, float) and math.isnan(value)
        if too_old or (key in adverse and not _is_worse(value, held, is_flag=adverse[key])):
            refused.append(member)
            continue
        taken.append(member)
        merged[key] = value
        if key in days:
            days[key] = day
    if taken:
        merged |= _derived(merged)
    replaced = "industry" in taken
    return merged, days, OwnValues(tuple(taken), tuple(refused), str(row["industry"]) if replaced else None)


def record_is_stricter(with_own: Any, alone: Any) -> Any:
    """Whether the record alone leads to a stricter outcome than with own values: of two texts, or of arrays of them.

    Then the record's outcome is the one that is issued: no value that is sent makes an outcome milder.
    """
    return stricter(with_own, alone) != with_own


def answer_of_record(alone: dict[str, Any], with_own: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of the record alone, with a warning of the outcome that the values sent would have had."""
    outcome = label(f"outcome.{with_own['outcome']}.name")
    warnings = [*alone["warnings"], warning("record_stricter", sentence("warning.record_stricter", outcome=outcome))]
    codes = {one["code"] for one in warnings}
    return alone | {"warnings": [*warnings, *(one for one in with_own["warnings"] if one["code"] not in codes)]}


def _is_worse(value: float, held: float | None, *, is_flag: bool) -> bool:
    """Whether a sent adverse fact counts beside the record's; an unknown one is worse than any but a raised flag."""
    if held is None or math.isnan(held):
        return is_flag and value > 0
    return value > held


def _derived(row: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from revenue, staff, assets, age and size rule."""
    revenue, age = np.array([row["revenue_wan"]]), np.array([row["age_years"]])
    rule, staff, assets = (np.array([row[key]]) for key in ("size_rule", "headcount", "assets_wan"))
    return {
        "revenue_band": revenue_band(revenue)[0],
        "growth_stage": growth_stage(revenue, age)[0],
        "size_class": size_class(rule, staff, revenue, assets)[0],
        "legacy_micro": bool(is_legacy_micro(revenue, age)[0]),
    }


def _recorded(member: str, row: Mapping[str, Any]) -> Any:
    if member == "founded_on":
        age = row["age_years"]
        if age is None or math.isnan(age):
            return None
        return (row["as_of"] - timedelta(days=round(age * DAYS_PER_YEAR))).date()
    held = row[member.rpartition(".")[2]]
    return None if held is None or (isinstance(held, float) and math.isnan(held)) else held


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, date) else value
