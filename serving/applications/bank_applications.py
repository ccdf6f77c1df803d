"""Applications: a firm applies once, each chosen bank gets a bank application of its own, every action is a record.

Its state is never stored, it follows from its records. An action takes the unique key
``bank_application:<id>:<number>``, so of two actions raced from the same state one wins and the other is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from data.consents import Consent
from data.texts.sentences import label, sentence
from serving.consents.check import revocation_key
from serving.contract.refusals import Fault, Refusal
from serving.ledger.chain import BANK_APPLICATION_ACTION
from serving.ledger.ledger import Draft, Ledger, Record, canonical_json, digest_of, instant_text

APPLICATION = "application"
_AT_ONCE = 500  # bank applications that expire in one commit
STATES = ("sent", "due_diligence", "granted", "declined", "withdrawn", "expired")
ORDERS = ("oldest", "newest")  # of a list, by when each was sent
FINAL = ("granted", "declined", "withdrawn", "expired")
Action = Literal["record_due_diligence", "grant", "decline", "withdraw", "expire"]


@dataclass(frozen=True, slots=True)
class Rule:
    """From which states an action leads where."""

    allowed_from: tuple[str, ...]
    leads_to: str


RULES: Mapping[Action, Rule] = {
    "record_due_diligence": Rule(("sent", "due_diligence"), "due_diligence"),
    "grant": Rule(("due_diligence",), "granted"),
    "decline": Rule(("sent", "due_diligence"), "declined"),
    "withdraw": Rule(("sent", "due_diligence"), "withdrawn"),
    "expire": Rule(("sent", "due_diligence"), "expired"),
}


UNDER_CONSENT: tuple[Action, ...] = ("record_due_diligence", "grant")  # use the enterprise's data


@dataclass(frozen=True)
class BankApplication:
    """One bank's copy of an application, folded from its records."""

    bank_application_id: str
    application_id: str
    bank_id: str
    uscc: str
    state: str
    expires_at: str
    request: Mapping[str, Any]
    consent: Mapping[str, Any]
    seen: Mapping[str, Any]  # points and key indicators as the bank saw them
    actions: tuple[Mapping[str, Any], ...]

    def as_dict(self, *, consent_holds: bool = True) -> dict[str, Any]:
        """As it is sent; without a consent that holds, as its bank reads it then: no points, and no use of the data."""
        actions = [action for action, rule in RULES.items() if self.state in rule.allowed_from]
        return {
            "bank_application_id": self.bank_application_id,
            "application_id": self.application_id,
            "bank_id": self.bank_id,
            "uscc": self.uscc,
            "state": self.state,
            "expires_at": self.expires_at,
            "request": self.request,
            "consent": self.consent,
            "points": self.seen if consent_holds else None,
            "actions": list(self.actions),
            "warnings": self.actions[-1].get("warnings", []),
            "next_actions": [action for action in actions if consent_holds or action not in UNDER_CONSENT],
        }


def application_id_of(uscc: str, request_id: str) -> str:
    """The application's identity: the same enterprise and request_id always give the same one."""
    return "app-" + digest_of(f"{uscc}\n{request_id}")[:20]


def first_key(bank_application_id: str) -> str:
    """The unique key of a bank application's first record."""
    return f"bank_application:{bank_application_id}:0"


def application_drafts(
    uscc: str,
    request_id: str,
    request: Mapping[str, Any],
    consents: Mapping[str, Consent],
    seen: Mapping[str, Any],
    expires_at: datetime,
    warnings: Mapping[str, Sequence[Mapping[str, str]]] = MappingProxyType({}),
) -> list[Draft]:
    """The application's record and the first record of each bank application.

    consents : what the enterprise lets each chosen bank do, by bank
    seen : points and key indicators as the banks are shown them
    warnings : by bank, what is unusual in the application
    """
    application_id = application_id_of(uscc, request_id)
    fingerprint, leader = digest_of(canonical_json(request)), f"application:{application_id}"
    subjects = {bank_id: "bap-" + digest_of(f"{application_id}\n{bank_id}")[:20] for bank_id in consents}
    body = {
        "application_id": application_id,
        "bank_applications": subjects,
        "request": dict(request),
        "uscc": uscc,
    }
    drafts = [Draft(APPLICATION, uscc, application_id, canonical_json(body), leader, fingerprint)]
    for bank_id, consent in consents.items():
        body = {
            "bank_application_id": subjects[bank_id],
            "application_id": application_id,
            "bank_id": bank_id,
            "uscc": uscc,
            "expires_at": instant_text(expires_at),
            "request": dict(request),
            "consent": consent.model_dump(mode="json"),
            "points": dict(seen),
            "state": "sent",
            "note": {"warnings": list(warnings.get(bank_id, ()))},
        }
        subject = subjects[bank_id]
        key, due_at = first_key(subject), instant_text(expires_at)
        drafts.append(
            Draft(BANK_APPLICATION_ACTION, bank_id, subject, canonical_json(body), key, fingerprint, leader, due_at)
        )
    return drafts


