"""The base finds planted weights; trees add nothing where nothing is left, and cannot read labels off the columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from models.chain.columns import COLUMNS, Z_COLUMNS, Candidates
from models.chain.items import make_items
from tests.models.chain.placement_world import LEAVES, PARAMS, NodeEncoder, cards, tree
from training.chain.fit import label_table, learn_ridge, left_out_candidates, make_rows
from training.chain.order import fit_base, fit_order
from training.matching.fit import group_folds


def planted(items=800, nodes=6, seed=0):
    """Candidates whose truth is drawn from the softmax of 2 z_0 + 1 z_1."""
    rng = np.random.default_rng(seed)
    columns = np.zeros((items * nodes, len(COLUMNS)), np.float32)
    columns[:, : len(Z_COLUMNS)] = rng.normal(size=(items * nodes, len(Z_COLUMNS)))
    score = (2 * columns[:, 0] + columns[:, 1]).reshape(items, nodes)
    chance = np.exp(score) / np.exp(score).sum(axis=1, keepdims=True)
    truth = (chance.cumsum(axis=1) > rng.random((items, 1))).argmax(axis=1)
    right = (np.arange(nodes) == truth[:, None]).ravel()
    return Candidates(np.arange(items + 1) * nodes, np.tile(np.arange(nodes), items), columns), right


@pytest.mark.truth
def test_the_base_finds_planted_weights():
    candidates, right = planted(3000)
    weights, _ = fit_base(candidates, right, np.ones(len(right), dtype=bool))
    assert weights[0] == pytest.approx(2.0, abs=0.2)
    assert weights[1] == pytest.approx(1.0, abs=0.15)
    assert max(weights[2:]) < 0.15


@pytest.mark.truth
def test_held_out_probabilities_are_calibrated():
    candidates, right = planted()
    fitted = fit_order(candidates, right, np.arange(800) % 3, False, replace(PARAMS, rounds=0), lambda _: None)
    p = fitted.probability
    assert fitted.rounds == 0
    for low, high in ((0.1, 0.4), (0.4, 0.7), (0.7, 1.0)):
        part = (p >= low) & (p < high)
        error = 3 * np.sqrt(p[part].mean() * (1 - p[part].mean()) / part.sum())
        assert right[part].mean() == pytest.approx(p[part].mean(), abs=error)


@pytest.mark.law
def test_labels_that_mean_nothing_cannot_be_read_off_left_out_columns():
    """With random labels the true node of a left-out item is as probable as any other (a count less oneself is not)."""
    rng = np.random.default_rng(3)
    encoder = NodeEncoder()
    texts = ["".join(map(chr, rng.integers(0x4E00, 0x9000, 12))) for _ in range(900)]
    passages = pd.DataFrame({"item_id": [f"i{at}" for at in range(900)], "text": texts})
    truth = pd.DataFrame({"item_id": passages["item_id"], "node_id": rng.permutation(LEAVES * 225)})
    items = make_items(passages, encoder)
    labels = label_table(tree(), items, truth)
    rows = make_rows(tree(), cards(), items, labels, encoder, None)
    knowledge, left_out = learn_ridge(tree(), rows, items, labels, cards(), PARAMS, lambda _: None)
    candidates = left_out_candidates(knowledge, items, left_out)
    right = np.asarray(labels[candidates.item, candidates.node]).ravel() > 0
    fold = group_folds(items.group, 3, 0)
    fitted = fit_order(candidates, right, fold, False, replace(PARAMS, round_step=30), lambda _: None)
    leaves = tree().leaf[candidates.node]
    assert roc_auc_score(right[leaves], fitted.probability[leaves]) == pytest.approx(0.5, abs=0.06)
