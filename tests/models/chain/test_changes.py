"""A score after a few firms more, against the score of a library that has them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.chain_snapshot import snapshot
from models.chain.changes import score_after
from models.chain.placed import PlacedChain
from models.chain.scores import Scorer
from tests.models.chain.conftest import DAY
from tests.models.chain.test_scores import PARAMS


@pytest.fixture
def scorer(chain, known):
    return Scorer(PlacedChain.of(chain, known), PARAMS)


@pytest.mark.law
@pytest.mark.parametrize("score", ["supply", "local_share", "gap", "concentration"])
def test_two_firms_more_are_two_firms_more(chain, tables, placements, placed_rows, scorer, score):
    """Two local firms that join lens, of its mean revenue, give the score that was foreseen."""
    new = pd.DataFrame({"firm_id": ["N1", "N2"], "local": True, "revenue_wan": 300.0})
    firms = pd.concat([tables.firms, new.assign(founded=DAY, as_of=DAY)], ignore_index=True)
    rows = placed_rows([("firm", "N1", "lens", 1.0), ("firm", "N2", "lens", 1.0)])
    known = snapshot(replace(tables, firms=firms), pd.concat([placements, rows]), DAY)
    lens = scorer.placed.node("lens")
    after = Scorer(PlacedChain.of(chain, known), PARAMS).scores()[score].value[lens]
    found = score_after(scorer, lens, score, np.array([0.0, 2.0]))
    assert found is not None
    assert found[0][1] == pytest.approx(after)
    assert found[0][0] == pytest.approx(scorer.scores()[score].value[lens])


@pytest.mark.parametrize(
    ("score", "count", "value", "unit"),
    [
        ("growth", 1, 2 * (4 - 1) / 5, "patents"),
        ("growth", -3, -2.0, "patents"),
        ("rta", 1, 1.0, "local_patents"),
        ("gap", -1, 6.0, "local_firms"),
        ("gap", -2, np.nan, "local_firms"),  # lens has one local firm
        ("concentration", -3, np.nan, "firms"),
    ],
)
def test_changes_by_hand(scorer, score, count, value, unit):
    found = score_after(scorer, scorer.placed.node("lens"), score, np.array([float(count)]))
    assert found is not None
    assert found[0][0] == pytest.approx(value, nan_ok=True)
    assert found[1] == unit


def test_scores_that_firms_do_not_move(scorer):
    assert score_after(scorer, 1, "criticality", np.zeros(1)) is None
    assert score_after(scorer, 1, "talent", np.zeros(1)) is None
