"""What an enterprise may object to, as the service holds it: never in the words of whoever objects.

A subject is a dict with the members

kind, key : what it is: an indicator or credit fact by its key, a reason by decision and position, a placement by node
zh, en : its name
value_zh, value_en : the value as a person reads it; of a personal indicator nothing, as the ledger forgets nothing
agency, data_date : who delivered it and the day that it is from (ISO), None where no agency did
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from data.codebook import Codebook, CreditFact, Indicator, read_credit_facts
from data.texts.quantities import read_quantities
from serving.contract.refusals import Fault, Refusal
from serving.decide.snapshot import Observation
from serving.objections.objections import text_of

Subject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class HeldValue:
    """One value that the service holds of an enterprise.

    value : None where the agency has no record, and where it is personal and may not be shown
    data_date : the day that it is from; None where nothing was delivered
    """

    item: Indicator | CreditFact
    value: float | None
    data_date: date | None
    withheld: bool

    @property
    def texts(self) -> tuple[str, str]:
        """The value as a person reads it, in Chinese and English."""
        if self.withheld:
            return text_of("objections.value.withheld")
        if self.value is None:
            return text_of("objections.value.missing")
        if self.item.unit == "flag":
            return text_of("objections.value.yes" if self.value else "objections.value.no")
        return read_quantities()[self.item.key].text(self.value)


def held_values(case: Observation, codebook: Codebook, *, personal: bool) -> list[HeldValue]:
    """Every indicator and credit fact of an enterprise in the order of the codebook; personal ones only by right."""
    found = []
    for item in (*codebook, *read_credit_facts()):
        withheld = isinstance(item, Indicator) and item.personal and not personal
        raw = case.row.get(item.key)
        value = None if withheld or raw is None or pd.isna(raw) else float(raw)
        found.append(HeldValue(item, value, _day(case.known.get(item.key)), withheld))
    return found


def value_subject(case: Observation, codebook: Codebook, key: str) -> Subject:
    """An indicator or credit fact as it is held now; not found where there is none of this key."""
    held = {one.item.key: one for one in held_values(case, codebook, personal=False)}.get(key)
    if held is None:
        raise _nothing("key", key)
    zh, en = held.texts
    return {
        "kind": "indicator" if isinstance(held.item, Indicator) else "credit_fact",
        "key": key,
        "zh": held.item.zh,
        "en": held.item.en,
        "value_zh": zh,
        "value_en": en,
        "agency": held.item.agency,
        "data_date": None if held.data_date is None else held.data_date.isoformat(),
    }


def reason_subject(decision: Mapping[str, Any], number: int) -> Subject:
    """The reason at a position, from 0, of a decision as GET /v1/decisions/{audit_id} answers it to the enterprise."""
    reasons = decision["answer"]["reasons"]
    if not 0 <= number < len(reasons):
        raise _nothing("number", str(number))
    reason = reasons[number]
    name_zh, name_en = text_of("objections.kind.reason")
    return {
        "kind": "reason",
        "key": f"{decision['audit_id']}:{number}",
        "zh": name_zh,
        "en": name_en,
        "value_zh": reason["text_zh"],
        "value_en": reason["text_en"],
        "agency": None,
        "data_date": decision["answer"]["as_of"],
    }


def placement_subject(placements: Mapping[str, Any], chain_id: str, node_id: str) -> Subject:
    """A placement of the enterprise on a chain node, as POST /v1/placements answers it."""
    wanted = (chain_id, node_id)
    row = next((one for one in placements["placements"] if (one["chain_id"], one["node_id"]) == wanted), None)
    if row is None:
        raise _nothing("node_id", node_id)
    name_zh, name_en = text_of("objections.kind.placement")
    return {
        "kind": "placement",
        "key": f"{chain_id}:{node_id}",
        "zh": name_zh,
        "en": name_en,
        "value_zh": row["name_zh"],
        "value_en": row["name_en"],
        "agency": None,
        "data_date": None,
    }


def _nothing(where: str, found: str) -> Refusal:
    return Refusal("not-found", faults=[Fault(where, found[:60], text_of("objections.fault.subject"))])


def _day(known: Any) -> date | None:
    return None if known is None or pd.isna(known) else pd.Timestamp(known).date()
