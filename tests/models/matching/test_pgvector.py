"""The same search in a real PostgreSQL with pgvector."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import sqlalchemy as sa
from numpy.testing import assert_array_equal

import models.matching.pgvector as matching_pgvector
from models.matching.index import DenseIndexError, FaissIndex
from models.matching.pgvector import PgVectorIndex, check_version, open_engine
from tests.models.matching.conftest import by_hand, planted

COUNT = 3_000
DIGEST = "a" * 64
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def vectors():
    found = planted(COUNT)
    found[100:160] = found[100]  # one text, sixty passages
    return found


def opened(url, table=None, dimension=32, digest=DIGEST):
    name = f"passages_{next(NUMBERS)}" if table is None else table
    return PgVectorIndex(url, dimension, digest, table=name, built_at="2024-06-30")


@pytest.fixture(scope="module")
def filled(pgvector_url, vectors):
    """3,000 passages of 300 firms in two districts, one in thirty of a third, with an HNSW index."""
    index = opened(pgvector_url)
    firms = [f"firm-{i // 10}" for i in range(COUNT)]
    districts = ["滨江区" if i % 30 == 0 else ("余杭区", "西湖区")[i % 2] for i in range(COUNT)]
    index.add(np.arange(COUNT), vectors, firms, [{"district": name, "kind": "patent"} for name in districts])
    index.build(exact_below=1_000)
    yield index
    index.close()


INDEX_ONLY = {"enable_seqscan": "off", "enable_bitmapscan": "off", "enable_sort": "off"}


@pytest.fixture
def by_the_index(monkeypatch):
    """PostgreSQL would read 3,000 rows rather than their HNSW index; here it must not."""
    monkeypatch.setattr(matching_pgvector, "ITERATIVE", matching_pgvector.ITERATIVE | INDEX_ONLY)


@pytest.mark.law
def test_exact_search_ranks_as_faiss_and_as_the_definition(filled, vectors):
    """Sixty equal passages among them; with a filter, and for more passages than there are."""
    faiss_index = FaissIndex(32, DIGEST)
    faiss_index.add(np.arange(COUNT)[::-1], vectors[::-1])
    queries = np.concatenate([planted(12, seed=1), vectors[100:101]])
    some = np.random.default_rng(2).permutation(COUNT)[:70]
    for k, allowed in ((10, None), (50, None), (10, some), (80, some), (10, some[:0])):
        ids, cosine = filled.search(queries, k, allowed, exact=True)
        expected = np.arange(COUNT) if allowed is None else allowed
        assert_array_equal(ids, by_hand(queries, expected, vectors[expected], k))
        for here, there in zip((ids, cosine), faiss_index.search(queries, k, allowed), strict=True):
            assert_array_equal(here, there)


@pytest.mark.truth
def test_the_hnsw_index_finds_planted_neighbours(filled, vectors, by_the_index):
    assert filled.record.kind == "hnsw"
    queries = planted(50, seed=3)
    found, exact = filled.search(queries, 10)[0], by_hand(queries, np.arange(COUNT), vectors, 10)
    assert np.mean([len(np.intersect1d(*pair)) / 10 for pair in zip(found, exact, strict=True)]) >= 0.97


@pytest.mark.law
@pytest.mark.parametrize("district", ["滨江区", "余杭区", "nowhere"])
def test_filters_by_attribute_lose_nothing(filled, vectors, district, by_the_index):
    """A filter that leaves one passage in thirty, near or far, still gives k; without the settings it would not."""
    there = np.array(
        [i for i in range(COUNT) if ("滨江区" if i % 30 == 0 else ("余杭区", "西湖区")[i % 2]) == district]
    )
    queries = planted(20, seed=4)
    ids, _ = filled.search(queries, 10, attributes={"district": district})
    exact = by_hand(queries, there, vectors[there], 10) if len(there) else np.full((20, 10), -1)
    assert ((ids >= 0) == (exact >= 0)).all()
    assert np.isin(ids[ids >= 0], there).all()
    hits = [len(np.intersect1d(a[a >= 0], b)) / max(1, (b >= 0).sum()) for a, b in zip(ids, exact, strict=True)]
    assert np.mean(hits) >= 0.97 or district == "nowhere"
    both = filled.search(queries, 10, attributes={"district": district}, exact=True)[0]
    assert_array_equal(both, exact)


@pytest.mark.law
def test_the_settings_are_what_keeps_the_filter_whole(filled, monkeypatch):
    """With the server's own settings the index gives up early: this is what the settings, and the look again, mend."""
    monkeypatch.setattr(matching_pgvector, "ITERATIVE", INDEX_ONLY)
    queries, district = planted(20, seed=4), {"district": "滨江区"}
    assert ((filled.search(queries, 10, attributes=district)[0] >= 0).sum(axis=1) == 10).all()  # by looking again
    monkeypatch.setattr(PgVectorIndex, "_is_indexed", lambda _: False)
    assert ((filled.search(queries, 10, attributes=district)[0] >= 0).sum(axis=1) < 10).any()


@pytest.mark.law
def test_no_plan_outlives_its_search(filled, vectors, monkeypatch):
    """Exact after thirty approximate searches on one connection, and the other way round: each uses its own plan."""
    monkeypatch.setattr(matching_pgvector, "ITERATIVE", INDEX_ONLY | {"hnsw.ef_search": "1"})  # as poor as it gets
    queries = planted(40, seed=5)
    exact = by_hand(queries, np.arange(COUNT), vectors, 10)
    sole = ~((exact >= 100) & (exact < 160)).any(axis=1)  # one element of the index holds ten equal passages
    queries, exact = queries[sole][:30], exact[sole][:30]
    assert len(queries) == 30
    monkeypatch.setattr(PgVectorIndex, "_is_indexed", lambda _: False)  # no second look
    for _ in range(2):
        assert (filled.search(queries, 10)[0] != exact).any(axis=1).all()
        assert_array_equal(filled.search(queries, 10, exact=True)[0], exact)


