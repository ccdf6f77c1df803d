"""Releases over HTTP: propose, let somebody else activate, and read what was in force on any day."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from data.requests import ReleaseActivation, ReleaseProposal
from data.texts.sentences import label, sentence
from models.quota.warnings import warning
from serving.contract.refusals import Fault, Refusal, shown
from serving.decide.worker import LOADED_WITHIN_S, Worker
from serving.http.context import JsonResponse, body_of, caller_of, worker_of
from serving.http.reading import query_day
from serving.ledger.ledger import Record
from serving.releases.policies import check_body
from serving.releases.releases import (
    ACTIVATED,
    EVERYBODY,
    PROPOSED,
    WHAT,
    activation,
    in_force,
    is_bootstrap,
    proposal,
)


async def propose(request: Request) -> Response:
    """Propose a policy or a model release with its whole body; nothing changes until somebody else activates it."""
    given: ReleaseProposal = body_of(request)
    worker, caller = worker_of(request), caller_of(request)
    check_body(given.what, given.owner, given.body, given.version)
    draft = proposal(given.what, given.owner, given.version, given.body, caller, given.reason)
    ((record, fresh),) = await worker.write([draft])
    if not fresh and (record.fingerprint != draft.fingerprint or record.content["by"] != caller.holder):
        fault = Fault("version", given.version, label("fault.release.new_version"))
        raise Refusal("illegal-action", "a version is never changed, make a new one", [fault])
    return JsonResponse(_release(record))


async def activate(request: Request) -> Response:
    """Activate a proposed release from a day on, today or later; the proposer cannot.

    Days are those of the zone's real calendar, also while the operator has set the date of decisions: two people act
    on a real day, and its record says so alone. ``warnings`` names when running workers have loaded it.
    When it is the one in force on that day already, nothing is recorded and ``changed`` is false. A policy that was
    proposed before a check existed is checked again, and refused as a proposal of it would be.
    """
    given: ReleaseActivation = body_of(request)
    worker, caller = worker_of(request), caller_of(request)
    day, today = given.effective_from, worker.params.today()
    if day < today:
        fault = Fault("effective_from", str(day), sentence("fault.not_before", day=today))
        raise Refusal("invalid-request", label("release.effective_from_past"), [fault])
    draft = await worker.read(lambda: activation(worker.ledger, given.release, caller, day, given.reason))
    if isinstance(draft, Record):
        return JsonResponse(_release(draft) | {"changed": False, "warnings": _warnings(worker, draft)})
    content = orjson.loads(draft.body)  # proposed before a check that came later, perhaps
    check_body(content["what"], content["owner"], content["body"], content["version"])
    ((record, fresh),) = await worker.write([draft])
    if not fresh and record.fingerprint != draft.fingerprint:
        fault = Fault("release", given.release, label("fault.release.raced"))
        raise Refusal("illegal-action", faults=[fault])
    return JsonResponse(_release(record) | {"changed": True, "warnings": _warnings(worker, record)})


async def every_release(request: Request) -> Response:
    """Every proposal and activation, oldest first."""
    worker = worker_of(request)
    records = await worker.read(lambda: [*worker.ledger.find(kind=PROPOSED), *worker.ledger.find(kind=ACTIVATED)])
    return JsonResponse({"releases": [_release(record) for record in sorted(records, key=lambda record: record.seq)]})


async def which_in_force(request: Request) -> Response:
    """Which policy or model was in force on a day, and who activated it; a bank reads its own."""
    worker, caller, query = worker_of(request), caller_of(request), request.query_params
    what = query.get("what", WHAT[0])
    owner = caller.name if caller.role == "bank" else query.get("owner", EVERYBODY)
    day = query_day(request, "on") or worker.params.today()
    if caller.role == "bank" and query.get("owner", caller.name) != caller.name:
        raise Refusal("not-yours", faults=[Fault("owner", shown(query["owner"]), caller.name)])
    release = await worker.read(lambda: in_force(worker.ledger, what, owner, day))
    if release is None:
        raise Refusal("not-found", faults=[Fault("on", str(day), label(f"fault.release.day.{what}"))])
    return JsonResponse(release.model_dump(mode="json"))


def _warnings(worker: Worker, record: Record) -> list[dict[str, str]]:
    """When an activation takes effect, and that a clock that was set does not move that day."""
    clock, content = worker.service.clock, record.content
    day = date.fromisoformat(content["effective_from"])
    kind = f"release.effect.{content['what']}"
    found = [warning("release_effect", sentence(kind, date=day, zone=clock.zone, seconds=LOADED_WITHIN_S))]
    if clock.pinned is not None:
        figures = {"zone": clock.zone, "today": clock.real_day(), "clock": clock.pinned}
        found.append(warning("clock_not_for_releases", sentence("warning.clock_not_for_releases", **figures)))
    return found


def _release(record: Record) -> dict[str, Any]:
    content = record.content
    return {
        "release": record.subject,
        "what": content["what"],
        "owner": content["owner"],
        "version": content["version"],
        "by": content["by"],
        "reason": content["reason"],
        "proposed_by": content.get("proposed_by"),
        "effective_from": content.get("effective_from"),
        "record": record.seq,
        "recorded_at": record.recorded_at,
        "bootstrap": is_bootstrap(content),
    }
