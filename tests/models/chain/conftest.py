"""A chain of a rib and five nodes with nine firms: small enough that every score is counted by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import pytest

from data.chain.tree import Chain, Node
from features.chain_snapshot import ChainTables, Snapshot, snapshot

DAY = pd.Timestamp("2024-06-30")
START = pd.Timestamp("2020-01-01")


def node(node_id: str, parent: str | None = None, feeds: Sequence[str] = (), level: int = 1) -> Node:
    """A node without codes."""
    return Node(node_id, parent, level, f"{node_id}环节", f"{node_id} node", None, (), (), (), (), tuple(feeds), None)


@pytest.fixture
def chain() -> Chain:
    """Parts (lens -> camera; chip -> camera), camera -> operation; idle has no link and no firm."""
    nodes = (
        node("parts"),
        node("lens", "parts", ["camera"], 2),
        node("chip", "parts", ["camera"], 2),
        node("camera", None, ["operation"]),
        node("operation"),
        node("idle"),
    )
    return Chain("small", "小链", "Small chain", {}, nodes, "small")


def placements_of(rows: Sequence[tuple[str, str, str, float]], as_of: pd.Timestamp = START) -> pd.DataFrame:
    """Rows of kind, item, node and probability."""
    table = pd.DataFrame(list(rows), columns=["kind", "item_id", "node_id", "probability"])
    return table.assign(chain_id="small", band="placed", as_of=as_of)


FIRMS = [  # firm, local, revenue
    ("L1", True, 100.0), ("L2", True, 300.0), ("L3", True, None), ("L4", True, 50.0),
    ("W1", False, 600.0), ("W2", False, 200.0), ("W3", False, 800.0), ("W4", False, 400.0), ("W5", False, None),
]  # fmt: skip
ON = [
    ("firm", "L1", "lens", 1.0), ("firm", "W1", "lens", 1.0), ("firm", "W2", "lens", 1.0),
    ("firm", "L1", "chip", 0.5), ("firm", "W3", "chip", 0.8),
    ("firm", "L2", "camera", 1.0), ("firm", "L3", "camera", 1.0), ("firm", "L4", "camera", 1.0),
    ("firm", "W3", "camera", 1.0), ("firm", "W4", "operation", 1.0),
]  # fmt: skip
PATENTS = [  # publication, applicants, published
    ("P1", "L1", "2023-01-01"), ("P2", "W1", "2022-01-01"), ("P3", "W1", "2019-01-01"), ("P4", "L1;W2", "2024-01-01"),
    ("P5", "L2", "2023-06-01"), ("P6", "W3", "2010-01-01"),
]  # fmt: skip
PATENTS_ON = [("patent", f"P{number}", "lens", 1.0) for number in range(1, 5)] + [("patent", "P5", "camera", 1.0)]


@pytest.fixture
def tables() -> ChainTables:
    firms = pd.DataFrame(FIRMS, columns=["firm_id", "local", "revenue_wan"]).assign(
        name=lambda table: table["firm_id"] + "公司", founded=pd.Timestamp("2015-01-01"), as_of=START
    )
    patents = pd.DataFrame(PATENTS, columns=["publication_number", "applicant_ids", "publication_date"]).assign(
        application_number=None,
        inventor_keys="a;b",
        publication_date=lambda table: pd.to_datetime(table["publication_date"]),
    )
    staff = pd.DataFrame(
        [("L2", "engineer", 40, 6), ("L3", "engineer", 60, 4), ("W3", "engineer", 100, 0)],
        columns=["firm_id", "occupation", "n_staff", "n_openings"],
    ).assign(date=START)
    links = pd.DataFrame({"from_product": [], "to_product": []}, dtype=object)
    return ChainTables(firms, patents, staff, links)


@pytest.fixture
def placements() -> pd.DataFrame:
    return placements_of([*ON, *PATENTS_ON])


@pytest.fixture
def known(tables, placements) -> Snapshot:
    return snapshot(tables, placements, DAY)


@pytest.fixture
def placed_rows() -> Callable[[Sequence[tuple[str, str, str, float]]], pd.DataFrame]:
    """Placements from rows of kind, item, node and probability."""
    return placements_of
