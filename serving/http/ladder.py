"""The cultivation ladder over HTTP."""

from __future__ import annotations

import asyncio

import orjson
from starlette.requests import Request
from starlette.responses import Response

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
        query_day(request, "on"),
        query.get("region"),
        query.get("tier"),
        query.get("version"),
    )
    return JsonResponse(orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY))
