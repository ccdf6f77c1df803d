"""The order flow: a firm applies once, each chosen bank gets an order, every step is a record.

An order's state is never stored, it follows from its records. A step takes the unique key ``order:<id>:<number>``,
so of two steps raced from the same state one wins and the other is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from data.consents import Consent
from serving.consents.check import revocation_key
from serving.contract.refusals import Fault, Refusal
from serving.ledger.chain import ORDER_STEP
from serving.ledger.ledger import Draft, Ledger, Record, canonical_json, digest_of, instant_text

APPLICATION = "application"
_AT_ONCE = 500  # orders that expire in one commit
FINAL = ("granted", "declined", "withdrawn", "expired")
Step = Literal["record_due_diligence", "grant", "decline", "withdraw", "expire"]


@dataclass(frozen=True, slots=True)
class Rule:
    """From which states a step leads where."""

    allowed_from: tuple[str, ...]
    leads_to: str


RULES: Mapping[Step, Rule] = {
    "record_due_diligence": Rule(("sent", "due_diligence"), "due_diligence"),
    "grant": Rule(("due_diligence",), "granted"),
    "decline": Rule(("sent", "due_diligence"), "declined"),
    "withdraw": Rule(("sent", "due_diligence"), "withdrawn"),
    "expire": Rule(("sent", "due_diligence"), "expired"),
}


UNDER_CONSENT: tuple[Step, ...] = ("record_due_diligence", "grant")  # use the enterprise's data


@dataclass(frozen=True)
class Order:
    """One bank's order, folded from its records."""

    order_id: str
    application_id: str
    bank_id: str
    uscc: str
    state: str
    expires_at: str
    request: Mapping[str, Any]
    consent: Mapping[str, Any]
    seen: Mapping[str, Any]  # points and key indicators as the bank saw them
    steps: tuple[Mapping[str, Any], ...]

    def as_dict(self, *, consent_holds: bool = True) -> dict[str, Any]:
        """The order as it is sent; without a consent that holds, as its bank reads it then: no points, no new look."""
        steps = [step for step, rule in RULES.items() if self.state in rule.allowed_from]
        return {
            "order_id": self.order_id,
            "application_id": self.application_id,
            "bank_id": self.bank_id,
            "uscc": self.uscc,
            "state": self.state,
            "expires_at": self.expires_at,
            "request": self.request,
            "consent": self.consent,
            "points": self.seen if consent_holds else None,
            "steps": list(self.steps),
            "warnings": self.steps[-1].get("warnings", []),
            "next_steps": [step for step in steps if consent_holds or step not in UNDER_CONSENT],
        }


def application_id_of(uscc: str, request_id: str) -> str:
    """The application's identity: the same enterprise and request_id always give the same one."""
    return "app-" + digest_of(f"{uscc}\n{request_id}")[:20]


def application_drafts(
    uscc: str,
    request_id: str,
    request: Mapping[str, Any],
    consents: Mapping[str, Consent],
    seen: Mapping[str, Any],
    expires_at: datetime,
) -> list[Draft]:
    """The application's record and the first record of each chosen bank's order.

    consents : what the enterprise lets each chosen bank do, by bank
    seen : points and key indicators as the banks are shown them
    """
    application_id = application_id_of(uscc, request_id)
    fingerprint, leader = digest_of(canonical_json(request)), f"application:{application_id}"
    order_ids = {bank_id: "ord-" + digest_of(f"{application_id}\n{bank_id}")[:20] for bank_id in consents}
    body = {"application_id": application_id, "orders": order_ids, "request": dict(request), "uscc": uscc}
    drafts = [Draft(APPLICATION, uscc, application_id, canonical_json(body), leader, fingerprint)]
    for bank_id, consent in consents.items():
        body = {
            "order_id": order_ids[bank_id],
            "application_id": application_id,
            "bank_id": bank_id,
            "uscc": uscc,
            "expires_at": instant_text(expires_at),
            "request": dict(request),
            "consent": consent.model_dump(mode="json"),
            "points": dict(seen),
            "state": "sent",
        }
        order_id = order_ids[bank_id]
        key = f"order:{order_id}:0"
        drafts.append(
            Draft(
                ORDER_STEP, bank_id, order_id, canonical_json(body), key, fingerprint, leader, instant_text(expires_at)
            )
        )
    return drafts


