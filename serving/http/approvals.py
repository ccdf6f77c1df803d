"""Approvals over HTTP: one call, answer. ``models.approvals`` folds, measures and draws."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response

from models.spreadsheet import MEDIA
from serving.approvals.answers import (
    alerts_answer,
    case_answer,
    events_answer,
    items_answer,
    lamps_answer,
    listing,
    log_answer,
    quarantine_answer,
    reductions_answer,
    statistics_answer,
)
from serving.approvals.pages import page_of_case, statistics_file
from serving.approvals.queries import CaseQuery
from serving.approvals.service import ApprovalsService, SeenCase
from serving.auth.access import Caller
from serving.contract.parameters import OneOf
from serving.http.context import JsonResponse, approvals_of, body_of, caller_of, styled, viewer_of, worker_of
from serving.http.reading import language, query_day, query_instant, query_page

LOG_MEDIA = ("text/csv", "application/xml", "text/xml", "application/octet-stream")
LOG_BYTES = 64_000_000  # of one event log; larger files are imported on the machine of the service
HTML, CSV = "text/html; charset=utf-8", "text/csv; charset=utf-8"
GROUPING = ("by", "first", "last")
LAMPS_BY = OneOf(("item", "department", "office"), usual="item")
T = TypeVar("T")


async def approvals_events(request: Request) -> Response:
    """Keep what happened in cases, one event or many; the same event is kept once, a bad one goes to quarantine."""
    given, source = body_of(request), request.query_params.get("source")
    return await _json(request, lambda service, caller: events_answer(*service.receive(given, source, caller)))


async def approvals_log(request: Request) -> Response:
    """Keep the events of a log in XES or CSV; rows that cannot be read go to quarantine with the reason."""
    raw: bytes = request.state.body
    source, zone, mapping = (request.query_params.get(name) for name in ("source", "zone", "mapping"))
    return await _json(
        request, lambda service, caller: log_answer(*service.import_log(raw, source, zone, mapping, caller))
    )


async def approvals_cases(request: Request) -> Response:
    """Cases that the caller may see, the latest accepted first."""
    query = CaseQuery.of(request.query_params)
    after, count = query_page(request)
    now = worker_of(request).service.clock.now()
    return await _json(
        request, lambda service, caller: listing(service.cases(viewer_of(caller), now), query, after, count, now)
    )


async def approvals_lamps(request: Request) -> Response:
    """How many of the caller's cases have which lamp, of all and by item, department or office."""
    query = CaseQuery.of(request.query_params)
    by, now = request.query_params.get("by", LAMPS_BY.usual), worker_of(request).service.clock.now()
    return await _json(
        request, lambda service, caller: lamps_answer(service.cases(viewer_of(caller), now), query, by, now)
    )


async def approvals_case(request: Request) -> Response:
    """A case: its state, three clocks, history and forecast, now or as it was known at an instant."""
    zone = worker_of(request).params.zone
    known_at, until = query_instant(request, "known_at", zone), query_instant(request, "until", zone)
    return await _json(
        request, lambda service, caller: case_answer(service, _seen(request, service, caller, known_at, until))
    )


async def approvals_case_page(request: Request) -> Response:
    """A case's page: its state, three clocks with suspended time, and when it is expected to end."""
    lang = language(request)
    made = await _done(
        request, lambda service, caller: page_of_case(service, _seen(request, service, caller, None, None), lang)
    )
    return styled(made, HTML)


async def approvals_items(request: Request) -> Response:
    """The item catalogue as of a day, today where the query names none."""
    day = query_day(request, "day") or worker_of(request).service.clock.today()
    return await _json(request, lambda service, _: items_answer(service, day))


async def approvals_reductions(request: Request) -> Response:
    """How much shorter promised and actual times are than statutory ones, in every reading, with the largest."""
    day = query_day(request, "day") or worker_of(request).service.clock.today()
    now = worker_of(request).service.clock.now()
    return await _json(request, lambda service, caller: reductions_answer(service, viewer_of(caller), day, now))


async def approvals_statistics(request: Request) -> Response:
    """Counts and times of the caller's cases by item, department, office, kind of handling or month."""
    query, now = _grouping(request), worker_of(request).service.clock.now()
    return await _json(request, lambda service, caller: statistics_answer(service, viewer_of(caller), query, now))


async def approvals_statistics_page(request: Request) -> Response:
    """The statistics as a page."""
    return await _statistics(request, "page.html", HTML)


async def approvals_statistics_csv(request: Request) -> Response:
    """The statistics as CSV in UTF-8, which spreadsheets read."""
    return await _statistics(request, "table.csv", CSV)


async def approvals_statistics_xlsx(request: Request) -> Response:
    """The statistics as XLSX, a sheet for each grouping."""
    return await _statistics(request, "table.xlsx", MEDIA["xlsx"])


async def approvals_alerts(request: Request) -> Response:
    """Cases that may miss their promise and are worth a look, the worth most first, under the day's budget."""
    now = worker_of(request).service.clock.now()
    return await _json(request, lambda service, _: alerts_answer(service, now))


async def approvals_quarantine(request: Request) -> Response:
    """Events and rows of logs that were not kept, with the reason and where it is, the newest first."""
    after, count = query_page(request)
    return await _json(request, lambda service, _: quarantine_answer(service, after, count))


async def _statistics(request: Request, form: str, media: str) -> Response:
    lang, query, now = language(request), _grouping(request), worker_of(request).service.clock.now()
    made = await _done(
        request, lambda service, caller: statistics_file(service, viewer_of(caller), query, form, lang, now)
    )
    return styled(made, media)


def _grouping(request: Request) -> dict[str, str]:
    return {name: request.query_params[name] for name in GROUPING if name in request.query_params}


def _seen(
    request: Request, service: ApprovalsService, caller: Caller, known_at: datetime | None, until: datetime | None
) -> SeenCase:
    number, source = str(request.path_params["number"]), request.query_params.get("source")
    now = worker_of(request).service.clock.now()
    return service.see(number, source, viewer_of(caller), now, known_at, until)


async def _json(request: Request, call: Callable[[ApprovalsService, Caller], object]) -> Response:
    return JsonResponse(orjson.dumps(await _done(request, call)))


async def _done(request: Request, call: Callable[[ApprovalsService, Caller], T]) -> T:
    return await asyncio.to_thread(call, approvals_of(request), caller_of(request))
