"""Incubators and makerspaces over HTTP: one call, answer. ``models.incubators`` computes and draws."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response

from models.incubators.statistics import GROUPS
from models.spreadsheet import MEDIA
from serving.auth.access import Caller
from serving.http.context import JsonResponse, body_of, caller_of, incubators_of, styled, viewer_of, worker_of
from serving.http.reading import language, query_day, query_instant, query_page
from serving.incubators.answers import (
    by_of,
    correction_answer,
    incubator_answer,
    listing,
    quarantine_answer,
    recognition_answer,
    reconciliation_answer,
    statistics_answer,
    taken_answer,
    vouchers_answer,
)
from serving.incubators.pages import page_of_incubator, statistics_file
from serving.incubators.schemas import GivenCorrection, GivenReports, GivenVouchers
from serving.incubators.service import IncubatorsService, SeenIncubator

HTML, CSV = "text/html; charset=utf-8", "text/csv; charset=utf-8"
T = TypeVar("T")


async def incubators(request: Request) -> Response:
    """Incubators that the caller may see, by kind, level and region."""
    filters = {name: request.query_params[name] for name in GROUPS if name in request.query_params}
    after, count = query_page(request)
    return await _json(request, lambda service, caller: listing(service, viewer_of(caller), filters, after, count))


async def incubator(request: Request) -> Response:
    """An incubator with its figures and every correction, now or as it was known at an instant."""
    return await _json(request, lambda service, caller: incubator_answer(service, _seen(request, service, caller)))


async def incubator_page(request: Request) -> Response:
    """An incubator's page: its record, figures, conditions of recognition, and every correction."""
    lang = language(request)
    made = await _done(
        request, lambda service, caller: page_of_incubator(service, _seen(request, service, caller), lang)
    )
    return styled(made, HTML)


async def incubator_recognition(request: Request) -> Response:
    """Which clauses of recognition an incubator meets, and the way to the next level."""
    tier, region = request.query_params.get("tier"), request.query_params.get("region")
    return await _json(
        request,
        lambda service, caller: recognition_answer(service, _seen(request, service, caller), tier, region),
    )


async def incubator_reports(request: Request) -> Response:
    """Take periodic reports in the Torch form; each whole or not at all, with every reason."""
    given: GivenReports = body_of(request)
    return await _json(
        request,
        lambda service, caller: taken_answer(service.receive_reports(given, caller), len(given.reports)),
    )


async def incubator_corrections(request: Request) -> Response:
    """Correct a record by a further version, with what changes, why and by whom; the earlier ones stay."""
    given: GivenCorrection = body_of(request)
    return await _json(request, lambda service, caller: correction_answer(*service.correct(given, caller)))


async def incubator_vouchers_write(request: Request) -> Response:
    """Take steps of vouchers: issued, redeemed, expired; never more than is left."""
    given: GivenVouchers = body_of(request)
    return await _json(
        request,
        lambda service, caller: taken_answer(service.receive_vouchers(given, caller), len(given.vouchers)),
    )


async def incubator_vouchers(request: Request) -> Response:
    """What of each voucher was issued, redeemed, expired and is left."""
    day = query_day(request, "on")
    after, count = query_page(request)
    return await _json(request, lambda service, caller: vouchers_answer(service, viewer_of(caller), day, after, count))


async def incubator_statistics(request: Request) -> Response:
    """Statistics of the registry by kind, level and region, each figure with its basis and day."""
    by, on, since = by_of(request.query_params.get("by")), query_day(request, "on"), query_day(request, "since")
    known_at = query_instant(request, "known_at", worker_of(request).params.zone)
    return await _json(request, lambda service, _: statistics_answer(service, by, on, since, known_at))


async def incubator_statistics_page(request: Request) -> Response:
    """The report of the registry as a page."""
    return await _file(request, "page.html", HTML)


async def incubator_statistics_csv(request: Request) -> Response:
    """One table of the report as CSV in UTF-8, which spreadsheets read."""
    return await _file(request, "table.csv", CSV)


async def incubator_statistics_xlsx(request: Request) -> Response:
    """Every table of the report as XLSX."""
    return await _file(request, "table.xlsx", MEDIA["xlsx"])


async def incubator_reconciliation(request: Request) -> Response:
    """Published figures beside computed ones, and why true figures differ."""
    day = query_day(request, "on")
    return await _json(request, lambda service, _: reconciliation_answer(service, day))


async def incubator_quarantine(request: Request) -> Response:
    """Records that were not taken, with where, what was found, what is allowed and why."""
    record = request.query_params.get("record")
    after, count = query_page(request)
    return await _json(request, lambda service, _: quarantine_answer(service, record, after, count))


async def _file(request: Request, form: str, media: str) -> Response:
    lang, on, since = language(request), query_day(request, "on"), query_day(request, "since")
    table = request.query_params.get("table", "statistics")
    content = await _done(request, lambda service, _: statistics_file(service, form, table, lang, on, since))
    return styled(content, media)


def _seen(request: Request, service: IncubatorsService, caller: Caller) -> SeenIncubator:
    known_at = query_instant(request, "known_at", worker_of(request).params.zone)
    name, on = str(request.path_params["incubator_id"]), query_day(request, "on")
    return service.see(name, viewer_of(caller), known_at, on)


async def _json(request: Request, call: Callable[[IncubatorsService, Caller], object]) -> Response:
    return JsonResponse(orjson.dumps(await _done(request, call)))


async def _done(request: Request, call: Callable[[IncubatorsService, Caller], T]) -> T:
    return await asyncio.to_thread(call, incubators_of(request), caller_of(request))
