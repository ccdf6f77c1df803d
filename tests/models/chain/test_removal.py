"""Removal of a firm, counted by hand on the small chain."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from features.chain_snapshot import snapshot
from models.chain.placed import PlacedChain, ScoreError
from models.chain.removal import remove_firm
from tests.models.chain.conftest import DAY
from tests.models.chain.test_scores import PARAMS


@pytest.fixture
def placed(chain, known):
    return PlacedChain.of(chain, known)


def test_the_only_maker_takes_its_node_along(chain, tables, placements, placed_rows):
    """W4 alone on camera: supply of lens and chip ends there, and operation, with W5, is reached by none."""
    rows = placements[~placements["node_id"].isin(["camera", "operation"])]
    own = placed_rows([("firm", "W4", "camera", 1.0), ("firm", "W5", "operation", 1.0)])
    placed = PlacedChain.of(chain, snapshot(tables, pd.concat([rows, own]), DAY))
    removal = remove_firm(placed, "W4", PARAMS)
    (node,) = removal.nodes
    assert (node.node_id, node.role, node.others, node.share) == ("camera", "only", 0.0, 1.0)
    (step,) = removal.steps
    assert (step.step, step.node_id, step.firms, step.sources, step.sources_left, step.lost) == (
        1, "operation", 1.0, 3, 0, True,
    )  # fmt: skip
    assert removal.nodes_lost == ("operation",)
    assert removal.share_of_reach == 1.0
    json.dumps(removal.as_dict())


def test_what_reached_a_node_without_a_maker_is_not_lost_beyond_it(chain, tables, placements, placed_rows):
    """Lens supplies idle too: of 3 pairs with operation's firm and 1 with idle's 3 are lost."""
    rows = placements[~placements["node_id"].isin(["camera", "operation"])]
    own = [("firm", "W4", "camera", 1.0), ("firm", "L2", "camera", 0.3), ("firm", "W5", "operation", 1.0)]
    more = [("firm", "L3", "idle", 1.0), ("product", "lens A", "lens", 1.0), ("product", "idle A", "idle", 1.0)]
    links = pd.DataFrame({"from_product": ["lens A"], "to_product": ["idle A"]})
    known = snapshot(replace(tables, product_links=links), pd.concat([rows, placed_rows([*own, *more])]), DAY)
    removal = remove_firm(PlacedChain.of(chain, known), "W4", PARAMS)
    assert [one.role for one in removal.nodes] == ["only"]
    assert removal.share_of_reach == pytest.approx(3 / 4)
    assert removal.nodes_lost == ("operation",)


def test_a_source_less(chain, tables, placements):
    """Without W3 chip has half a firm left: it is not lost. Without both, camera keeps lens of its two sources."""
    placed = PlacedChain.of(chain, snapshot(tables, placements, DAY))
    roles = {one.node_id: one.role for one in remove_firm(placed, "W3", PARAMS).nodes}
    assert roles == {"chip": "main", "parts": "one_of_several", "camera": "main"}
    alone = placements[~((placements["item_id"] == "L1") & (placements["node_id"] == "chip"))]
    removal = remove_firm(PlacedChain.of(chain, snapshot(tables, alone, DAY)), "W3", PARAMS)
    assert {one.node_id: one.role for one in removal.nodes}["chip"] == "only"
    assert [(step.step, step.node_id, step.sources, step.sources_left) for step in removal.steps] == [
        (1, "camera", 2, 1),
        (2, "operation", 3, 2),
    ]
    # Lost: chip's pair with each of camera's 3 other firms and operation's 1; of 2 x 3 + 3 x 1 in all.
    assert removal.share_of_reach == pytest.approx((3 + 1) / (6 + 3))
    assert removal.firms_affected == 4.0


def test_one_of_several_makers_leaves_no_hole(placed):
    removal = remove_firm(placed, "L4", PARAMS)
    assert [(one.node_id, one.role) for one in removal.nodes] == [("camera", "one_of_several")]
    assert removal.nodes[0].share == pytest.approx(50 / 1150)
    assert (removal.steps, removal.share_of_reach) == ((), 0.0)


def test_a_firm_on_no_node(placed):
    assert remove_firm(placed, "W5", PARAMS).nodes == ()


@pytest.mark.contract
def test_an_unknown_firm(placed):
    with pytest.raises(ScoreError, match="firm nobody is not known on 2024-06-30"):
        remove_firm(placed, "nobody", PARAMS)
