"""What a query and a firm have in common."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.matching.columns import PAIR_COLUMNS, candidates_of
from tests.models.matching.conftest import TRADES


def column(candidates, name):
    return candidates.columns[:, PAIR_COLUMNS.index(name)]


@pytest.mark.law
def test_one_query_alone_has_the_columns_of_the_table(library, encoder):
    texts = [name for names in TRADES for name in names]
    vectors = encoder.encode(texts, "query")
    every = candidates_of(library, texts, vectors)
    for number in (0, 5, len(texts) - 1):
        alone = candidates_of(library, [texts[number]], vectors[[number]])
        rows = slice(every.start[number], every.start[number + 1])
        assert (alone.firm == every.firm[rows]).all()
        assert np.allclose(alone.columns, every.columns[rows], atol=1e-4, equal_nan=True)
        assert np.allclose(alone.queries[0], every.queries[number], atol=1e-4)


@pytest.mark.law
def test_ranks_and_ratios_by_hand(library, encoder):
    found = candidates_of(library, ["激光焊接装置"], encoder.encode(["激光焊接装置"], "query"))
    cosine, rank = column(found, "cosine"), column(found, "meaning_rank")
    best = np.argmax(cosine)
    assert rank[best] == pytest.approx(-np.log(7.0))  # -ln(6 + 1)
    assert column(found, "meaning_gap")[best] == 0.0
    assert column(found, "meaning_ratio")[best] == pytest.approx(1.0)
    assert (np.diff(rank[np.argsort(-cosine)]) <= 1e-6).all()


@pytest.mark.behaviour
def test_removed_firms_are_no_candidates_and_the_library_counts_fewer(library, encoder):
    vectors = encoder.encode(["激光焊接"], "query")
    whole = candidates_of(library, ["激光焊接"], vectors)
    removed = np.array([0, 1, 2])
    left = candidates_of(library, ["激光焊接"], vectors, removed=[removed])
    assert not np.isin(left.firm, removed).any()
    assert left.queries[0, -3] == pytest.approx(np.log(len(library.firms) - 3))
    assert whole.queries[0, -3] == pytest.approx(np.log(len(library.firms)))


@pytest.mark.behaviour
def test_codes_count_only_where_the_query_names_one(library, encoder):
    documents = library.documents.copy()
    documents.loc[0, "text"] += "执行GB/T 19001-2016。"
    from models.matching.library import Library

    with_code = Library.prepare(documents, encoder)
    query_facts = "激光焊接，符合GB/T 19001-2016"
    found = candidates_of(with_code, [query_facts, "激光焊接"], encoder.encode([query_facts, "激光焊接"], "query"))
    shared = column(found, "codes_shared")
    named = found.firm == with_code.document_firm[0]
    first = found.query == 0
    assert shared[first & named] == pytest.approx([1.0])
    assert (shared[first & ~named] == 0.0).all()
    assert np.isnan(shared[~first]).all()


@pytest.mark.behaviour
def test_the_zones_facts_are_columns_where_they_are_known(library, encoder):
    query_facts = pd.DataFrame({"district": ["甲区"], "as_of": [pd.Timestamp("2024-01-01")]})
    library.firms["district"] = ["甲区"] + ["乙区"] * (len(library.firms) - 1)
    found = candidates_of(library, ["激光焊接"], encoder.encode(["激光焊接"], "query"), query_facts)
    assert column(found, "same_district").tolist() == [float(firm == 0) for firm in found.firm]
    assert column(found, "freshness_years") == pytest.approx(-1.0, abs=0.01)
