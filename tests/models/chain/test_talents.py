"""Talents by node: occupations in demand and inventors, and no data without their tables."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from features.chain_snapshot import snapshot
from models.chain.placed import PlacedChain
from models.chain.talents import INVENTOR_COLUMNS, OCCUPATION_COLUMNS, inventors, occupation_nodes, occupations
from tests.models.chain.conftest import DAY, ON, START, placements_of
from tests.models.chain.test_scores import PARAMS


def test_occupations_by_hand(chain, tables, placements):
    filed = pd.DataFrame(
        [("L2", "optics", 10, 30), ("L3", "optics", 10, 30), ("L4", "optics", 10, 30), ("L2", "sales", 100, 1),
         ("L4", "sales", 50, 0), ("W4", "sales", 0, 0), ("L2", "law", 1, 9)],
        columns=["firm_id", "occupation", "n_staff", "n_openings"],
    ).assign(date=START)  # fmt: skip
    known = snapshot(replace(tables, staff=filed), placements, DAY)
    table = occupations(PlacedChain.of(chain, known), known, PARAMS)
    assert table.columns.tolist() == list(OCCUPATION_COLUMNS)
    own = table[table["node_id"] == "camera"].set_index("occupation")
    assert own.index.tolist() == ["optics", "sales", "law"]
    assert own["value"].tolist()[:2] == pytest.approx([90 / 30, 1 / 150])
    assert own["n"].tolist() == [3, 2, 1]
    assert own["scarce"].tolist() == [True, False, False]  # of all staff filed 100 / 181
    assert own.loc["law", "status"] == "no_data"  # one firm's own ratio
    own = own.drop("law")
    assert (own["low"] <= own["value"]).all()
    assert (own["value"] <= own["high"]).all()
    rest = table[table["node_id"] != "camera"]
    assert (rest["status"] == "no_data").all()  # W4 filed nothing but zeros
    assert rest["value"].isna().all()
    assert table["node_id"].unique().tolist() == [node.id for node in chain.nodes]


def test_an_occupation_counts_where_its_own_name_is_placed(chain, tables, placements):
    """Optics is placed on lens: it counts there in firms of the chain, all on camera, and no longer on camera."""
    filed = pd.DataFrame(
        [("L2", "optics", 10, 30), ("L3", "optics", 10, 10), ("L2", "sales", 100, 1), ("L4", "sales", 50, 0),
         ("W5", "optics", 70, 0)],
        columns=["firm_id", "occupation", "n_staff", "n_openings"],
    ).assign(date=START)  # fmt: skip
    own = placements_of([*ON, ("staff", "optics", "lens", 1.0)])
    known = snapshot(replace(tables, staff=filed), own, DAY)
    table = occupations(PlacedChain.of(chain, known), known, PARAMS).set_index(["node_id", "occupation"])
    assert table.loc[("lens", "optics"), ["staff", "openings", "value", "placed_by"]].tolist() == [
        20, 40, 2.0, "by_occupation"
    ]  # fmt: skip
    assert table.loc[("parts", "optics"), "staff"] == 20  # the node above
    assert ("camera", "optics") not in table.index
    assert table.loc[("camera", "sales"), ["staff", "placed_by"]].tolist() == [150, "by_firm"]


def test_an_occupation_of_another_chain_counts_on_no_node(chain, tables, placements):
    other = placements_of([("staff", "engineer", "lens", 0.9)]).assign(chain_id="other")
    known = snapshot(tables, pd.concat([placements, other], ignore_index=True), DAY)
    table = occupations(PlacedChain.of(chain, known), known, PARAMS)
    assert (table["status"] == "no_data").all()
    assert table["occupation"].isna().all()


def test_an_occupation_is_on_a_node_with_its_probability(chain, tables):
    """.8 on lens and .5 on chip, as if they were independent: .9 on parts."""
    on = placements_of([*ON, ("staff", "engineer", "lens", 0.8), ("staff", "engineer", "chip", 0.5)])
    known = snapshot(tables, on, DAY)
    found = occupation_nodes(PlacedChain.of(chain, known), known.placements)["engineer"]
    assert found.tolist() == pytest.approx([0.9, 0.8, 0.5, 0.0, 0.0, 0.0])
    table = occupations(PlacedChain.of(chain, known), known, PARAMS).set_index("node_id")
    assert table.loc["lens", "staff"] == pytest.approx(0.8 * 200)  # L2, L3 and W3, each surely on the chain


def test_without_a_table_there_is_no_data(chain, tables, placements):
    known = snapshot(replace(tables, staff=tables.staff.iloc[:0]), placements, DAY)
    table = occupations(PlacedChain.of(chain, known), known, PARAMS)
    assert (table["status"] == "no_data").all()
    assert len(table) == 6


def test_an_occupation_that_is_filled_has_an_upper_end(chain, tables, placements):
    known = snapshot(replace(tables, staff=tables.staff.assign(n_openings=0)), placements, DAY)
    row = occupations(PlacedChain.of(chain, known), known, PARAMS).set_index("node_id").loc["camera"]
    assert (row["value"], row["low"]) == (0.0, 0.0)
    assert row["high"] > 0.0


def test_inventors_by_hand(chain, tables, placements):
    """Lens: P1 to P4 of inventors a, b, c and d; local are those of P1 and P4. No inventor is named on camera's."""
    names = ["a;b", "c", "b", "d", None, "e"]
    known = snapshot(replace(tables, patents=tables.patents.assign(inventor_keys=names)), placements, DAY)
    table = inventors(PlacedChain.of(chain, known)).set_index("node_id")
    assert table.reset_index().columns.tolist() == list(INVENTOR_COLUMNS)
    assert table.loc["lens"].tolist() == [4, 4, 3, "ok"]
    assert table.loc["camera"].tolist() == [1, 0, 0, "no_data"]
    assert table.loc["parts", "inventors"] == 4
