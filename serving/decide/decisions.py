"""A decision as a record: the answer with everything needed to give it again, and the way back.

The record's body holds, in this order, the answer as it was sent, the request, the case, the guard's facts, the
release and the version of the code. Its JSON keeps the order of members, so the answer can be cut out again byte for
byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson

from data.code_version import code_version
from data.requests import Override, QuotaRequest
from serving.consents.check import revocation_key
from serving.contract.refusals import Fault, Refusal
from serving.decide.guard import GuardFacts
from serving.ledger.ledger import Draft, Record, canonical_json, digest_of

DECISION, OVERRIDE = "decision", "override"


def audit_id_of(bank_id: str, request_id: str) -> str:
    """The decision's identity: the same bank and request_id always give the same one."""
    return "dec-" + digest_of(f"{bank_id}\n{request_id}")[:24]


def request_json(request: QuotaRequest) -> bytes:
    """The request in one form, however its JSON was spaced or ordered."""
    return request.__pydantic_serializer__.to_json(request)


def fingerprint_of(request: QuotaRequest) -> str:
    """SHA-256 of the request without its consent: a renewed consent does not make it another request."""
    return hashlib.sha256(request.__pydantic_serializer__.to_json(request, exclude={"consent"})).hexdigest()


def recorded_request(content: Mapping[str, Any]) -> QuotaRequest:
    """The request of a decision's record, without its consent, which decides nothing and had other members before."""
    asked = {key: value for key, value in content["request"].items() if key != "consent"}
    return QuotaRequest.model_validate_json(orjson.dumps(asked))


def decision_draft(
    request: QuotaRequest, text: bytes, inputs: bytes, guard: GuardFacts, answer: Mapping[str, Any]
) -> Draft:
    """The record to be of ``answer``, sent as ``text``; its unique key makes it the only one for this request_id.

    It is not written after the revocation of the request's consent.
    """
    asked = request_json(request)
    body = b'{"answer":%b,"request":%b,"inputs":%b,"guard":%b,"release":%b,"code":%b}' % (
        text,
        asked,
        inputs,
        orjson.dumps(guard.as_dict()),
        orjson.dumps(answer["release"]),
        code_json(),
    )
    subject = str(answer["audit_id"])
    consent = request.consent
    not_after = None if consent is None else revocation_key(consent.issuer, consent.uscc, consent.id)
    return Draft(
        DECISION, request.bank_id, subject, body, f"decision:{subject}", fingerprint_of(request), not_after=not_after
    )


@cache
def code_json() -> bytes:
    """The version of this process's code, as its records have it."""
    return orjson.dumps(asdict(code_version()))


def answer_of(record: Record) -> bytes:
    """The answer that this record was written for, byte for byte."""
    return orjson.dumps(orjson.loads(record.body)["answer"])


def check_same_request(record: Record, fingerprint: str) -> None:
    """Refuse a request_id that was used before with another body."""
    if record.fingerprint != fingerprint:
        fault = Fault("request_id", "used before with another body", "a new request_id, or the body it was used with")
        raise Refusal("idempotency-conflict", f"recorded as {record.subject}", [fault])


def override_draft(
    record: Record, override: Override, holder: str, warnings: Sequence[Mapping[str, str]] = ()
) -> Draft:
    """A person's decision beside a recorded one, within the bounds of ``bounds``; sent twice, recorded once."""
    body = canonical_json(
        {
            "audit_id": record.subject,
            "decision": override.decision,
            "amount_cny": override.amount_cny,
            "reason": override.reason,
            "by": holder,
            "expires_at": override.expires_at.astimezone(UTC).isoformat(timespec="seconds"),
            "counter": record.content["answer"]["decision"],
            "warnings": list(warnings),
        }
    )
    fingerprint = digest_of(body)
    return Draft(
        OVERRIDE, record.owner, record.subject, body, f"override:{record.subject}:{fingerprint[:24]}", fingerprint
    )


def overrides_of(records: list[Record], now: datetime) -> list[dict[str, Any]]:
    """Every override among a decision's records, and whether it still stands; the last active one counts."""
    found = []
    for record in records:
        if record.kind == OVERRIDE:
            body: Mapping[str, Any] = record.content
            told = {key: value for key, value in body.items() if key != "counter"}
            active = datetime.fromisoformat(body["expires_at"]) > now
            found.append({**told, "recorded_at": record.recorded_at, "active": active})
    return found
