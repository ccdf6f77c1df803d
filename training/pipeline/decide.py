"""One decision for every enterprise of the snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pandas as pd

from data.requests import QuotaRequest
from features.point_in_time import Cases
from models.quota.engine import CreditPolicy, QuotaDecision, QuotaEngine, read_policy
from training.assembled import (
    read_case_parts,
)
from training.pipeline.artifacts import ARTIFACTS, CAVEAT, write_json

BATCH_REQUEST_CNY = 10_000_000
FIRMS_AT_ONCE = 1_000


def decide() -> None:
    """One decision for every enterprise of the snapshot, each with its stage cap as the amount: the batch answer.

    Enterprises are read, decided and written part by part, so that memory does not grow with their number.
    """
    engine, policy = QuotaEngine.load(ARTIFACTS), read_policy()
    path = ARTIFACTS / "decisions/decisions.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as lines:
        decided = pd.DataFrame(
            decide_parts(engine, policy, ARTIFACTS / "snapshot", lines), columns=["outcome", "limited_by", "amount"]
        )
    approved, amount = decided["outcome"] == "preapproved", decided["amount"].astype(float)
    write_json(
        ARTIFACTS / "decisions/metrics.json",
        {
            "caveat": CAVEAT,
            "enterprises": len(decided),
            "decisions": decided["outcome"].value_counts().sort_index().to_dict(),
            "limited_by": decided["limited_by"].value_counts().sort_index().to_dict(),
            "certificate": engine.certificate(policy).status,
            "approved_mean_wan": float(amount[approved].mean()),
            "approved_median_wan": float(amount[approved].median()),
            "approved_total_yi": float(amount.sum() / 10_000),
        },
    )


def decide_parts(
    engine: QuotaEngine, policy: CreditPolicy, snapshot: Path, lines: TextIO, firms: int = FIRMS_AT_ONCE
) -> Iterator[tuple[str, str, int]]:
    """Write every enterprise's decision as a line and yield outcome, limiting constraint and 10,000 yuan.

    firms : enterprises that are held at a time
    """
    for part in read_case_parts(snapshot, firms):
        for decision in _decide(engine, policy, part):
            lines.write(decision.model_dump_json() + "\n")
            yield decision.outcome, decision.quota.limited_by, decision.quota.amount_wan


def _decide(engine: QuotaEngine, policy: CreditPolicy, part: Cases) -> list[QuotaDecision]:
    requests = [
        QuotaRequest(request_id=f"batch-{uscc}", uscc=uscc, requested_amount_cny=BATCH_REQUEST_CNY)
        for uscc in part.frame["uscc"]
    ]
    return engine.decide(part.frame, part.known_at, requests, policy)
