"""What a query's wording is like, by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from experiments.benchmarks.matching.query_wording import across_languages, mostly_latin, shared_pairs
from training.matching.folder import Part


def part(queries, documents, judged):
    return Part(
        "t",
        "test",
        pd.DataFrame({"query_id": range(len(queries)), "text": queries, "group": "g"}),
        pd.DataFrame({"doc_id": range(len(documents)), "text": documents}),
        pd.DataFrame(judged, columns=["query", "document", "relevance"]),
    )


@pytest.mark.law
def test_more_letters_than_characters_is_latin():
    assert mostly_latin(["laser 激光", "PLC控制柜技术", "激光", "42"]).tolist() == [True, False, False, False]


@pytest.mark.law
def test_a_query_is_across_languages_where_no_relevant_document_is_latin():
    made = part(["laser", "pump", "水泵"], ["激光", "a pump"], [(0, 0, 1.0), (1, 0, 1.0), (1, 1, 1.0), (2, 0, 1.0)])
    assert across_languages(made).tolist() == [True, False, False]


@pytest.mark.law
def test_shared_pairs_by_hand():
    """甲乙丙 has the pairs 甲乙 and 乙丙: one of two in the first document, both in the second, so 3/4 in the mean."""
    made = part(
        ["甲乙 丙", "甲乙丙", "丁"], ["甲乙丁", "甲乙丙", "乙丙"], [(0, 0, 1.0), (0, 1, 2.0), (1, 2, 1.0), (2, 0, 1.0)]
    )
    assert shared_pairs(made).tolist() == [0.75, 0.5, 0.0]
