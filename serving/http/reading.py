"""A request's body and query as the contract takes them: within the limit, of its type, nothing given twice."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, cast
from urllib.parse import parse_qsl

from pydantic import TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect, Request

from data.texts.sentences import label, sentence
from models.chain.node_view import Language
from serving.contract.instants import end_of_day, read_instant
from serving.contract.json_members import repeated_members
from serving.contract.parameters import (
    AFTER,
    COUNT,
    DAY,
    INSTANT,
    LANGUAGE,
    Parameter,
    Whole,
    check_member,
    faults_of,
)
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


def check_query(request: Request, known: Mapping[str, Parameter]) -> None:
    """Refuse a query that is malformed, has a member that is unknown or given twice, or one that may not be so."""
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
    if faults := faults_of(request.query_params, known):
        raise Refusal.invalid(*faults)


def language(request: Request) -> Language:
    """The language of a page, Chinese where the query names none."""
    return cast(Language, _given(request, "lang", LANGUAGE) or LANGUAGE.usual)


def query_day(request: Request, name: str) -> date | None:
    """A day of the query, None where it is left out; refused where it is none of ``DAY``."""
    text = _given(request, name, DAY)
    return None if text is None else date.fromisoformat(text)


def query_instant(request: Request, name: str, zone: str) -> datetime | None:
    """An instant of the query in UTC, None where it is left out; a day alone is its last microsecond in ``zone``.

    The next midnight would belong to the next day, of which an event may name the day alone.
    """
    text = _given(request, name, INSTANT)
    if text is None:
        return None
    return end_of_day(text, zone) - MICROSECOND if DAY.fits(text) else read_instant(text, zone)


def query_number(request: Request, name: str, number: Whole) -> int:
    """A whole number of the query, its usual one where it is left out."""
    text = _given(request, name, number)
    return number.usual if text is None else int(text)


def query_page(request: Request) -> tuple[int, int]:
    """How many lines of a list are passed over, and how many are given."""
    return query_number(request, "after", AFTER), query_number(request, "count", COUNT)


def _given(request: Request, name: str, parameter: Parameter) -> str | None:
    text = request.query_params.get(name)
    if text is not None:
        check_member(name, text, parameter)
    return text


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _too_large(limit_bytes: int, found: str) -> Refusal:
    fault = Fault("(body)", found, sentence("fault.bytes", most=str(limit_bytes)))
    return Refusal("body-too-large", fault.texts[1], [fault])
