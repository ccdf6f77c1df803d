from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from features.columns import of_table
from models.points.card import PointsCard
from models.points.file import Earns
from models.points.step_prices import Cost, read_costs, step_prices

# Two indicators, one stage: rd_expense earns 10 points from 0 to 100 wan, debt_to_asset_ratio 20 points from 1 to 0.
CARD = PointsCard(
    version="hand",
    codebook_digest="",
    data_digest="",
    indicators=(Earns("rd_expense", "input", "core", 1), Earns("debt_to_asset_ratio", "operations", "core", -1)),
    knots=(0.0, 1.0),
    points={"startup": {"rd_expense": [0.0, 10.0], "debt_to_asset_ratio": [0.0, 20.0]}},
    reference={"startup": {"rd_expense": ([0.0, 100.0], [0.0, 1.0]), "debt_to_asset_ratio": ([0.0, 1.0], [1.0, 0.0])}},
    size_peers={"all": ([0.0, 30.0], [0.0, 1.0])},
    peer_counts={"startup": 2, "size:all": 2},
)
FIRMS = pd.DataFrame(
    {
        "growth_stage": "startup",
        "industry": "iot",
        "size_rule": "other",
        "size_class": "micro",
        "rd_expense": [50.0, 95.0, np.nan],
        "debt_to_asset_ratio": [0.5, 0.02, 0.5],
        "revenue_wan": [100.0, 200.0, 300.0],
        "headcount": [10.0, 20.0, 30.0],
    }
)
COSTS = (Cost("rd_expense", 10.0, 5_000.0, 0.0, 100.0, ""), Cost("debt_to_asset_ratio", -0.05, 0.0, 0.01, 0.0, ""))


@pytest.mark.law
def test_a_step_is_worth_what_the_card_adds_and_costs_what_the_table_has():
    """10 wan are 1 point, half of it at the end of the curve; a twentieth of debt is 1 point, then 0.4."""
    got = step_prices(CARD, of_table(FIRMS), COSTS, FIRMS[["revenue_wan", "headcount"]])
    np.testing.assert_allclose(got.gain, [[1.0, 1.0], [0.5, 0.4], [np.nan, 1.0]], rtol=1e-12)
    np.testing.assert_allclose(got.price, [[6_000, 10_000], [7_000, 20_000], [np.nan, 30_000]])


@pytest.mark.contract
def test_a_cost_table_with_a_foreign_indicator_or_a_step_backwards_is_refused(tmp_path):
    book, path = read_codebook(), tmp_path / "costs.csv"
    path.write_text("key,step,cost_yuan,revenue_share,yuan_per_head,basis\nx,1,1,0,0,a\nrd_expense,-1,1,0,0,a\n")
    with pytest.raises(ValueError, match=r"not in the codebook: \['x'\]; step does not better the value: \['rd_exp"):
        read_costs(book, path)
    assert replace(read_costs(book)[0], step=20.0).step == 20.0


@pytest.mark.contract
@pytest.mark.parametrize(
    ("key", "step", "alien", "wrong"),
    [
        ("x", 1, "'x'", ""),
        ("rd_expense", -1, "", "'rd_expense'"),
        ("rd_expense", 0, "", "'rd_expense'"),
        ("debt_to_asset_ratio", 0.05, "", "'debt_to_asset_ratio'"),
    ],
)
def test_either_fault_of_a_cost_table_is_enough_and_no_step_at_all_is_one(tmp_path, key, step, alien, wrong):
    """More research and less debt are better; a step of 0 betters nothing."""
    path = tmp_path / "costs.csv"
    path.write_text(f"key,step,cost_yuan,revenue_share,yuan_per_head,basis\n{key},{step},1,0,0,a\n")
    with pytest.raises(ValueError, match=rf"^costs\.csv: not in the codebook: \[{alien}\]; .*: \[{wrong}\]$"):
        read_costs(read_codebook(), path)
