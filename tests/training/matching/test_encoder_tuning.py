"""Tuning finds planted relations, moves only what it may, and mines wrong answers among the pairs that it will see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from features.text import GRAPH, TextEncoder
from training.matching.encoder import bert_of, from_pretrained, parity, write
from training.matching.encoder_tuning import mine, tune
from training.matching.pairs import Pairs, texts_of

pytestmark = pytest.mark.truth


@pytest.fixture(autouse=True)
def one_thread():
    """As ``make_encoder`` sets it by the quick numbers."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def no_vectors(texts, kind):
    return np.zeros((len(texts), 1), np.float32)


def test_a_network_learns_the_planted_pairs_and_its_file_keeps_the_vectors(
    planted_pairs, planted_recall, small_bert, quick_encoder_params, tmp_path
):
    begun, unseen = from_pretrained(small_bert), Pairs(planted_pairs.table.iloc[180:])
    write(begun, quick_encoder_params, tmp_path)
    untuned = TextEncoder.load(tmp_path)
    before = planted_recall(untuned, unseen)
    tune(begun, Pairs(planted_pairs.table.iloc[:180]), quick_encoder_params, "cpu", untuned.encode)
    write(begun, quick_encoder_params, tmp_path)
    tuned = TextEncoder.load(tmp_path)
    assert parity(begun, tuned, texts_of(planted_pairs)[:40]) > 0.999
    assert planted_recall(tuned, unseen) > before + 0.3
    assert (tmp_path / GRAPH).is_file()


@pytest.mark.parametrize(("frozen", "share", "moved"), [(1, 1.0, {"l1"}), (0, 0.0, set())])
def test_frozen_layers_and_the_tuned_share_leave_weights_as_they_were(
    planted_pairs, small_bert, quick_encoder_params, frozen, share, moved
):
    """Embeddings and the lowest layer stay; at a share of 0 all do."""
    begun = from_pretrained(small_bert)
    params = replace(quick_encoder_params, frozen_layers=frozen, tuned_share=share, batches=3, hard_negatives=0)
    tune(begun, planted_pairs, params, "cpu", no_vectors)
    after = bert_of(begun.model).weights
    assert {name.split(".")[0] for name in after if not np.array_equal(after[name], small_bert.weights[name])} == moved


def test_the_mean_of_two_runs_lies_between_them(planted_pairs, small_bert, quick_encoder_params):
    """Weights of runs with seeds 7 and 8, each alone, and of both: (a + b) / 2."""
    name, found = "l1.fo.w", []
    for seed, runs in ((7, 1), (8, 1), (7, 2)):
        begun = from_pretrained(small_bert)
        params = replace(quick_encoder_params, seed=seed, runs=runs, batches=3, hard_negatives=0)
        tune(begun, planted_pairs, params, "cpu", no_vectors)
        found.append(bert_of(begun.model).weights[name])
    assert np.abs(found[0] - found[1]).max() > 1e-4
    assert found[2] == pytest.approx((found[0] + found[1]) / 2, abs=1e-6)


def test_wrong_answers_are_mined_among_the_rows_that_are_drawn(planted_pairs, quick_encoder_params):
    rows = np.arange(100, 140)
    params = replace(quick_encoder_params, hard_negatives=2)
    found = mine(planted_pairs, rows, params, no_vectors)
    assert found.shape == (240, 2)
    assert set(found[rows].ravel().tolist()) <= set(rows.tolist())
    assert (found[:100] == 0).all()
