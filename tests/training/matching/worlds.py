"""A planted folder of two small text tasks: documents repeat half of their query's words."""

from __future__ import annotations

import numpy as np
import pandas as pd

LETTERS = (
    "激光焊接水泵密封电池回收飞行避障机床主轴图像识别污废处理药物缓释钢铝铜铁检测控制传感信号网络算法材料工艺结构强度"
)


def write_task(folder, seed, queries=150):
    rng = np.random.default_rng(seed)
    texts, documents = [], []
    for _ in range(queries):
        own = ["".join(rng.choice(list(LETTERS), 2)) for _ in range(8)]
        texts.append("、".join(own[:5]))
        documents.append("、".join([*own[3:], *("".join(rng.choice(list(LETTERS), 2)) for _ in range(4))]))
    split = np.array(["train", "dev", "test"])[np.arange(queries) % 3]
    ids = [f"{seed}-{number}" for number in range(queries)]
    folder.mkdir(parents=True)
    pd.DataFrame({"query_id": ids, "text": texts, "split": split}).to_parquet(folder / "queries.parquet")
    pd.DataFrame({"doc_id": ids, "text": documents, "split": split}).to_parquet(folder / "documents.parquet")
    pd.DataFrame({"query_id": ids, "doc_id": ids, "relevance": 1}).to_parquet(folder / "qrels.parquet")
