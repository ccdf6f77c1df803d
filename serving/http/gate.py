"""The way in and out of every request: route, body limit, key, scope, rate; then one call and one answer.

Plain ASGI with one table of routes, because it stands in front of everything. A body over the limit is refused
without being read. Whatever a handler raises becomes problem+json; a fault of our own is logged by its type and
place, never with values.
"""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson
import structlog

from serving.auth.access import Principal
from serving.contract.problems import MEDIA_TYPE, Fault, ProblemError, shown
from serving.runtime.desk import Desk

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Scope = MutableMapping[str, Any]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

JSON = b"application/json"
SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
_PARAMETER = re.compile(r"\{(\w+)\}")
log = structlog.get_logger("serving.http.gate")


@dataclass(slots=True)
class Ask:
    """One request as a handler sees it."""

    opened: Desk | None
    body: bytes
    path: Mapping[str, str]
    query: Mapping[str, str]
    who: Principal | None

    @property
    def desk(self) -> Desk:
        """The open desk; a 503 problem until the models are loaded."""
        if self.opened is None:
            raise ProblemError("not-ready", "the models are not loaded yet")
        return self.opened

    @property
    def principal(self) -> Principal:
        """Who asks, on a route that needs a key."""
        if self.who is None:
            raise ProblemError("key-missing")
        return self.who


@dataclass(slots=True)
class Reply:
    """What a handler gives back."""

    body: bytes
    status: int = 200
    media_type: bytes = JSON


Handler = Callable[[Ask], Awaitable[Reply]]


@dataclass(frozen=True)
class Route:
    """One line of the contract: who may call what, what it takes, gives and refuses."""

    method: str
    path: str
    call: Handler
    roles: tuple[str, ...] = ()  # none: open to everybody, without a key
    scope: str = ""
    takes: Any = None  # the type of the JSON body
    gives: Any = None  # the type of the JSON answer
    status: int = 200
    refuses: tuple[str, ...] = ()  # problem keys beside those that every route of its kind has
    query: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # name -> JSON schema
    costs: bool = True  # takes from the bank's rate


class Gate:
    """The ASGI application over a table of routes; ``desk`` is set once it is open."""

    def __init__(self, routes: Sequence[Route], body_limit_bytes: int) -> None:
        self.routes = tuple(routes)
        self.body_limit_bytes = body_limit_bytes
        self.desk: Desk | None = None
        self._exact: dict[str, dict[str, Route]] = {}
        self._patterns: list[tuple[re.Pattern[str], dict[str, Route]]] = []
        shapes: dict[str, dict[str, Route]] = {}
        for route in self.routes:
            shapes.setdefault(route.path, {})[route.method] = route
        for path, by_method in shapes.items():
            if "{" in path:
                # No letter that a store cannot hold: PostgreSQL's texts have no NUL.
                pattern = _PARAMETER.sub(r"(?P<\1>[^/\\x00-\\x1f\\x7f]{1,200})", path)
                self._patterns.append((re.compile(rf"{pattern}\Z"), by_method))
            else:
                self._exact[path] = by_method

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; other kinds of connection are not ours."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await _lifespan(receive, send)
            return
        start = time.perf_counter()
        route: Route | None = None
        headers: Mapping[str, str] = {}
        who: Principal | None = None
        try:
            route, path = self._match(scope)
            desk = self.desk
            authorization, kind = _read_headers(scope["headers"], self.body_limit_bytes)
            if route.roles:
                if desk is None:
                    raise ProblemError("not-ready", "the models are not loaded yet")
                who = desk.keys.principal_of(authorization)
                who.need(route.scope, *route.roles)
                if route.costs:
                    desk.limit.take(who.name)
            body = await _read_body(receive, self.body_limit_bytes) if route.takes is not None else b""
            if route.takes is not None and kind.partition(b";")[0].strip().lower() != JSON:
                found = kind.decode("latin-1")[:60] or "nothing"
                raise ProblemError("unsupported-media", faults=[Fault("content-type", found, "application/json")])
            query = _read_query(scope["query_string"], route)
            reply = await route.call(Ask(desk, body, path, query, who))
        except ProblemError as problem:
            reply, headers = _refusal(problem), problem.headers
            if self.desk is not None:
                self.desk.figures.refused(problem.key)
            if problem.kind.status != 404 or route is not None:
                log.info(
                    "refused",
                    problem=problem.key,
                    status=problem.kind.status,
                    route=route.path if route else None,
                    principal=who.name if who and who.role == "bank" else None,
                    key=who.key_id if who else None,
                )
        except Exception as fault:  # noqa: BLE001  # the outermost ring: nothing of ours may reach a caller
            place = traceback.extract_tb(fault.__traceback__)[-1]
            log.error("fault", fault=type(fault).__name__, at=f"{place.name}:{place.lineno}", route=scope["path"][:80])
            reply = _refusal(ProblemError("internal", "the fault is logged"))
        await _send(send, reply, headers, whole=scope["method"] != "HEAD")
        if self.desk is not None and route is not None:
            self.desk.figures.answered(route.path, reply.status, time.perf_counter() - start)

    def _match(self, scope: Scope) -> tuple[Route, dict[str, str]]:
        target, method = scope["path"], scope["method"]
        by_method = self._exact.get(target)
        path: dict[str, str] = {}
        if by_method is None:
            for pattern, candidates in self._patterns:
                if found := pattern.match(target):
                    by_method, path = candidates, found.groupdict()
                    break
            else:
                raise ProblemError("not-found", faults=[Fault("path", target[:80], "a route of /openapi.json")])
        route = by_method.get("GET" if method == "HEAD" else method)  # HEAD is GET without its body
        if route is None:
            allowed = ", ".join(sorted({*by_method, *(("HEAD",) if "GET" in by_method else ())}))
            raise ProblemError(
                "method-not-allowed", faults=[Fault("method", method[:20], allowed)], headers={"allow": allowed}
            )
        return route, path


