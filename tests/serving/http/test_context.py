"""What a handler has of a request, and JSON as it is sent."""

from __future__ import annotations

from datetime import date

import pytest
from starlette.requests import Request

from serving.contract.refusals import Refusal
from serving.http.app import create_app
from serving.http.context import JsonResponse, body_of, caller_of, worker_of

pytestmark = pytest.mark.contract


def test_json_is_written_once():
    """Values are written; bytes are JSON already and stay as they are."""
    assert JsonResponse({"day": date(2024, 6, 30), "zh": "额度"}).body == '{"day":"2024-06-30","zh":"额度"}'.encode()
    assert JsonResponse(b'{"a": 1}').body == b'{"a": 1}'
    assert JsonResponse([]).headers["content-type"] == "application/json"


def test_a_request_has_its_worker_caller_and_body():
    """Until the models are loaded there is no worker, which is a refusal."""
    app = create_app()
    request = Request({"type": "http", "app": app, "state": {"caller": "c", "body": "b"}})
    assert (caller_of(request), body_of(request)) == ("c", "b")
    with pytest.raises(Refusal, match="not-ready"):
        worker_of(request)
    app.state.worker = "w"
    assert worker_of(request) == "w"
