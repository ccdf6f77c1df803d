"""The cultivation ladder over HTTP."""

from __future__ import annotations

import asyncio
from datetime import date

import orjson
from starlette.requests import Request
from starlette.responses import Response

from data.members import FIRST_YEAR, LAST_YEAR
from data.texts.sentences import sentence
from serving.contract.refusals import Fault, Refusal
from serving.http.context import JsonResponse, caller_of, ladder_of
from serving.http.reading import query_day
from serving.ladder.service import unknown_firm


async def firm_ladder(request: Request) -> Response:
    """A firm on the cultivation ladder: every rule by clause, the way to each tier, and what is near an edge."""
    uscc, caller = request.path_params["uscc"], caller_of(request)
    if caller.role == "enterprise" and caller.name != uscc:
        raise unknown_firm(uscc)  # whether it is there is not said
    query = request.query_params
    answer = await asyncio.to_thread(
        ladder_of(request).firm,
        uscc,
        _day(request),
        query.get("region"),
        query.get("tier"),
        query.get("version"),
    )
    return JsonResponse(orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY))


def _day(request: Request) -> date | None:
    day = query_day(request, "on")
    if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
        allowed = sentence("fault.years", first=str(FIRST_YEAR), last=str(LAST_YEAR))
        raise Refusal("not-found", faults=[Fault("on", day.isoformat(), allowed)])  # no rule is known of it
    return day
