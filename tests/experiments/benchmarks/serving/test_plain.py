"""The peer decides as the engine does, on the firms of the snapshot."""

from __future__ import annotations

from types import SimpleNamespace

import orjson
import pytest
from starlette.testclient import TestClient

from data.requests import QuotaRequest
from experiments.benchmarks.serving.plain import ARTIFACTS, engine_and_rows, plain
from models.quota.engine import read_policy


@pytest.mark.behaviour
def test_the_plain_application_gives_the_engines_answer(
    trained: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two firms; the answer as JSON, byte for byte the engine's own."""
    monkeypatch.setenv(ARTIFACTS, str(trained.folder))
    engine, rows = engine_and_rows(trained.folder)
    assert set(rows) == set(trained.snapshot.frame["uscc"])
    client = TestClient(plain())
    for uscc in list(rows)[:2]:
        requested = {"request_id": "r", "uscc": uscc, "requested_amount_cny": 3_000_000}
        own = engine.decide_row(*rows[uscc], QuotaRequest.model_validate(requested), read_policy())
        assert client.post("/v1/quota", json=requested).content == orjson.dumps(own)
