"""Figures of placements by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.chain.bands import Bands
from models.chain.hierarchy import Tree
from models.chain.placement import Placements
from training.chain.evaluate import answer_figures, band_rows

TREE = Tree.of({"A": None, "A1": "A", "A2": "A"})


def test_figures_by_hand():
    """X is A1 and placed there, y is A2 and sent to a person as A, z is on no node and placed on A2."""
    answers = pd.DataFrame(
        {
            "item_id": ["x", "y", "z"],
            "node_id": ["A1", "A", "A2"],
            "probability": [0.9, 0.8, 0.7],
            "band": ["placed", "to_person", "placed"],
            "is_parent": [False, True, False],
        }
    )
    made = Placements(
        TREE, Bands(0.1, 0.6, 0.7, 2.0, 0.3, 0.5, False), np.array(["x", "y", "z"], dtype=object),
        np.array([0, 1, 3, 4]), np.array([1, 1, 2, 2]), np.array([0.9, 0.45, 0.4, 0.7]), answers,
    )  # fmt: skip
    truth = pd.DataFrame({"item_id": ["x", "y", "elsewhere"], "node_id": ["A1", "A2", "A1"]})
    found = answer_figures(made, truth)
    assert (found["items"], found["on_a_node"], found["top_1"], found["placed_items"]) == (3, 2, 0.5, 2)
    # true {A, A1}, {A, A2}, {}; found {A, A1}, {A}, {A, A2}: 3 of 5 found are true, 3 of 4 true are found
    assert found["hierarchical_precision"] == pytest.approx(3 / 5)
    assert found["hierarchical_recall"] == pytest.approx(3 / 4)
    assert found["bands"] == [
        {"band": "placed", "is_parent": False, "answers": 2, "error_share": 0.5},
        {"band": "to_person", "is_parent": True, "answers": 1, "error_share": 0.0},
    ]


def test_no_answers_have_no_bands():
    assert band_rows(pd.DataFrame({"band": [], "is_parent": [], "right": []})) == []
