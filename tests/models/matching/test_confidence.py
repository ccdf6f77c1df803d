"""Probabilities of what is shown, and abstention."""

from __future__ import annotations

import numpy as np
import pytest

from models.matching.columns import candidates_of
from models.matching.confidence import (
    CONFIDENCE_COLUMNS,
    CROSSED,
    FIRST_COLUMNS,
    SCORE_COLUMNS,
    Confidence,
    ConfidenceError,
    Head,
    confidence_columns,
)


@pytest.mark.law
def test_columns_by_hand(library, encoder, ranker):
    found = candidates_of(library, ["激光焊接"], encoder.encode(["激光焊接"], "query"))
    scores = np.zeros(len(found.firm))
    scores[:4] = [2.0, 1.0, 0.5, 0.25]
    found = dict(zip(CONFIDENCE_COLUMNS, confidence_columns(found, scores)[0], strict=True))
    mass = np.exp(2.0) + np.exp(1.0) + np.exp(0.5) + np.exp(0.25) + (len(scores) - 4)
    three = np.exp(2.0) + np.exp(1.0) + np.exp(0.5)
    assert found["share"] == pytest.approx(np.log(np.exp(2.0) / (mass - np.exp(2.0))))
    assert found["share_of_three"] == pytest.approx(np.log(three / (mass - three)))
    assert found["gap_to_second"] == pytest.approx(np.log(2.0))
    assert found["gap_to_fourth"] == pytest.approx(np.log(1 + 2.0 - 0.25))
    assert found["gap_to_tenth"] == pytest.approx(np.log(3.0))


@pytest.mark.law
def test_a_heads_log_odds_by_hand():
    """Standardised, clipped at 3, a missing value at the mean; share times what the query is like, halved.

    share (centre 1, scale 2): 5, 21 and missing -> 2, 3, 0; the last column (0, 1): 3, 4 and missing -> 3, 3, 0
    weights 1 for share and 10 for its product with the last column: -1 + 2 + 10 * 2 * 3 / 2 = 31; -1 + 3 + 45 = 47; -1
    """
    count = len(CONFIDENCE_COLUMNS)
    described = count - len(SCORE_COLUMNS) - len(FIRST_COLUMNS)
    centre, scale = np.zeros(count), np.ones(count)
    centre[0], scale[0] = 1.0, 2.0
    weights = np.zeros(count + len(CROSSED) * described)
    weights[0], weights[count + described - 1] = 1.0, 10.0
    rows = np.zeros((3, count))
    rows[:, 0], rows[:, -1] = [5.0, 21.0, np.nan], [3.0, 4.0, np.nan]
    head = Head(centre, scale, weights, -1.0)
    assert CONFIDENCE_COLUMNS[0] == CROSSED[0] == "share"
    assert head.log_odds(rows) == pytest.approx([31.0, 47.0, -1.0])
    assert head.probability(rows)[2] == pytest.approx(1 / (1 + np.e))


@pytest.mark.law
def test_further_down_is_never_likelier_and_by_hand(confidence):
    """.8 is log-odds ln 4; a gap of 1 at rank 2 takes 1 * 1 + .5 * ln 2."""
    p = confidence.shown(np.full(3, 0.8), np.array([0.0, 1.0, 2.0]), np.array([1, 2, 3]))
    assert p[0] == pytest.approx(0.8)
    assert p[1] == pytest.approx(1 / (1 + np.exp(-(np.log(4) - 1 - 0.5 * np.log(2)))))
    assert (np.diff(p) < 0).all()


@pytest.mark.behaviour
def test_a_rate_that_was_not_promised_answers_nothing(confidence):
    assert confidence.answers(np.array([0.0, 1.0]), 0.4).tolist() == [True, True]
    assert confidence.answers(np.array([0.0, 1.0]), 0.1).tolist() == [False, False]


@pytest.mark.law
def test_a_query_without_candidates_has_the_least_probability(confidence):
    rows = np.full((1, len(CONFIDENCE_COLUMNS)), np.nan)
    assert confidence.first.probability(rows)[0] == pytest.approx(1e-4)
    assert confidence.first.probability(rows[:0]).shape == (0,)


@pytest.mark.law
def test_a_saved_confidence_is_the_same(confidence, tmp_path):
    confidence.save(tmp_path)
    assert Confidence.load(tmp_path).digest == confidence.digest
    (tmp_path / "confidence.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfidenceError, match="cannot be read"):
        Confidence.load(tmp_path)
