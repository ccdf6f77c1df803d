"""What a run of placement or investors keeps of the items that it was tested on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.chain.bands import Bands
from models.chain.hierarchy import Tree
from models.chain.placement import Placements
from models.comparison.metrics import ndcg_10
from models.comparison.rows import paired_rows
from tests.training.chain.conftest import PARAMS
from training.chain.investors import fit, last_windows
from training.chain.tested_rows import NO_NEW_INVESTOR, NO_NODE, investor_rows, placement_rows

TREE = Tree(("parts", "lens", "chip"), np.array([-1, 0, 0]))
TRUTH = pd.DataFrame({"item_id": ["A", "B", "Z"], "node_id": ["lens", "chip", "lens"]})  # Z is no test item


def placed(candidates):
    """Items A, B and C with the candidates (item, node, probability), in the items' order."""
    item, node, probability = (np.array(one) for one in zip(*candidates, strict=True))
    start = np.concatenate([[0], np.cumsum(np.bincount(item, minlength=3))])
    bands = Bands(0.1, 0.5, 0.9, 0.9, 0.5, 0.3, True)
    ids = np.array(["A", "B", "C"], dtype=object)
    return Placements(TREE, bands, ids, start, node.astype(np.int64), probability.astype(float), pd.DataFrame())


def test_every_node_of_the_tree_is_a_row_of_an_item_on_a_node():
    found = placement_rows(placed([(0, 1, 0.9), (0, 2, 0.2), (1, 1, 0.6), (1, 2, 0.3), (2, 1, 0.1)]), TRUTH)
    rows = found.rows
    assert found.left_out == {NO_NODE: 1}  # C
    assert rows.firm.tolist() == ["A"] * 3 + ["B"] * 3
    assert rows.key.tolist() == ["A parts", "A lens", "A chip", "B parts", "B lens", "B chip"]
    assert rows.outcome.tolist() == [0, 1, 0, 0, 0, 1]
    assert rows.prediction.tolist() == [0, 0.9, 0.2, 0, 0.6, 0.3]
    assert rows.extras["query"].tolist() == [0, 0, 0, 1, 1, 1]  # a number and no name
    # A has its node first, B second: the mean of 1 and 1 / log2(3).
    assert ndcg_10(rows, rows.weight[None])[0] == pytest.approx((1 + 1 / np.log2(3)) / 2)


def test_two_runs_with_other_candidates_are_of_the_same_rows():
    one = placement_rows(placed([(0, 1, 0.9), (1, 2, 0.3)]), TRUTH).rows
    other = placement_rows(placed([(0, 2, 0.4), (1, 0, 0.3), (1, 2, 0.5)]), TRUTH).rows
    assert one.digest == other.digest
    assert paired_rows(one, other).prediction.tolist() == other.prediction.tolist()


def test_rows_of_investors_are_the_pairs_that_may_be_proposed(planted):
    """Each window: its firms with every known investor that the firm did not have; gains are the new ones."""
    end = int(planted.deal_day.max()) + 1
    model, windows = fit(planted, end - 730, PARAMS), last_windows(planted, end, PARAMS)
    found = investor_rows(model, windows)
    rows = found.rows
    had = sum(int((one.past.pairs[one.firms].toarray() > 0).sum()) for one in windows)
    pairs = sum(one.funded.size for one in windows)
    assert len(rows) == pairs - had
    assert rows.outcome.sum() == sum(one.funded.sum() for one in windows)
    assert len(np.unique(rows.extras["query"])) == sum(len(one.firms) for one in windows)
    assert rows.firms == len({firm for one in windows for firm in planted.firm_ids[one.firms]})
    assert found.left_out.get(NO_NEW_INVESTOR, 0) == sum(one.others for one in windows)
    # Scores of the model find the planted preference; turned round they do worse.
    turned = paired_rows(rows, rows.take(np.arange(len(rows)))).prediction * -1
    worse = type(rows)(rows.firm, rows.outcome, turned, rows.weight, "ranking", rows.key, rows.extras)
    assert ndcg_10(rows, rows.weight[None])[0] > 2 * ndcg_10(worse, rows.weight[None])[0]
