"""A request's body and query as the contract takes them: within the limit, of its type, nothing given twice."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import aclosing
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, cast
from urllib.parse import parse_qsl

from pydantic import TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect, Request

from data.members import FIRST_YEAR, LAST_YEAR
from data.texts.sentences import label, sentence
from models.chain.node_view import Language
from serving.contract.instants import end_of_day, read_instant
from serving.contract.json_members import repeated_members
from serving.contract.refusals import NOTHING, Fault, Refusal, invalid_request, shown

MICROSECOND = timedelta(microseconds=1)
BODY_LIMIT_S = 20.0  # a body that takes longer is not waited for
_MARKS = {"UTF-8, EF BB BF": b"\xef\xbb\xbf", "UTF-16, FF FE": b"\xff\xfe", "UTF-16, FE FF": b"\xfe\xff"}


def check_declared_length(request: Request, limit_bytes: int) -> None:
    """Refuse a body that declares itself too long, before any of it is read."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdecimal() and (len(declared) > 18 or int(declared) > limit_bytes):
        raise _too_large(limit_bytes, f"{declared[:40]} bytes declared")


async def read_body(request: Request, limit_bytes: int, takes: Sequence[str] = ("application/json",)) -> bytes:
    """The whole body; refused as soon as it is too long or too slow, and where its media type is none of ``takes``."""
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_LIMIT_S), aclosing(request.stream()) as stream:
            async for part in stream:
                size += len(part)
                if size > limit_bytes:
                    raise _too_large(limit_bytes, f"more than {limit_bytes} bytes sent")
                parts.append(part)
    except ClientDisconnect as fault:
        raise Refusal("malformed-json", "the connection ended before the body did") from fault
    except TimeoutError as fault:
        raise Refusal("malformed-json", f"the body was not sent within {BODY_LIMIT_S:g} s") from fault
    kind = request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() not in takes:
        allowed = sentence("fault.one_of", list=list(takes))
        raise Refusal("unsupported-media", faults=[Fault("content-type", kind[:60] or NOTHING, allowed)])
    return b"".join(parts)


def parse(kind: Any, body: bytes) -> Any:
    """The body as ``kind``; raises a Refusal with everything wrong with it. A repeated member is wrong."""
    if mark := next((name for name, start in _MARKS.items() if body.startswith(start)), None):
        raise Refusal("malformed-json", sentence("problem.malformed-json.mark", mark=mark))
    try:
        given = _adapter(kind).validate_json(body)
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            raise Refusal("malformed-json", first["msg"]) from fault
        raise invalid_request(fault, repeated_members(body)) from fault
    if faults := repeated_members(body):
        raise Refusal.invalid(*faults)
    return given


def check_query(request: Request, known: Collection[str]) -> None:
    """Refuse a query that is malformed, or has a member that is unknown or given twice."""
    raw = request.scope["query_string"].decode("latin-1")
    if not raw:
        return
    try:
        names = [name for name, _ in parse_qsl(raw, keep_blank_values=True, strict_parsing=True)]
    except ValueError:
        names = [""]
    if len(set(names)) != len(names) or set(names) - set(known):
        allowed = sentence("fault.query", list=sorted(known)) if known else label("fault.no_query")
        raise Refusal.invalid(Fault("query", shown(raw), allowed))


def language(request: Request) -> Language:
    """The language of a page, Chinese where the query names none."""
    lang = request.query_params.get("lang", "zh")
    if lang not in ("zh", "en"):
        raise Refusal.invalid(Fault("lang", lang[:20], label("fault.lang")))
    return cast(Language, lang)


def query_day(request: Request, name: str) -> date | None:
    """A day of the query, None where it is left out; refused where it is not written as 2026-01-31.

    Only days of FIRST_YEAR to LAST_YEAR are taken, so that every sum of days stays a date.
    """
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
        if text != day.isoformat() or not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError
    except ValueError as fault:
        raise Refusal.invalid(Fault(name, text[:20], label("fault.day"))) from fault
    return day


def query_instant(request: Request, name: str, zone: str) -> datetime | None:
    """An instant of the query in UTC, None where it is left out; a day alone is its last microsecond in ``zone``.

    The next midnight would belong to the next day, of which an event may name the day alone.
    """
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return end_of_day(text, zone) - MICROSECOND if len(text.strip()) == 10 else read_instant(text, zone)
    except ValueError as fault:
        raise Refusal.invalid(Fault(name, text[:40], label("fault.instant"))) from fault


def query_count(request: Request, name: str, usual: int, most: int) -> int:
    """A whole number of the query, ``usual`` where it is left out; refused above ``most``."""
    text = request.query_params.get(name, str(usual))
    if not (text.isascii() and text.isdigit() and len(text) <= 15 and int(text) <= most):
        allowed = sentence("fault.whole_between", most=str(most))
        raise Refusal.invalid(Fault(name, text[:20], allowed))
    return int(text)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _too_large(limit_bytes: int, found: str) -> Refusal:
    fault = Fault("(body)", found, sentence("fault.bytes", most=str(limit_bytes)))
    return Refusal("body-too-large", fault.texts[1], [fault])
