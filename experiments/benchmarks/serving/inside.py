"""The whole counter inside this process: gate, keys, ledger and models, asked without a socket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from experiments.benchmarks.serving.world import World
from serving.decide.counter import Counter, read_watch
from serving.http.gate import Gate, Message
from serving.http.routes import ROUTES
from serving.runtime.desk import Desk

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


async def ask(
    gate: Gate, method: str, path: str, headers: Headers = (), body: bytes = b"", query: bytes = b"", parts: int = 1
) -> Heard:
    """One request as an ASGI server hands it on, its body in so many parts."""
    step = max(1, -(-len(body) // parts))
    pieces = [body[start : start + step] for start in range(0, len(body), step)] or [b""]
    told: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    async def send(message: Message) -> None:
        told.append(message)

    scope = {
        "type": "http", "http_version": "1.1", "scheme": "http", "method": method, "path": path,
        "raw_path": path.encode("utf-8", "replace"), "query_string": query, "headers": list(headers),
        "root_path": "", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    await gate(scope, receive, send)
    start, end = told
    return Heard(start["status"], dict(start["headers"]), end["body"])


@contextmanager
def open_gate(artifacts: Path, params: Path, url: str) -> Iterator[tuple[Gate, World]]:
    """The gate on an empty ledger; without a rate limit and a drift alarm, which would hide what is looked for."""
    counter = Counter.load(artifacts, params)
    numbers = replace(counter.params, rate_per_s=1e9, burst=1e9)
    quiet = replace(numbers, drift_false_alarm_rate=1e-12, drift_tolerance_rank=0.49)
    watch = read_watch(artifacts, counter.models, quiet)
    counter = replace(counter, params=numbers, drift=watch)
    world = World.make(url, artifacts)
    gate = Gate(ROUTES, numbers.body_limit_bytes)
    gate.desk = Desk(counter, url)
    try:
        yield gate, world
    finally:
        gate.desk.close()
