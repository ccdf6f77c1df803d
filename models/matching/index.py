"""Dense search: the passages whose vectors have the largest cosine with a query's, among those that may be shown.

Every backend only proposes candidates. Their cosines are computed here once, in double precision, and ordered by
cosine and then by passage number; so backends that search exactly give the same ranking, equal texts included.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Protocol, Self

import faiss
import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Vectors = NDArray[np.float32]
Kind = Literal["exact", "ivf_sq8", "hnsw"]

EXACT_BELOW = 100_000  # passages; up to here exact search takes a few milliseconds
SPARE = 16  # candidates beyond k, so that equal cosines at the end seldom need a second search
REFINED = 4  # an approximate search proposes this many times k: eight-bit distances order neighbours only roughly
PROBED = 5  # one list in this many is searched
UNIT = 1e-3  # allowed distance of a vector's length from 1
SEED = 20_240_630


class DenseIndexError(ValueError):
    """An index cannot be used, or was given what it cannot hold: the message names what was found and expected."""


@dataclass(frozen=True)
class IndexRecord:
    """What an index holds and by which encoder it was made."""

    kind: Kind
    count: int
    dimension: int
    encoder_digest: str
    built_at: str  # ISO 8601, as its maker gave it


class DenseIndex(Protocol):
    """What every store of vectors can do; passage numbers are int64, vectors float32 rows of unit length."""

    @property
    def record(self) -> IndexRecord:
        """Kind, count, dimension, encoder and time of building."""

    def search(self, queries: Vectors, k: int, allowed: Ids | None = None) -> tuple[Ids, Vectors]:
        """The k passages nearest to each query, best first; see ``FaissIndex.search``."""

    def held(self, ids: Ids) -> tuple[Ids, Vectors]:
        """Those of the passages that are there, each once and in order of their numbers, with their vectors."""

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Take in new passages; a number that is there already is refused."""

    def remove(self, ids: Ids) -> int:
        """Take passages out, at once; returns how many were there."""

    def save(self, folder: Path) -> None:
        """Write a copy that ``FaissIndex.load`` reads."""


def index_kind(count: int) -> Kind:
    """Exact search below 100,000 passages; from there inverted lists of eight-bit vectors, refined by exact cosines."""
    return "exact" if count < EXACT_BELOW else "ivf_sq8"


def list_count(count: int) -> int:
    """Inverted lists for ``count`` vectors: as many as a list then has vectors."""
    return max(1, round(math.sqrt(count)))


def check_vectors(vectors: Vectors, dimension: int) -> Vectors:
    """The vectors as contiguous float32; raises DenseIndexError unless their form, values and length fit."""
    rows = np.ascontiguousarray(vectors, np.float32)
    if rows.ndim != 2 or rows.shape[1] != dimension:
        raise DenseIndexError(f"vectors of shape {rows.shape}; expected (n, {dimension})")
    if not np.isfinite(rows).all():
        raise DenseIndexError("a vector holds a value that is not finite")
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    if (np.abs(lengths - 1) > UNIT).any():
        raise DenseIndexError(f"a vector has length {lengths[np.abs(lengths - 1).argmax()]:.4f}; expected 1")
    return rows


def check_ids(ids: Ids, count: int) -> Ids:
    """Passage numbers as int64; raises DenseIndexError unless there are ``count`` different ones, none negative."""
    numbers = np.asarray(ids)
    if numbers.ndim != 1 or len(numbers) != count or (count and not np.issubdtype(numbers.dtype, np.integer)):
        raise DenseIndexError(
            f"passage numbers of shape {numbers.shape} and type {numbers.dtype}; expected {count} integers"
        )
    numbers = numbers.astype(np.int64)
    if len(np.unique(numbers)) != count or (numbers < 0).any():
        raise DenseIndexError("passage numbers must be different and not negative")
    return numbers


def check_encoder(found: str, expected: str) -> None:
    """Raises DenseIndexError where an index was made by another encoder: its distances would mean nothing."""
    if found != expected:
        raise DenseIndexError(f"the index was made by encoder {found}; in use is {expected}: build it anew")


def check_k(k: int) -> None:
    """Raises DenseIndexError unless at least one passage is requested."""
    if k < 1:
        raise DenseIndexError(f"k is {k}; expected at least 1")


def ranked(query: Vectors, ids: Ids, vectors: Vectors, k: int) -> tuple[Ids, Vectors]:
    """The best k of the candidates by cosine, equal cosines by passage number; -1 and -inf where there are fewer.

    query : (d,); ids : (c,); vectors : (c, d)
    """
    cosine = (vectors.astype(np.float64) * query.astype(np.float64)).sum(axis=1)
    order = np.lexsort((ids, -cosine))[:k]
    best, values = np.full(k, -1, np.int64), np.full(k, -np.inf, np.float32)
    best[: len(order)], values[: len(order)] = ids[order], cosine[order]
    return best, values


