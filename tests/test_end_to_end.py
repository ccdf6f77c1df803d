"""The one straight line, on a small cohort: what is packed and served answers as the batch did."""

from __future__ import annotations

import json

import pytest
from starlette.testclient import TestClient

from data.requests import QuotaRequest
from models.quota import QuotaEngine
from serving.api import Counter, create_app

pytestmark = pytest.mark.law


def test_single_batch_reloaded_and_served_answers_are_identical_for_every_enterprise(trained):
    """The same bits, whichever way the question comes."""
    frame, known = trained.snapshot.frame, trained.snapshot.known_at
    asked = [QuotaRequest(request_id=f"r{code}", uscc=code, requested_amount_cny=5_000_000) for code in frame["uscc"]]
    batch = trained.engine.decide(frame, known, asked, trained.policy)
    reloaded = QuotaEngine.load(trained.folder)
    assert reloaded.decide(frame, known, asked, trained.policy) == batch
    app = create_app()
    app.state.counter = Counter.load(trained.folder)
    with TestClient(app) as client:
        for place in range(0, len(asked), 500):
            bodies = [json.loads(request.model_dump_json(exclude_none=True)) for request in asked[place : place + 500]]
            answers = client.post("/v1/quota/batch", json=bodies).json()
            assert answers == [json.loads(one.model_dump_json()) for one in batch[place : place + 500]]
    for place in range(0, len(asked), 11):
        one = app.state.counter.quota([asked[place]])[0]
        assert one == batch[place]
