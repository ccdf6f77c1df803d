"""A service of the three routes that the measurement needs, without keys: ``python service.py URL PORT``."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from data.clearance.records import ENTRY_ID
from data.events import EventStore
from data.ingest.messages.read import read_message
from serving.clearance.changes import StoredChanges
from serving.clearance.store import MessageStore, Source
from serving.clearance.stream import LiveChanges


def app(url: str) -> Starlette:
    """The routes over the event store at ``url``."""
    messages = MessageStore(EventStore(url), read_message)
    live = LiveChanges(StoredChanges(messages))

    async def post(request: Request) -> Response:
        raw, now = await request.body(), dt.datetime.now(dt.UTC)
        received = await run_in_threadpool(messages.receive, raw, Source("operator", "zone"), now)
        return JSONResponse({"message_id": received.message_id}, 201)

    async def state(request: Request) -> Response:
        found = await run_in_threadpool(messages.linked, [(ENTRY_ID, request.path_params["number"])], None)
        return JSONResponse({"messages": len(found)}, 200 if found else 404)

    async def stream(request: Request) -> Response:
        return live.open("key", None, None, request.headers.get("last-event-id"))

    @asynccontextmanager
    async def closing(_: Starlette) -> AsyncIterator[None]:
        yield
        messages.store.close()

    routes = [
        Route("/v1/clearance/messages", post, methods=["POST"]),
        Route("/v1/clearance/declarations/{number}", state),
        Route("/v1/clearance/declarations/{number}/forecast", state),
        Route("/v1/clearance/stream", stream),
    ]
    return Starlette(routes=routes, lifespan=closing)


if __name__ == "__main__":
    uvicorn.run(app(sys.argv[1]), port=int(sys.argv[2]), log_level="warning")
