"""Thresholds keep their promise on planted probabilities, and are not there where nothing can be promised."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sparse

from models.chain.bands import NEVER, Paths
from models.chain.hierarchy import Tree
from training.chain.bands import best_path, leaf_threshold, parent_threshold, path_f1


@pytest.mark.truth
def test_errors_above_the_threshold_are_at_most_the_promise():
    """Right with exactly the stated probability: in 90 % of draws the true error above the threshold is below .1."""
    broken = never = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        p = rng.beta(2, 1, 1500)
        least = leaf_threshold(p, rng.random(1500) < p, 0.1, 0.9)
        beyond = rng.beta(2, 1, 20_000)
        never += least == NEVER
        broken += least < NEVER and (1 - beyond[beyond >= least]).mean() > 0.1
    assert never <= 6
    assert broken <= 10  # 60 draws with a chance of .1: 6 expected, 10 has a chance of .07 to be passed


def test_nothing_is_promised_from_few_answers_or_wrong_ones():
    assert leaf_threshold(np.full(10, 0.99), np.ones(10, dtype=bool), 0.1, 0.9) == NEVER
    assert leaf_threshold(np.linspace(0, 1, 500), np.zeros(500, dtype=bool), 0.1, 0.9) == NEVER


def test_one_error_at_the_top_does_not_stop_every_sequence():
    p = np.linspace(0.5, 1.0, 2000)
    right = np.ones(2000, dtype=bool)
    right[-40:-30] = False  # ten of the fifty most probable answers are wrong
    assert leaf_threshold(p, right, 0.1, 0.9) == pytest.approx(0.5, abs=0.01)


TREE = Tree.of({"A": None, "A1": "A", "A2": "A"})


def test_parent_threshold_counts_the_deepest_parent_alone():
    rng = np.random.default_rng(1)
    share = rng.uniform(0.3, 0.5, (400, 2))
    rows = np.column_stack([share.sum(axis=1), share]).ravel()
    total = sparse.csr_matrix((rows, np.tile([0, 1, 2], 400), np.arange(401) * 3), shape=(400, 3))
    paths = Paths.of(TREE, total, 0.4)
    right = np.ones(1200, dtype=bool)
    least = parent_threshold(TREE, paths, right, np.ones(400, dtype=bool), 0.5, 0.1, 0.9)
    assert least == pytest.approx(share.sum(axis=1).min(), abs=1e-6)
    assert parent_threshold(TREE, paths, ~right, np.ones(400, dtype=bool), 0.5, 0.1, 0.9) == NEVER
    assert parent_threshold(TREE, paths, right, np.zeros(400, dtype=bool), 0.5, 0.1, 0.9) == NEVER


def test_path_f1_by_hand():
    """A .9 and A1 .5 for a true A1: the answer A1 has F1 1 at a path of .4, the answer A 2/3 at .6."""
    total = sparse.csr_matrix(np.array([[0.9, 0.5, 0.0]]))
    truth = sparse.csr_matrix(np.array([[1.0, 1.0, 0.0]]))
    assert path_f1(TREE, total, truth, False, 0.4) == 1.0
    assert path_f1(TREE, total, truth, False, 0.6) == pytest.approx(2 / 3)
    assert best_path(TREE, total, truth, False) == (0.1, 1.0)
