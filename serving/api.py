"""Quota, points and decisions: parse, check the consent, one call, answer. Decisions are made in ``models.quota``."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from data.requests import Override, PointsRequest, QuotaRequest, QuotaRequests
from serving.access import Principal
from serving.bounds import check_override
from serving.consent import check_consent, may_see_personal
from serving.decisions import DECISION, override_draft, overrides_of
from serving.gate import Ask, Reply
from serving.ledger import Record
from serving.problems import Fault, ProblemError, invalid_request

T = TypeVar("T")


async def quota(ask: Ask) -> Reply:
    """An indicative quota, the constraint that bound it, and its reasons; recorded before it is answered."""
    request = own_bank(parse(QuotaRequest, ask.body), ask.principal)
    check_consent(request.consent, "quota", request.uscc, ask.principal)
    return Reply((await ask.desk.decide([request]))[0])


async def quota_batch(ask: Ask) -> Reply:
    """Up to 500 requests at once; each answer is the one that the request alone would get."""
    requests = [own_bank(request, ask.principal) for request in parse(QuotaRequests, ask.body)]
    places: dict[str, int] = {}
    for place, request in enumerate(requests):
        check_consent(request.consent, "quota", request.uscc, ask.principal)
        earlier = places.setdefault(request.request_id, place)
        if earlier != place:
            fault = Fault(f"{place}.request_id", request.request_id, f"another than that of request {earlier}")
            raise ProblemError("invalid-request", "1 fault(s)", [fault])
    ask.desk.limit.take(ask.principal.name, len(requests) - 1)
    return Reply(b"[" + b",".join(await ask.desk.decide(requests)) + b"]")


async def points(ask: Ask) -> Reply:
    """Innovation points with what every indicator earned."""
    request = parse(PointsRequest, ask.body)
    check_consent(request.consent, "points", request.uscc, ask.principal)
    counter = ask.desk.ready()
    personal = may_see_personal(request.consent, ask.principal)
    return Reply(orjson.dumps(await asyncio.to_thread(counter.points, request, personal=personal)))


async def decision(ask: Ask) -> Reply:
    """A recorded decision, its place in the ledger, and the overrides beside it."""
    records = await ask.desk.read(lambda: ask.desk.ledger.find(subject=ask.path["audit_id"]))
    return Reply(orjson.dumps(_told(_own_decision(records, ask), records)))


async def override(ask: Ask) -> Reply:
    """Record a person's decision beside the counter's, with its reason and its end."""
    given = parse(Override, ask.body)
    records = await ask.desk.read(lambda: ask.desk.ledger.find(subject=ask.path["audit_id"]))
    decided = _own_decision(records, ask)
    now, content = datetime.now(UTC), decided.content
    warnings = check_override(given, content["request"], content["answer"], now, ask.desk.params.override_valid_days)
    draft = override_draft(decided, given, ask.principal.holder, warnings)
    ((record, _),) = await ask.desk.write([draft])
    return Reply(orjson.dumps(overrides_of([record], datetime.now(UTC))[0]), 201)


def parse(kind: Any, body: bytes) -> Any:
    """The body as ``kind``, or the problem that lists everything wrong with it."""
    try:
        return _adapter(kind).validate_json(body)
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            raise ProblemError("malformed-json", first["msg"]) from fault
        raise invalid_request(fault) from fault


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def own_bank(request: QuotaRequest, principal: Principal) -> QuotaRequest:
    """The request in the name of the key's own bank; one that names another bank is refused."""
    if request.bank_id == principal.name:
        return request
    if "bank_id" in request.model_fields_set:
        raise ProblemError("not-yours", faults=[Fault("bank_id", request.bank_id, principal.name)])
    object.__setattr__(request, "bank_id", principal.name)  # frozen, but just read: a copy costs more than the consent
    return request


def _own_decision(records: list[Record], ask: Ask) -> Record:
    """The decision among ``records``, if the caller may see it; what is not theirs is not found."""
    found = next((record for record in records if record.kind == DECISION), None)
    who = ask.principal
    mine = found is not None and (
        who.role == "operator"
        or (who.role == "bank" and found.owner == who.name)
        or (who.role == "enterprise" and found.content["request"]["uscc"] == who.name)
    )
    if found is None or not mine:
        raise ProblemError("not-found", faults=[Fault("audit_id", ask.path["audit_id"][:60], "a decision of yours")])
    return found


def _told(record: Record, records: list[Record]) -> Mapping[str, Any]:
    return {
        "audit_id": record.subject,
        "record": record.seq,
        "recorded_at": record.recorded_at,
        "digest": record.digest,
        "answer": record.content["answer"],
        "overrides": overrides_of(records, datetime.now(UTC)),
    }
