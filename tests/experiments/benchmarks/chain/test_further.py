"""Hidden placements are ranked among the nodes that a firm is not known to be on; item kNN by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.benchmarks.chain.further import baseline_scores, load_written, rank_of, run_further, taiwan_table
from experiments.benchmarks.chain.options import Options
from experiments.benchmarks.chain.tables import TableError
from models.chain.hierarchy import Tree

NO_TEXTS = np.zeros(0, np.uint64)


@pytest.mark.law
def test_popularity_and_item_knn_by_hand():
    """Nodes a and b share one of their two firms: cosine 1/2; c's one firm is on a too: 1/sqrt(2)."""
    tree = Tree.of({"a": None, "b": None, "c": None})
    seen = pd.DataFrame({"firm": ["f", "f", "g", "h", "g"], "node": ["a", "b", "a", "b", "c"]})
    found = baseline_scores(tree, seen, pd.Series(["f", "h", "none"]))
    assert found["popularity"].tolist() == [[-1, -1, 1], [2, -1, 1], [2, 2, 1]]
    assert found["item_knn"][1] == pytest.approx([0.5, -1, 0.0])
    assert found["item_knn"][0] == pytest.approx([-1, -1, 1 / np.sqrt(2)])
    assert rank_of(np.array([[3.0, 1.0, 1.0], [0.0, 2.0, -1.0]]), np.array([2, 1])).tolist() == [1.5, 0.0]


@pytest.mark.behaviour
def test_chains_of_a_table_load_with_no_code_of_their_own_and_hidden_nodes_are_proposed(chain_folder, tmp_path):
    table = taiwan_table(chain_folder)
    chains = load_written(table, tmp_path / "written")
    assert sorted(chains) == ["A", "B"]
    assert len(chains["A"].leaves()) == 4
    assert sorted(path.name for path in (tmp_path / "written").iterdir()) == ["A.yaml", "B.yaml"]
    found = run_further(table, Options(None, NO_TEXTS, None, seeds=2, draws=200))
    assert found["tested"] == 28  # a fifth of 72, twice
    assert found["hit_5"]["baselines"]["item_knn"]["value"] > 0.8  # of eight nodes two chains' halves
    assert found["hit_5"]["ours"]["value"] > 0.8


@pytest.mark.contract
def test_a_table_without_firms_in_several_nodes_is_named(chain_folder):
    table = taiwan_table(chain_folder)
    with pytest.raises(TableError, match="no firm is in 3 nodes or more"):
        run_further(table.drop_duplicates("company"), Options(None, NO_TEXTS, None))
    with pytest.raises(TableError, match="position is"):
        load_written(table.assign(position="旁"))
