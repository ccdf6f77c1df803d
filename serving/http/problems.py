"""Refusals as RFC 9457 problem+json, in English and Chinese: the only module with their statuses and headers.

The catalogue ``STATUS`` is the only list of problems: the handlers, the OpenAPI document and the tests read it.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any

import orjson
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from data.texts.sentences import label
from serving.contract.refusals import Fault, Refusal

MEDIA_TYPE = "application/problem+json"
STATUS: Mapping[str, int] = {
    "malformed-json": 400,
    "invalid-uscc": 400,
    "key-missing": 401,
    "key-unknown": 401,
    "permission-missing": 403,
    "not-yours": 403,
    "consent-invalid": 403,
    "four-eyes": 403,
    "not-found": 404,
    "unknown-enterprise": 404,
    "matching-not-packed": 404,
    "chain-not-packed": 404,
    "clearance-not-packed": 404,
    "approvals-not-packed": 404,
    "method-not-allowed": 405,
    "idempotency-conflict": 409,
    "values-differ": 409,
    "illegal-action": 409,
    "demand-closed": 409,
    "firm-withdrawn": 410,
    "body-too-large": 413,
    "unsupported-media": 415,
    "invalid-request": 422,
    "unreadable-message": 422,
    "unreadable-log": 422,
    "too-many-requests": 429,
    "internal": 500,
    "ledger-unavailable": 503,
    "ledger-changed": 503,
    "not-ready": 503,
    "matching-unavailable": 503,
    "chain-unavailable": 503,
    "clearance-unavailable": 503,
    "approvals-unavailable": 503,
    "incubators-unavailable": 503,
}
log = structlog.get_logger("serving.http.problems")


def problem_members(refusal: Refusal) -> dict[str, Any]:
    """The members of the problem; ``type`` is an address of this service, which explains it."""
    (title_zh, title_en), (detail_zh, detail_en) = refusal.title, refusal.text
    members: dict[str, Any] = {
        "type": f"/problems/{refusal.key}",
        "title": title_en,
        "title_zh": title_zh,
        "status": STATUS[refusal.key],
        "detail": detail_en,
        "detail_zh": detail_zh,
    }
    if refusal.faults:
        members["faults"] = [fault.as_dict() for fault in refusal.faults]
    return members


def problem_response(refusal: Refusal) -> Response:
    """The HTTP answer to a refused request."""
    status = STATUS[refusal.key]
    headers = {}
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    elif status == 405:
        headers["allow"] = refusal.faults[0].texts[1]
    elif status == 413:
        headers["connection"] = "close"  # the rest of the body is never read
    if refusal.retry_after_s is not None:
        headers["retry-after"] = str(refusal.retry_after_s)
    return Response(orjson.dumps(problem_members(refusal)), status, headers, MEDIA_TYPE)


async def refused(request: Request, refusal: Exception) -> Response:
    """Starlette's handler of a Refusal: counted and logged by problem, route, bank and key, without any value."""
    if not isinstance(refusal, Refusal):
        raise refusal
    worker, caller = request.app.state.worker, getattr(request.state, "caller", None)
    if worker is not None:
        worker.metrics.refused(refusal.key)
    route = request.scope.get("route")
    if route is not None:
        log.info(
            "refused",
            problem=refusal.key,
            status=STATUS[refusal.key],
            route=route.path,
            caller=caller.name if caller is not None and caller.role == "bank" else None,
            key=None if caller is None else caller.key_id,
        )
    return problem_response(refusal)


async def not_found(request: Request, fault: Exception) -> Response:
    """Starlette's handler of what it refuses itself: an address that is no route of ours."""
    if not isinstance(fault, HTTPException) or fault.status_code != 404:
        raise fault
    path = Fault("path", request.scope["path"][:80], label("fault.route"))
    return await refused(request, Refusal("not-found", faults=[path]))


def internal(path: str, fault: Exception) -> Response:
    """The answer to a request that a fault of ours ended; logged by the fault's type and line, never with values."""
    line = traceback.extract_tb(fault.__traceback__)[-1]
    log.error("fault", fault=type(fault).__name__, at=f"{line.name}:{line.lineno}", route=path[:80])
    return problem_response(Refusal("internal", "the fault is logged"))
