"""Customs clearance over HTTP: one call, answer. ``models.clearance`` folds, checks and draws."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response

from models.chain.node_view import Language
from serving.auth.access import Caller
from serving.clearance.answers import declaration_answer, message_answer
from serving.clearance.pages import declaration_page, sheet_file
from serving.clearance.service import ClearanceService, Seen
from serving.contract.instants import read_instant
from serving.contract.refusals import Fault, Refusal
from serving.http.chain import STYLED
from serving.http.context import JsonResponse, caller_of, clearance_of, worker_of
from serving.http.reading import language

# Media types that messages come in; their own declaration says what they are.
MESSAGE_MEDIA = ("application/xml", "text/xml", "application/edifact", "application/octet-stream")
HTML, PDF = "text/html; charset=utf-8", "application/pdf"
T = TypeVar("T")


async def clearance_message(request: Request) -> Response:
    """Keep a message of customs as it came; the same bytes are kept once."""
    raw: bytes = request.state.body
    received = await _done(request, lambda service, caller: service.receive(raw, caller))
    return JsonResponse(orjson.dumps(message_answer(received)))


async def clearance_checks(request: Request) -> Response:
    """Check a declaration against the rules before it is sent; nothing is kept."""
    raw: bytes = request.state.body
    return JsonResponse(orjson.dumps(await _done(request, lambda service, _: service.check(raw))))


async def clearance_declaration(request: Request) -> Response:
    """The state of a declaration by any of its numbers, with its timeline, now or as it was known at an instant."""
    known_at, until = _instant(request, "known_at"), _instant(request, "until")
    seen, forecast = await _done(request, lambda service, caller: _seen(request, service, caller, known_at, until))
    return JsonResponse(orjson.dumps(declaration_answer(seen, forecast, known_at or datetime.now(UTC), until)))


async def clearance_page(request: Request) -> Response:
    """A declaration's page: its state, its timeline as a picture, and when the next stages are expected."""
    lang = language(request)

    def made(service: ClearanceService, caller: Caller) -> str:
        seen, forecast = _seen(request, service, caller, None, None)
        return declaration_page(service, seen, forecast, lang)

    return _styled(await _done(request, made), HTML)


async def clearance_sheet(request: Request) -> Response:
    """The declaration sheet (报关单) as a page, with what the rules found."""
    return await _sheet(request, "html", HTML)


async def clearance_sheet_pdf(request: Request) -> Response:
    """The declaration sheet (报关单) as PDF, with what the rules found."""
    return await _sheet(request, "pdf", PDF)


async def _sheet(request: Request, form: str, media: str) -> Response:
    lang = language(request)

    def made(service: ClearanceService, caller: Caller) -> str | bytes:
        return sheet_file(service, service.see(_number(request), _viewer(caller)), form, lang)

    return _styled(await _done(request, made), media)


def _seen(
    request: Request, service: ClearanceService, caller: Caller, known_at: datetime | None, until: datetime | None
) -> tuple[Seen, list[dict[str, Any]]]:
    seen = service.see(_number(request), _viewer(caller), known_at, until)
    # What was expected at an earlier instant is not made up afterwards.
    return seen, [] if known_at or until else service.forecast(seen, datetime.now(UTC))


async def _done(request: Request, call: Callable[[ClearanceService, Caller], T]) -> T:
    return await asyncio.to_thread(call, clearance_of(request), caller_of(request))


def _number(request: Request) -> str:
    return str(request.path_params["number"])


def _viewer(caller: Caller) -> str | None:
    return caller.name if caller.role == "enterprise" else None


def _instant(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return read_instant(text, worker_of(request).params.zone)
    except ValueError as fault:
        raise Refusal("invalid-request", "1 fault(s)", [Fault(name, text[:40], str(fault).partition("allowed: ")[2])]) from fault


def _styled(content: str | bytes, media: str) -> Response:
    response = Response(content, media_type=media)
    response.headers["content-security-policy"] = STYLED
    return response
