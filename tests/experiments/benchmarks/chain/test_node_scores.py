"""Coverage of node scores in its short form: two seeds of few libraries; the record holds five hundred."""

from __future__ import annotations

from dataclasses import replace

import pytest

from experiments.benchmarks.chain.node_scores import coverage, planted_scores
from experiments.benchmarks.chain.planted_chain import World
from models.chain.scores import SCORES, ScoreParams

PARAMS = ScoreParams(days=(), growth_years=3, reach_steps=4, known_share=0.5, level=0.9, draws=200, seed=7)
FEW = replace(World(), firms=80.0)


@pytest.mark.truth
@pytest.mark.parametrize("seed", [5, 6])
def test_intervals_hold_planted_scores(seed):
    """Of ten libraries and ten nodes 90 % are expected; the scores of one library are not independent."""
    found = coverage(FEW, PARAMS, 10, seed, errors=seed == 6, libraries=20, truth_size=30.0)
    assert set(found) == set(SCORES)
    shares = {score: figures["coverage"] for score, figures in found.items()}
    assert all(share >= 0.7 for score, share in shares.items() if score != "talent"), shares
    assert sum(shares.values()) / len(shares) >= 0.8


@pytest.mark.truth
def test_planted_scores_are_those_of_the_laws():
    truth = planted_scores(FEW, replace(PARAMS, draws=2), 2, 3, 40.0)
    weight, second = 0.20 * 80, 80 * 0.2 / 7  # firms on chip, and those that are there second
    home = 1 - 0.2 / 7  # a second node may be the first again
    assert truth[("chip", "supply")] == pytest.approx((weight * home + second) * 0.25, rel=0.15)
    assert truth[("module", "growth")] == pytest.approx(2 * (2.0 - 1.0) / 3.0, abs=0.3)
