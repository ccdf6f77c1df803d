"""Recorded decisions over HTTP: read one with its overrides, and record a person's own beside it."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from data.requests import Override
from data.texts.sentences import label
from serving.contract.refusals import Fault, Refusal
from serving.decide.bounds import check_override
from serving.decide.decisions import OVERRIDE, override_draft, overrides_of
from serving.http.context import JsonResponse, body_of, caller_of, worker_of
from serving.ledger.chain import DECISION
from serving.ledger.ledger import Record


async def decision(request: Request) -> Response:
    """A recorded decision, its position in the ledger, and the overrides beside it."""
    decided, records = await _own_decision(request)
    return JsonResponse(
        {
            "audit_id": decided.subject,
            "record": decided.seq,
            "recorded_at": decided.recorded_at,
            "digest": decided.digest,
            "answer": decided.content["answer"],
            "overrides": overrides_of(records, datetime.now(UTC)),
        }
    )


async def override(request: Request) -> Response:
    """Record a person's decision beside the calculated one, with its reason and its end.

    An approval of what was declined is pending until another person of the bank records the same amount and end.
    """
    given: Override = body_of(request)
    worker, now = worker_of(request), datetime.now(UTC)
    decided, records = await _own_decision(request)
    content = decided.content
    warnings = check_override(given, content["request"], content["answer"], now, worker.params.override_valid_days)
    draft = override_draft(records, given, caller_of(request).holder, warnings, now)
    ((record, _),) = await worker.write([draft])
    _, records = await _own_decision(request)
    overrides = [one for one in records if one.kind == OVERRIDE]
    return JsonResponse(overrides_of(overrides, now)[[one.seq for one in overrides].index(record.seq)])


async def _own_decision(request: Request) -> tuple[Record, list[Record]]:
    """The decision, if the caller may see it, and every record about it; what is not theirs is not found."""
    worker, caller, audit_id = worker_of(request), caller_of(request), request.path_params["audit_id"]
    records = await worker.read(lambda: worker.ledger.find(subject=audit_id))
    found = next((record for record in records if record.kind == DECISION), None)
    mine = found is not None and (
        caller.role == "operator"
        or (caller.role == "bank" and found.owner == caller.name)
        or (caller.role == "enterprise" and found.content["request"]["uscc"] == caller.name)
    )
    if found is None or not mine:
        raise Refusal("not-found", faults=[Fault("audit_id", audit_id[:60], label("fault.own_decision"))])
    return found, records
