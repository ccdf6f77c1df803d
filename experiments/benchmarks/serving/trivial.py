"""The real service with one more mounted application, which answers nothing: what the ground alone can carry.

``/trivial`` is mounted as BentoML mounts any ASGI application; everything else is the counter's, untouched.
"""

from __future__ import annotations

import bentoml
from serving.http.gate import Receive, Scope, Send
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from serving.runtime.service import BankCounter, Door


async def trivial(_: Request) -> JSONResponse:
    """The shortest answer that there is."""
    return JSONResponse({"status": "ok"})


door = Door.__call__


async def with_trivial(self: Door, scope: Scope, receive: Receive, send: Send) -> None:
    """As ``Door``, but ``/trivial`` goes to BentoML."""
    trivial = scope["type"] == "http" and scope["path"] == "/trivial"
    await (self.app(scope, receive, send) if trivial else door(self, scope, receive, send))


Door.__call__ = with_trivial  # type: ignore[method-assign]  # this process is the benchmark's own
bentoml.asgi_app(Starlette(routes=[Route("/trivial", trivial)]))(BankCounter)
