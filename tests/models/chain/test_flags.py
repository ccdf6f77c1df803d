"""Flags: what raises them, which score decides, and how few firms would change that, counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.chain.flags import FLAG_COLUMNS, FlagParams, node_flags
from models.chain.placed import PlacedChain, ScoreError
from models.chain.scores import Scorer, node_scores
from tests.models.chain.test_scores import PARAMS

FLAGGED = FlagParams(
    risk={"criticality": 0.4, "concentration": 0.5}, gap={"gap": 1.0}, potential={"growth": 0.5, "rta": 1.0}
)


@pytest.fixture
def scorer(chain, known):
    return Scorer(PlacedChain.of(chain, known), PARAMS)


@pytest.fixture
def flags(scorer):
    return node_flags(scorer, node_scores(scorer.placed, PARAMS), FLAGGED).set_index(["node_id", "flag"])


def test_the_table(flags):
    assert flags.reset_index().columns.isin(FLAG_COLUMNS).all()
    assert len(flags) == 6 * 3


def test_a_gap_and_how_many_firms_fill_it(flags):
    """Lens needs 6 local firms and has 1: with 5 more the gap is 0, below the threshold of 1."""
    row = flags.loc[("lens", "gap")]
    assert row["raised"]
    assert (row["value"], row["threshold"], row["distance"], row["n"]) == (5.0, 1.0, 4.0, 7)
    assert (row["flip_count"], row["flip_unit"]) == (5, "local_firms")
    assert row["uncertain"]  # few firms: the interval reaches below 1


def test_at_its_threshold_a_flag_is_raised(scorer):
    params = FlagParams(risk={"criticality": 0.4}, gap={"gap": 5.0}, potential={"growth": 0.5})
    row = (
        node_flags(scorer, node_scores(scorer.placed, PARAMS), params)
        .set_index(["node_id", "flag"])
        .loc[("lens", "gap")]
    )
    assert row["raised"]
    assert (row["distance"], row["flip_count"]) == (0.0, 1)


@pytest.mark.parametrize(("growth", "uncertain"), [(1.5, True), (2.1, False)])
def test_a_flag_is_sure_where_one_score_cannot_reach_its_threshold(scorer, growth, uncertain):
    """Lens: rta of .9 may be 1, and growth of 1.0 may be 1.5; no growth is above 2."""
    params = FlagParams(risk={"criticality": 0.4}, gap={"gap": 5.0}, potential={"growth": growth, "rta": 1.0})
    table = node_flags(scorer, node_scores(scorer.placed, PARAMS), params).set_index(["node_id", "flag"])
    assert not table.loc[("lens", "potential"), "raised"]
    assert table.loc[("lens", "potential"), "uncertain"] == uncertain


def test_a_gap_that_is_not_there(flags):
    """Camera has 3 and needs none: even without all three, the gap of 0 is below 1."""
    row = flags.loc[("camera", "gap")]
    assert not row["raised"]
    assert row["distance"] == -4.0
    assert pd.isna(row["flip_count"])


def test_risk_takes_both_scores(flags):
    """lens: criticality 5/11 and concentration .506 are both above; the second is nearer to its threshold.

    A fourth firm of mean revenue (300) makes the index (410,000 + 90,000) / 1,200 ** 2 = .347.
    """
    row = flags.loc[("lens", "risk")]
    assert row["raised"]
    assert row["score"] == "concentration"
    assert row["distance"] == pytest.approx(0.0062, abs=1e-4)
    assert (row["flip_count"], row["flip_unit"]) == (1, "firms")


def test_the_score_farthest_below_decides_what_is_not_raised(flags):
    row = flags.loc[("operation", "risk")]
    assert not row["raised"]
    assert (row["score"], row["value"]) == ("criticality", 0.0)
    assert not row["uncertain"]
    assert pd.isna(row["flip_count"])


def test_potential_waits_for_its_last_score(flags):
    """Lens grows, but rta is .9: with one more local patent it is (2.5 / 3.5) / (5 / 7) = 1."""
    row = flags.loc[("lens", "potential")]
    assert not row["raised"]
    assert (row["score"], row["flip_count"], row["flip_unit"]) == ("rta", 1, "local_patents")
    assert flags.loc[("camera", "potential"), "raised"]


def test_no_data_is_neither_raised_nor_not(flags):
    row = flags.loc[("idle", "gap")]
    assert row["status"] == "no_data"
    assert row["raised"] is pd.NA
    assert np.isnan(row["value"])
    # chip's criticality is below the threshold of .6, whatever its other scores are.
    assert flags.loc[("parts", "potential"), "status"] == "ok"


def test_a_score_below_decides_beside_one_without_data(scorer):
    table = node_scores(scorer.placed, PARAMS)
    high = FlagParams(risk={"criticality": 0.99, "talent": 0.0}, gap={"gap": 1.0}, potential={"growth": 0.5})
    flags = node_flags(scorer, table, high).set_index(["node_id", "flag"])
    assert flags.loc[("lens", "risk"), "status"] == "ok"  # no talent, but its criticality is below
    assert not flags.loc[("lens", "risk"), "raised"]
    low = FlagParams(risk={"criticality": 0.0, "talent": 0.0}, gap={"gap": 1.0}, potential={"growth": 0.5})
    row = node_flags(scorer, table, low).set_index(["node_id", "flag"]).loc[("lens", "risk")]
    assert (row["status"], row["score"]) == ("no_data", "talent")


@pytest.mark.law
@pytest.mark.parametrize("threshold", [0.3, 0.45, 0.55, 0.9])
def test_a_raised_flag_is_at_or_above_its_threshold(scorer, threshold):
    params = FlagParams(risk={"concentration": threshold}, gap={"gap": threshold}, potential={"growth": threshold})
    table = node_flags(scorer, node_scores(scorer.placed, PARAMS), params)
    known = table[table["status"] == "ok"]
    assert ((known["distance"] >= 0) == known["raised"].astype(bool)).all()
    assert known["distance"].to_numpy() == pytest.approx((known["value"] - known["threshold"]).to_numpy())


@pytest.mark.contract
@pytest.mark.parametrize("risk", [{}, {"centrality": 0.5}])
def test_thresholds_are_of_scores_that_there_are(risk):
    with pytest.raises(ScoreError, match=r"chain_flags\.risk: found (no score|centrality); allowed: one or more of"):
        FlagParams(risk=risk, gap={"gap": 1.0}, potential={"growth": 0.5})
