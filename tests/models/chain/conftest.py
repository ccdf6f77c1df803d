"""Chains for tests: one of five nodes that is counted by hand, and chains of any shape with scores and flags."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from random import Random

import pandas as pd
import pytest

from data.chain.tree import Chain, Layer, Node
from features.chain_snapshot import ChainTables, Snapshot, snapshot
from models.chain.flags import FLAG_COLUMNS
from models.chain.scores import SCORE_COLUMNS

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


PICTURE_DAY = dt.date(2026, 6, 30)
ZH = "智能视频监控图像识别传感器芯片存储服务器网络设备安全软件平台集成运维报警门禁卡口交通雷达算法"
EN = ("Intelligent video", "surveillance", "equipment", "image", "recognition", "sensor", "chip", "network", "services")
POSITIONS = ("upstream", "midstream", "downstream", None)
LAYERS = {
    "structure": Layer("园区产业办 & <处>", PICTURE_DAY, "战略性新兴产业分类（2018）"),
    "codes": Layer("办", PICTURE_DAY, "GB"),
}

Tables = tuple[pd.DataFrame, pd.DataFrame]


@pytest.fixture(scope="session")
def day() -> dt.date:
    return PICTURE_DAY


@pytest.fixture(scope="session")
def make_chain() -> Callable[..., Chain]:
    """A chain with ``ribs`` ribs and between the given numbers of children on each further level."""

    def make(seed: int = 0, ribs: int = 5, children: tuple = ((2, 5), (0, 4), (0, 2)), longest: int = 9) -> Chain:
        random, nodes = Random(seed), []

        def add(parent: Node | None, at: int) -> None:
            name = "".join(random.choices(ZH, k=random.randint(2, longest)))
            english = " ".join(random.choices(EN, k=random.randint(1, max(1, longest // 3)))).capitalize()
            level = 1 if parent is None else parent.level + 1
            position = POSITIONS[min(2, 3 * at // ribs)] if parent is None else parent.position
            node_id = f"n{at}" if parent is None else f"{parent.id}-{at}"
            node = Node(node_id, parent and parent.id, level, name, english, position, (), (), (), (), (), None)
            nodes.append(node)
            if level <= len(children):
                for number in range(random.randint(*children[level - 1])):
                    add(node, number)

        for at in range(ribs):
            add(None, at)
        return Chain(f"c{seed}", "数字安防", "Digital security", LAYERS, tuple(nodes), "digest")

    return make


@pytest.fixture(scope="session")
def make_tables() -> Callable[..., Tables]:
    """Scores and flags of a chain, seeded: a tenth of the nodes have no data, flags are raised on some."""

    def make(chain: Chain, seed: int = 0) -> Tables:
        random, scores, flags = Random(seed), [], []
        for node in chain.nodes:
            local, world = random.randint(0, 60), random.randint(60, 400)
            status = "no_data" if random.random() < 0.1 else "ok"
            for key, value, n in (("supply", local * 0.9, local), ("local_share", local / (local + world), world)):
                known = float("nan") if status == "no_data" else value
                n = 0 if status == "no_data" else n
                scores.append((chain.id, node.id, key, known, known, known, n, "firms", status))
            for key in ("risk", "gap", "potential"):
                value = random.random()
                raised = value > 0.8 and status == "ok"
                shown = (value, 0.8, value - 0.8, local, 2, "local_firms")
                flags.append((chain.id, node.id, key, status, raised, 0.8 < value < 0.85, "supply", *shown))
        return pd.DataFrame(scores, columns=SCORE_COLUMNS), pd.DataFrame(flags, columns=FLAG_COLUMNS)

    return make
