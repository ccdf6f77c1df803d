"""Meaning from an index elsewhere gives the lists that memory gives: FAISS and a real PostgreSQL with pgvector."""

from __future__ import annotations

import numpy as np
import pytest

from data.store_url import UnavailableError
from models.matching.answer import LIBRARY, Matcher
from models.matching.columns import MEANING, PAIR_COLUMNS, candidates_of, leg_scores
from models.matching.index import DenseIndexError, FaissIndex
from models.matching.library import VECTORS, Library
from models.matching.shared_index import IndexedMeaning, open_shared
from tests.models.matching.conftest import TRADES, PlantedEncoder, documents
from tests.models.matching.test_answer import DAY, demand

QUERIES = [f"{first}与{second}" for first, _ in TRADES for _, second in TRADES]


def without_vectors(library, folder):
    library.save(folder / LIBRARY)
    return Library.load(folder / LIBRARY, with_vectors=False)


@pytest.fixture(params=["faiss", "pgvector"])
def elsewhere(request, library, tmp_path):
    """The library with its vectors in an index."""
    bare = without_vectors(library, tmp_path)
    assert bare.vectors is None
    if request.param == "faiss":
        index = FaissIndex(PlantedEncoder.dimension, "planted")
        index.add(np.arange(len(library.passages)), library.vectors)
        bare.meaning = IndexedMeaning(index, bare)
    else:
        url, name = request.getfixturevalue("pgvector_url"), f"{abs(hash(request.node.nodeid)):016x}"
        bare.meaning = open_shared(url, bare, name, tmp_path / LIBRARY / VECTORS)
    return bare


@pytest.mark.law
@pytest.mark.parametrize("depth", [3, 100])
def test_candidates_and_columns_are_those_of_memory(library, elsewhere, encoder, depth):
    """Also where far fewer firms are wanted than there are, so that most passages are never looked at."""
    vectors = encoder.encode(QUERIES, "query")
    here, there = (candidates_of(one, QUERIES, vectors, depth=depth) for one in (library, elsewhere))
    np.testing.assert_array_equal(here.firm, there.firm)
    np.testing.assert_array_equal(here.passage, there.passage)
    rank = [place for place, name in enumerate(PAIR_COLUMNS) if name != "size_less_query"]
    np.testing.assert_allclose(here.columns[:, rank], there.columns[:, rank], atol=2e-3)
    np.testing.assert_allclose(here.queries, there.queries, atol=1e-3)


@pytest.mark.law
def test_lists_are_those_of_memory_also_after_a_withdrawal(library, elsewhere, ranker, confidence):
    """The same firms in the same order with the same passages; a firm that withdrew is in no row of the index."""
    here, there = (Matcher(PlantedEncoder(), one, ranker, confidence, 0.4) for one in (library, elsewhere))
    for gone in (None, "firm-2-1"):
        if gone:
            assert here.withdraw(gone)
            assert there.withdraw(gone)
        for text in QUERIES[::5]:
            lists = [one.search(text, DAY, 20).candidates for one in (here, there)]
            assert [one.enterprise_id for one in lists[0]] == [one.enterprise_id for one in lists[1]]
            assert [one.evidence for one in lists[0]] == [one.evidence for one in lists[1]]
            assert [one.probability for one in lists[0]] == pytest.approx(
                [one.probability for one in lists[1]], abs=1e-3
            )
        wanted = [demand(0), demand(1, "水泵密封")]
        lists = [one.demands("firm-1-0", wanted).candidates for one in (here, there)]
        assert [one.demand_id for one in lists[0]] == [one.demand_id for one in lists[1]]
    passages = np.flatnonzero(elsewhere.firm_ids[elsewhere.firm_of] == "firm-2-1")
    assert len(passages)
    assert len(elsewhere.meaning._index.held(passages)[0]) == 0


@pytest.mark.behaviour
def test_a_second_worker_finds_the_table_filled_and_a_row_that_went_meanwhile_is_passed_over(
    library, pgvector_url, tmp_path, encoder
):
    """Worker B had read the library before A took the firm out."""
    one, other = without_vectors(library, tmp_path), without_vectors(library, tmp_path / "other")
    for each in (one, other):
        each.meaning = open_shared(pgvector_url, each, "two-workers", tmp_path / LIBRARY / VECTORS)
    one.withdraw("firm-0-0")
    vectors = encoder.encode([TRADES[0][0]], "query")
    found = candidates_of(other, [TRADES[0][0]], vectors)
    assert len(found.firm)
    assert other.withdraw("firm-0-0")
    assert not np.isin(np.flatnonzero(other.firm_ids == "firm-0-0"), candidates_of(other, ["激光"], vectors).firm).any()


@pytest.mark.contract
def test_another_encoder_and_a_database_that_is_away_are_refused(library, pgvector_url, tmp_path):
    bare = without_vectors(library, tmp_path)
    open_shared(pgvector_url, bare, "one-encoder", tmp_path / LIBRARY / VECTORS)
    bare.encoder_digest = "another"
    with pytest.raises(DenseIndexError, match="made by encoder planted"):
        open_shared(pgvector_url, bare, "one-encoder", tmp_path / LIBRARY / VECTORS)
    with pytest.raises(UnavailableError, match="does not answer"):
        open_shared("postgresql://u:secret@127.0.0.1:1/d", bare, "x", tmp_path / LIBRARY / VECTORS)
    with pytest.raises(DenseIndexError, match="expected postgresql"):
        open_shared("sqlite:///x", bare, "x", tmp_path / LIBRARY / VECTORS)


@pytest.mark.law
def test_in_memory_the_cosines_of_every_passage_are_known(library, encoder):
    """What the index leaves out is -inf there, and never among the first."""
    vectors = encoder.encode(QUERIES[:1], "query")
    index = FaissIndex(PlantedEncoder.dimension, "planted")
    index.add(np.arange(len(library.passages)), library.vectors)
    some = IndexedMeaning(index, library).cosines(vectors, [np.array([5])], 2)
    every = leg_scores(library, QUERIES[:1], vectors)[MEANING]
    known = np.isfinite(some)
    np.testing.assert_allclose(some[known], every[known], atol=1e-5)
    assert known[0, np.argsort(-every[0])[:5]].all()
    assert len(documents()) > 5
