"""What came of a list, as events; and the withdrawal of a firm."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from data.consents import Consent
from data.events import EventStoreError, WithdrawnError
from data.match_feedback import QUERIES, SHOWN, STEPS, click_event, outcome_event
from data.match_requests import MatchFeedback
from data.texts.sentences import label
from data.uscc import LENGTH, uscc_fault
from serving.auth.access import Caller
from serving.consents.check import MATCH_LIST, revocation_key
from serving.contract.refusals import Fault, Refusal
from serving.ledger.chain import Draft
from serving.ledger.ledger import canonical_json, digest_of
from serving.matching.event_store import append, store_refusal, withdrawn_refusal
from serving.matching.service import MatchingService

MATCH_OUTCOME, MATCH_WITHDRAWN = "match_outcome", "match_withdrawn"


def record_feedback(service: MatchingService, given: MatchFeedback, caller: Caller) -> bool:
    """Store a click or an outcome; whether it is new.

    A firm or bank reports only what came of firms that its own lists showed; an operator reports on every list, and
    without one on every firm of the library.
    raises : Refusal ``not-found`` for a list that is not the caller's or did not show the firm, a firm that is in no
        list and not in the library, or a demand or an event that is not on file; ``invalid-request`` for an identifier
        that holds a firm's code or a time ahead, ``idempotency-conflict`` where the identifier was used with another
        content, ``firm-withdrawn``, ``matching-unavailable``
    """
    if names_firm(given.outcome_id):  # an identifier outlives a withdrawal, also another firm's
        allowed = label("match.allowed.no_code")
        raise Refusal.invalid(Fault("outcome_id", given.outcome_id, allowed))
    if given.at > datetime.now(UTC):
        ahead = Fault("at", given.at.isoformat(), label("match.allowed.not_ahead"))
        raise Refusal.invalid(ahead)
    beside = {"demand_id": given.demand_id, "event_id": given.event_id}
    name = scoped_id(given, caller)
    try:
        _check_list(service, given, caller)
    except WithdrawnError as fault:
        raise withdrawn_refusal("uscc", given.uscc) from fault
    except EventStoreError as fault:
        raise store_refusal(fault) from fault
    if given.kind == "click":
        event = click_event(name, str(given.query_id), given.uscc, given.at, given.demand_id)
    else:
        steps = {name: getattr(given, name) for name in STEPS}
        event = outcome_event(name, given.query_id, given.uscc, given.at, steps, given.reason_not, **beside)
    return append(service.store, event, "outcome_id", "uscc")


def names_firm(identifier: str) -> bool:
    """Whether some firm's code stands in it, in large or small letters."""
    text = identifier.upper()
    return any(uscc_fault(text[at : at + LENGTH]) is None for at in range(len(text) - LENGTH + 1))


def scoped_id(given: MatchFeedback, caller: Caller) -> str:
    """The identifier under which a report is kept: that of one caller is never another's.

    A firm is not named in it, for identifiers outlive a withdrawal: its reports are kept under the number of its list.
    """
    scope = given.query_id if caller.role == "enterprise" else caller.name
    return f"{scope}:{given.outcome_id}"


def _check_list(service: MatchingService, given: MatchFeedback, caller: Caller) -> None:
    store, operates = service.store, caller.of_zone
    if given.query_id is None and not operates:
        fault = Fault("query_id", "nothing", label("match.allowed.own_list_id"))
        raise Refusal.invalid(fault)
    if given.query_id is not None:
        made = store.get(QUERIES, given.query_id)
        whose = None if made is None or made.payload is None else made.payload["caller"] or made.subject
        if made is None or (whose != caller.name and not operates):
            raise Refusal("not-found", faults=[Fault("query_id", given.query_id, label("match.allowed.own_list"))])
    if given.uscc in store.withdrawn():  # what it was shown in is blank
        raise WithdrawnError(given.uscc)
    shown = [one.payload for one in store.about(given.uscc) if one.stream == SHOWN and one.payload is not None]
    demands = {one["demand_id"] for one in shown if one["query_id"] == given.query_id}
    if given.event_id is not None and given.event_id not in service.events(service.current()[0]):
        raise Refusal("not-found", faults=[Fault("event_id", given.event_id, label("match.allowed.event"))])
    if operates:
        _check_demand(service, given.demand_id, demands)
        if not demands and given.uscc not in service.current()[0].matcher.firms():
            raise Refusal("not-found", faults=[Fault("uscc", given.uscc, label("match.allowed.in_library"))])
    elif not demands or given.demand_id not in {None, *demands}:
        found = given.uscc if not demands else str(given.demand_id)
        raise Refusal(
            "not-found", faults=[Fault("uscc" if not demands else "demand_id", found, label("match.allowed.shown"))]
        )


def _check_demand(service: MatchingService, demand_id: str | None, shown: Collection[str | None]) -> None:
    """The demand of a report is of the list, which outlives a release, or on file."""
    if demand_id is None or demand_id in shown:
        return
    if demand_id not in service.on_file(service.current()[0], demand_id):
        raise Refusal("not-found", faults=[Fault("demand_id", demand_id, label("match.allowed.demand"))])


def withdraw_firm(service: MatchingService, uscc: str) -> int:
    """Blank all that names the firm or a demand of its, now; returns how many events named the firm itself."""
    try:
        count = service.store.withdraw(uscc, datetime.now(UTC))
    except EventStoreError as fault:
        raise store_refusal(fault) from fault
    if service.packed.made is not None:  # else the first list does it, as in every other worker
        service.current()
    return count


def list_draft(answer: dict[str, Any], kind: str, caller: Caller, body: bytes, consent: Consent | None = None) -> Draft:
    """The ledger's record of a list: its versions, its length, the digest of what was sent, and the consent used.

    It names no firm that was shown but the one whose consent was used, for the ledger forgets nothing and a firm may
    withdraw. It is not written after the consent was revoked.
    """
    number = answer.get("query_id") or secrets.token_hex(12)
    content = {
        "query_id": number,
        "kind": kind,
        "count": len(answer.get("suppliers", answer.get("demands", answer.get("meetings", ())))),
        "abstained": answer.get("abstained", False),
        "versions": answer["versions"],
        "digest": digest_of(body),
    }
    if consent is not None:
        content |= {"consent": {"id": consent.id, "issuer": consent.issuer}, "uscc": consent.uscc}
    not_after = None if consent is None else revocation_key(consent.issuer, consent.uscc, consent.id)
    owner = caller.name if caller.role != "enterprise" else "enterprise"
    text = canonical_json(content)
    return Draft(MATCH_LIST, owner, number, text, f"match-list:{number}", digest_of(text), not_after=not_after)


def feedback_draft(given: MatchFeedback, caller: Caller) -> Draft:
    """The ledger's record that something was reported: its identifiers, and no firm."""
    content = {"outcome_id": given.outcome_id, "kind": given.kind, "query_id": given.query_id}
    owner, text = caller.name if caller.role != "enterprise" else "enterprise", canonical_json(content)
    return Draft(
        MATCH_OUTCOME, owner, given.outcome_id, text, f"match-{given.kind}:{scoped_id(given, caller)}", digest_of(text)
    )


def withdrawal_draft(uscc: str, by: str, reason: str) -> Draft:
    """The ledger's record of the fact that a firm withdrew, which is kept so that nobody takes it in again."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    text = canonical_json({"uscc": uscc, "by": by, "reason": reason, "at": now})
    return Draft(MATCH_WITHDRAWN, uscc, uscc, text, None, digest_of(text))
