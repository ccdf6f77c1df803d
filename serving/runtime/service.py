"""The BentoML face: it owns the models, the workers and the packing, and lets the counter's own gate answer."""

from __future__ import annotations

import os
from pathlib import Path

import bentoml

from serving.decide.decision_service import Counter, keep_loaded
from serving.http.gate import AsgiApp, Gate, Receive, Scope, Send
from serving.http.routes import ROUTES
from serving.runtime.desk import Desk
from serving.runtime.logs import log_as_json
from serving.runtime.supervisor import SERVICE, SWAPPING, be_patient, end_with_supervisor, tell_ready

MODEL = "innovation-points"
gate = Gate(ROUTES, body_limit_bytes=0)  # until the packed numbers are read


class Door:
    """BentoML's application behind ours: it opens and closes the service, every request is the gate's.

    BentoML puts its own layers around a service's: a task, a timer of half a minute and a span for each request. The
    gate needs none of them, so the door moves to the outside as soon as the service is opened.
    """

    def __init__(self, app: AsgiApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """HTTP to the gate, the rest to BentoML."""
        if scope["type"] == "http":
            await gate(scope, receive, send)
            return
        if scope["type"] == "lifespan":
            application = scope["app"]
            application.middleware_stack = Door(application.middleware_stack)
        await self.app(scope, receive, send)


@bentoml.service(
    name=SERVICE,
    workers=1,
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
    tracing={"excluded_urls": "."},  # every address: its spans cost more than a quota
)
class BankCounter:
    """One worker: everything is loaded and checked before the first request."""

    model = bentoml.models.BentoModel(f"{MODEL}:latest")

    def __init__(self) -> None:
        log_as_json()
        end_with_supervisor()
        counter = Counter.load(Path(self.model.path))
        gate.body_limit_bytes = counter.params.body_limit_bytes
        desk = Desk.from_environment(counter)
        if SWAPPING in os.environ:
            desk.ready()  # a release that may not answer does not take over
        counter.measure_all()
        keep_loaded()
        gate.desk = desk
        be_patient()
        tell_ready()

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]  # BentoML has no types
    def close(self) -> None:
        """Finish what was taken: the last commits are written before the process ends."""
        if gate.desk is not None:
            gate.desk.close()


BankCounter.add_asgi_middleware(Door)  # type: ignore[attr-defined]  # the decorator made it a Service
