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
    """The same bits, whichever way the question comes: all at once, a fifth of them by models read anew, or one by one.

    In the fifth is also the first enterprise of each outcome with its constraints.
    """
    frame, known = trained.snapshot.frame, trained.snapshot.known_at
    requested = [
        QuotaRequest(request_id=f"r{code}", uscc=code, requested_amount_cny=5_000_000) for code in frame["uscc"]
    ]
    batch = trained.engine.decide(frame, known, requested, trained.policy)
    kinds = {(one.outcome, *one.constraints_hit): position for position, one in reversed(list(enumerate(batch)))}
    chosen = sorted({*range(0, len(batch), 5), *kinds.values()})
    expected, again = [batch[position] for position in chosen], [requested[position] for position in chosen]
    reloaded = QuotaEngine.load(trained.folder)
    assert reloaded.decide(frame.iloc[chosen], known.iloc[chosen], again, trained.policy) == expected
    service = DecisionService.load(trained.folder, Path("params.yaml"))
    for request, one in zip(again, expected, strict=True):
        answer = json.loads(answer_json(service.quota(request, trained.policy)))
        assert same_decision(answer, json.loads(one.model_dump_json()))
