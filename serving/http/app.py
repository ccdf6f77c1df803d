"""The bank API as a Starlette application over the table of operations.

What every request passes, in this order: its declared length, key, permission and rate, body and query; then its
handler. A Refusal becomes problem+json, and so does a fault of ours, of which a caller learns nothing.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data.texts.sentences import label
from serving.auth.access import Caller
from serving.contract.refusals import Fault, Refusal
from serving.decide.worker import Worker
from serving.http.context import worker_of
from serving.http.operation import Operation
from serving.http.problems import internal, not_found, refused
from serving.http.reading import check_declared_length, check_query, parse, read_body
from serving.http.routes import OPERATIONS

SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")  # no store holds NUL, and no name of ours a line feed


def create_app(worker: Worker | None = None) -> Starlette:
    """The application; until ``app.state.worker`` is set it is alive and not ready."""
    by_path: dict[str, dict[str, Operation]] = {}
    # A plain path before a pattern, and the longer pattern first: a number of a declaration may hold slashes.
    for operation in sorted(OPERATIONS, key=lambda one: ("{" in one.path, -len(one.path))):
        by_path.setdefault(operation.path, {})[operation.method] = operation
    app = Starlette(
        routes=[
            Route(path.replace("{number}", "{number:path}"), Resource(by_method)) for path, by_method in by_path.items()
        ],
        middleware=[Middleware(AnswerForm), Middleware(Observed)],
        exception_handlers={Refusal: refused, HTTPException: not_found},
    )
    app.router.redirect_slashes = False
    app.state.worker = worker
    app.state.matching = app.state.chain = app.state.clearance = app.state.clearance_live = None
    app.state.approvals = None
    app.state.incubators = app.state.filings = None
    return app


class Resource:
    """The operations of one path, as an ASGI application."""

    def __init__(self, by_method: Mapping[str, Operation]) -> None:
        self.by_method = by_method
        self.allowed = ", ".join(sorted({*by_method, *(("HEAD",) if "GET" in by_method else ())}))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or raise what the application's handlers answer."""
        response = await self.answer(Request(scope, receive, send))
        await response(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        """The response of the operation, once the request may have it."""
        method, path = request.method, request.scope["path"]
        if _CONTROL.search(path):
            raise Refusal("not-found", faults=[Fault("path", path[:80], label("fault.route"))])
        operation = self.by_method.get("GET" if method == "HEAD" else method)  # HEAD is GET without its body
        if operation is None:
            raise Refusal("method-not-allowed", faults=[Fault("method", method[:20], self.allowed)])
        if request.app.state.worker is not None or operation.roles:
            await _admit(request, operation, worker_of(request))
        response = await operation.handler(request)
        response.status_code = operation.status
        return response


async def _admit(request: Request, operation: Operation, worker: Worker) -> None:
    """Refuse what the caller may not do or the operation does not take; note the caller and the body."""
    limit_bytes = max(worker.params.body_limit_bytes, operation.most_bytes)
    check_declared_length(request, limit_bytes)
    if operation.roles:
        # A server makes a scope without a caller: only this process names one, for a person whom the console signed in.
        signed_in: Caller | None = request.scope.get("caller")
        caller = signed_in or worker.keys.caller_of(request.headers.get("authorization"))
        request.state.caller = caller
        caller.need(operation.permission, *operation.roles)
        if operation.rated:
            worker.limit.take(caller.name if signed_in is None else caller.key_id)
    body = await read_body(request, limit_bytes, operation.takes) if operation.body is not None else b""
    check_query(request, operation.query)
    if operation.body is not None:
        request.state.body = body if operation.body is bytes else parse(operation.body, body)


class AnswerForm:
    """Adds ``SECURITY_HEADERS`` where an answer has no such header of its own; to HEAD it answers without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and change the answer on its way back."""

        async def send_formed(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((name, value) for name, value in SECURITY_HEADERS if name not in own),
                ]
            elif message["type"] == "http.response.body" and scope["method"] == "HEAD":
                message["body"] = b""
            await send(message)

        await self.app(scope, receive, send_formed)


class Observed:
    """Measures every answer, and answers for a fault of ours, which nothing outside this application may show."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and count the answer by its route and status."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except Exception as fault:  # noqa: BLE001  # a server would log it with its values
            response = internal(scope["path"], fault)
            if status == 0:
                await response(scope, receive, send_and_note)
        worker: Worker | None = scope["app"].state.worker
        if worker is not None and "route" in scope:
            worker.metrics.answered(scope["route"].path_format, status, time.perf_counter() - began)
