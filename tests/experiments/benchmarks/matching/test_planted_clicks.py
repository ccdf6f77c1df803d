"""Planted lists are what they say."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.benchmarks.matching.planted_clicks import (
    ITEMS,
    examination,
    planted_effects,
    positions,
    shown_lists,
)


@pytest.mark.law
def test_clicks_are_examination_times_relevance_and_propensities_are_frequencies():
    """By position: clicks against the planted product, and how often the usual position was kept."""
    shown = shown_lists(20_000, 1.2, 0.3, planted_effects(1), np.random.default_rng(1))
    for one in range(1, ITEMS + 1):
        mine = shown.position == one
        planted = examination(1.2)[one - 1] * shown.relevance[mine]
        assert shown.clicks[mine].mean() == pytest.approx(planted.mean(), abs=4 * np.sqrt(planted.mean() / mine.sum()))
    usual = shown.logged > 0.5
    assert (1 / shown.logged).mean() == pytest.approx(ITEMS, rel=0.02)  # each place of a list once
    assert usual.mean() == pytest.approx(0.7 + 0.3 / ITEMS, abs=0.01)
    assert shown.expected.reshape(-1, ITEMS).sum(axis=1) == pytest.approx(examination(1.2).sum())


@pytest.mark.law
def test_positions_and_effects():
    """The largest score is first; effects have length 1 and leave out the old ranker's column."""
    assert positions(np.r_[np.arange(10.0), -np.arange(10.0)], np.repeat([0, 1], 10)).tolist() == [
        *range(10, 0, -1),
        *range(1, 11),
    ]
    effects = planted_effects(4)
    assert (np.linalg.norm(effects), effects[-1]) == (pytest.approx(1.0), 0.0)