def fold(records: Sequence[Record]) -> Order:
    """The order that these records of one subject tell."""
    first, *later = [record.content for record in records]
    steps = [
        {"state": body["state"], "at": record.recorded_at, **body.get("note", {})}
        for record, body in zip(records, [first, *later], strict=True)
    ]
    return Order(
        first["order_id"],
        first["application_id"],
        first["bank_id"],
        first["uscc"],
        steps[-1]["state"],
        first["expires_at"],
        first["request"],
        first["consent"],
        first["points"],
        tuple(steps),
    )


def read_order(ledger: Ledger, order_id: str) -> Order:
    """One order; raises a Refusal when there is none."""
    records = [record for record in ledger.find(subject=order_id) if record.kind == ORDER_STEP]
    if not records:
        raise Refusal("not-found", faults=[Fault("order_id", order_id[:60], "an order of yours")])
    return fold(records)


def read_application(ledger: Ledger, application: Record) -> list[Order]:
    """Every order that one application made, in the order of its banks."""
    content = application.content
    return [read_order(ledger, content["orders"][bank_id]) for bank_id in content["request"]["banks"]]


def read_orders(ledger: Ledger, *, bank_id: str | None = None, uscc: str | None = None) -> list[Order]:
    """All orders of a bank, or of an enterprise, or of everybody, oldest first."""
    if uscc is not None:
        applications = ledger.find(kind=APPLICATION, owner=uscc)
        return [order for application in applications for order in read_application(ledger, application)]
    by_order: dict[str, list[Record]] = {}
    for record in ledger.find(kind=ORDER_STEP, owner=bank_id):
        by_order.setdefault(record.subject, []).append(record)
    return [fold(records) for records in by_order.values()]


def check_step(order: Order, step: Step, now: datetime) -> Rule:
    """The step's rule; a Refusal lists what is allowed instead."""
    rule = RULES[step]
    overdue = step != "expire" and order.state not in FINAL and now >= datetime.fromisoformat(order.expires_at)
    if order.state not in rule.allowed_from or overdue:
        found = f"{order.state}, expired at {order.expires_at}" if overdue else order.state
        raise Refusal("illegal-step", faults=[Fault("state", found, f"{step} from {' or '.join(rule.allowed_from)}")])
    return rule


def step_draft(order: Order, step: Step, actor: str, note: Mapping[str, Any], now: datetime) -> Draft:
    """The record of one step; a Refusal lists what is allowed instead."""
    rule = check_step(order, step, now)
    body = {"order_id": order.order_id, "state": rule.leads_to, "step": step, "note": {"by": actor, **note}}
    consent = order.consent
    not_after = revocation_key(consent["issuer"], order.uscc, consent["id"]) if step in UNDER_CONSENT else None
    return Draft(
        ORDER_STEP, order.bank_id, order.order_id, canonical_json(body), f"order:{order.order_id}:{len(order.steps)}",
        digest_of(canonical_json(body)), closes=rule.leads_to in FINAL, not_after=not_after,
    )  # fmt: skip


def overdue_drafts(ledger: Ledger, now: datetime) -> list[Draft]:
    """An ``expire`` step for each open order past its date, at most ``_AT_ONCE`` of them; only these are read."""
    by_order: dict[str, list[Record]] = {}
    for record in ledger.due(now, _AT_ONCE):
        by_order.setdefault(record.subject, []).append(record)
    return [step_draft(fold(records), "expire", "clock", {}, now) for records in by_order.values()]


def expire_overdue(ledger: Ledger, now: datetime) -> int:
    """Close every open order past its date; returns how many."""
    closed = 0
    while drafts := overdue_drafts(ledger, now):
        fresh = sum(new for _, new in ledger.append(drafts))
        closed += fresh
        if not fresh:  # another worker closed them
            break
    return closed
