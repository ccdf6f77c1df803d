"""Synthetic deals: dated, joined by active investors, more often those who prefer the firm's segment."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.chain.chain_file import load_chains
from data.codebook import reference_path
from data.synthetic.chain_deals import make_deals, make_investors, make_staff
from data.synthetic.chain_params import SyntheticChainParams
from data.synthetic.cohort import OBSERVED_UNTIL

pytestmark = pytest.mark.truth
CHAINS = load_chains(reference_path("chains"))
PARAMS = SyntheticChainParams(n_investors=80)


@pytest.fixture(scope="module")
def firms():
    table = pd.DataFrame({"firm_id": [f"F{number}" for number in range(400)], "chain_id": "iot"})
    return table.assign(founded=pd.Timestamp("2013-01-01"), local=np.arange(400) % 2 == 0)


@pytest.fixture(scope="module")
def placed():
    chain = CHAINS["iot"]
    return [[chain.node("rfid" if number % 2 else "mcu")] if number < 390 else [] for number in range(400)]


def test_preference_is_in_the_deals(firms, placed):
    """Investors that prefer the firm's segment have several times the part of deals that their weight alone gives."""
    investors = make_investors(CHAINS, PARAMS)
    deals = make_deals(firms, placed, CHAINS, investors, PARAMS)
    segment = {"F" + str(number): nodes[0].parent for number, nodes in enumerate(placed) if nodes}
    liked = investors.set_index("investor")
    likes = [
        (liked.loc[name, "chain_id"], liked.loc[name, "node_id"]) == ("iot", segment[firm])
        for name, firm in zip(deals["investor"], deals["firm_id"], strict=True)
    ]
    prefers = liked["node_id"].isin(["identification", "iot-chips"])
    alone = liked.loc[prefers, "weight"].sum() / liked["weight"].sum()
    assert np.mean(likes) > 2 * alone
    assert deals["date"].between("2012-01-01", OBSERVED_UNTIL).all()
    assert deals["deal_id"].is_unique
    assert set(deals["firm_id"]) <= set(segment)


def test_of_a_person_only_the_name_is_kept():
    investors = make_investors(CHAINS, PARAMS)
    assert set(investors["kind"]) == {"fund", "firm", "person"}
    assert investors.loc[investors["kind"] == "person", "intro"].isna().all()
    assert investors["intro"].notna().any()
    assert investors["investor"].is_unique


def test_growing_nodes_search_for_people(firms, placed):
    staff = make_staff(firms, placed, {("iot", "mcu"): "growth"}, PARAMS)
    node = staff["firm_id"].map({f"F{number}": nodes[0].id for number, nodes in enumerate(placed) if nodes})
    rate = staff.groupby(node)[["n_openings", "n_staff"]].sum()
    assert set(rate.index) == {"mcu"}  # the zone's firms of this cohort
    assert 0.4 < rate.loc["mcu", "n_openings"] / rate.loc["mcu", "n_staff"] < 0.6


def test_half_of_the_firms_name_an_occupation_for_their_node(firms, placed):
    """So that it can be placed by its name; it searches as the node's other occupations do."""
    staff = make_staff(firms, placed, {("iot", "mcu"): "growth"}, PARAMS)
    name = next(node.name_zh for nodes in placed for node in nodes if node.id == "mcu")
    own = staff[staff["occupation"] == f"{name}工程师"]
    assert 0.3 < len(own) / staff["firm_id"].nunique() < 0.7
    assert own["firm_id"].is_unique
    assert 0.35 < own["n_openings"].sum() / own["n_staff"].sum() < 0.65
