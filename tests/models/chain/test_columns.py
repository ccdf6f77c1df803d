"""Candidates and their columns."""

from __future__ import annotations

import numpy as np
import pytest

from models.chain.columns import COLUMNS, Z_COLUMNS, candidates_of
from models.chain.items import make_items
from tests.models.chain.placement_world import fitted, labelled


@pytest.fixture(scope="module")
def made():
    return fitted(count=60, with_vectors=False)


def test_shape_and_order(made):
    fit, items, _ = made
    found = candidates_of(fit.placer.knowledge, items.rows(range(7)))
    assert found.columns.shape == (len(found.node), len(COLUMNS))
    assert COLUMNS[: len(Z_COLUMNS)] == Z_COLUMNS
    assert found.start[-1] == len(found.node)
    for low, high in zip(found.start[:-1], found.start[1:], strict=True):
        rank = found.columns[low:high, COLUMNS.index("rank")]
        ridge = found.columns[low:high, COLUMNS.index("ridge")]
        assert sorted(rank) == list(range(high - low))
        assert rank[ridge.argmax()] == 0
        assert found.columns[low:high, COLUMNS.index("ridge_less_best")].max() <= 0.0


@pytest.mark.law
def test_an_item_has_the_same_columns_alone_and_among_others(made):
    fit, items, _ = made
    whole, one = (candidates_of(fit.placer.knowledge, items.rows(rows)) for rows in (range(9), [4]))
    part = slice(int(whole.start[4]), int(whole.start[5]))
    assert np.array_equal(whole.node[part], one.node)
    assert np.allclose(whole.columns[part], one.columns, atol=1e-5)


@pytest.mark.law
def test_no_column_depends_on_the_label_of_the_item_itself(made):
    """What is known of nodes without regard to the text is one number a node, whichever item asks."""
    fit, items, _ = made
    found = candidates_of(fit.placer.knowledge, items)
    popularity = found.columns[:, COLUMNS.index("popularity")]
    for node in range(6):
        assert len(set(popularity[found.node == node])) <= 1


def test_a_known_node_is_no_candidate(made):
    fit, _, _ = made
    passages, _, _ = labelled(count=4)
    items = make_items(passages, known={"i0": ["camera"]})
    found = candidates_of(fit.placer.knowledge, items)
    assert 2 not in found.node[: found.start[1]]
    assert found.columns[: found.start[1], COLUMNS.index("known_parent")].any()


@pytest.mark.law
def test_an_item_with_known_nodes_has_more_candidates_and_others_the_same(made):
    """Popular nodes and those of the same top are proposed to it, whatever its text."""
    fit, _, _ = made
    passages, _, _ = labelled(count=4)
    plain = candidates_of(fit.placer.knowledge, make_items(passages))
    known = candidates_of(fit.placer.knowledge, make_items(passages, known={"i0": ["camera"]}))
    tree = fit.placer.knowledge.tree
    popular = np.flatnonzero(fit.placer.knowledge.together.count > 0)
    assert set(popular) - {int(tree.numbers(["camera"])[0])} <= set(known.node[: known.start[1]])
    assert known.node[known.start[1] :].tolist() == plain.node[plain.start[1] :].tolist()
