"""Trees and hierarchical F1 against a table that a person can check."""

from __future__ import annotations

import numpy as np
import pytest

from data.chain.chain_file import load_chains
from models.chain.hierarchy import HierarchyError, Tree, hierarchical_counts, hierarchical_scores

PARENTS = {"A": None, "A1": "A", "A11": "A1", "A12": "A1", "B": None, "B1": "B"}


@pytest.fixture
def tree():
    return Tree.of(PARENTS)


def test_columns_of_the_tree(tree):
    assert tree.depth.tolist() == [1, 2, 3, 3, 1, 2]
    assert tree.leaf.tolist() == [False, False, True, True, False, True]
    assert [tree.ids[at] for at in tree.top] == ["A", "A", "A", "A", "B", "B"]
    assert [tree.ids[at] for at in tree.above[2].indices] == ["A", "A1", "A11"] or set(tree.above[2].indices) == {
        0,
        1,
        2,
    }


@pytest.mark.parametrize(
    ("true", "found", "overlap", "of_found", "of_true"),
    [
        (["A11"], ["A11"], 3, 3, 3),
        (["A11"], ["A12"], 2, 3, 3),  # a sibling shares A and A1
        (["A11"], ["A1"], 2, 2, 3),  # a parent is right as far as it goes
        (["A11"], ["B1"], 0, 2, 3),
        (["A11", "B1"], ["A12"], 2, 3, 5),
        (["A11", "A12"], ["A11", "A12"], 4, 4, 4),  # ancestors count once
        (["A11"], [], 0, 0, 3),
        ([], ["B1"], 0, 2, 0),
    ],
)
def test_counts_by_hand(tree, true, found, overlap, of_found, of_true):
    assert hierarchical_counts(tree, [true], [found]).tolist() == [[overlap, of_found, of_true]]


def test_scores_are_micro(tree):
    """Items 1 and 3 of the table above: 5 of 5 found nodes are right, 5 of 6 true nodes are found."""
    scores = hierarchical_scores(tree, [["A11"], ["A11"]], [["A11"], ["A1"]])
    assert (scores.precision, scores.recall) == (1.0, pytest.approx(5 / 6))
    assert scores.f1 == pytest.approx(2 * (5 / 6) / (1 + 5 / 6))


def test_nothing_found_and_nothing_true(tree):
    assert hierarchical_scores(tree, [["A11"]], [[]]).f1 == 0.0
    assert hierarchical_scores(tree, [[]], [[]]).precision == 1.0


@pytest.mark.contract
@pytest.mark.parametrize(
    ("parents", "message"),
    [({"a": "b", "b": "a"}, "its own ancestor"), ({"a": "x"}, "no nodes: a: x"), ({"a": "a"}, "its own ancestor")],
)
def test_no_tree(parents, message):
    with pytest.raises(HierarchyError, match=message):
        Tree.of(parents)


@pytest.mark.contract
def test_unknown_node_is_named(tree):
    with pytest.raises(HierarchyError, match="'C9'"):
        hierarchical_scores(tree, [["C9"]], [["A"]])


def test_chains_share_one_tree(chains):
    tree = Tree.of_chains(chains.values())
    assert len(tree) == sum(len(chain.nodes) for chain in chains.values())
    roots = [node for node, parent in zip(tree.ids, tree.parent, strict=True) if parent < 0]
    assert roots == [f"{chain.id}/{rib.id}" for chain in chains.values() for rib in chain.ribs()]
    assert np.array_equal(tree.numbers(tree.ids), np.arange(len(tree)))


@pytest.fixture
def chains(tmp_path):
    text = "id: {0}\nname_zh: 链\nlayers: {{structure: {{owner: 某办公室, as_of: 2024-01-01, source: 自编}}}}\nnodes:\n"
    text += "  - {{id: a, name_zh: 甲}}\n  - {{id: a1, name_zh: 甲一, parent: a}}\n  - {{id: b, name_zh: 乙}}\n"
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(text.format(name), encoding="utf-8")
    return load_chains(tmp_path)
