"""Every score against values counted by hand, what has no data, and what intervals promise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta, poisson

from features.chain_snapshot import snapshot
from models.chain.placed import PlacedChain
from models.chain.scores import SCORE_COLUMNS, SCORES, ScoreParams, node_scores
from tests.models.chain.conftest import DAY

PARAMS = ScoreParams(days=("2024-06-30",), growth_years=3, reach_steps=4, known_share=0.5, level=0.9, draws=500, seed=7)


@pytest.fixture
def scores(chain, known):
    return _scores(chain, known)


def _scores(chain, known):
    return node_scores(PlacedChain.of(chain, known), PARAMS).set_index(["node_id", "score"])


@pytest.mark.parametrize(
    ("node_id", "score", "value", "n"),
    [
        ("lens", "supply", 1.0, 1),
        ("chip", "supply", 0.5, 1),
        ("camera", "supply", 3.0, 3),
        ("parts", "supply", 1.0, 1),  # L1 is on both of its nodes and is one firm
        ("idle", "supply", 0.0, 0),
        ("lens", "local_share", 1 / 3, 3),
        ("chip", "local_share", 0.5 / 1.3, 2),
        ("parts", "local_share", 1 / 3.8, 4),  # L1; W1, W2 and W3 with 0.8
        ("lens", "concentration", (100**2 + 600**2 + 200**2) / 900**2, 3),
        # Three of camera's four firms state a revenue: 300, 50 and 800.
        ("camera", "concentration", (300**2 + 50**2 + 800**2) / 1150**2, 3),
        # Sums and squares expected over placements: p r, p r ** 2, and the variance p (1 - p) r ** 2.
        (
            "chip",
            "concentration",
            (0.5 * 100**2 + 0.8 * 800**2) / ((50 + 640) ** 2 + 0.25 * 100**2 + 0.16 * 800**2),
            2,
        ),
        # Local patents: P1, half of P4, P5 of 2.5; lens has 1.5 of them, and 4 of all 6.
        ("lens", "rta", (1.5 / 2.5) / (4 / 6), 4),
        ("camera", "rta", (1 / 2.5) / (1 / 6), 1),
        # Recent: P1, P2, P4. Earlier: P3.
        ("lens", "growth", 2 * (3 - 1) / (3 + 1), 4),
        ("camera", "growth", 2.0, 1),
        # camera has 3 local firms and W3: the world has 2 firms on lens for it.
        ("lens", "gap", 3 * 2 / 1 - 1, 3 + 4),
        ("camera", "gap", 0 * 1 / 1 - 3, 4 + 1),
        ("camera", "talent", 10 / 200, 3),
        # Firms on the nodes: camera 4, operation 1. Leaves reach camera from lens and chip, operation from three.
        ("camera", "criticality", 3 * 1 / (3 * 1), 1),
        ("lens", "criticality", (4 + 1) / (2 * 4 + 3 * 1), 5),
        ("parts", "criticality", (2 * 4 + 2 * 1) / (2 * 4 + 3 * 1), 5),
        ("operation", "criticality", 0.0, 4),
    ],
)
def test_values_by_hand(scores, node_id, score, value, n):
    row = scores.loc[(node_id, score)]
    assert row["status"] == "ok"
    assert row["value"] == pytest.approx(value, rel=1e-12, abs=1e-12)
    assert row["n"] == n
    assert row["low"] <= row["value"] <= row["high"]


def test_the_table(chain, scores):
    table = scores.reset_index()
    assert set(table.columns) == set(SCORE_COLUMNS)
    assert list(table["node_id"].unique()) == [node.id for node in chain.nodes]
    assert table["score"].tolist() == list(SCORES) * 6
    assert scores.loc[("lens", "concentration"), "basis"] == "revenue"


def test_no_data_is_no_zero(scores):
    """A node without firms has a supply of 0 with its upper end, and no other score."""
    idle = scores.loc["idle"]
    assert idle["status"].tolist() == ["ok"] + ["no_data"] * 7
    assert idle.loc["supply", ["value", "low"]].tolist() == [0.0, 0.0]
    assert idle.loc["supply", "high"] == pytest.approx(-np.log(0.1))
    assert idle.drop("supply")[["value", "low", "high"]].isna().all().all()
    assert scores.loc[("lens", "talent"), "status"] == "no_data"  # none of its firms filed staff
    assert scores.loc[("chip", "talent"), ["status", "n"]].tolist() == ["no_data", 1]  # W3 alone filed
    assert scores.loc[("operation", "gap"), "status"] == "no_data"  # supplies nothing
    assert scores.loc[("chip", "rta"), "status"] == "no_data"  # no patent


def test_exact_intervals(scores):
    """Supply of three sure firms: mid-P limits; a sure share of 1 in 3: Jeffreys'."""
    supply = scores.loc[("camera", "supply")]
    assert poisson.sf(3, supply["low"]) + poisson.pmf(3, supply["low"]) / 2 == pytest.approx(0.05)
    assert poisson.cdf(2, supply["high"]) + poisson.pmf(3, supply["high"]) / 2 == pytest.approx(0.05)
    share = scores.loc[("lens", "local_share")]
    assert share["low"] == pytest.approx(beta.ppf(0.05, 1.5, 2.5))
    assert share["high"] == pytest.approx(beta.ppf(0.95, 1.5, 2.5))


