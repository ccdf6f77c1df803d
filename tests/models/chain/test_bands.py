"""Answers and bands from probabilities, against a tree and numbers that a person can follow."""

from __future__ import annotations

import numpy as np
import pytest

from models.chain.bands import NOT_PLACED, PLACED, TO_PERSON, Bands, Paths, answers_of, subtree_probability
from models.chain.hierarchy import Tree

TREE = Tree.of({"A": None, "A1": "A", "A2": "A", "B": None, "B1": "B"})
BANDS = Bands(0.1, 0.6, leaf=0.8, parent=0.75, shown=0.3, path=0.4, several=False)


def answers(rows, bands=BANDS):
    """Rows : for each item the probabilities of nodes by name."""
    item = np.array([at for at, one in enumerate(rows) for _ in one])
    node = TREE.numbers([name for one in rows for name in one])
    p = np.array([value for one in rows for value in one.values()])
    total = subtree_probability(TREE, item, node, p, len(rows), bands.several)
    table = answers_of(TREE, total, bands)
    return [(row.item, TREE.ids[row.node], row.band, row.is_parent) for row in table.itertuples()]


def test_a_parent_is_as_probable_as_all_under_it():
    total = subtree_probability(TREE, np.array([0, 0]), np.array([1, 2]), np.array([0.5, 0.3]), 1, several=False)
    assert total.toarray()[0].tolist() == pytest.approx([0.8, 0.5, 0.3, 0.0, 0.0])


def test_of_several_nodes_one_at_least():
    """1 - (1 - .5)(1 - .3) = .65."""
    total = subtree_probability(TREE, np.array([0, 0]), np.array([1, 2]), np.array([0.5, 0.3]), 1, several=True)
    assert total.toarray()[0, 0] == pytest.approx(0.65)


@pytest.mark.parametrize(
    ("p", "answer"),
    [
        ({"A1": 0.9}, ("A1", PLACED, False)),
        ({"A1": 0.5, "A2": 0.3}, ("A", PLACED, True)),  # .8 together
        ({"A1": 0.45, "A2": 0.1}, ("A1", TO_PERSON, False)),  # A .55 and A1 .45 are both above the path's .4
        ({"A1": 0.35, "A2": 0.3}, ("A", TO_PERSON, True)),  # A .65; A1 would lose
        ({"A1": 0.1, "B1": 0.05}, ("A", NOT_PLACED, True)),
    ],
)
def test_one_node_an_item(p, answer):
    assert answers([p]) == [(0, *answer)]


def test_gain_is_summed_along_the_path():
    total = subtree_probability(TREE, np.array([0, 0]), np.array([1, 2]), np.array([0.5, 0.3]), 1, several=False)
    paths = Paths.of(TREE, total, 0.4)
    assert dict(zip(paths.node.tolist(), paths.gain.tolist(), strict=True)) == pytest.approx({0: 0.4, 1: 0.5, 2: 0.3})


def test_several_nodes_an_item():
    bands = Bands(0.1, 0.6, leaf=0.8, parent=0.95, shown=0.3, path=0.4, several=True)
    found = answers([{"A1": 0.9, "B1": 0.85, "A2": 0.5}, {"A1": 0.2, "B1": 0.1}], bands)
    assert found == [
        (0, "A1", PLACED, False),
        (0, "B1", PLACED, False),
        (0, "A2", TO_PERSON, False),
        (1, "A", NOT_PLACED, True),
    ]


@pytest.mark.law
@pytest.mark.parametrize("several", [False, True])
def test_every_item_with_a_candidate_has_an_answer_and_placed_ones_are_above_their_threshold(several):
    rng = np.random.default_rng(0)
    item = np.repeat(np.arange(300), 3)
    node = np.tile([1, 2, 4], 300)
    share = rng.dirichlet([0.5, 0.5, 0.5, 0.5], 300)[:, :3].ravel()
    bands = Bands(0.1, 0.6, 0.8, 0.75, 0.3, 0.4, several)
    table = answers_of(TREE, subtree_probability(TREE, item, node, share, 300, several), bands)
    assert set(table["item"]) == set(range(300))
    placed = table[table["band"] == PLACED]
    assert (placed["probability"] >= np.where(placed["is_parent"], bands.parent, bands.leaf)).all()
    if not several:
        assert not table["item"].duplicated().any()
