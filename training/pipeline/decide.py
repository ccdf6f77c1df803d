"""One decision for every enterprise of the snapshot."""

from __future__ import annotations

import pandas as pd

from data.requests import QuotaRequest
from models.quota import QuotaEngine, read_policy
from training.assembled import (
    read_cases,
)
from training.pipeline.artifacts import ARTIFACTS, CAVEAT, write_json

BATCH_REQUEST_CNY = 10_000_000


def decide() -> None:
    """One decision for every enterprise of the snapshot, each asking for its stage cap: the batch answer."""
    engine, policy, cases = QuotaEngine.load(ARTIFACTS), read_policy(), read_cases(ARTIFACTS / "snapshot")
    requests = [
        QuotaRequest(request_id=f"batch-{uscc}", uscc=uscc, requested_amount_cny=BATCH_REQUEST_CNY)
        for uscc in cases.frame["uscc"]
    ]
    decisions = engine.decide(cases.frame, cases.known_at, requests, policy)
    lines = "".join(decision.model_dump_json() + "\n" for decision in decisions)
    (ARTIFACTS / "decisions").mkdir(parents=True, exist_ok=True)
    (ARTIFACTS / "decisions/decisions.jsonl").write_text(lines, encoding="utf-8")
    outcome = pd.Series([decision.decision for decision in decisions])
    bound = pd.Series([decision.quota.limited_by for decision in decisions])
    amount = pd.Series([decision.quota.amount_wan for decision in decisions], dtype=float)
    approved = outcome == "indicative_approve"
    write_json(
        ARTIFACTS / "decisions/metrics.json",
        {
            "caveat": CAVEAT,
            "enterprises": len(decisions),
            "decisions": outcome.value_counts().sort_index().to_dict(),
            "limited_by": bound.value_counts().sort_index().to_dict(),
            "certificate": engine.certificate(policy).status,
            "approved_mean_wan": float(amount[approved].mean()),
            "approved_median_wan": float(amount[approved].median()),
            "approved_total_yi": float(amount.sum() / 10_000),
        },
    )
