"""What a handler has beside the request: the worker, the caller, and the body as its type; and JSON as it answers."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from serving.approvals.service import ApprovalsService
from serving.auth.access import Caller
from serving.chain.service import ChainService
from serving.clearance.changes import StoredChanges
from serving.clearance.service import ClearanceService
from serving.clearance.stream import LiveChanges
from serving.contract.refusals import Refusal
from serving.decide.worker import Worker
from serving.incubators.service import IncubatorsService
from serving.ladder.service import LadderService
from serving.matching.service import MatchingService

STYLED = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"


class JsonResponse(Response):
    """A value as JSON; bytes are JSON already."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The body."""
        return content if isinstance(content, bytes) else orjson.dumps(content)


def styled(content: str | bytes, media: str) -> Response:
    """A page or picture with styles of its own, which loads nothing."""
    return Response(content, headers={"content-security-policy": STYLED}, media_type=media)


def worker_of(request: Request) -> Worker:
    """The worker that answers; raises a Refusal until its models are loaded."""
    worker: Worker | None = request.app.state.worker
    if worker is None:
        raise Refusal("not-ready", "the models are not loaded yet")
    return worker


def matching_of(request: Request) -> MatchingService:
    """The matching of the release that answers; raises a Refusal where it has none."""
    matching: MatchingService | None = request.app.state.matching
    if matching is None:
        raise Refusal("matching-not-packed")
    return matching


def chain_of(request: Request) -> ChainService:
    """The industry chains of the release that answers; raises a Refusal where it has none."""
    chain: ChainService | None = request.app.state.chain
    if chain is None:
        raise Refusal("chain-not-packed")
    return chain


def clearance_of(request: Request) -> ClearanceService:
    """Customs clearance of the release that answers; raises a Refusal where it has none."""
    clearance: ClearanceService | None = request.app.state.clearance
    if clearance is None:
        raise Refusal("clearance-not-packed")
    return clearance


def approvals_of(request: Request) -> ApprovalsService:
    """Approvals of the release that answers; raises a Refusal where it has none."""
    approvals: ApprovalsService | None = request.app.state.approvals
    if approvals is None:
        raise Refusal("approvals-not-packed")
    return approvals


def incubators_of(request: Request) -> IncubatorsService:
    """The registry of incubators; raises a Refusal until the service has opened it."""
    incubators: IncubatorsService | None = request.app.state.incubators
    if incubators is None:
        raise Refusal("incubators-unavailable")
    return incubators


def live_of(request: Request) -> LiveChanges:
    """The streams of this worker, begun with the first of them on the loop that answers."""
    state = request.app.state
    if state.clearance_live is None:
        store = clearance_of(request).stores.get()
        state.clearance_live = LiveChanges(StoredChanges(store))
    live: LiveChanges = state.clearance_live
    return live


def ladder_of(request: Request) -> LadderService:
    """The cultivation ladder over the firms of the release that answers, and over its chains where it has any."""
    service, chain = worker_of(request).service, request.app.state.chain
    return LadderService(service.snapshot, (lambda: None) if chain is None else chain.if_packed, service.models.release)


def caller_of(request: Request) -> Caller:
    """Who calls, on a route that needs a key."""
    caller: Caller = request.state.caller
    return caller


def viewer_of(caller: Caller) -> str | None:
    """Whose own records alone the caller may see; None for the zone's side and its analysts, who see all.

    What an analyst sees of all is what the routes of that role give: statistics and lists without firms' cases.
    """
    return None if caller.of_zone or caller.role == "policy_analyst" else caller.name


def body_of(request: Request) -> Any:
    """The body, of the type that the route takes."""
    return request.state.body
