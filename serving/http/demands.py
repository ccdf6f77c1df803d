"""Demands on file and match events over HTTP: one call, record, answer."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from data.match_requests import GivenDemand, GivenEvent
from data.requests import Reasoned
from serving.auth.access import ZONE_SIDE
from serving.contract import match_answers
from serving.http.chain import recorded
from serving.http.context import JsonResponse, body_of, caller_of, matching_of
from serving.http.operation import OWN, Operation
from serving.matching.demands import (
    DEMAND_CLOSED,
    DEMAND_POSTED,
    close_demand,
    demand_draft,
    list_demands,
    one_demand,
    post_demand,
)
from serving.matching.events import announce_event, event_draft, list_events


async def demands(request: Request) -> Response:
    """Demands on file that the caller may see: a firm its own, and those of others that are open to it."""
    service, caller = matching_of(request), caller_of(request)
    found = await asyncio.to_thread(list_demands, service, caller)
    return JsonResponse({"day": service.today().isoformat(), "demands": found})


async def demand(request: Request) -> Response:
    """One demand on file."""
    service, caller, name = matching_of(request), caller_of(request), request.path_params["demand_id"]
    return JsonResponse(await asyncio.to_thread(one_demand, service, name, caller))


async def demand_posted(request: Request) -> Response:
    """Post a demand, for which suppliers can be listed at once; the same again changes nothing."""
    given: GivenDemand = body_of(request)
    service, caller = matching_of(request), caller_of(request)
    answer, _ = await asyncio.to_thread(post_demand, service, given, caller)
    await recorded(request, demand_draft(answer, DEMAND_POSTED, caller))
    return JsonResponse(answer)


async def demand_closed(request: Request) -> Response:
    """End a posted demand, as it is solved or wanted no more."""
    given: Reasoned = body_of(request)
    service, caller, name = matching_of(request), caller_of(request), request.path_params["demand_id"]
    answer = await asyncio.to_thread(close_demand, service, name, given.reason, caller)
    await recorded(request, demand_draft(answer, DEMAND_CLOSED, caller))
    return JsonResponse(answer)


async def match_events(request: Request) -> Response:
    """Match events with what came of them; a firm gets what came of its own invitations."""
    service, caller = matching_of(request), caller_of(request)
    found = await asyncio.to_thread(list_events, service, caller)
    return JsonResponse({"day": service.today().isoformat(), "events": found})


async def match_event(request: Request) -> Response:
    """Announce an event, for which invitations can be planned at once; the same again changes nothing."""
    given: GivenEvent = body_of(request)
    service, caller = matching_of(request), caller_of(request)
    answer = await asyncio.to_thread(announce_event, service, given, caller)
    await recorded(request, event_draft(answer, caller))
    return JsonResponse(answer)


_OFF = ("matching-not-packed", "matching-unavailable")
_ONE = "/v1/demands/{demand_id}"
DEMANDS: tuple[Operation, ...] = (
    Operation("GET", "/v1/demands", demands, OWN, "match", answer=match_answers.DemandsOnFileAnswer, refusals=_OFF),
    Operation(
        "POST", "/v1/demands", demand_posted, OWN, "match_write", GivenDemand, match_answers.DemandOnFile, 201,
        ("invalid-uscc", "not-yours", "idempotency-conflict", "firm-withdrawn", *_OFF),
    ),
    Operation("GET", _ONE, demand, OWN, "match", answer=match_answers.DemandOnFile, refusals=("not-found", *_OFF)),
    Operation(
        "POST", f"{_ONE}/close", demand_closed, OWN, "match_write", Reasoned, match_answers.DemandOnFile,
        refusals=("not-found", "illegal-action", "firm-withdrawn", *_OFF),
    ),
    Operation(
        "GET", "/v1/match/events", match_events, OWN, "match", answer=match_answers.EventsOnFileAnswer, refusals=_OFF,
    ),
    Operation(
        "POST", "/v1/match/events", match_event, ZONE_SIDE, "match_write", GivenEvent, match_answers.EventOnFile, 201,
        ("idempotency-conflict", *_OFF),
    ),
)  # fmt: skip
