from __future__ import annotations

import pytest

from experiments.benchmarks.reform import speed as module
from experiments.benchmarks.reform.speed import million, planted_draws, speed
from models.reform.read import read_packed


@pytest.mark.surface
def test_every_timing_is_there(trained, monkeypatch):
    """Of an evaluation, one bank, all banks, two reforms of each kind (the bench takes twenty) and draws."""
    monkeypatch.setattr(module, "LEVERS", 2)
    packed = read_packed(trained.folder)
    draws = planted_draws(packed.engine, 2, 1)
    got = speed(packed, trained.snapshot.frame.head(300), draws, 1, 1)
    timed = {"evaluation", "evaluation_10_banks", "one_bank", "10_banks"}
    assert timed | {"2_policy_reforms", "2_weight_reforms", "refitted_draws"} <= set(got)
    assert got["evaluation"]["processor_seconds"] > 0.0
    assert len({engine.risk.level for engine in draws}) == 2


@pytest.mark.surface
def test_many_firms_are_read_part_by_part_in_a_process_of_their_own(trained):
    got = million(trained.folder, trained.snapshot.frame, 2_000, 2, 1)
    assert got["firms"] == 2_000
    assert 0.0 < got["memory_before_mb"] <= got["memory_mb"]
