"""Targets of a gap: ranked by a value counted by hand, with reasons from the evidence and ranks that chance allows."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from features.chain_snapshot import snapshot
from models.chain.flags import FlagParams, node_flags
from models.chain.placed import PlacedChain, ScoreError
from models.chain.scores import Scorer, node_scores
from models.chain.targets import TARGET_COLUMNS, TargetParams, gap_targets, node_targets
from tests.models.chain.conftest import DAY
from tests.models.chain.test_scores import PARAMS

WEIGHTS = TargetParams(probability=0.5, patents=0.2, growth=0.3, count=10)


@pytest.fixture
def scorer(chain, tables, placements, placed_rows):
    """W1 (one recent and one earlier patent on lens), W2 (half a recent one) and W5 (.4, no patent) are on lens."""
    rows = pd.concat([placements, placed_rows([("firm", "W5", "lens", 0.4)])], ignore_index=True)
    own = rows["item_id"] == "W2"
    rows = rows.assign(document_id=None, passage=None, evidence=None)
    rows.loc[own, ["document_id", "passage", "evidence"]] = ["D7", "变焦镜头" * 40, "变焦；镜头"]
    return Scorer(PlacedChain.of(chain, snapshot(tables, rows, DAY)), PARAMS)


def test_values_by_hand(scorer):
    """Recent patents 1, .5 and 0: exceeded 1, .5, 0. Growth 0/3, .5/1.5, 0: exceeded .25, 1, .25."""
    table = node_targets(scorer, "lens", WEIGHTS, 3)
    assert table.columns.tolist() == list(TARGET_COLUMNS)
    assert table["firm_id"].tolist() == ["W2", "W1", "W5"]
    values = {"W1": 0.5 + 0.2 + 0.3 * 0.25, "W2": 0.5 + 0.2 * 0.5 + 0.3, "W5": 0.5 * 0.4 + 0.3 * 0.25}
    assert table["value"].tolist() == pytest.approx([values["W2"], values["W1"], values["W5"]], abs=1e-9)
    assert table["patents"].tolist() == [0.5, 1.0, 0.0]  # W1's other one was published before
    assert table["patent_growth"].iloc[:2].tolist() == [2.0, 0.0]
    assert pd.isna(table["patent_growth"].iloc[2])
    assert table["rank"].tolist() == [1, 2, 3]


def test_ranks_that_chance_allows(scorer):
    table = node_targets(scorer, "lens", WEIGHTS, 3)
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()
    assert (table["rank_low"] <= table["rank"]).all()
    assert (table["rank"] <= table["rank_high"]).all()
    assert table.loc[0, ["rank_low", "rank_high"]].tolist() == [1, 3]  # half a patent may be none
    assert table.loc[2, ["rank_low", "rank_high"]].tolist() == [2, 3]  # before W1 if its patents were by chance


def test_the_reason_names_evidence_gap_and_what_is_supplied(scorer):
    first, second, third = node_targets(scorer, "lens", WEIGHTS, 3).to_dict("records")
    assert first["document_id"] == "D7"
    assert first["reason_zh"].startswith("与“lens环节”环节相符，归链概率 100%。依据：“变焦镜头变焦镜头")
    assert "…”。起作用的词：变焦；镜头。近 3 年在该环节首次公开专利 0.5 件，此前 3 年 0.0 件。" in first["reason_zh"]
    # Need: 3 local firms on camera, times 2.4 firms of lens for each W3 there.
    assert first["reason_zh"].endswith(
        "按其他地区的配套比例，本地需要约 7.2 家，现有 1.0 家，缺 6.2 家。"
        "该环节供给：camera环节；本地下游企业约 3.0 家。"
    )
    assert "Evidence" not in second["reason_en"]
    assert "No patent of it is known on this node." in third["reason_en"]
    assert third["reason_en"].endswith("The node supplies camera node; local firms there: about 3.0.")


def test_only_raised_gaps_have_targets(scorer):
    params = FlagParams(risk={"criticality": 0.5}, gap={"gap": 1.0}, potential={"growth": 0.5})
    flags = node_flags(scorer, node_scores(scorer.placed, PARAMS), params)
    table = gap_targets(scorer, flags, WEIGHTS, 3)
    raised = flags[(flags["flag"] == "gap") & flags["raised"].fillna(False)]["node_id"]
    assert set(table["node_id"]) == set(raised)
    assert "lens" in set(raised)
    assert not set(table["firm_id"]) & {"L1", "L2", "L3", "L4"}
    none = gap_targets(scorer, flags.assign(raised=pd.array([False] * len(flags), dtype="boolean")), WEIGHTS, 3)
    assert none.empty
    assert none.columns.tolist() == list(TARGET_COLUMNS)


def test_a_node_without_firms_elsewhere(scorer):
    assert node_targets(scorer, "idle", WEIGHTS, 3).empty
    assert len(node_targets(scorer, "lens", replace(WEIGHTS, count=1), 3)) == 1


@pytest.mark.contract
def test_bad_input_is_one_error(scorer):
    with pytest.raises(ScoreError, match="chain small has no node lense"):
        node_targets(scorer, "lense", WEIGHTS, 3)
    with pytest.raises(ScoreError, match=r"chain_targets: found weights \(0.5, 0.5, 0.5\)"):
        TargetParams(0.5, 0.5, 0.5, 10)
