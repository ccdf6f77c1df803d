"""The whole service inside this process: application, keys, ledger and models, called without a socket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from starlette.applications import Starlette
from starlette.types import Message

from experiments.benchmarks.serving.world import World
from serving.decide.decision_service import DecisionService, read_watch
from serving.decide.worker import Worker
from serving.http.app import create_app

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Received:
    """One answer."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


async def ask(
    app: Starlette, method: str, path: str, headers: Headers = (), body: bytes = b"", query: bytes = b"", parts: int = 1
) -> Received:
    """One request as an ASGI server hands it on, its body in so many parts."""
    step = max(1, -(-len(body) // parts))
    pieces = [body[start : start + step] for start in range(0, len(body), step)] or [b""]
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    async def send(message: Message) -> None:
        messages.append(message)

    scope = {
        "type": "http", "http_version": "1.1", "scheme": "http", "method": method, "path": path,
        "raw_path": path.encode("utf-8", "replace"), "query_string": query, "headers": list(headers),
        "root_path": "", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    await app(scope, receive, send)
    start, end = messages
    return Received(start["status"], dict(start["headers"]), end["body"])


@contextmanager
def open_app(artifacts: Path, params: Path, url: str) -> Iterator[tuple[Starlette, World]]:
    """The application on an empty ledger; no rate limit and no drift alarm, which would hide what is looked for."""
    service = DecisionService.load(artifacts, params)
    numbers = replace(service.params, rate_per_s=1e9, burst=1e9)
    quiet = replace(numbers, drift_false_alarm_rate=1e-12, drift_tolerance_rank=0.49)
    watch = read_watch(artifacts, service.models, quiet)
    service = replace(service, params=numbers, drift=watch)
    world = World.make(url, artifacts)
    worker = Worker(service, url)
    try:
        yield create_app(worker), world
    finally:
        worker.close()
