"""The chain cohort: its tables are right, its truth is in them, and what was planted is there."""

from __future__ import annotations

import pandas as pd
import pytest

from data.chain.chain_file import load_chains
from data.codebook import reference_path
from data.ingest.chain_rules import CHAIN_TABLES
from data.ingest.folder import ingest_directory
from data.synthetic.chain import found_by_words, synthesize_chain, write_chain
from data.synthetic.chain_firms import ROLES
from data.synthetic.chain_params import SyntheticChainParams
from data.synthetic.cohort import OBSERVED_UNTIL

pytestmark = pytest.mark.truth
CHAINS = load_chains(reference_path("chains"))
PARAMS = SyntheticChainParams(n_local=300, n_world=500, n_patents=1_200, n_investors=60)


@pytest.fixture(scope="module")
def made(cohort):
    return synthesize_chain(cohort.tables["enterprises"], cohort.tables["credit_facts"], CHAINS, PARAMS)


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(made, cohort, tmp_path):
    enterprises = cohort.tables["enterprises"].sample(frac=1.0, random_state=1)
    again = synthesize_chain(enterprises, cohort.tables["credit_facts"], CHAINS, PARAMS)
    for folder, one in (("a", made), ("b", again)):
        write_chain(one, tmp_path / folder / "raw", tmp_path / folder / "truth")
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.*"))
    assert len(files) == len(CHAIN_TABLES) + 4
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


def test_every_table_is_kept_whole_by_ingest_and_holds_no_truth(made, tmp_path):
    write_chain(made, tmp_path / "raw", tmp_path / "truth")
    reports = ingest_directory(tmp_path / "raw", tmp_path / "out", OBSERVED_UNTIL, tables=CHAIN_TABLES)
    assert {name: report.counts["quarantined"] for name, report in reports.items()} == dict.fromkeys(CHAIN_TABLES, 0)
    assert all(report.counts["kept"] == len(made.tables[name]) > 0 for name, report in reports.items())
    for name in set(CHAIN_TABLES) - {"confirmed_placements"}:
        assert not {"role", "node_id", "chain_id"} & set(made.tables[name])


def test_placements_name_known_items_and_nodes(made):
    """A firm has at most two nodes of one chain, the first its main one; firms on no node are there too."""
    placements = made.truth["placements"]
    known = {(chain.id, node.id) for chain in CHAINS.values() for node in chain.nodes}
    assert set(zip(placements["chain_id"], placements["node_id"], strict=True)) <= known
    firms = placements.loc[placements["kind"] == "firm"]
    assert set(firms["item_id"]) < set(made.tables["firms"]["firm_id"])
    grouped = firms.groupby("item_id")
    assert (grouped["chain_id"].first() == grouped["chain_id"].last()).all()
    assert grouped.size().isin([1, 2]).all()
    assert (grouped["is_main"].sum() == 1).all()
    of_patents = placements.loc[placements["kind"] == "patent", "item_id"]
    assert set(of_patents) == set(made.tables["patents"]["publication_number"])


def test_words_alone_find_about_half_of_the_firms(made):
    """Own words are often missing or others' there; a firm whose text holds its words alone is found."""
    assert 0.4 < made.figures["share_of_firms_found_by_words"] < 0.75
    lens = CHAINS["digital-security"].node("security-lens")
    documents = pd.DataFrame({"firm_id": ["a", "b"], "title": "", "text": [lens.keywords[0], "天线"]})
    main = pd.Series("digital-security/security-lens", index=["a", "b"])
    assert found_by_words(documents, main, CHAINS) == 0.5


def test_planted_roles_are_in_the_counts(made):
    """By hand from the tables: bottlenecks have two far makers, gaps no firm of the zone, strengths many of it."""
    nodes = made.truth["nodes"]
    assert nodes["role"].value_counts()[list(ROLES)].to_dict() == {name: 3 * count for name, count in ROLES.items()}
    scarce, gaps = nodes.loc[nodes["role"] == "bottleneck"], nodes.loc[nodes["role"] == "gap"]
    assert (scarce["firms"] == 2).all()
    assert (scarce["local_firms"] == 0).all()
    assert (scarce["reach"] >= 3).all()
    assert (gaps["local_firms"] == 0).all()
    assert gaps["firms"].sum() > 20
    share = nodes.groupby("role")[["local_firms", "firms"]].sum()
    local = share["local_firms"] / share["firms"]
    assert local["strength"] > local["growth"] > local[""]
    assert local["strength"] > local[""] + 0.15


def test_what_a_person_confirmed_is_mostly_the_truth(made):
    """A confirmed firm has a row for every chain; the share that is wrong is the planted one, within chance."""
    confirmed = made.tables["confirmed_placements"]
    assert (confirmed.groupby("item_id")["chain_id"].nunique() == len(CHAINS)).all()
    truth = made.truth["placements"].query("kind == 'firm'")[["item_id", "chain_id", "node_id"]]
    rows = confirmed.dropna(subset="node_id").merge(truth, how="left", indicator=True)
    assert 0.9 < (rows["_merge"] == "both").mean() < 1.0
    on_none = confirmed.loc[confirmed["node_id"].isna()].merge(truth[["item_id", "chain_id"]].drop_duplicates())
    assert len(on_none) == 0


def test_links_join_products_of_nodes_that_supply_each_other(made):
    node_of = made.truth["placements"].query("kind == 'product'").set_index("item_id")
    links = made.tables["product_links"]
    assert node_of.index.is_unique
    for first, second in links[["from_product", "to_product"]].itertuples(index=False):
        chain = CHAINS[node_of.loc[first, "chain_id"]]
        assert node_of.loc[second, "node_id"] in chain.node(node_of.loc[first, "node_id"]).feeds
