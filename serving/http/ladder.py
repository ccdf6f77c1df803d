"""The cultivation ladder over HTTP."""

from __future__ import annotations

import asyncio
from datetime import date

import orjson
from starlette.requests import Request
from starlette.responses import Response

from data.members import FIRST_YEAR, LAST_YEAR
from serving.contract.refusals import Fault, Refusal
from serving.http.context import JsonResponse, caller_of, ladder_of
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
        _day(query.get("on")),
        query.get("region"),
        query.get("tier"),
        query.get("version"),
    )
    return JsonResponse(orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY))


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
        if text != day.isoformat():
            raise ValueError
    except ValueError as fault:
        raise Refusal("invalid-request", "1 fault(s)", [Fault("on", text[:20], "a day as 2026-01-31")]) from fault
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        allowed = f"a day of the years {FIRST_YEAR} to {LAST_YEAR}"
        raise Refusal("not-found", faults=[Fault("on", text, allowed)])  # no rule is known of it
    return day
