"""Quota and points over HTTP: check the consent, one call, answer. ``models.quota`` decides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from data.consents import Share
from data.requests import BankFacts, PointsRequest, QuotaRequest
from data.texts.sentences import sentence
from serving.auth.access import Caller
from serving.consents.check import Checked, Rights, check_consent, rights_of
from serving.contract.refusals import Fault, Refusal
from serving.decide.decision_service import DecisionService
from serving.decide.worker import SLICE, CheckedRequest, Worker
from serving.http.context import JsonResponse, body_of, caller_of, worker_of
from serving.ladder.service import unknown_firm


async def quota(request: Request) -> Response:
    """An indicative quota, its limiting constraint, and its reasons; recorded before it is answered."""
    caller = caller_of(request)
    return JsonResponse((await _decided(worker_of(request), caller, [own_bank(body_of(request), caller)]))[0])


async def quota_batch(request: Request) -> Response:
    """Up to 500 requests at once; each answer is the one that the request alone would get, or none is given."""
    worker, caller = worker_of(request), caller_of(request)
    requests = [own_bank(given, caller) for given in body_of(request)]
    seen: dict[str, int] = {}
    for number, given in enumerate(requests):
        earlier = seen.setdefault(given.request_id, number)
        if earlier != number:
            allowed = sentence("fault.another_request", earlier=earlier)
            fault = Fault(f"{number}.request_id", given.request_id, allowed)
            raise Refusal.invalid(fault)
    worker.limit.take(caller.name, len(requests) - 1)
    return JsonResponse(b"[" + b",".join(await _decided(worker, caller, requests, batch=True)) + b"]")


async def _decided(
    worker: Worker, caller: Caller, requests: Sequence[QuotaRequest], *, batch: bool = False
) -> list[bytes]:
    """One answer per request. What was answered before its consent or its policy ended is answered from its record.

    The refusal of a batch lists what is against every consent of it.
    """
    answers: list[bytes] = []
    against = Checked()
    checked: dict[int, CheckedRequest] = {}
    for number, request in enumerate(requests):
        if number and number % SLICE == 0:
            await asyncio.sleep(0)
        where = f"{number}." if batch else ""
        needs: list[Share] = ["quota", "query"]
        if request.enterprise is not None or request.bank_facts != BankFacts():
            needs.append("reporting")
        business = (request.product, request.purpose)
        consent = check_consent(request.consent, needs, request.uscc, caller, worker.consents, business)
        superseded = not consent.faults and not worker.policies.is_in_force(request.bank_id, request.policy_version)
        may_repeat = consent.only_ended or superseded
        recorded = await worker.recorded(request, same_consent=consent.only_ended) if may_repeat else None
        if consent.faults and recorded is None:
            against.add_all(consent, where)
            continue
        answers.append(recorded or b"")
        if recorded is None:
            checked[number] = CheckedRequest(request, rights_of(request.consent, caller), where)
    if against.faults:
        raise against.refusal()
    for number, answer in zip(checked, await worker.decide(list(checked.values())), strict=True):
        answers[number] = answer
    return answers


async def points(request: Request) -> Response:
    """Innovation points with what every indicator earned; that a bank read them is recorded, once for each day."""
    return await _points_read(request, DecisionService.points)


async def points_advice(request: Request) -> Response:
    """The fewest changes of indicators that would reach a target of points; recorded as a reading of the points."""
    return await _points_read(request, DecisionService.points_advice)


async def points_history(request: Request) -> Response:
    """An enterprise's points on former days, by the card in force on what was known then; no bank reads them."""
    uscc, caller, service = request.path_params["uscc"], caller_of(request), worker_of(request).ready()
    if (caller.role == "enterprise" and caller.name != uscc) or uscc not in service.snapshot.cases:
        raise unknown_firm(uscc)  # whether another's is there is not said
    return JsonResponse(await asyncio.to_thread(service.history.of, uscc))


async def _points_read(
    request: Request, answer_of: Callable[[DecisionService, Any, Rights], dict[str, Any]]
) -> Response:
    """An answer about points, once the consent allows it; a bank's reading is recorded before it is answered."""
    given: PointsRequest = body_of(request)
    worker, caller = worker_of(request), caller_of(request)
    needs: list[Share] = ["points", "query", *(["reporting"] if given.enterprise else [])]  # type: ignore[list-item]
    consent = check_consent(given.consent, needs, given.uscc, caller, worker.consents)
    if consent.faults:
        raise consent.refusal()
    service, rights = worker.ready(), rights_of(given.consent, caller)
    answer = await asyncio.to_thread(answer_of, service, given, rights)
    if given.consent is not None and caller.role == "bank":
        await worker.record_points_seen(given.consent, caller.name, personal=rights.personal)
    return JsonResponse(answer)


def own_bank(request: QuotaRequest, caller: Caller) -> QuotaRequest:
    """The request in the name of the key's own bank; one that names another bank is refused."""
    if request.bank_id == caller.name:
        return request
    if "bank_id" in request.model_fields_set:
        raise Refusal("not-yours", faults=[Fault("bank_id", request.bank_id, caller.name)])
    return request.model_copy(update={"bank_id": caller.name})
