"""A tree of two levels; items say which node they are on in words that texts share, or in synonyms that they do not."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pandas as pd

from models.chain.hierarchy import Tree
from models.chain.items import Card, make_items
from training.chain.fit import fit_placer
from training.chain.params import PlacementParams

PARENTS = {"see": None, "heal": None, "camera": "see", "door": "see", "drug": "heal", "scan": "heal"}
NAMES = {
    "see": "安防设备",
    "heal": "医药健康",
    "camera": "摄像机",
    "door": "门禁系统",
    "drug": "药物制剂",
    "scan": "医疗影像",
}
WORDS = {
    "camera": ("高清摄像机", "球机", "镜头模组"),
    "door": ("门禁控制器", "指纹锁", "读卡器"),
    "drug": ("缓释片", "注射液", "胶囊"),
    "scan": ("磁共振设备", "超声诊断仪", "影像软件"),
}
SYNONYMS = {"camera": "取景装置", "door": "通行管控", "drug": "给药载体", "scan": "成像仪器"}
LEAVES = tuple(WORDS)
PARAMS = PlacementParams(
    vector_shares=(0.6,),
    sharpnesses=(3.0,),
    ridges=(0.1,),
    rounds=30,
    round_step=15,
    min_child_samples=10,
    reg_lambda=1.0,
)


class NodeEncoder:
    """Vectors by node: words and synonyms of a node are one direction, and every text has a little of its own."""

    digest, dimension = "planted", 16

    def encode(self, texts, kind):
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for at, leaf in enumerate(LEAVES):
                row[at] = 2.0 * any(word in text for word in (*WORDS[leaf], SYNONYMS[leaf], NAMES[leaf]))
            seed = int(sha256(text.encode()).hexdigest()[:8], 16)
            row += np.random.default_rng(seed).normal(0, 0.3, self.dimension)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def tree():
    return Tree.of(PARENTS)


def cards():
    codes = {"camera": ("gb:3952", "ipc:H04N"), "drug": ("gb:2720",)}
    return [
        Card(
            node,
            NAMES[node],
            (f"包括{NAMES[node]}的研发",),
            codes.get(node, ()),
            ("不包括药品批发",) if node == "drug" else (),
        )
        for node in PARENTS
    ]


def labelled(count=240, noise=0.0, seed=0, per_group=1):
    """Items of one passage each, two words of their node; a share has words of any node instead."""
    rng = np.random.default_rng(seed)
    rows, truth, groups = [], [], {}
    for at in range(count):
        leaf = LEAVES[at % len(LEAVES)]
        said = leaf if rng.random() >= noise else LEAVES[rng.integers(len(LEAVES))]
        words = rng.choice(WORDS[said], 2, replace=False)
        rows.append((f"i{at}", f"本公司{at}生产{words[0]}和{words[1]}", f"d{at}"))
        truth.append((f"i{at}", leaf))
        groups[f"i{at}"] = f"g{at // per_group}"
    passages = pd.DataFrame(rows, columns=["item_id", "text", "document_id"])
    table = pd.DataFrame(truth, columns=["item_id", "node_id"])
    return passages, table, groups


def fitted(with_vectors=True, several=False, **given):
    encoder = NodeEncoder() if with_vectors else None
    passages, truth, groups = labelled(**given)
    items = make_items(passages, encoder, groups=groups)
    return fit_placer(tree(), cards(), items, truth, encoder, params=PARAMS, several=several), items, truth
