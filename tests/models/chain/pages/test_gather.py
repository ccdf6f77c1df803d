"""What a node lists: its own and what is below it, known on the day, each once."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from models.chain.pages.gather import node_lists

TODAY = dt.date(2024, 6, 30)


@pytest.fixture
def placed(placements) -> pd.DataFrame:
    return placements.assign(is_parent=False, evidence="词", document_id="d")


def names(table: pd.DataFrame) -> list[str]:
    return table["firm_id"].tolist()


def test_a_parent_lists_the_firms_of_its_children_once(chain, placed, tables):
    """L1 is at lens (1.0) and chip (0.5): once at parts, by the likelier."""
    lists = node_lists(chain, "parts", TODAY, placements=placed, firms=tables.firms)
    assert names(lists["local_library"]) == ["L1"]
    assert lists["local_library"]["node_id"].tolist() == ["lens"]
    assert names(lists["world_library"]) == ["W1", "W2", "W3"]


def test_a_child_does_not_list_the_firms_of_its_parent(chain, placed, tables):
    assert names(node_lists(chain, "chip", TODAY, placements=placed, firms=tables.firms)["world_library"]) == ["W3"]


def test_only_what_was_known_on_the_day_is_listed(chain, placed, tables):
    """Later placements, firms and patents wait for a later snapshot."""
    early = dt.date(2019, 12, 31)
    assert not len(node_lists(chain, "parts", early, placements=placed, firms=tables.firms)["local_library"])
    lists = node_lists(chain, "parts", TODAY, placements=placed, firms=tables.firms, patents=tables.patents)
    assert lists["patents"]["publication_number"].tolist() == ["P4", "P1", "P2", "P3"]
    on = dt.date(2022, 6, 1)
    lists = node_lists(chain, "parts", on, placements=placed, firms=tables.firms, patents=tables.patents)
    assert lists["patents"]["publication_number"].tolist() == ["P2", "P3"]


def test_what_is_not_placed_is_not_listed(chain, placed, tables):
    left = placed.assign(band="not_placed")
    assert not len(node_lists(chain, "lens", TODAY, placements=left, firms=tables.firms)["local_library"])


def test_what_a_person_decided_is_confirmed(chain, placed, tables):
    corrected = placed.assign(corrected=placed["item_id"] == "W1")
    found = node_lists(chain, "lens", TODAY, placements=corrected, firms=tables.firms)["world_library"]
    assert dict(zip(found["firm_id"], found["band"], strict=True)) == {"W1": "confirmed", "W2": "placed"}


def test_tables_that_are_not_given_are_none_and_not_empty(chain, placed, tables):
    """No data is not the same as nothing found."""
    lists = node_lists(chain, "lens", TODAY, placements=placed, firms=tables.firms)
    assert [key for key, table in lists.items() if table is None] == ["patents", "talents", "investors", "targets"]


def test_investors_of_the_nodes_firms(chain, placed, tables):
    """Most firms first, then the latest deal; deals after the day are left out."""
    deals = pd.DataFrame(
        [("1", "L1", "2021-01-01", "甲"), ("2", "W1", "2022-01-01", "甲"), ("3", "W2", "2023-01-01", "乙"),
         ("4", "W1", "2023-02-01", "丙"), ("5", "W4", "2023-02-01", "丁"), ("6", "L1", "2025-01-01", "戊")],
        columns=["deal_id", "firm_id", "date", "investor"],
    ).assign(date=lambda table: pd.to_datetime(table["date"]))  # fmt: skip
    investors = pd.DataFrame({"investor": ["甲"], "kind": ["fund"], "intro": [None]})
    found = node_lists(chain, "parts", TODAY, placements=placed, firms=tables.firms, deals=deals, investors=investors)[
        "investors"
    ]
    assert found["investor"].tolist() == ["甲", "丙", "乙"]
    assert found.loc[0, ["n_firms", "n_deals", "firms", "investor_kind"]].tolist() == [2, 2, "L1公司; W1公司", "fund"]


def test_targets_by_rank_with_their_campaign(chain, placed, tables):
    targets = pd.DataFrame(
        {"chain_id": "small", "node_id": "idle", "rank": [2, 1], "firm_id": ["W1", "W2"], "value": [0.5, 0.9]}
    )
    campaigns = pd.DataFrame(
        {"chain_id": "small", "node_id": "idle", "firm_id": ["W1"], "status": ["contacted"], "since": ["2024-01-01"]}
    )
    found = node_lists(
        chain, "idle", TODAY, placements=placed, firms=tables.firms, targets=targets, campaigns=campaigns
    )["targets"]
    assert found[["name", "rank"]].to_numpy().tolist() == [["W2公司", 1], ["W1公司", 2]]
    assert found.loc[1, "campaign"] == "contacted"


def test_what_persons_did_after_the_snapshot_counts_until_the_given_day(chain, placed, tables):
    later = TODAY + dt.timedelta(days=400)
    moved = placed.assign(corrected=placed["item_id"] == "W1")
    moved.loc[moved["corrected"], "as_of"] = pd.Timestamp(later)
    targets = pd.DataFrame({"chain_id": ["small"], "node_id": "lens", "rank": 1, "firm_id": "W1", "value": 0.9})
    campaigns = targets[["chain_id", "node_id", "firm_id"]].assign(status="signed", since=pd.Timestamp(later))
    given = {"placements": moved, "firms": tables.firms, "targets": targets, "campaigns": campaigns}
    for until, firms, status in ((None, {"W2"}, [None]), (later, {"W1", "W2"}, ["signed"])):
        found = node_lists(chain, "lens", TODAY, until=until, **given)
        assert set(found["world_library"]["firm_id"]) == firms
        assert [one if isinstance(one, str) else None for one in found["targets"]["campaign"]] == status


def test_an_unknown_node_is_one_error(chain, placed, tables):
    with pytest.raises(KeyError, match="small has no node 'other'"):
        node_lists(chain, "other", TODAY, placements=placed, firms=tables.firms)
