"""Roles of nodes and the draw of firms."""

from __future__ import annotations

import pandas as pd
import pytest

from data.chain.chain_file import load_chain, load_chains
from data.codebook import reference_path
from data.synthetic.chain_firms import make_firms, place_firms, plan_nodes, reach
from data.synthetic.chain_params import SyntheticChainParams

pytestmark = pytest.mark.truth
PARAMS = SyntheticChainParams(n_local=200, n_world=300)
CHAINS = load_chains(reference_path("chains"))


def test_reach_follows_supply_over_any_number_of_links(tmp_path):
    """Of three nodes, a supplies b, and b supplies c and a: from a come b and c, and a cycle ends."""
    text = "id: x\nname_zh: 链\nlayers:\n  structure: {owner: o, as_of: 2024-06-30, source: s}\nnodes:\n"
    rows = "- {id: a, name_zh: 甲, feeds: [b]}\n- {id: b, name_zh: 乙, feeds: [c, a]}\n- {id: c, name_zh: 丙}\n"
    (tmp_path / "x.yaml").write_text(text + rows, encoding="utf-8")
    chain = load_chain(tmp_path / "x.yaml")
    assert [reach(chain, node) for node in "abc"] == [{"b", "c"}, {"a", "c"}, set()]


def test_potential_links_with_a_note_grow(cohort):
    """The two potential links of life and health are among the growing nodes, whatever the seed."""
    for seed in (1, 2):
        plan = plan_nodes(CHAINS, SyntheticChainParams(seed=seed)).set_index("node_id")
        assert (plan.loc[["internet-medical-data", "medical-data-processing"], "role"] == "growth").all()


def test_firms_of_an_industry_are_mostly_on_its_chain(cohort):
    """By the counts of the register: most firms of digital security are on its chain, most others on none."""
    enterprises = cohort.tables["enterprises"]
    plan = plan_nodes(CHAINS, PARAMS)
    firms = make_firms(enterprises, pd.Series(dtype=float), plan, PARAMS)
    local = firms.loc[firms["local"]].merge(enterprises, left_on="firm_id", right_on="uscc")
    share = local.groupby("industry")["chain_id"].agg(lambda one: (one != "").mean())
    assert share[["digital_security", "life_health", "iot"]].min() > 0.75
    own = local.loc[local["industry"] == "iot", "chain_id"]
    assert (own == "iot").mean() > 0.7
    others = local.loc[~local["industry"].isin(["digital_security", "life_health", "iot"]), "chain_id"]
    assert (others == "").mean() > 0.4
    placed = place_firms(firms, plan, CHAINS, PARAMS)
    assert all(bool(nodes) == bool(chain) for nodes, chain in zip(placed, firms["chain_id"], strict=True))


def test_too_few_enterprises_are_refused(cohort):
    with pytest.raises(ValueError, match="enterprises are old enough"):
        make_firms(cohort.tables["enterprises"].head(10), pd.Series(dtype=float), plan_nodes(CHAINS, PARAMS), PARAMS)
