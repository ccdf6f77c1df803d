"""Splits hold a fifth out, and ours and the baseline are counted on the same rows."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.benchmarks.chain.baselines import Decisions
from experiments.benchmarks.chain.held_out import first_classes, run_labels, splits, top_level, with_cards
from experiments.benchmarks.chain.options import Options
from experiments.benchmarks.chain.tables import LabelTable, NodeCard, startups
from models.chain.hierarchy import Tree

NO_TEXTS = np.zeros(0, np.uint64)


@pytest.mark.law
def test_each_split_holds_a_fifth_out_by_its_seed():
    found = list(splits(50, 3))
    assert [len(held) for _, held in found] == [10, 10, 10]
    for train, held in found:
        assert sorted([*train, *held]) == list(range(50))
    assert {tuple(held) for _, held in found} == {tuple(held) for _, held in splits(50, 3)}
    assert len({tuple(held) for _, held in found}) == 3


@pytest.mark.law
def test_names_and_definitions_of_nodes_with_items_become_training_texts(chain_folder):
    table = startups(chain_folder)
    nodes = dict(table.nodes) | {"工业 > 业a": NodeCard("业a", "工业", ("电缆的制造",))}
    texts, labels = with_cards(LabelTable("t", table.items, nodes), ["x"], [("y",)])
    assert texts == ["x", "业c", "业d", "业a", "电缆的制造", "业b"]
    assert labels[3:5] == [("工业 > 业a",), ("工业 > 业a",)]
    tree = Tree.of(table.parents)
    assert top_level(tree, np.array(["工业 > 业b", "", "工业"], dtype=object)).tolist() == [
        tree.numbers(["工业"])[0], -1, tree.numbers(["工业"])[0]
    ]  # fmt: skip
    decided = Decisions(np.array(["p", "q", "r"]), np.array([[0.1, 0.3, 0.2]], np.float32))
    assert first_classes(decided, 2).tolist() == [["q", "r"]]


@pytest.mark.truth
def test_planted_words_are_found_by_both(chain_folder, tmp_path):
    """Two characters of each text are its node's own: chance finds one in four."""
    found = run_labels(startups(chain_folder), Options(None, NO_TEXTS, tmp_path, seeds=2, draws=200))["startups"]
    assert found["tested"] == 48
    assert found["items"] <= 48
    assert found["top_1"]["ours"]["value"] > 0.7
    assert found["top_1"]["baselines"]["tfidf_svc"]["value"] > 0.7
    assert found["hierarchical_f1"]["ours"]["value"] >= found["top_1"]["ours"]["value"]
    assert found["top_1"]["gain"]["tfidf_svc"]["low"] <= 0.3
