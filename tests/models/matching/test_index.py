"""Nearest vectors in memory: what is found, what may be found, what is gone, what is refused."""

from __future__ import annotations

import json

import faiss
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import models.matching.index as matching_index
from models.matching.index import DenseIndexError, FaissIndex, IndexRecord, index_kind, list_count
from tests.models.matching.conftest import by_hand, planted, unit

COUNT = 6_000


def made(vectors, ids=None, digest="a" * 64):
    index = FaissIndex(vectors.shape[1], digest, "2024-06-30")
    index.add(np.arange(len(vectors)) if ids is None else ids, vectors)
    return index


@pytest.fixture(scope="module")
def vectors():
    return planted(COUNT)


@pytest.fixture
def small_lists(monkeypatch):
    """Inverted lists from 1,000 passages on, so that a test builds them in a moment."""
    monkeypatch.setattr(matching_index, "EXACT_BELOW", 1_000)


@pytest.mark.law
def test_exact_search_on_four_vectors_by_hand():
    """(1, 0), (0, 1), (.6, .8), (.8, .6) from (.96, .28): cosines .96, .28, .8, .936."""
    index = made(unit([[1, 0], [0, 1], [0.6, 0.8], [0.8, 0.6]]), np.array([40, 30, 20, 10]))
    ids, cosine = index.search(unit([[0.96, 0.28]]), 4)
    assert ids.tolist() == [[40, 10, 20, 30]]
    assert_allclose(cosine, [[0.96, 0.936, 0.8, 0.28]], atol=1e-7)
    assert (ids.dtype, cosine.dtype) == (np.int64, np.float32)


@pytest.mark.law
def test_exact_search_is_the_definition(vectors):
    queries = planted(30, seed=1)
    numbers = np.random.default_rng(2).permutation(COUNT) * 7
    assert_array_equal(made(vectors, numbers).search(queries, 12)[0], by_hand(queries, numbers, vectors, 12))


@pytest.mark.law
def test_equal_texts_come_by_passage_number():
    """90 passages of three texts: more ties than a first look fetches, and in another order than they came in."""
    texts = planted(3, seed=3)
    numbers = np.random.default_rng(4).permutation(90)
    index = made(np.repeat(texts, 30, axis=0), numbers)
    ids, cosine = index.search(texts[:1], 40)
    assert ids[0, :30].tolist() == sorted(numbers[:30].tolist())
    assert (np.diff(ids[0, :30]) > 0).all()
    assert len(set(cosine[0, :30].tolist())) == 1
    assert ids[0, 30:].tolist() == sorted(numbers[30:60] if (texts @ texts[0])[1] > (texts @ texts[0])[2]
                                          else numbers[60:].tolist())[:10]  # fmt: skip


@pytest.mark.law
@pytest.mark.parametrize("lists", [False, True])
def test_filters_lose_nothing(vectors, lists, request):
    """Whatever may be found, min(k, how many) are, and none other; below the bound they are exactly the nearest."""
    if lists:
        request.getfixturevalue("small_lists")
    index = made(vectors)
    queries, draw = planted(4, seed=5), np.random.default_rng(6)
    assert index.record.kind == ("ivf_sq8" if lists else "exact")
    farthest = np.argsort(vectors @ queries[0])[:2_000]  # a filter that holds back whatever is near
    for allowed in [draw.permutation(COUNT)[:n] for n in (0, 1, 9, 10, 11, 300, 999, 1_000, 3_000, 5_999)] + [farthest]:
        ids, cosine = index.search(queries, 10, allowed)
        expected = by_hand(queries, allowed, vectors[allowed], 10)
        assert np.isin(ids[ids >= 0], allowed).all()
        assert ((ids >= 0).sum(axis=1) == min(10, len(allowed))).all()
        assert_array_equal(np.isneginf(cosine), ids < 0)
        if not lists or len(allowed) < 1_000:
            assert_array_equal(ids, expected)


@pytest.mark.behaviour
def test_numbers_not_in_the_index_and_repeats_change_no_filter(vectors):
    index, query = made(vectors[:50]), planted(1, seed=7)
    assert_array_equal(index.search(query, 5, np.array([3, 3, 9, 7_000, 8]))[0], [
        [*by_hand(query, [3, 8, 9], vectors[[3, 8, 9]], 3)[0], -1, -1]])  # fmt: skip


