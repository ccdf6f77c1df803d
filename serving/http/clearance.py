"""Customs clearance over HTTP: one call, answer. ``models.clearance`` folds, checks and draws."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response

from data.clearance_requests import Cutoff, WebhookRegistration
from data.requests import Reasoned
from data.texts.sentences import label
from models.clearance.reports.lists import TABLES
from models.clearance.reports.query import DIMENSIONS, LABELS, MOST_PERIODS, PERIODS, ReportQuery
from models.clearance.timeline import STATUS_TEXT
from models.spreadsheet import MEDIA
from serving.auth.access import Caller
from serving.clearance.answers import (
    checks_answer,
    declaration_answer,
    forecast_answer,
    listing,
    message_answer,
    refused_messages,
)
from serving.clearance.dates import TooManyWantedError
from serving.clearance.pages import declaration_page, report_file, sheet_file
from serving.clearance.registration import deliveries, disable, every_webhook, register, webhook_draft
from serving.clearance.service import CLEARANCE_OFF, ClearanceService, Seen
from serving.clearance.stream import TooManyStreamsError
from serving.contract.parameters import OneOf, Parameter, Pattern, Whole
from serving.contract.refusals import Fault, Refusal
from serving.http.chain import recorded
from serving.http.context import JsonResponse, body_of, caller_of, clearance_of, live_of, styled, viewer_of, worker_of
from serving.http.reading import language, query_day, query_instant, query_number, query_page

# Media types that messages come in; their own declaration says what they are.
MESSAGE_MEDIA = ("application/xml", "text/xml", "application/edifact", "application/octet-stream")
HTML, PDF = "text/html; charset=utf-8", "application/pdf"
NOT_PACKED, _ = CLEARANCE_OFF
STATUS = OneOf(lambda: sorted(STATUS_TEXT))
DELIVERY = Whole(10**15 - 1)  # the number of one
# What is empty has its default.
_LABELS = "|".join(one.pattern for one in LABELS.values())
_LABEL = Pattern(f"(?:{_LABELS})?", lambda: label("clearance.fault.report.current"))
REPORT: Mapping[str, Parameter] = {
    "period": OneOf(("", *PERIODS), wording="clearance.fault.report.period"),
    "by": OneOf(("", *DIMENSIONS)),
    "cross": OneOf(("", *DIMENSIONS)),
    "baseline": _LABEL,
    "current": _LABEL,
    "last": Whole(MOST_PERIODS, usual=ReportQuery().last, least=1, wording="fault.whole_from"),
    "table": OneOf(TABLES, usual=TABLES[0]),
}
T = TypeVar("T")


async def clearance_message(request: Request) -> Response:
    """Keep a message of customs as it came; the same bytes are kept once."""
    raw: bytes = request.state.body
    received = await _done(request, lambda service, caller: service.receive(raw, caller))
    return JsonResponse(orjson.dumps(message_answer(received)))


async def clearance_checks(request: Request) -> Response:
    """Check a declaration against the rules before it is sent; nothing is kept."""
    raw: bytes = request.state.body
    day = query_day(request, "day")
    return JsonResponse(orjson.dumps(await _done(request, lambda service, _: checks_answer(service, raw, day))))


async def clearance_declaration(request: Request) -> Response:
    """The state of a declaration by any of its numbers, with its timeline, now or as it was known at an instant."""
    zone = worker_of(request).params.zone
    known_at, until = query_instant(request, "known_at", zone), query_instant(request, "until", zone)
    seen = await _seen(request, known_at, until)
    return JsonResponse(orjson.dumps(declaration_answer(seen, known_at or datetime.now(UTC), until)))


async def clearance_forecast(request: Request) -> Response:
    """When the stages that a declaration has still to reach are expected, as of now."""
    now = worker_of(request).service.clock.now()  # before the messages are read: what arrives between is left out
    seen = await _seen(request)
    return JsonResponse(orjson.dumps(forecast_answer(seen, await _dates(request, seen, now), now)))


async def clearance_page(request: Request) -> Response:
    """A declaration's page: its state, its timeline as a picture, and when the next stages are expected.

    As it was known at an earlier instant, it has no dates: what was expected then is not made up afterwards.
    """
    lang, now = language(request), worker_of(request).service.clock.now()
    known_at = query_instant(request, "known_at", worker_of(request).params.zone)
    seen = await _seen(request, known_at)
    try:
        forecast = [] if known_at else await _dates(request, seen, now)
    except Refusal as refusal:
        if refusal.key != NOT_PACKED:
            raise
        forecast = []  # the state is shown without dates
    return styled(await asyncio.to_thread(declaration_page, seen, forecast, lang, known_at), HTML)


async def clearance_sheet(request: Request) -> Response:
    """The declaration sheet (报关单) as a page, with what the rules found."""
    return await _sheet(request, "html", HTML)


async def clearance_sheet_pdf(request: Request) -> Response:
    """The declaration sheet (报关单) as PDF, with what the rules found."""
    return await _sheet(request, "pdf", PDF)


async def clearance_declarations(request: Request) -> Response:
    """Declarations that the zone's side knows and the caller may see, the newest first."""
    status, (after, count) = request.query_params.get("status"), query_page(request)
    now = worker_of(request).service.clock.now()

    def listed(service: ClearanceService, caller: Caller) -> dict[str, Any]:
        return listing(service.declarations(viewer_of(caller)), service.next_dates(now), status, after, count)

    return JsonResponse(orjson.dumps(await _done(request, listed)))


