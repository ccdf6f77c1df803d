"""The outermost ring: body limit, security headers, one structured line per refusal.

Plain ASGI, because it stands in front of every request. A body over the limit is refused without being read:
by its declared length at once, or, when it is sent in chunks, as soon as the count passes the limit.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from serving.problems import Fault, ProblemError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Scope = MutableMapping[str, Any]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)


class BodyTooLargeError(Exception):
    """More bytes arrived than the limit allows."""


def too_large(limit_bytes: int, found: str) -> ProblemError:
    """The refusal of an over-long body; the connection is closed, as the rest of it is never read."""
    fault = Fault("(body)", found, f"at most {limit_bytes} bytes")
    return ProblemError("body-too-large", fault.allowed, [fault], {"connection": "close"})


class Gate:
    """ASGI wrapper: refuses bodies over ``limit_bytes`` and adds the security headers to every answer."""

    def __init__(self, app: AsgiApp, limit_bytes: int) -> None:
        self.app = app
        self.limit_bytes = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *SECURITY_HEADERS]
            await send(message)

        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if declared.isdigit() and int(declared) > self.limit_bytes:
            await too_large(self.limit_bytes, f"{int(declared)} bytes declared").response()(
                scope, receive, guarded_send
            )
            return
        taken = 0

        async def counted_receive() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.limit_bytes:
                raise BodyTooLargeError
            return message

        try:
            await self.app(scope, counted_receive, guarded_send)
        except BodyTooLargeError:
            await too_large(self.limit_bytes, f"more than {self.limit_bytes} bytes sent").response()(
                scope, receive, guarded_send
            )