@pytest.mark.truth
def test_the_lists_find_planted_neighbours(vectors, small_lists):
    queries = planted(100, seed=8)
    index = made(vectors)
    found, exact = index.search(queries, 10)[0], by_hand(queries, np.arange(COUNT), vectors, 10)
    assert np.mean([len(np.intersect1d(*pair)) / 10 for pair in zip(found, exact, strict=True)]) >= 0.97


@pytest.mark.truth
@pytest.mark.parametrize("share", [0.2, 0.4, 0.5, 0.7, 0.9, 1.0])
def test_the_lists_find_neighbours_behind_a_filter_that_holds_back_the_nearest(vectors, small_lists, share):
    """However much of what is near may not be shown, what is shown is what is nearest of the rest."""
    index, hits = made(vectors), []
    for query in planted(40, seed=12):
        allowed = np.argsort(vectors @ query)[: int(share * COUNT)]
        found, exact = index.search(query[None], 10, allowed)[0], by_hand(query[None], allowed, vectors[allowed], 10)
        hits.append(len(np.intersect1d(found, exact)) / 10)
    assert np.mean(hits) >= 0.97


@pytest.mark.law
@pytest.mark.parametrize("count", [1, 500, 5_000])
def test_a_removed_passage_is_gone_at_once(vectors, small_lists, count):
    """Not found by its own vector, by search or by filter; no vector of it is kept; the others are found as before."""
    index = made(vectors)
    gone = np.random.default_rng(9).permutation(COUNT)[:count]
    assert index.remove(np.concatenate([gone, gone, [COUNT + 5]])) == count
    left = np.delete(np.arange(COUNT), gone)
    assert index.record.count == COUNT - count
    for allowed in (None, gone, np.arange(COUNT)):
        assert not np.isin(index.search(vectors[gone[:20]], 10, allowed)[0], gone).any()
    with pytest.raises(DenseIndexError, match="1 passages are not in the index"):
        index.vectors_of(gone[:1])
    assert_array_equal(index.search(vectors[left[:50]], 1)[0][:, 0], left[:50])
    assert_array_equal(index.vectors_of(left[::-1]), vectors[left[::-1]])


@pytest.mark.law
def test_what_was_removed_may_come_back(vectors, small_lists):
    index = made(vectors)
    index.remove(np.arange(100))
    index.add(np.arange(100), vectors[:100])
    assert_array_equal(index.search(vectors[:100], 1)[0][:, 0], np.arange(100))


@pytest.mark.law
def test_the_kind_follows_the_count(vectors, small_lists):
    index = made(vectors[:999])
    assert index.record.kind == "exact"
    index.add(np.arange(999, 1_000), vectors[999:1_000])
    assert index.record.kind == "ivf_sq8"
    index.remove(np.array([0]))
    assert index.record.kind == "exact"
    monkey = {count: index_kind(count) for count in (0, 999, 1_000, 10**6)}
    assert monkey == {0: "exact", 999: "exact", 1_000: "ivf_sq8", 10**6: "ivf_sq8"}


@pytest.mark.behaviour
def test_the_rule():
    assert [index_kind(count) for count in (0, 99_999, 100_000, 1_000_000)] == ["exact", "exact", "ivf_sq8", "ivf_sq8"]
    assert list_count(1_000_000) == 1_000


@pytest.mark.law
def test_same_passages_same_bytes(vectors, small_lists, tmp_path):
    """On however many threads; in whatever order passages come, the lists are the same."""
    shuffled, threads = np.random.default_rng(10).permutation(COUNT), faiss.omp_get_max_threads()
    made(vectors).save(tmp_path / "one")
    made(vectors[shuffled], shuffled).save(tmp_path / "shuffled")
    faiss.omp_set_num_threads(4)
    try:
        made(vectors).save(tmp_path / "four")
        assert faiss.omp_get_max_threads() == 4
    finally:
        faiss.omp_set_num_threads(threads)
    files = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    assert set(files) == {"index.json", "ids.npy", "vectors.npy", "lists.faiss"}
    assert files == {name: (tmp_path / "four" / name).read_bytes() for name in files}
    assert files["lists.faiss"] == (tmp_path / "shuffled" / "lists.faiss").read_bytes()