def exact_candidates(
    search: Callable[[Vectors, int], tuple[Vectors, Ids]], queries: Vectors, k: int
) -> list[Ids]:  # one array a query, of differing lengths
    """Every row that may be among a query's first k, from an exact search in single precision.

    search : (queries, limit) to inner products and rows, both (queries, limit) and best first, padded with row -1.
        More are requested until the last row found lies below the k-th by more than rounding can explain.
    """
    rounding = queries.shape[1] * float(np.finfo(np.float32).eps)  # bound for two inner products of unit vectors
    found: list[Ids] = [np.empty(0, np.int64)] * len(queries)
    todo, limit = np.arange(len(queries)), k + SPARE
    while len(todo):
        scores, rows = search(queries[todo], limit)
        complete = (rows[:, -1] < 0) | (scores[:, k - 1] - scores[:, -1] > rounding)
        for place in np.flatnonzero(complete):
            found[todo[place]] = rows[place][rows[place] >= 0]
        todo, limit = todo[~complete], 2 * limit
    return found


class FaissIndex:
    """The index in the process's own memory: float32 vectors, and from 100,000 passages on inverted lists beside them.

    Building is deterministic. One thread at a time may change it, and none may search meanwhile.
    """

    def __init__(self, dimension: int, encoder_digest: str, built_at: str = "") -> None:
        self.dimension, self.encoder_digest, self.built_at = dimension, encoder_digest, built_at
        self._ids = np.empty(0, np.int64)  # of the rows of _flat
        self._order = np.empty(0, np.int64)  # rows by passage number
        self._flat = faiss.IndexFlatIP(dimension)
        self._lists: faiss.IndexIVFScalarQuantizer | None = None  # keyed by passage number

    @property
    def record(self) -> IndexRecord:
        """Kind, count, dimension, encoder and time of building."""
        kind: Kind = "exact" if self._lists is None else "ivf_sq8"
        return IndexRecord(kind, len(self._ids), self.dimension, self.encoder_digest, self.built_at)

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Take in new passages.

        ids : (n,) int64, none in the index yet; vectors : (n, dimension), of unit length
        raises : DenseIndexError, and the index is as before
        """
        rows = check_vectors(vectors, self.dimension)
        numbers = check_ids(ids, len(rows))
        present = numbers[np.isin(numbers, self._ids)]
        if len(present):
            raise DenseIndexError(f"{len(present)} passages are in the index already, the first is {present[0]}")
        self._flat.add(rows)
        self._ids = np.concatenate([self._ids, numbers])
        if self._lists is not None:
            self._lists.add_with_ids(rows, numbers)
        self._settle()

    def remove(self, ids: Ids) -> int:
        """Take passages out, vectors included; numbers that are not there are passed over. Returns how many were."""
        rows = self._rows(np.asarray(ids, np.int64))
        if self._lists is not None:
            self._lists.remove_ids(faiss.IDSelectorBatch(self._ids[rows]))
        self._flat.remove_ids(faiss.IDSelectorBatch(rows))
        self._ids = np.delete(self._ids, rows)
        self._settle()
        return len(rows)

    def search(self, queries: Vectors, k: int, allowed: Ids | None = None) -> tuple[Ids, Vectors]:
        """The k passages nearest to each query, best first, equal cosines by passage number.

        queries : (q, dimension), of unit length
        allowed : the passage numbers that may be found, in any order; None is all. Below 100,000 of
            them the search is exact, and among more wherever too few of the nearest passages are allowed.
        returns : passage numbers (q, k) and cosines (q, k); -1 and -inf where fewer than k may be found
        raises : DenseIndexError on queries of another form or k below 1
        """
        check_k(k)
        queries = check_vectors(queries, self.dimension)
        count, mask = len(self._ids), None
        if allowed is not None:
            rows = self._rows(np.asarray(allowed, np.int64))
            count, mask = len(rows), np.zeros(len(self._ids), bool)
            mask[rows] = True
        least = max(1, min(k, count))
        if self._lists is None or count < EXACT_BELOW:
            candidates = self._exactly(queries, least, mask)
        else:
            candidates = self._by_lists(self._lists, queries, least, mask)
        ids, cosine = np.full((len(queries), k), -1, np.int64), np.full((len(queries), k), -np.inf, np.float32)
        for i, (query, found) in enumerate(zip(queries, candidates, strict=True)):
            ids[i], cosine[i] = ranked(query, self._ids[found], self._flat.reconstruct_batch(found), k)
        return ids, cosine

    def held(self, ids: Ids) -> tuple[Ids, Vectors]:
        """Those of the passages that are there, each once and in order of their numbers, with their vectors."""
        rows = self._rows(np.asarray(ids, np.int64))
        vectors: Vectors = self._flat.reconstruct_batch(rows)
        return self._ids[rows], vectors

    def vectors_of(self, ids: Ids) -> Vectors:
        """The vectors of passages, in their order; raises DenseIndexError when one is not in the index."""
        numbers, inverse = np.unique(np.asarray(ids, np.int64), return_inverse=True)
        there, vectors = self.held(numbers)
        if len(there) < len(numbers):
            raise DenseIndexError(f"{len(numbers) - len(there)} passages are not in the index")
        return vectors[inverse]

    def save(self, folder: Path) -> None:
        """Write ``ids.npy``, ``vectors.npy``, the lists where there are any, and last ``index.json``."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("index.json", "lists.faiss"):
            (folder / name).unlink(missing_ok=True)
        np.save(folder / "ids.npy", self._ids)
        np.save(folder / "vectors.npy", self._flat.reconstruct_n(0, len(self._ids)))
        if self._lists is not None:
            faiss.write_index(self._lists, str(folder / "lists.faiss"))
        (folder / "index.json").write_text(json.dumps(asdict(self.record), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, encoder_digest: str) -> Self:
        """Read a saved index; raises DenseIndexError when a file is missing, disagrees, or is of another encoder."""
        missing = [name for name in ("index.json", "ids.npy", "vectors.npy") if not (folder / name).is_file()]
        if missing:
            raise DenseIndexError(f"no index in {folder}: {', '.join(missing)} missing")
        try:
            record = IndexRecord(**json.loads((folder / "index.json").read_text(encoding="utf-8")))
        except (ValueError, TypeError) as fault:
            raise DenseIndexError(f"{folder / 'index.json'} cannot be read: {fault}") from fault
        check_encoder(record.encoder_digest, encoder_digest)
        index = cls(record.dimension, record.encoder_digest, record.built_at)
        vectors = check_vectors(np.load(folder / "vectors.npy", mmap_mode="r"), record.dimension)
        index._flat.add(vectors)
        index._ids = check_ids(np.load(folder / "ids.npy"), len(vectors))
        index._order = np.argsort(index._ids)
        if record.kind != "exact":
            if not (folder / "lists.faiss").is_file():
                raise DenseIndexError(f"no index in {folder}: lists.faiss missing")
            index._lists = faiss.read_index(str(folder / "lists.faiss"))
        if record != index.record or (index._lists is not None and index._lists.ntotal != record.count):
            raise DenseIndexError(f"the index in {folder} does not hold what its record says: {record}")
        return index

    def _rows(self, numbers: Ids) -> Ids:
        """Rows of those of the passage numbers that are there, each once."""
        if not (np.diff(numbers) > 0).all():
            numbers = np.unique(numbers)
        if not len(self._ids):
            return numbers[:0]
        places = np.searchsorted(self._ids, numbers, sorter=self._order)
        rows = self._order[np.minimum(places, len(self._ids) - 1)]
        there: Ids = rows[self._ids[rows] == numbers]
        return there

    def _settle(self) -> None:
        """Order the numbers and keep the kind of index that the count asks for."""
        self._order = np.argsort(self._ids)
        count = len(self._ids)
        if index_kind(count) == "exact":
            self._lists = None
        elif self._lists is None or not 0.5 <= list_count(count) / self._lists.nlist <= 2:
            vectors = self._flat.reconstruct_n(0, count)[self._order]  # the same passages give the same lists
            self._lists = built_lists(vectors, self._ids[self._order])

    def _exactly(self, queries: Vectors, k: int, allowed: NDArray[np.bool_] | None) -> list[Ids]:
        parameters = None
        if allowed is not None:
            bits = np.packbits(allowed, bitorder="little")
            selector = faiss.IDSelectorBitmap(len(allowed), faiss.swig_ptr(bits))
            parameters = faiss.SearchParameters(sel=selector)
        return exact_candidates(lambda some, n: self._flat.search(some, n, params=parameters), queries, k)

    def _by_lists(
        self, lists: faiss.IndexIVFScalarQuantizer, queries: Vectors, k: int, allowed: NDArray[np.bool_] | None
    ) -> list[Ids]:
        """The nearest of all, then those allowed of them; exactly where that leaves too few, or too few are near."""
        parameters = faiss.SearchParametersIVF(nprobe=max(1, lists.nlist // PROBED))
        found: list[Ids] = [np.empty(0, np.int64)] * len(queries)
        todo = np.arange(len(queries))
        for limit in (REFINED * k, REFINED**2 * k) if allowed is not None else (REFINED * k,):
            for place, ids in zip(todo, lists.search(queries[todo], limit, params=parameters)[1], strict=True):
                rows = self._rows(ids[ids >= 0])
                found[place] = rows if allowed is None else rows[allowed[rows]]
            todo = np.flatnonzero([len(each) < 2 * k for each in found])
            if not len(todo):
                return found
        for place, rows in zip(todo, self._exactly(queries[todo], k, allowed), strict=True):
            found[place] = rows
        return found


def built_lists(vectors: Vectors, ids: Ids) -> faiss.IndexIVFScalarQuantizer:
    """Inverted lists of eight-bit vectors, their centres by seeded k-means on a sample: on one thread, for the number
    of threads changes how sums are rounded.
    """
    dimension = vectors.shape[1]
    lists = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimension),
        dimension,
        list_count(len(ids)),
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
        False,
    )
    lists.cp.seed, lists.cp.niter, lists.cp.max_points_per_centroid = SEED, 8, 64
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        lists.train(vectors)
        lists.add_with_ids(vectors, ids)
    finally:
        faiss.omp_set_num_threads(threads)
    return lists