def _read_headers(headers: Sequence[tuple[bytes, bytes]], limit: int) -> tuple[str | None, bytes]:
    """Authorization and content type; refuses a body that declares itself too long."""
    authorization, kind = None, b""
    for name, value in headers:
        if name == b"authorization":
            authorization = value.decode("latin-1")
        elif name == b"content-type":
            kind = value
        elif name == b"content-length" and value.isdigit() and (len(value) > 18 or int(value) > limit):
            raise too_large(limit, f"{value[:40].decode()} bytes declared")
    return authorization, kind


async def _read_body(receive: Receive, limit: int) -> bytes:
    message = await receive()
    if not message.get("more_body", False):
        body: bytes = message.get("body", b"")
        if len(body) > limit:
            raise too_large(limit, f"{len(body)} bytes sent")
        return body
    parts, taken = [message.get("body", b"")], len(message.get("body", b""))
    while message.get("more_body", False):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ProblemError("malformed-json", "the connection ended before the body did")
        parts.append(message.get("body", b""))
        taken += len(parts[-1])
        if taken > limit:
            raise too_large(limit, f"more than {limit} bytes sent")
    return b"".join(parts)


def _read_query(raw: bytes, route: Route) -> dict[str, str]:
    """The query's members; refuses one that is malformed, unknown or given twice."""
    if not raw:
        return {}
    allowed = f"each of {sorted(route.query)} at most once, as name=value" if route.query else "no query"
    try:
        pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, strict_parsing=True)
    except ValueError:
        pairs = [("", "")]
    given = dict(pairs)
    if len(given) != len(pairs) or set(given) - set(route.query):
        raise ProblemError("invalid-request", "1 fault(s)", [Fault("query", shown(raw.decode("latin-1")), allowed)])
    return given


def too_large(limit_bytes: int, found: str) -> ProblemError:
    """The refusal of an over-long body; the connection is closed, as the rest of it is never read."""
    fault = Fault("(body)", found, f"at most {limit_bytes} bytes")
    return ProblemError("body-too-large", fault.allowed, [fault], {"connection": "close"})


def _refusal(problem: ProblemError) -> Reply:
    return Reply(orjson.dumps(problem.body()), problem.kind.status, MEDIA_TYPE.encode())


async def _send(send: Send, reply: Reply, extra: Mapping[str, str], *, whole: bool) -> None:
    headers = [
        (b"content-type", reply.media_type),
        (b"content-length", str(len(reply.body)).encode()),
        *SECURITY_HEADERS,
    ]
    headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in extra.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body if whole else b""})


async def _lifespan(receive: Receive, send: Send) -> None:
    """Under a bare ASGI server: the desk is opened and closed by whoever made it."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
