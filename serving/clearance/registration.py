"""Webhooks as an operator registers, ends and looks at them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from data.clearance_requests import WebhookRegistration
from data.events import EventStoreError
from data.texts.sentences import label
from serving.auth.access import Caller
from serving.clearance.service import CLEARANCE_OFF, ClearanceService, allowed_text
from serving.clearance.webhook_key import WebhookKeyError, open_webhook_key
from serving.clearance.webhooks import UnknownWebhookError, WebhookError, Webhooks
from serving.contract.refusals import Fault, Refusal
from serving.ledger.chain import Draft
from serving.ledger.ledger import canonical_json, digest_of
from serving.matching.event_store import events_url, store_refusal

CLEARANCE_WEBHOOK = "clearance_webhook"


def webhooks_of(service: ClearanceService) -> Webhooks:
    """The webhooks of the service's store; raises a Refusal where the key that signs cannot be read."""
    try:
        return Webhooks(service.stores.get().store, open_webhook_key(events_url()))
    except (WebhookKeyError, OSError) as fault:
        raise Refusal(CLEARANCE_OFF[1], "the key that signs webhooks cannot be read") from fault


def register(service: ClearanceService, given: WebhookRegistration, caller: Caller) -> dict[str, Any]:
    """Register an address; the answer alone holds its secret."""
    try:
        made, secret = webhooks_of(service).register(
            given.url, list(given.events), given.owner, caller.holder, dt.datetime.now(dt.UTC)
        )
    except WebhookError as fault:
        raise Refusal.invalid(
            Fault(fault.where, fault.found, allowed_text("webhook", fault.where, fault.allowed))
        ) from fault
    except EventStoreError as fault:
        raise store_refusal(fault, CLEARANCE_OFF[1]) from fault
    return made.as_dict() | {"secret": secret}


def disable(service: ClearanceService, webhook_id: str, reason: str, caller: Caller) -> dict[str, Any]:
    """End a webhook; ending it again changes nothing."""
    try:
        return webhooks_of(service).disable(webhook_id, caller.holder, reason, dt.datetime.now(dt.UTC)).as_dict()
    except UnknownWebhookError as fault:
        raise Refusal(
            "not-found", faults=[Fault("webhook_id", webhook_id[:40], label("clearance.allowed.webhook"))]
        ) from fault
    except EventStoreError as fault:
        raise store_refusal(fault, CLEARANCE_OFF[1]) from fault


def every_webhook(service: ClearanceService) -> dict[str, Any]:
    """Every webhook, ended ones included, without secrets."""
    try:
        return {"webhooks": [one.as_dict() for one in webhooks_of(service).every()]}
    except EventStoreError as fault:
        raise store_refusal(fault, CLEARANCE_OFF[1]) from fault


def deliveries(service: ClearanceService, webhook_id: str | None, after: int) -> dict[str, Any]:
    """Attempts behind a sequence, of one webhook or of all."""
    try:
        found = webhooks_of(service).deliveries(webhook_id, after)
    except EventStoreError as fault:
        raise store_refusal(fault, CLEARANCE_OFF[1]) from fault
    return {"deliveries": [one.as_dict() for one in found]}


def webhook_draft(webhook_id: str, act: str, caller: Caller) -> Draft:
    """The ledger's record that an operator registered or ended a webhook."""
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    text = canonical_json({"webhook_id": webhook_id, "act": act, "by": caller.holder, "at": now})
    return Draft(CLEARANCE_WEBHOOK, caller.name, webhook_id, text, None, digest_of(text))
