"""The encoder's file, measured by sentence-transformers' own retrieval evaluator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator

from features.text import Kind, TextEncoder
from training.matching.folder import Part


class _Served:
    """A TextEncoder as sentence-transformers' evaluators call a model: what is measured is the file that is served."""

    similarity_fn_name = "cosine"
    model_card_data = None

    def __init__(self, encoder: TextEncoder) -> None:
        self.encoder = encoder

    def _vectors(self, texts: Sequence[str], kind: Kind) -> torch.Tensor:
        return torch.from_numpy(self.encoder.encode(texts, kind))

    def encode_query(self, texts: Sequence[str], **_: Any) -> torch.Tensor:
        return self._vectors(texts, "query")

    def encode_document(self, texts: Sequence[str], **_: Any) -> torch.Tensor:
        return self._vectors(texts, "passage")

    @staticmethod
    def similarity(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        return one @ other.T


class _Evaluator(InformationRetrievalEvaluator):
    def store_metrics_in_model_card_data(self, *_: Any, **__: Any) -> None:
        """The file has no card of sentence-transformers."""


def evaluate(encoder: TextEncoder, parts: Sequence[Part]) -> dict[str, dict[str, float]]:
    """nDCG@10, MRR@10 and recall@1/10/100 of each task by the evaluator, and their mean over tasks."""
    found = {}
    for part in parts:
        relevant: dict[str, set[str]] = {}
        for query, document in zip(part.relevant["query"], part.relevant["document"], strict=True):
            relevant.setdefault(str(query), set()).add(str(document))
        measured = _Evaluator(
            {str(row): text for row, text in enumerate(part.queries["text"])},
            {str(row): text for row, text in enumerate(part.documents["text"])},
            relevant,
            precision_recall_at_k=[1, 10, 100],
        )(_Served(encoder))  # type: ignore[arg-type]  # what the evaluator calls of a model
        names = {"ndcg@10": "ndcg_at_10", "mrr@10": "mrr_at_10", "recall@1": "recall_at_1"}
        names |= {"recall@10": "recall_at_10", "recall@100": "recall_at_100"}
        found[part.task] = {ours: float(measured[f"cosine_{theirs}"]) for theirs, ours in names.items()}
    mean = {name: float(np.mean([one[name] for one in found.values()])) for name in next(iter(found.values()), {})}
    return {"mean": mean} | found
