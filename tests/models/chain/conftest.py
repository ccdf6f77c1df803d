"""Chains of any shape with their scores and flags, made here: no file and no cohort is needed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from random import Random

import pandas as pd
import pytest

from data.chain.tree import Chain, Layer, Node

DAY = dt.date(2026, 6, 30)
ZH = "智能视频监控图像识别传感器芯片存储服务器网络设备安全软件平台集成运维报警门禁卡口交通雷达算法"
EN = "Intelligent video surveillance equipment image recognition sensor chip storage network services".split()
POSITIONS = ("upstream", "midstream", "downstream", None)
LAYERS = {"structure": Layer("园区产业办 & <处>", DAY, "战略性新兴产业分类（2018）"), "codes": Layer("办", DAY, "GB")}

Tables = tuple[pd.DataFrame, pd.DataFrame]


@pytest.fixture(scope="session")
def day() -> dt.date:
    return DAY


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
                flags.append(
                    (chain.id, node.id, key, status, value > 0.8 and status == "ok", 0.8 < value < 0.85, "supply")
                    + (value, 0.8, value - 0.8, local, 2, "local_firms")
                )
        return (
            pd.DataFrame(scores, columns="chain_id node_id score value low high n basis status".split()),
            pd.DataFrame(
                flags,
                columns="chain_id node_id flag status raised uncertain score value threshold distance n flip_count "
                "flip_unit".split(),
            ),
        )

    return make
