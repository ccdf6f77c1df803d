"""The BentoML face: it owns the models, the workers and the packing, and mounts the bank API."""

from __future__ import annotations

import gc
from pathlib import Path

import bentoml

from serving.api import BODY_LIMIT_BYTES, Counter, create_app
from serving.gate import Gate

MODEL = "innovation-points"
app = create_app()


@bentoml.service(name="innovation-points-counter", workers=1, traffic={"timeout": 30})
@bentoml.asgi_app(Gate(app, BODY_LIMIT_BYTES), path="/")
class BankCounter:
    """One worker: everything is loaded and checked before the first request."""

    model = bentoml.models.BentoModel(f"{MODEL}:latest")

    def __init__(self) -> None:
        app.state.counter = Counter.load(Path(self.model.path))
        # What is loaded stays for good: the collector need not walk it again and again under load.
        gc.collect()
        gc.freeze()
