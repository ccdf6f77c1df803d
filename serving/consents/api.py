"""Consents over HTTP: an enterprise gives, lists and revokes its own; whoever has a key sees who may sign them."""

from __future__ import annotations

import re

import orjson

from data.consents import SERVICE
from data.members import IDENTIFIER
from data.requests import ConsentGrant, ConsentRevocation
from serving.consents.giving import (
    consent_draft,
    consent_id_of,
    consents_of,
    end_of,
    new_consent,
    receipt_of,
    revocation_draft,
    revocation_of,
    uses_draft,
    uses_key,
)
from serving.contract.refusals import Fault, Refusal
from serving.http.api import parse
from serving.http.gate import Ask, Reply
from serving.ledger.ledger import canonical_json, digest_of


async def give_consent(ask: Ask) -> Reply:
    """Let a bank use the caller's own data; the answer is the signed receipt that the bank sends with its requests."""
    given, who = parse(ConsentGrant, ask.body), ask.principal
    if "personal" in given.scope:
        who.need("personal")
    key = ask.desk.signing_key()
    start, end = end_of(given.valid_days)
    consent = new_consent(
        consent_id_of(who.name, given.request_id), who.name, given.bank_id, given.scope, given.products, who.holder,
        start, end, key, purposes=given.purposes,
    )  # fmt: skip
    draft = consent_draft(consent, digest_of(canonical_json(given.model_dump(mode="json"))))
    ((record, fresh),) = await ask.desk.write([draft])
    if not fresh and record.fingerprint != draft.fingerprint:
        fault = Fault("request_id", "used before with another body", "a new request_id, or the body it was used with")
        raise Refusal("idempotency-conflict", f"recorded as {record.subject}", [fault])
    return Reply(receipt_of(record), 201)


async def my_consents(ask: Ask) -> Reply:
    """Every consent that the enterprise gave here, its state, and its revocations."""
    desk, uscc = ask.desk, ask.principal.name
    return Reply(orjson.dumps(await desk.read(lambda: consents_of(desk.ledger, uscc, desk.consents))))


async def revoke_consent(ask: Ask) -> Reply:
    """End a consent of the caller's from now on; the answer names everything that was recorded under it."""
    given, who, ledger = parse(ConsentRevocation, ask.body), ask.principal, ask.desk.ledger
    consent_id = ask.path["consent_id"]
    if len(consent_id) > 64 or re.fullmatch(IDENTIFIER.strip("^$"), consent_id) is None:
        raise Refusal("not-found", faults=[Fault("consent_id", consent_id[:60], "a consent of yours")])
    draft = await ask.desk.read(
        lambda: revocation_draft(ledger, who.name, consent_id, given.issuer, who.holder, given.reason)
    )
    ((record, _),) = await ask.desk.write([draft])
    uses = await ask.desk.read(lambda: ledger.by_key(uses_key(record)))
    if uses is None:  # looked for once: what a revoked consent was used for does not change
        ((uses, _),) = await ask.desk.write([await ask.desk.read(lambda: uses_draft(ledger, record))])
    return Reply(orjson.dumps(revocation_of(record, uses)))


async def consent_issuers(ask: Ask) -> Reply:
    """The public keys whose signatures are taken, and those that have ended; the service's own among them."""
    listed = [
        {
            "issuer": held.issuer,
            "key_id": held.key_id,
            "name": held.name,
            "public_key": held.public_key,
            "service": held.issuer == SERVICE,
            "registered_at": held.registered_at,
            "ended_at": held.ended_at,
        }
        for _, held in sorted(ask.desk.consents.issuers.items())
    ]
    return Reply(orjson.dumps({"issuers": listed}))
