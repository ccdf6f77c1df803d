"""The whole service inside this process: application, keys, ledger and models, called without a socket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.applications import Starlette
from starlette.types import Message

from data.events import EventStore
from experiments.benchmarks.serving.world import World
from serving.approvals.packed import Forecasts, load_catalogue
from serving.approvals.service import APPROVALS_OFF, ApprovalsService
from serving.approvals.store import CaseStore
from serving.decide.decision_service import DecisionService, read_watch
from serving.decide.worker import Worker
from serving.http.app import create_app
from serving.incubators.service import INCUBATORS_OFF, IncubatorsService
from serving.incubators.store import EntryStore
from serving.matching.packed import FirstUse

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
    """The application on an empty ledger and an empty event store, with what needs no file of a release.

    No rate limit and no drift alarm, which would hide what is looked for.
    """
    service = DecisionService.load(artifacts, params)
    numbers = replace(service.params, rate_per_s=1e9, burst=1e9)
    quiet = replace(numbers, drift_false_alarm_rate=1e-12, drift_tolerance_rank=0.49)
    watch = read_watch(artifacts, service.models, quiet)
    service = replace(service, params=numbers, drift=watch)
    world = World.make(url, artifacts)
    worker, clock = Worker(service, url), service.clock
    with TemporaryDirectory() as folder:
        events = EventStore(f"sqlite:///{folder}/events.sqlite")
        app = create_app(worker)
        app.state.incubators = IncubatorsService.made_of(
            FirstUse(lambda: EntryStore(events), INCUBATORS_OFF), clock.today
        )
        app.state.approvals = ApprovalsService.made_of(
            FirstUse(lambda: CaseStore(events), APPROVALS_OFF),
            FirstUse(lambda: load_catalogue(artifacts), APPROVALS_OFF),
            FirstUse(lambda: Forecasts.load(artifacts), APPROVALS_OFF),
            clock.now,
        )
        try:
            yield app, world
        finally:
            worker.close()
            events.close()
