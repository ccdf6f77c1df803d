"""The BentoML service: it owns the models, the packing and the start; the bank API is mounted on it."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import bentoml
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.console.app import mount_console
from serving.console.firms import warm
from serving.decide.decision_service import DecisionService
from serving.decide.worker import Worker
from serving.http.app import create_app
from serving.releases.packed import MODEL, check_packed
from serving.runtime.logs import log_as_json
from serving.runtime.services import close_services, open_services
from serving.runtime.supervisor import SERVICE, SWAPPING

RESERVED = ("/healthz", "/livez", "/readyz", "/schema.json")
app = create_app()
mount_console(app)


async def bank_api(scope: Scope, receive: Receive, send: Send) -> None:
    """The application, for every path.

    It is mounted as a function: of a Starlette application BentoML gives on only its own paths, and answers
    the others with pages of its own.
    """
    await app(scope, receive, send)


class OwnHealth:
    """Gives the bank API the paths that BentoML answers before anything that is mounted."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, to one or the other."""
        own = scope["type"] == "http" and scope["path"] in RESERVED
        await (bank_api if own else self.app)(scope, receive, send)


@bentoml.asgi_app(bank_api, path="/")
@bentoml.service(
    name=SERVICE,
    workers=1,
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
    traffic={"timeout": 60},  # BentoML's own answer comes after every limit of ours
    tracing={"excluded_urls": "."},  # every address: its spans cost more than a quota
)
class BankService:
    """One worker: everything is loaded and checked before the first request."""

    model = bentoml.models.BentoModel(f"{MODEL}:latest")

    def __init__(self) -> None:
        log_as_json()
        check_packed(Path(self.model.path), str(self.model.tag.version))
        worker = Worker.from_environment(DecisionService.load(Path(self.model.path)))
        if SWAPPING in os.environ:
            worker.ready()  # a release that may not answer does not replace one that may
        open_services(app.state, Path(self.model.path), worker)
        warm(app.state)
        # What is loaded stays; walking it again and again would hold up the requests that meet a collection.
        gc.collect()
        gc.freeze()

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]  # BentoML has no types
    def close(self) -> None:
        """Finish what was taken: the last commits are written before the process ends."""
        close_services(app.state)


BankService.add_asgi_middleware(OwnHealth)  # type: ignore[attr-defined]  # the decorator made it a Service
