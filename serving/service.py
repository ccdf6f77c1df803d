"""The BentoML face: it owns the models, the workers and the packing, and lets the counter's own gate answer."""

from __future__ import annotations

from pathlib import Path

import bentoml

from serving.counter import Counter, keep_loaded
from serving.desk import Desk
from serving.gate import AsgiApp, Gate, Receive, Scope, Send
from serving.logs import log_as_json
from serving.routes import ROUTES

MODEL = "innovation-points"
BODY_LIMIT_BYTES = 1_000_000
gate = Gate(ROUTES, BODY_LIMIT_BYTES)


class Door:
    """BentoML's application behind ours: it opens and closes the service, every request is the gate's."""

    def __init__(self, app: AsgiApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """HTTP to the gate, the rest to BentoML."""
        await (gate if scope["type"] == "http" else self.app)(scope, receive, send)


@bentoml.service(
    name="innovation-points-counter",
    workers=1,
    traffic={"timeout": 30},
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
    tracing={"excluded_urls": "."},  # every address: its spans cost more than a quota
)
class BankCounter:
    """One worker: everything is loaded and checked before the first request."""

    model = bentoml.models.BentoModel(f"{MODEL}:latest")

    def __init__(self) -> None:
        log_as_json()
        gate.desk = Desk.from_environment(Counter.load(Path(self.model.path)))
        keep_loaded()

    @bentoml.on_shutdown
    def close(self) -> None:
        """Finish what was taken: the last commits are written before the process ends."""
        if gate.desk is not None:
            gate.desk.close()


BankCounter.add_asgi_middleware(Door)
