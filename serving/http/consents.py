"""Consents over HTTP: an enterprise gives, lists and revokes its own; whoever has a key sees who may sign them."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from data.consents import SERVICE, THE_ZONE, Receipt
from data.members import IDENTIFIER
from data.requests import ConsentGrant, ConsentRevocation, ZoneConsentGrant
from data.texts.sentences import label, sentence
from serving.consents.giving import (
    consent_draft,
    consent_id_of,
    consents_of,
    end_of,
    new_consent,
    revocation_draft,
    revocation_of,
    uses_draft,
    uses_key,
)
from serving.consents.zone import new_zone_consent
from serving.contract.refusals import Fault, Refusal
from serving.http.context import JsonResponse, body_of, caller_of, worker_of
from serving.ledger.ledger import canonical_json, digest_of


async def give_consent(request: Request) -> Response:
    """Let a bank use the caller's own data; the answer is the signed receipt that the bank sends with its requests."""
    given: ConsentGrant = body_of(request)
    worker, caller = worker_of(request), caller_of(request)
    known = worker.policies.banks
    if given.bank_id not in known:  # a name mistyped would be a consent that nobody can use
        allowed = sentence("fault.banks_among", list=sorted(known))
        raise Refusal.invalid(Fault("bank_id", given.bank_id, allowed))
    if "personal" in given.scope:
        caller.need("personal")
    key = worker.signing_key()
    start, end = end_of(given.valid_days)
    consent = new_consent(
        consent_id_of(caller.name, given.request_id), caller.name, given.bank_id, given.scope, given.products,
        caller.holder, start, end, key, purposes=given.purposes,
    )  # fmt: skip
    return await _recorded(request, consent, given)


async def give_zone_consent(request: Request) -> Response:
    """Let the zone's officers read what banks calculated for the caller; no bank can use it. Listed with the others."""
    given: ZoneConsentGrant = body_of(request)
    caller, key = caller_of(request), worker_of(request).signing_key()
    start, end = end_of(given.valid_days)
    name = consent_id_of(caller.name, THE_ZONE, given.request_id)
    return await _recorded(request, new_zone_consent(name, caller.name, caller.holder, start, end, key), given)


async def _recorded(request: Request, consent: Receipt, given: ConsentGrant | ZoneConsentGrant) -> Response:
    """The receipt as it was recorded first for this request_id; a refusal where its body was another."""
    draft = consent_draft(consent, digest_of(canonical_json(given.model_dump(mode="json"))))
    ((record, fresh),) = await worker_of(request).write([draft])
    if not fresh and record.fingerprint != draft.fingerprint:
        fault = Fault("request_id", "used before with another body", label("match.allowed.new_identifier"))
        raise Refusal("idempotency-conflict", f"recorded as {record.subject}", [fault])
    return JsonResponse(record.content)


async def my_consents(request: Request) -> Response:
    """Every consent that the enterprise gave here, its state, and its revocations."""
    worker, uscc = worker_of(request), caller_of(request).name
    return JsonResponse(await worker.read(lambda: consents_of(worker.ledger, uscc, worker.consents)))


async def revoke_consent(request: Request) -> Response:
    """End a consent of the caller's from now on; the answer names everything that was recorded under it."""
    given: ConsentRevocation = body_of(request)
    worker, caller, consent_id = worker_of(request), caller_of(request), request.path_params["consent_id"]
    if len(consent_id) > 64 or re.fullmatch(IDENTIFIER.strip("^$"), consent_id) is None:
        raise Refusal("not-found", faults=[Fault("consent_id", consent_id[:60], label("fault.own_consent"))])
    ledger = worker.ledger
    draft = await worker.read(
        lambda: revocation_draft(ledger, caller.name, consent_id, given.issuer, caller.holder, given.reason)
    )
    ((record, _),) = await worker.write([draft])
    uses = await worker.read(lambda: ledger.by_key(uses_key(record)))
    if uses is None:  # looked for once: what a revoked consent was used for does not change
        ((uses, _),) = await worker.write([await worker.read(lambda: uses_draft(ledger, record))])
    return JsonResponse(revocation_of(record, uses))


async def consent_issuers(request: Request) -> Response:
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
        for _, held in sorted(worker_of(request).consents.issuers.items())
    ]
    return JsonResponse({"issuers": listed})
