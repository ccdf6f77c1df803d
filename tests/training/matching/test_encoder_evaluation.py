"""The evaluator reads our files: figures that a person can check."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.matching.encoder_evaluation import evaluate
from training.matching.folder import Part

pytestmark = pytest.mark.truth


class Fixed:
    """Vectors by hand: the query lies nearest to d1, then d0, then d2."""

    def encode(self, texts, kind):
        vectors = {"q": [1.0, 0.0], "d0": [0.8, 0.6], "d1": [1.0, 0.0], "d2": [0.0, 1.0]}
        return np.array([vectors[text] for text in texts], np.float32)


def test_an_answer_at_rank_two():
    """nDCG@10 = 1 / log2(3) = .631, MRR@10 = .5, recall@1 = 0, recall@10 = 1."""
    part = Part(
        "task",
        "dev",
        pd.DataFrame({"query_id": ["a"], "text": ["q"], "group": [""]}),
        pd.DataFrame({"doc_id": ["x", "y", "z"], "text": ["d0", "d1", "d2"], "group": ["", "", ""]}),
        pd.DataFrame({"query": [0], "document": [0], "relevance": [1.0]}),
    )
    found = evaluate(Fixed(), [part])
    assert found["task"] == found["mean"]
    assert found["task"]["ndcg_at_10"] == pytest.approx(1 / np.log2(3))
    assert (found["task"]["mrr_at_10"], found["task"]["recall_at_1"], found["task"]["recall_at_10"]) == (0.5, 0.0, 1.0)


def test_no_task_gives_no_figure():
    assert evaluate(Fixed(), []) == {"mean": {}}
