"""What came of a list, as events; and the withdrawal of a firm."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from data.events import EventConflictError, EventStore, EventStoreError, WithdrawnError
from data.match_feedback import QUERIES, STEPS, click_event, outcome_event
from data.match_requests import MatchFeedback
from serving.auth.access import Caller
from serving.contract.refusals import Fault, Refusal
from serving.ledger.chain import Draft
from serving.ledger.ledger import canonical_json, digest_of
from serving.matching.service import store_refusal

MATCH_LIST, MATCH_OUTCOME, MATCH_WITHDRAWN = "match_list", "match_outcome", "match_withdrawn"


def record_feedback(store: EventStore, given: MatchFeedback, caller: Caller) -> bool:
    """Store a click or an outcome; whether it is new.

    A firm or bank reports only what came of its own lists; an operator reports on every one, and without a list.
    raises : Refusal ``not-found`` for a list that is not the caller's, ``idempotency-conflict`` where the identifier
        was used with another content, ``firm-withdrawn``, ``matching-unavailable``
    """
    beside = {"demand_id": given.demand_id, "event_id": given.event_id}
    try:
        _check_list(store, given, caller)
        if given.kind == "click":
            event = click_event(given.outcome_id, str(given.query_id), given.uscc, given.at, given.demand_id)
        else:
            steps = {name: getattr(given, name) for name in STEPS}
            event = outcome_event(
                given.outcome_id, given.query_id, given.uscc, given.at, steps, given.reason_not, **beside
            )
        return store.append(event)
    except EventConflictError as fault:
        allowed = "a new outcome_id, or the body it was used with"
        found = "used before with another body"
        raise Refusal("idempotency-conflict", faults=[Fault("outcome_id", found, allowed)]) from fault
    except WithdrawnError as fault:
        raise Refusal("firm-withdrawn", faults=[Fault("uscc", given.uscc, "a firm that takes part")]) from fault
    except EventStoreError as fault:
        raise store_refusal(fault) from fault


def _check_list(store: EventStore, given: MatchFeedback, caller: Caller) -> None:
    if given.query_id is None:
        if caller.role != "operator":
            fault = Fault("query_id", "nothing", "the query_id of a list of yours")
            raise Refusal("invalid-request", "1 fault(s)", [fault])
        return
    made = store.get(QUERIES, given.query_id)
    if made is not None and caller.role == "operator":
        return
    whose = None if made is None or made.payload is None else made.payload["caller"] or made.subject
    if whose != caller.name:
        raise Refusal("not-found", faults=[Fault("query_id", given.query_id, "a list of yours")])


def withdraw_firm(store: EventStore, uscc: str) -> int:
    """Blank all that names the firm, now; returns how many events that were."""
    try:
        return store.withdraw(uscc, datetime.now(UTC))
    except EventStoreError as fault:
        raise store_refusal(fault) from fault


def list_draft(answer: dict[str, Any], kind: str, caller: Caller, body: bytes) -> Draft:
    """The ledger's record of a list: its versions, its length and the digest of what was sent.

    It names no firm that was shown, for the ledger forgets nothing and a firm may withdraw.
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
    owner = caller.name if caller.role != "enterprise" else "enterprise"
    text = canonical_json(content)
    return Draft(MATCH_LIST, owner, number, text, f"match-list:{number}", digest_of(text))


def feedback_draft(given: MatchFeedback, caller: Caller) -> Draft:
    """The ledger's record that something was reported: its identifiers, and no firm."""
    content = {"outcome_id": given.outcome_id, "kind": given.kind, "query_id": given.query_id}
    owner, text = caller.name if caller.role != "enterprise" else "enterprise", canonical_json(content)
    return Draft(MATCH_OUTCOME, owner, given.outcome_id, text, f"match-outcome:{given.outcome_id}", digest_of(text))


def withdrawal_draft(uscc: str, by: str, reason: str) -> Draft:
    """The ledger's record of the fact that a firm withdrew, which is kept so that nobody takes it in again."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    text = canonical_json({"uscc": uscc, "by": by, "reason": reason, "at": now})
    return Draft(MATCH_WITHDRAWN, uscc, uscc, text, None, digest_of(text))