def fold(records: Sequence[Record]) -> BankApplication:
    """The bank application of which these are the records."""
    first, *later = [record.content for record in records]
    actions = [
        {"state": body["state"], "at": record.recorded_at, **body.get("note", {})}
        for record, body in zip(records, [first, *later], strict=True)
    ]
    return BankApplication(
        first["bank_application_id"],
        first["application_id"],
        first["bank_id"],
        first["uscc"],
        actions[-1]["state"],
        first["expires_at"],
        first["request"],
        first["consent"],
        first["points"],
        tuple(actions),
    )


def read_bank_application(ledger: Ledger, bank_application_id: str) -> BankApplication:
    """One bank application; raises a Refusal when there is none."""
    records = ledger.find(kind=BANK_APPLICATION_ACTION, subject=bank_application_id)
    if not records:
        raise Refusal(
            "not-found", faults=[Fault("bank_application_id", bank_application_id[:60], label("fault.own_application"))]
        )
    return fold(records)


def read_application(ledger: Ledger, application: Record) -> list[BankApplication]:
    """Every bank application that one application made, in the order of its banks."""
    content = application.content
    return [
        read_bank_application(ledger, content["bank_applications"][bank_id]) for bank_id in content["request"]["banks"]
    ]


def read_bank_applications(
    ledger: Ledger, *, bank_id: str | None = None, uscc: str | None = None
) -> list[BankApplication]:
    """All bank applications of a bank, or of an enterprise, or of everybody, oldest first."""
    if uscc is not None:
        applications = ledger.find(kind=APPLICATION, owner=uscc)
        return [one for application in applications for one in read_application(ledger, application)]
    by_id: dict[str, list[Record]] = {}
    for record in ledger.find(kind=BANK_APPLICATION_ACTION, owner=bank_id):
        by_id.setdefault(record.subject, []).append(record)
    return [fold(records) for records in by_id.values()]


def check_action(before: BankApplication, action: Action, now: datetime) -> Rule:
    """The action's rule; a Refusal lists what is allowed instead."""
    rule = RULES[action]
    overdue = action != "expire" and before.state not in FINAL and now >= datetime.fromisoformat(before.expires_at)
    if before.state not in rule.allowed_from or overdue:
        found = f"{before.state}, expired at {before.expires_at}" if overdue else before.state
        states = [label(f"application.state.{state}") for state in rule.allowed_from]
        allowed = sentence("fault.action_from", action=label(f"application.action.{action}"), list=states)
        raise Refusal("illegal-action", faults=[Fault("state", found, allowed)])
    return rule


def action_draft(before: BankApplication, action: Action, actor: str, note: Mapping[str, Any], now: datetime) -> Draft:
    """The record of one action; a Refusal lists what is allowed instead."""
    rule, subject, consent = check_action(before, action, now), before.bank_application_id, before.consent
    members = {"bank_application_id": subject, "state": rule.leads_to, "action": action}
    body = canonical_json({**members, "note": {"by": actor, **note}})
    not_after = revocation_key(consent["issuer"], before.uscc, consent["id"]) if action in UNDER_CONSENT else None
    return Draft(
        BANK_APPLICATION_ACTION, before.bank_id, subject, body, f"bank_application:{subject}:{len(before.actions)}",
        digest_of(body), closes=rule.leads_to in FINAL, not_after=not_after,
    )  # fmt: skip


def overdue_drafts(ledger: Ledger, now: datetime) -> list[Draft]:
    """An ``expire`` action for each open bank application past its date, at most ``_AT_ONCE``; only these are read."""
    by_id: dict[str, list[Record]] = {}
    for record in ledger.due(BANK_APPLICATION_ACTION, now, _AT_ONCE):
        by_id.setdefault(record.subject, []).append(record)
    return [action_draft(fold(records), "expire", "clock", {}, now) for records in by_id.values()]


def expire_overdue(ledger: Ledger, now: datetime) -> int:
    """Close every open bank application past its date; returns how many."""
    closed = 0
    while drafts := overdue_drafts(ledger, now):
        fresh = sum(new for _, new in ledger.append(drafts))
        closed += fresh
        if not fresh:  # another worker closed them
            break
    return closed