@pytest.mark.law
@pytest.mark.parametrize("lists", [False, True])
def test_saved_and_read_again_it_finds_the_same(vectors, lists, request, tmp_path):
    if lists:
        request.getfixturevalue("small_lists")
    index, queries = made(vectors), planted(20, seed=11)
    index.save(tmp_path)
    again = FaissIndex.load(tmp_path, "a" * 64)
    assert (
        again.record == index.record == IndexRecord("ivf_sq8" if lists else "exact", COUNT, 32, "a" * 64, "2024-06-30")
    )
    for allowed in (None, np.arange(0, COUNT, 3)):
        for before, after in zip(index.search(queries, 10, allowed), again.search(queries, 10, allowed), strict=True):
            assert_array_equal(before, after)
    again.remove(np.arange(10))
    again.add(np.arange(10), vectors[:10])


@pytest.mark.contract
def test_an_index_of_another_encoder_is_refused(vectors, tmp_path):
    made(vectors[:9], digest="a1").save(tmp_path)
    with pytest.raises(DenseIndexError, match="made by encoder a1; in use is b2: build it anew"):
        FaissIndex.load(tmp_path, "b2")


@pytest.mark.contract
@pytest.mark.parametrize("name", ["index.json", "ids.npy", "vectors.npy", "lists.faiss"])
def test_a_missing_file_is_named(vectors, small_lists, tmp_path, name):
    made(vectors).save(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(DenseIndexError, match=f"{name} missing"):
        FaissIndex.load(tmp_path, "a" * 64)


@pytest.mark.contract
def test_files_that_disagree_are_refused(vectors, tmp_path):
    made(vectors[:9]).save(tmp_path)
    record = json.loads((tmp_path / "index.json").read_text())
    (tmp_path / "index.json").write_text(json.dumps(record | {"count": 8}))
    with pytest.raises(DenseIndexError, match="does not hold what its record says"):
        FaissIndex.load(tmp_path, "a" * 64)
    (tmp_path / "index.json").write_text("{")
    with pytest.raises(DenseIndexError, match="cannot be read"):
        FaissIndex.load(tmp_path, "a" * 64)


@pytest.mark.behaviour
def test_an_empty_index_and_more_than_there_are(vectors, tmp_path):
    empty = FaissIndex(32, "a" * 64)
    for index in (empty, made(vectors[:0])):
        ids, cosine = index.search(planted(2), 3)
        assert (ids == -1).all()
        assert np.isneginf(cosine).all()
    empty.save(tmp_path)
    assert FaissIndex.load(tmp_path, "a" * 64).record.count == 0
    assert empty.remove(np.array([1])) == 0
    assert made(vectors[:3]).search(planted(1), 5)[0][0, 3:].tolist() == [-1, -1]
    assert made(vectors[:3]).search(np.empty((0, 32), np.float32), 5)[0].shape == (0, 5)


BAD = unit(np.ones((2, 32)))


@pytest.mark.contract
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.ones((1, 31), np.float32), r"shape \(1, 31\); expected \(n, 32\)"),
        (np.ones(32, np.float32), r"shape \(32,\)"),
        (np.where(np.arange(32) == 3, np.nan, BAD[:1]), "not finite"),
        (np.where(np.arange(32) == 3, np.inf, BAD[:1]), "not finite"),
        (BAD[:1] * 1.01, r"length 1\.01"),
        (BAD[:1] * 0, r"length 0\.0"),
    ],
)
def test_vectors_that_mean_nothing_are_refused(vectors, rows, message):
    index = made(vectors[:5])
    with pytest.raises(DenseIndexError, match=message):
        index.search(rows, 3)
    with pytest.raises(DenseIndexError, match=message):
        index.add(np.array([9]), rows)
    assert index.record.count == 5


@pytest.mark.contract
@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([7, 7], "different"),
        ([7, -1], "not negative"),
        ([7], "expected 2 integers"),
        ([7.0, 8.0], "expected 2 integers"),
        ([7, 3], "1 passages are in the index already, the first is 3"),
    ],
)
def test_numbers_that_are_no_numbers_are_refused(vectors, ids, message):
    index = made(vectors[:5])
    with pytest.raises(DenseIndexError, match=message):
        index.add(np.array(ids), BAD)
    assert index.record.count == 5
    with pytest.raises(DenseIndexError, match="k is 0"):
        index.search(BAD, 0)
