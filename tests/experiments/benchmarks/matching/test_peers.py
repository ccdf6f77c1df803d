"""Peers of matching."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.benchmarks.matching.peers import fused


@pytest.mark.law
def test_reciprocal_rank_fusion_by_hand():
    """Ranks 1, 2, 3 and 3, 1, 2: 1/61 + 1/63, 1/62 + 1/61, 1/63 + 1/62."""
    found = fused([np.array([[3.0, 2.0, 1.0]]), np.array([[0.1, 0.9, 0.5]])])
    assert found[0] == pytest.approx([1 / 61 + 1 / 63, 1 / 62 + 1 / 61, 1 / 63 + 1 / 62])


@pytest.mark.law
def test_equal_scores_keep_the_documents_order():
    assert np.argsort(-fused([np.zeros((1, 4), np.float32)])[0]).tolist() == [0, 1, 2, 3]
