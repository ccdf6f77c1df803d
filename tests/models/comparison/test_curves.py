"""Tenths and captured shares by hand, and the coverage of the tenths' intervals."""

from __future__ import annotations

import numpy as np
import pytest

from models.comparison.curves import captured, tenths
from models.comparison.paired import Resamples
from models.comparison.rows import RunRows


def rows(prediction, outcome, weight=None):
    count = len(outcome)
    weights = np.ones(count) if weight is None else np.array(weight, dtype=float)
    return RunRows(np.arange(count), np.array(outcome, dtype=float), np.array(prediction), weights)


@pytest.mark.law
def test_tenths_by_hand():
    """Twenty rows, two in each tenth; the first tenth has predictions .01 and .02 and one default."""
    prediction = np.arange(1, 21) / 100
    outcome = np.zeros(20)
    outcome[[1, 18, 19]] = 1
    found = tenths(rows(prediction, outcome), Resamples(20, 200))
    assert [one.rows for one in found] == [2] * 10
    assert (found[0].predicted, found[0].observed) == (pytest.approx(0.015), 0.5)
    assert (found[9].predicted, found[9].observed, found[9].low, found[9].high) == (pytest.approx(0.195), 1, 1, 1)
    assert (found[0].low, found[0].high) == (0, 1)


@pytest.mark.law
def test_rows_of_one_prediction_stay_together():
    found = tenths(rows([0.1] * 15 + [0.9] * 5, [0] * 15 + [1] * 5), Resamples(20, 200))
    assert [(one.rows, one.predicted, one.observed) for one in found] == [
        (15, pytest.approx(0.1), 0.0),
        (5, pytest.approx(0.9), 1.0),
    ]


@pytest.mark.truth
def test_the_interval_of_a_tenth_covers_what_was_planted():
    hits = total = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        prediction = rng.beta(2, 3, 600)
        given = rows(prediction, rng.random(600) < prediction)
        for one in tenths(given, Resamples(600, 300)):
            hits, total = hits + (one.low <= one.predicted <= one.high), total + 1
    assert 0.9 < hits / total < 0.98


@pytest.mark.law
def test_captured_by_hand():
    """The riskiest of four rows is one of two defaults, the second riskiest the other; ties share."""
    found = dict(captured(rows([0.9, 0.1, 0.2, 0.3], [1, 0, 0, 1], [1, 1, 1, 1])))
    assert found[0.25] == pytest.approx(0.5)
    assert found[0.5] == pytest.approx(1.0)
    assert found[1.0] == 1.0
    tied = dict(captured(rows([0.5, 0.5, 0.1, 0.1], [1, 0, 0, 1])))
    assert tied[0.25] == pytest.approx(0.25)
    assert captured(rows([0.5, 0.4], [0, 0])) == []