@pytest.mark.law
def test_every_search_sets_its_own_transaction(filled):
    """Nothing stays behind in the pool's connection, and nothing is expected there."""
    seen = []

    def listen(connection, cursor, statement, parameters, context, executemany):
        seen.append((statement, parameters))

    sa.event.listen(filled._engine, "before_cursor_execute", listen)
    filled.search(planted(1), 3)
    sa.event.remove(filled._engine, "before_cursor_execute", listen)
    values = set(seen[0][1].values())
    assert {"hnsw.iterative_scan", "strict_order", "hnsw.max_scan_tuples", "2147483647", "400"} <= values
    with filled._engine.connect() as connection:
        assert connection.scalar(sa.text("SHOW hnsw.iterative_scan")) == "off"


@pytest.mark.law
def test_what_is_removed_is_gone_at_once(pgvector_url, vectors):
    index = opened(pgvector_url)
    index.add(np.arange(200), vectors[:200], [f"f{i % 4}" for i in range(200)])
    index.build(exact_below=100)
    assert index.remove(np.array([5, 6, 999])) == 2
    assert not np.isin(index.search(vectors[5:7], 50)[0], [5, 6]).any()
    left = [i for i in range(200) if i not in (5, 6)]
    assert sorted(index.search(vectors[:1], 200)[0][0].tolist()) == [-1] * 2 + left
    index.add(np.array([5]), vectors[5:6])
    assert index.search(vectors[5:6], 1)[0].tolist() == [[5]]
    assert index.record.count == 199


@pytest.mark.law
def test_the_kind_follows_the_count(pgvector_url, vectors):
    index = opened(pgvector_url)
    assert (index.record.kind, index.record.count) == ("exact", 0)
    index.add(np.arange(100), vectors[:100])
    for _ in range(2):
        index.build(exact_below=100)
        assert index.record.kind == "hnsw"
    index.build()
    assert index.record.kind == "exact"


@pytest.mark.law
def test_a_saved_copy_is_a_faiss_index(filled, vectors, tmp_path):
    filled.save(tmp_path)
    copy = FaissIndex.load(tmp_path, DIGEST)
    assert copy.record == filled.record.__class__("exact", COUNT, 32, DIGEST, "2024-06-30")
    assert_array_equal(copy.vectors_of(np.arange(COUNT)), vectors)


@pytest.mark.contract
def test_nothing_is_added_by_half(filled, vectors):
    with pytest.raises(DenseIndexError, match="in the table already; nothing was added"):
        filled.add(np.array([COUNT, 0]), vectors[:2])
    assert filled.record.count == COUNT
    with pytest.raises(DenseIndexError, match="2 vectors, 1 firms and 2 sets"):
        filled.add(np.array([COUNT, COUNT + 1]), vectors[:2], ["f"])
    for rows, message in ((vectors[:1, :5], "expected"), (vectors[:1] * np.nan, "finite"), (vectors[:1] * 2, "length")):
        with pytest.raises(DenseIndexError, match=message):
            filled.add(np.array([COUNT]), rows)
        with pytest.raises(DenseIndexError, match=message):
            filled.search(rows, 3)
    with pytest.raises(DenseIndexError, match="k is 0"):
        filled.search(vectors[:1], 0)


@pytest.mark.contract
def test_another_encoder_or_dimension_is_refused(filled, pgvector_url):
    name = filled._table.name
    with pytest.raises(DenseIndexError, match=f"made by encoder {DIGEST}; in use is bb: build it anew"):
        opened(pgvector_url, name, digest="bb")
    with pytest.raises(DenseIndexError, match="dimension 32; expected 31"):
        opened(pgvector_url, name, dimension=31)


@pytest.mark.contract
def test_workers_that_start_together_make_one_table(pgvector_url):
    with ThreadPoolExecutor(6) as workers:
        indexes = list(workers.map(lambda _: opened(pgvector_url, "together"), range(6)))
    assert {index.record.count for index in indexes} == {0}


@pytest.mark.contract
def test_values_and_names_are_never_commands(pgvector_url, vectors):
    evil = "x'; DROP TABLE passages_0; --\"%s {}"
    index = opened(pgvector_url, table=f'p" ; {evil[:12]}')
    index.add(np.arange(2), vectors[:2], [evil, "f"], [{evil: evil}, {}])
    index.build(exact_below=1)
    assert index.record.kind == "hnsw"
    assert index.search(vectors[:1], 5, attributes={evil: evil})[0].tolist() == [[0, -1, -1, -1, -1]]
    assert index.record.count == 2


@pytest.mark.contract
@pytest.mark.parametrize(
    ("version", "message"),
    [
        (None, "no extension 'vector': install pgvector 0.8"),
        ("0.6.2", "pgvector is 0.6.2; expected 0.8 or later"),
        ("0.7.4", "pgvector is 0.7.4; expected 0.8 or later"),
    ],
)
def test_an_old_pgvector_is_refused(version, message):
    with pytest.raises(DenseIndexError, match=message):
        check_version(version)
    for good in ("0.8.0", "0.8.5", "0.10.1", "1.0"):
        check_version(good)


@pytest.mark.contract
@pytest.mark.parametrize("url", ["sqlite:///x", "mysql://u:secret@h/d", "no url at all"])
def test_other_databases_are_refused(url):
    with pytest.raises(DenseIndexError, match="expected postgresql://") as fault:
        open_engine(url)
    assert "secret" not in str(fault.value)
