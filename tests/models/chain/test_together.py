"""Nodes held together, by hand: firms 1 (A, B), 2 (A, B), 3 (A, C)."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sparse

from models.chain.hierarchy import Tree
from models.chain.together import Together

HELD = sparse.csr_matrix(np.array([[1, 1, 0, 0], [1, 1, 0, 0], [1, 0, 1, 0]], dtype=np.float32))
NAMES = np.eye(4, dtype=np.float32)


@pytest.fixture
def tree():
    return Tree.of({"A": None, "B": "A", "C": "A", "D": None})


def test_cosines_by_hand(tree):
    legs = Together(HELD).legs(tree, NAMES, [np.array([1]), np.array([], dtype=np.int64)])
    assert legs["together"][0].tolist() == pytest.approx([2 / np.sqrt(6), 1.0, 0.0, 0.0])
    assert legs["together_share"][0].tolist() == [1.0, 1.0, 0.0, 0.0]
    assert legs["known_parent"][0].tolist() == [1.0, 1.0, 1.0, 0.0]
    assert not legs["together"][1].any()


def test_several_known_nodes(tree):
    legs = Together(HELD).legs(tree, NAMES, [np.array([1, 2])])
    assert legs["together"][0, 0] == pytest.approx(2 / np.sqrt(6))
    assert legs["together_mean"][0, 0] == pytest.approx((2 / np.sqrt(6) + 1 / np.sqrt(3)) / 2)


@pytest.mark.law
def test_what_the_own_group_adds_is_taken_off(tree):
    """Firm 3 asks what goes with C: without firm 3 itself, nothing is known to."""
    own = HELD[2]
    seen = Together(HELD).legs(tree, NAMES, [np.array([2])])["together"][0, 0]
    hidden = Together(HELD).legs(tree, NAMES, [np.array([2])], own)["together"][0, 0]
    assert (seen > 0.5, hidden) == (True, 0.0)