def test_revenue_that_few_state_is_not_used(chain, known):
    """With more than half of revenue unknown the shares are those of patents: L1 1.5, W1 2, W2 .5."""
    few = replace(known, firms=known.firms.assign(revenue_wan=[100.0] + [None] * 8))
    row = node_scores(PlacedChain.of(chain, few), PARAMS).set_index(["node_id", "score"]).loc[("lens", "concentration")]
    assert row["basis"] == "patents"
    assert row["value"] == pytest.approx((1.5**2 + 2**2 + 0.5**2) / 4**2)


def test_growth_of_firms_where_there_are_no_patents(chain, tables, placements):
    founded = pd.to_datetime(["2023-01-01"] * 3 + ["2020-01-01"] + ["2015-01-01"] * 5)
    firms = tables.firms.assign(founded=founded)
    rows = placements[placements["kind"] == "firm"]
    known = snapshot(replace(tables, firms=firms), rows, DAY)
    row = node_scores(PlacedChain.of(chain, known), PARAMS).set_index(["node_id", "score"]).loc[("camera", "growth")]
    assert row["basis"] == "firms"
    assert row["n"] == 3  # L2 and L3 recent, L4 earlier, W3 before both
    assert row["value"] == pytest.approx(2 * (2 - 1) / 3)


def test_no_local_firm_at_all(chain, tables, placements):
    known = snapshot(replace(tables, firms=tables.firms.assign(local=False)), placements, DAY)
    table = node_scores(PlacedChain.of(chain, known), PARAMS).set_index(["node_id", "score"])
    assert (table.xs("supply", level="score")["value"] == 0).all()
    assert (table.xs("supply", level="score")["high"] > 2.3).all()
    assert table.loc[("lens", "local_share"), "value"] == 0.0
    assert table.loc[("lens", "local_share"), "high"] > 0.3
    assert (table.xs("rta", level="score")["status"] == "no_data").all()


@pytest.mark.parametrize("empty", ["firms", "before"])
def test_a_library_without_firms_has_no_data(chain, tables, placements, empty):
    """An empty table of firms, and a day before the first record."""
    if empty == "firms":
        known = snapshot(
            replace(tables, firms=tables.firms.iloc[:0], staff=tables.staff.iloc[:0]), placements.iloc[:0], DAY
        )
    else:
        known = snapshot(tables, placements, pd.Timestamp("2001-01-01"))
    table = node_scores(PlacedChain.of(chain, known), PARAMS)
    assert (table["status"] == "no_data").all()
    assert (table["n"] == 0).all()


def test_same_input_same_table(chain, known):
    one, other = (node_scores(PlacedChain.of(chain, known), PARAMS) for _ in range(2))
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_no_gap_without_a_norm(chain, tables, placements):
    """Where the rest of the world has no firm on the node, or on those that it supplies, the need is not known."""
    for missing in (["W1", "W2"], ["W3"]):
        rows = placements[~placements["item_id"].isin(missing)]
        table = _scores(chain, snapshot(tables, rows, DAY))
        assert table.loc[("lens", "gap"), "status"] == "no_data"
        assert table.loc[("lens", "supply"), "value"] == 1.0


def test_periods_end_on_their_days(chain, tables, placements):
    """Published on the day: recent. Three years before: earlier. Six years before: in neither."""
    days = pd.to_datetime(["2024-06-30", "2021-07-01", "2021-06-30", "2018-06-30", "2023-06-01", "2010-01-01"])
    known = snapshot(replace(tables, patents=tables.patents.assign(publication_date=days)), placements, DAY)
    row = _scores(chain, known).loc[("lens", "growth")]
    assert row["n"] == 3
    assert row["value"] == pytest.approx(2 * (2 - 1) / 3)
