"""Bands of planted answers by hand, and a baseline that takes the way of ours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.benchmarks.chain.bands import (
    band_figures,
    baseline_answers,
    is_right,
    joined,
    one_answer,
    ranked_candidates,
)
from experiments.benchmarks.chain.baselines import Decisions
from models.chain.hierarchy import Tree

from .conftest import texts

TREE = Tree.of({"top": None, "a": "top", "b": "top", "c": None})


def objects(*names):
    return np.array(names, dtype=object)


@pytest.mark.law
def test_shares_and_errors_of_the_bands_by_hand():
    """A parent above the true node is right and counted apart from leaves."""
    assert is_right(TREE, objects("a", "a", "a"), objects("a", "top", "b")).tolist() == [True, True, False]
    ours = pd.DataFrame(
        {
            "node_id": ["a", "b", "top", "c"],
            "band": ["placed", "placed", "placed", "to_person"],
            "is_parent": [False, False, True, False],
        }
    )
    theirs = ours.assign(band=["not_placed", "placed", "to_person", "to_person"])
    answers = {"ours": ours, "tfidf_svc": theirs}
    found = band_figures(TREE, objects("i1", "i2", "i3", "i4"), objects("a", "a", "b", "c"), answers, 200)
    placed = found["ours"]["placed"]
    assert (placed["share"]["value"], placed["error"]["value"]) == (0.5, 0.5)
    assert (placed["answers"], placed["errors"]) == (2, 1)
    assert found["ours"]["placed_on_parent"]["error"]["value"] == 0.0
    assert found["ours"]["not_placed"]["error"]["value"] is None
    assert found["placed_gain"]["tfidf_svc"]["value"] == 0.25


@pytest.mark.law
def test_margins_become_candidates_best_first():
    decided = Decisions(np.array(["a", "b", "c"]), np.array([[0.1, 0.3, -1.0]], np.float32))
    one = ranked_candidates(TREE, decided)
    assert [TREE.ids[node] for node in one.node] == ["b", "a", "c"]
    assert one.columns[:, 0] == pytest.approx([0.3, 0.1, -1.0])
    two = joined([one, one])
    assert two.start.tolist() == [0, 3, 6]
    assert two.item.tolist() == [0, 0, 0, 1, 1, 1]


@pytest.mark.truth
def test_the_baseline_places_planted_texts_and_keeps_its_promise(tmp_path):
    """Three of a class's four characters are in each text: nearly every text can be placed."""
    tree = Tree.of(dict.fromkeys("abcd"))
    known = [(text, node) for number, node in enumerate("abcd") for text in texts(node, 60, number)]
    late = [(text, node) for number, node in enumerate("abcd") for text in texts(node, 50, 20 + number)]
    found = baseline_answers(tree, *map(list, zip(*known, strict=True)), [text for text, _ in late], tmp_path)
    true = objects(*(node for _, node in late))
    placed = (found["band"] == "placed").to_numpy()
    assert placed.mean() > 0.5
    assert (found["node_id"].to_numpy(dtype=object) != true)[placed].mean() <= 0.1


@pytest.mark.contract
def test_an_answer_an_item_is_needed():
    answers = pd.DataFrame({"item_id": ["x", "y"], "node_id": ["a", "b"], "band": "placed", "is_parent": False})
    assert one_answer(answers, ["x", "y"])["node_id"].tolist() == ["a", "b"]
    with pytest.raises(ValueError, match="one answer an item"):
        one_answer(answers, ["y", "x"])
