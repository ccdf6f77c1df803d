"""Scores of candidates as columns, and their probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from models.chain.order import Odds, probabilities, score_columns

START = np.array([0, 3, 3, 4])
SCORES = np.array([2.0, 1.0, 0.0, 5.0])


def test_score_columns_by_hand():
    found = score_columns(SCORES, START)
    total = np.exp(2) + np.exp(1) + 1
    assert found[:, 0].tolist() == SCORES.tolist()
    assert found[:3, 1].tolist() == pytest.approx([2 - np.log(total), 1 - np.log(total), -np.log(total)])
    assert found[:3, 2].tolist() == [1.0, -1.0, -2.0]
    assert found[3].tolist() == [5.0, 0.0, 10.0]  # alone: all the share, the largest lead


def test_no_candidates():
    assert score_columns(np.empty(0), np.array([0, 0])).shape == (0, 3)


def test_probabilities_of_one_node_an_item_add_up_to_one_at_most():
    p = probabilities(np.array([2.0, 2.0, -3.0, 1.0]), START, several=False)
    assert p[:3].sum() == pytest.approx(1.0)
    assert p[3] == pytest.approx(1 / (1 + np.exp(-1.0)))
    several = probabilities(np.array([2.0, 2.0, -3.0, 1.0]), START, several=True)
    assert several[0] == pytest.approx(1 / (1 + np.exp(-2.0)))


def test_odds_by_hand():
    assert Odds(-1.0, (2.0, 0.0, 0.5)).of(SCORES, START)[0] == pytest.approx(-1 + 4 + 0.5)
