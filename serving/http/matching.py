"""Matching over HTTP: check the consent, one call, record, answer. ``models.matching`` ranks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from data.consents import Consent
from data.match_requests import DemandsRequest, InvitationsRequest, MatchFeedback, SearchRequest, SuppliersRequest
from data.requests import Reasoned
from data.texts.sentences import label
from serving.consents.check import REVOKED, check_consent, revoked_refusal
from serving.http.context import JsonResponse, body_of, caller_of, matching_of, worker_of
from serving.ledger.chain import Draft, Record
from serving.matching.feedback import feedback_draft, list_draft, record_feedback, withdraw_firm, withdrawal_draft


async def match_suppliers(request: Request) -> Response:
    """Firms that could solve a demand, each with the passage that matched, reasons and a calibrated probability."""
    given: SuppliersRequest = body_of(request)
    service, caller = matching_of(request), caller_of(request)
    used = None
    if caller.role == "bank" and given.demand_id is not None:
        demand = await asyncio.to_thread(service.demand, given.demand_id, caller)
        used = _need_consent(request, given.consent, demand.enterprise_id)
    elif caller.role == "bank" and given.consent is not None:
        used = _need_consent(request, given.consent, given.consent.uscc)
    consented = {used.uscc} if used else set()
    return await _listed(request, "suppliers", lambda: service.suppliers(given, caller, consented), used)


async def match_demands(request: Request) -> Response:
    """Open demands that a firm could serve; a firm asks about itself, a bank under the firm's consent."""
    given: DemandsRequest = body_of(request)
    service, caller = matching_of(request), caller_of(request)
    used = _need_consent(request, given.consent, given.uscc) if not caller.of_zone else None
    return await _listed(request, "demands", lambda: service.demands(given, caller), used)


async def match_search(request: Request) -> Response:
    """Firms for a text of any kind: a technology, a product, the number of a standard."""
    given: SearchRequest = body_of(request)
    service, caller = matching_of(request), caller_of(request)
    return await _listed(request, "search", lambda: service.search(given, caller))


async def match_invitations(request: Request) -> Response:
    """Whom to invite to an event and who meets whom in which round, by assignment on calibrated probabilities."""
    from serving.matching.invitations import plan_event  # the solver is loaded by this route alone

    given: InvitationsRequest = body_of(request)
    service, caller, event_id = matching_of(request), caller_of(request), request.path_params["event_id"]
    return await _listed(request, "invitations", lambda: plan_event(service, event_id, given, caller))


async def match_outcomes(request: Request) -> Response:
    """Record a click, or what came of a firm that a list showed; the same report again changes nothing."""
    given: MatchFeedback = body_of(request)
    service, caller = matching_of(request), caller_of(request)
    new = await asyncio.to_thread(lambda: record_feedback(service, given, caller))
    await _recorded(request, feedback_draft(given, caller))
    return JsonResponse({"outcome_id": given.outcome_id, "kind": given.kind, "new": new})


async def match_withdrawal(request: Request) -> Response:
    """Take the calling firm out of matching at once: out of the library, of what was shown and of the feedback."""
    given: Reasoned = body_of(request)
    service, caller = matching_of(request), caller_of(request)
    blanked = await asyncio.to_thread(lambda: withdraw_firm(service, caller.name))
    await _recorded(request, withdrawal_draft(caller.name, caller.holder, given.reason))
    kept_zh, kept_en = label("match.kept")
    return JsonResponse({"uscc": caller.name, "blanked": blanked, "kept_zh": kept_zh, "kept_en": kept_en})


def _need_consent(request: Request, consent: Consent | None, uscc: str) -> Consent | None:
    """The consent that a bank uses; None for the firm itself. Refuse a bank without one that lets it read the firm."""
    caller = caller_of(request)
    checked = check_consent(consent, ["query"], uscc, caller, worker_of(request).consents)
    if checked.faults:
        raise checked.refusal()
    return consent if caller.role == "bank" else None


async def _listed(
    request: Request, kind: str, call: Callable[[], dict[str, Any]], consent: Consent | None = None
) -> Response:
    """Answer once the list is recorded, unless its consent was revoked meanwhile."""
    answer = await asyncio.to_thread(call)
    body = orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY)
    record = await _recorded(request, list_draft(answer, kind, caller_of(request), body, consent))
    if consent is not None and record is not None and record.kind == REVOKED:
        raise revoked_refusal(consent.id, record.recorded_at)
    return JsonResponse(body)


async def _recorded(request: Request, draft: Draft) -> Record | None:
    """The record in the ledger; None in test mode, which records nothing."""
    worker = worker_of(request)
    if not worker.recording:
        return None
    ((record, _),) = await worker.write([draft])
    return record