async def clearance_alerts(request: Request) -> Response:
    """Cut-offs that are likely missed and worth a look, the worth most first, under the day's budget."""
    now = worker_of(request).service.clock.now()
    return JsonResponse(
        orjson.dumps(await _done(request, lambda service, caller: service.alerts(viewer_of(caller), now)))
    )


async def clearance_cutoff(request: Request) -> Response:
    """Record by when a declaration must be released or completed, and what missing it costs."""
    given: Cutoff = body_of(request)
    new = await _done(request, lambda service, caller: service.add_cutoff(given, viewer_of(caller), caller.name))
    return JsonResponse({"cutoff_id": given.cutoff_id, "new": new})


async def clearance_refused(request: Request) -> Response:
    """Messages that could not be read, with the reason and its place, the newest first."""
    return JsonResponse(orjson.dumps(await _done(request, lambda service, _: refused_messages(service.stores.get()))))


async def clearance_report(request: Request) -> Response:
    """The report as a page: counts, amounts, stages, and how much of a change is mix and how much speed."""
    return await _report(request, "page.html", HTML)


async def clearance_report_csv(request: Request) -> Response:
    """The report's table as CSV in UTF-8, which spreadsheets read."""
    return await _report(request, "table.csv", "text/csv; charset=utf-8")


async def clearance_report_xlsx(request: Request) -> Response:
    """The report's tables as XLSX."""
    return await _report(request, "table.xlsx", MEDIA["xlsx"])


async def _report(request: Request, form: str, media: str) -> Response:
    query = {name: value for name, value in request.query_params.items() if name != "lang"}
    lang = language(request)
    content = await _done(request, lambda service, caller: report_file(service, viewer_of(caller), query, form, lang))
    return styled(content, media)


async def clearance_stream(request: Request) -> Response:
    """What messages change from now on, as server-sent events; Last-Event-ID goes on where a stream broke off."""
    live, caller = live_of(request), caller_of(request)
    if request.method == "HEAD":  # a stream has no end, and HEAD no body
        return Response(media_type="text/event-stream")
    text = request.query_params.get("numbers")
    numbers = None if text is None else frozenset(filter(None, text.split(",")))
    try:
        return live.open(caller.key_id, viewer_of(caller), numbers, request.headers.get("last-event-id"))
    except TooManyStreamsError as fault:
        streams = Fault("(stream)", "one more", label("clearance.allowed.streams"))
        raise Refusal("too-many-requests", faults=[streams], retry_after_s=60) from fault
    except ValueError as fault:
        wrong = Fault(
            "last-event-id", request.headers.get("last-event-id", "")[:20], label("clearance.allowed.event_id")
        )
        raise Refusal.invalid(wrong) from fault


async def clearance_webhook(request: Request) -> Response:
    """Register where changes are sent, signed; its secret is in this answer alone."""
    given: WebhookRegistration = body_of(request)
    answer = await _done(request, lambda service, caller: register(service, given, caller))
    await recorded(request, webhook_draft(answer["webhook_id"], "registered", caller_of(request)))
    return JsonResponse(orjson.dumps(answer))


async def clearance_webhooks(request: Request) -> Response:
    """Every webhook, and whether it is sent to."""
    return JsonResponse(orjson.dumps(await _done(request, lambda service, _: every_webhook(service))))


async def clearance_webhook_disable(request: Request) -> Response:
    """End a webhook; nothing more is sent to it."""
    given: Reasoned = body_of(request)
    name = str(request.path_params["webhook_id"])
    answer = await _done(request, lambda service, caller: disable(service, name, given.reason, caller))
    await recorded(request, webhook_draft(name, "disabled", caller_of(request)))
    return JsonResponse(orjson.dumps(answer))


async def clearance_deliveries(request: Request) -> Response:
    """What was sent to webhooks: attempts, statuses and durations."""
    name, after = request.query_params.get("webhook_id"), query_number(request, "after", DELIVERY)
    return JsonResponse(orjson.dumps(await _done(request, lambda service, _: deliveries(service, name, after))))


async def _sheet(request: Request, form: str, media: str) -> Response:
    lang = language(request)

    def made(service: ClearanceService, caller: Caller) -> str | bytes:
        return sheet_file(service, service.see(_number(request), viewer_of(caller)), form, lang)

    return styled(await _done(request, made), media)


async def _seen(request: Request, known_at: datetime | None = None, until: datetime | None = None) -> Seen:
    return await _done(
        request, lambda service, caller: service.see(_number(request), viewer_of(caller), known_at, until)
    )


async def _dates(request: Request, seen: Seen, now: datetime) -> list[dict[str, Any]]:
    """Waits on the loop for what is made on a thread of its own: no request's thread is held."""
    try:
        wanted = clearance_of(request).dates.wanted(seen, now)
    except TooManyWantedError as fault:
        fewer = Fault("(dates)", "one more", label("clearance.allowed.fewer_dates"))
        raise Refusal("too-many-requests", faults=[fewer], retry_after_s=10) from fault
    return await asyncio.wrap_future(wanted)


async def _done(request: Request, call: Callable[[ClearanceService, Caller], T]) -> T:
    return await asyncio.to_thread(call, clearance_of(request), caller_of(request))


def _number(request: Request) -> str:
    return str(request.path_params["number"])
