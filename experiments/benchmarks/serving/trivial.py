"""A BentoML service with one mounted application that answers nothing: what the ground alone can carry.

It is configured as the bank service is, and mounts its application in the same way.
"""

from __future__ import annotations

import bentoml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def trivial(_: Request) -> JSONResponse:
    """The shortest answer that there is."""
    return JSONResponse({"status": "ok"})


@bentoml.asgi_app(Starlette(routes=[Route("/trivial", trivial)]), path="/")
@bentoml.service(
    name="trivial",
    workers=1,
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
    tracing={"excluded_urls": "."},
)
class Trivial:
    """Nothing but the mounted application."""
