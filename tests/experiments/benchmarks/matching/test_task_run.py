"""One task's run of the matching benchmark."""

from __future__ import annotations

import pandas as pd
import pytest

from experiments.benchmarks.matching.task_run import judged_part
from training.matching.folder import Part


@pytest.mark.law
def test_only_judged_documents_are_left_and_keep_their_judgements():
    documents = pd.DataFrame({"doc_id": list("abcd"), "text": list("甲乙丙丁")})
    queries = pd.DataFrame({"query_id": ["q"], "text": ["丁"], "group": ["g"]})
    judged = pd.DataFrame({"query": [0, 0], "document": [3, 1], "relevance": [2.0, 0.0]})
    part = judged_part(Part("t", "test", queries, documents, judged))
    assert part.documents["doc_id"].tolist() == ["b", "d"]
    assert part.gains() == [{1: 2.0}]
    assert part.judged_documents()[0].tolist() == [1, 0]
