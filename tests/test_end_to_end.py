"""The one straight line, on a small cohort: what is packed and served answers as the batch did."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.requests import QuotaRequest
from models.quota.answer import answer_json
from models.quota.engine import QuotaEngine
from serving.cli.demo import same_decision
from serving.decide.decision_service import DecisionService

pytestmark = pytest.mark.law


def test_single_batch_reloaded_and_served_answers_are_identical(trained):
    """The same bits, whichever way the question comes: a batch of all, and one by one.

    By itself comes every third enterprise, and the first of each outcome with its constraints.
    """
    frame, known = trained.snapshot.frame, trained.snapshot.known_at
    requested = [
        QuotaRequest(request_id=f"r{code}", uscc=code, requested_amount_cny=5_000_000) for code in frame["uscc"]
    ]
    batch = trained.engine.decide(frame, known, requested, trained.policy)
    reloaded = QuotaEngine.load(trained.folder)
    assert reloaded.decide(frame, known, requested, trained.policy) == batch
    service = DecisionService.load(trained.folder, Path("params.yaml"))
    kinds = {(one.outcome, *one.constraints_hit): position for position, one in reversed(list(enumerate(batch)))}
    for position in {*range(0, len(batch), 3), *kinds.values()}:
        answer = json.loads(answer_json(service.quota(requested[position], trained.policy)))
        assert same_decision(answer, json.loads(batch[position].model_dump_json()))
