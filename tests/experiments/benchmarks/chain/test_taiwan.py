"""Taiwan's chains become chain files that load: here from a small hand-made table of the same form."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from data.chain.chain_file import load_chains
from experiments.benchmarks.chain.taiwan import COLUMNS, chains, firms, placements, write_chains

NONE = None
ROWS = [
    ("T1", "燈具", "下游", "燈飾", "吊燈", NONE, "甲公司", "1001", "上市"),
    ("T1", "燈具", "上游", "晶圓", "晶粒", NONE, "乙公司", NONE, NONE),
    ("T1", "燈具", "上游", "晶圓", "晶粒", "外國公司", "丙公司", "1003", "上櫃"),
    ("T1", "燈具", "上游", "晶圓", "其他", NONE, "甲公司", NONE, NONE),
    ("T1", "燈具", "上游", "晶圓", "其他", NONE, "甲公司", "1001", "上市"),
    ("T2", "零件", "中游", "晶圓", "晶粒", NONE, "丙公司", "1003", "上櫃"),
]


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=list(COLUMNS))


def test_each_chain_loads_with_its_positions_and_levels(table, tmp_path):
    """Boxes are ribs with a position, segments are level 2, sub-segments level 3; nothing is renamed."""
    write_chains(table, tmp_path, dt.date(2026, 1, 2))
    loaded = load_chains(tmp_path)
    assert list(loaded) == ["T1", "T2"]
    lamps = loaded["T1"]
    assert [(node.level, node.name_zh, node.position) for node in lamps.nodes] == [
        (1, "燈飾", "downstream"), (2, "吊燈", "downstream"), (1, "晶圓", "upstream"), (2, "晶粒", "upstream"),
        (3, "外國公司", "upstream"), (2, "其他", "upstream"),
    ]  # fmt: skip
    assert lamps.layers["structure"].as_of == dt.date(2026, 1, 2)


def test_a_company_is_one_firm_in_each_node_once(table):
    """A code in any row is the company's code; a company without one keeps a digest of its name."""
    found = firms(table)
    assert found["name"].tolist() == ["甲公司", "丙公司", "乙公司"]
    assert found["foreign_or_unlisted"].tolist() == [False, False, True]
    rows = placements(table)
    assert len(rows) == 5  # 甲公司 is in 其他 twice
    assert set(rows["item_id"]) == set(found["firm_id"])


def test_placements_name_nodes_of_the_files(table):
    """The deepest node that the table names."""
    nodes = {key: {node["id"] for node in content["nodes"]} for key, content in chains(table).items()}
    rows = placements(table)
    assert all(row.node_id in nodes[row.chain_id] for row in rows.itertuples())
    deep = rows[(rows["item_id"] == "tw:1003") & (rows["chain_id"] == "T1")]["node_id"].item()
    assert deep.count("-") == 3


def test_an_unknown_position_is_one_error(table):
    with pytest.raises(ValueError, match="position is"):
        chains(table.assign(position="岸上"))
