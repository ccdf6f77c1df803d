"""What each bank calculated for one enterprise: its newest decision, else what the enterprise was indicated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from data.money import CNY_PER_WAN
from data.requests import BankFacts
from serving.decide.decisions import INDICATIONS, overrides_of, recorded_request
from serving.ledger.chain import DECISION
from serving.ledger.ledger import Ledger, Record


@dataclass(frozen=True, slots=True)
class BankQuota:
    """One bank's newest result.

    source : the bank's decision, a person's override of it that counts now, or an indication from the bank's policy
    outcome : of a decision as calculated, of an override ``approved`` or ``declined``
    recorded_at : UTC; valid_until : an ISO day, or an instant of an override; None where nothing was allowed
    """

    bank_id: str
    source: Literal["decision", "override", "indication"]
    outcome: str
    amount_wan: float
    recorded_at: str
    valid_until: str | None


def bank_quotas(ledger: Ledger, uscc: str, now: datetime) -> list[BankQuota]:
    """The newest result of each bank for the enterprise, by bank; a bank's own decision before any indication."""
    found: dict[str, BankQuota] = {}
    for record in ledger.find(kind=INDICATIONS, owner=uscc):
        for one in record.content["answer"]["indications"]:
            found[one["bank_id"]] = BankQuota(
                one["bank_id"], "indication", one["outcome"], one["amount_wan"], record.recorded_at, None
            )
    decisions = [
        record for record in ledger.find(kind=DECISION, holding=(uscc,)) if record.content["request"]["uscc"] == uscc
    ]
    newest = {record.owner: record for record in decisions}  # they come oldest first
    for bank_id, record in newest.items():
        found[bank_id] = _decided(record, ledger.find(subject=record.subject), now)
    return [found[bank_id] for bank_id in sorted(found)]


def reported_facts(ledger: Ledger, bank_id: str, uscc: str, after: int) -> BankFacts:
    """What a bank itself knew of the enterprise by its newest decision since record ``after``; nothing without one."""
    records = ledger.find(kind=DECISION, owner=bank_id, after=after, holding=(uscc,))
    decided = [record for record in records if record.content["request"]["uscc"] == uscc]
    return recorded_request(decided[-1].content).bank_facts if decided else BankFacts()


def _decided(record: Record, records: Sequence[Record], now: datetime) -> BankQuota:
    """The decision as it counts now: as calculated, or by the last active override."""
    active = [one for one in overrides_of(list(records), now) if one["active"]]
    if active:
        last = active[-1]
        amount_wan = last["amount_cny"] / CNY_PER_WAN
        return BankQuota(
            record.owner, "override", last["outcome"], amount_wan, last["recorded_at"], last["expires_at"]
        )  # fmt: skip
    answer = record.content["answer"]
    quota = answer["quota"]
    return BankQuota(
        record.owner, "decision", answer["outcome"], quota["amount_wan"], record.recorded_at, quota["valid_until"]
    )
