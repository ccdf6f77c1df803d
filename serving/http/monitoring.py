"""What keeps the service running: alive, ready, figures, what a problem means, and figures for a supervisor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from data.texts.sentences import sentence
from serving.audit.shadow import VERDICT
from serving.contract.refusals import Fault, Refusal
from serving.decide.decisions import OVERRIDE, overridden_decisions
from serving.http.context import JsonResponse, worker_of
from serving.http.problems import STATUS, problem_members
from serving.ledger.chain import DECISION


async def healthz(_: Request) -> Response:
    """The process runs."""
    return JsonResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """Models loaded and released, the ledger answers, no work of the upkeep fails; 503 names what is missing."""
    await worker_of(request).check()
    return JsonResponse({"status": "ready"})


async def metrics(request: Request) -> Response:
    """Prometheus figures of all workers; they name no bank."""
    return Response(worker_of(request).metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


async def problem(request: Request) -> Response:
    """What a problem's type means."""
    key = request.path_params["key"]
    if key not in STATUS:
        raise Refusal("not-found", faults=[Fault("problem", key[:60], sentence("fault.one_of", list=list(STATUS)))])
    return JsonResponse(problem_members(Refusal(key)))


async def monitoring(request: Request) -> Response:
    """Decisions and overridden decisions by bank, their ratio, the drift index, and finished challenger runs."""
    worker = worker_of(request)

    def read() -> tuple[Mapping[str, int], Mapping[str, int], list[Any]]:
        ended = [record.content for record in worker.ledger.find(kind=VERDICT)]
        return worker.ledger.counts(DECISION), overridden_decisions(worker.ledger.find(kind=OVERRIDE)), ended

    decided, overridden, ended = await worker.read(read)
    return JsonResponse(
        {
            "decisions": decided,
            "overrides": overridden,
            "override_rate": {bank: overridden.get(bank, 0) / count for bank, count in decided.items()},
            "drift": worker.service.drift.as_dict(),
            "release": worker.service.models.release,
            "shadow": ended,
        }
    )
