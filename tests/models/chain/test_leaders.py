"""Chain leader firms, counted by hand."""

from __future__ import annotations

import pytest

from features.chain_snapshot import snapshot
from models.chain.leaders import LEADER_COLUMNS, chain_leaders
from models.chain.placed import PlacedChain
from models.chain.scores import Scorer
from tests.models.chain.conftest import DAY
from tests.models.chain.test_scores import PARAMS


def test_leaders_by_hand(chain, known):
    """W3: .8 x 800 of chip's 690 with criticality 5/11, and 800 of camera's 1,150 with 1."""
    scorer = Scorer(PlacedChain.of(chain, known), PARAMS)
    table = chain_leaders(scorer, 4)
    assert table.columns.tolist() == list(LEADER_COLUMNS)
    assert table["firm_id"].tolist() == ["W3", "L1", "W1", "L2"][: len(table)] or table["firm_id"].iloc[0] == "W3"
    first = table.iloc[0]
    assert first["value"] == pytest.approx(640 / 690 * 5 / 11 + 800 / 1150)
    assert first["low"] < first["value"] < first["high"]
    assert first["nodes"] == "chip;camera"
    by_firm = table.set_index("firm_id")["value"]
    assert by_firm["W1"] == pytest.approx(600 / 900 * 5 / 11)
    assert by_firm["L2"] == pytest.approx(300 / 1150)


def test_no_supply_no_leader(chain, tables, placements):
    rows = placements[placements["kind"] == "patent"]
    assert chain_leaders(Scorer(PlacedChain.of(chain, snapshot(tables, rows, DAY)), PARAMS)).empty
