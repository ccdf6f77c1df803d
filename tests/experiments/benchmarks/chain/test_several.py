"""The threshold is the one that a person finds by trying all, and the first node is always given."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.benchmarks.chain.several import best_threshold, flat_counts, given

RANKED = [["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"]]
SCORES = np.array([[0.9, 0.8, 0.1], [0.7, 0.6, 0.5], [0.9, 0.2, 0.0]])
TRUE = [("a", "b"), ("b",), ("c",)]


@pytest.mark.law
def test_the_threshold_of_the_largest_micro_f1():
    """Giving b to the first item is right, c to the second is wrong: the threshold lies at .8."""
    assert best_threshold(RANKED, SCORES, TRUE) == 0.8
    assert given(RANKED, SCORES, 0.8) == [("a", "b"), ("b",), ("c",)]
    counts = flat_counts(TRUE, given(RANKED, SCORES, 0.0))
    assert counts.tolist() == [[2, 3, 2], [1, 3, 1], [1, 3, 1]]
    rng = np.random.default_rng(1)
    for _ in range(20):
        scores = -np.sort(-rng.random((3, 3)), axis=1)
        found = {}
        for at in [*scores[:, 1:].ravel(), 2.0]:
            overlap, given_count, true = flat_counts(TRUE, given(RANKED, scores, at)).sum(axis=0)
            found[at] = 2 * overlap / (given_count + true)
        chosen = flat_counts(TRUE, given(RANKED, scores, best_threshold(RANKED, scores, TRUE))).sum(axis=0)
        assert 2 * chosen[0] / (chosen[1] + chosen[2]) == pytest.approx(max(found.values()))
