"""Meaning by an index that lies elsewhere: a table of PostgreSQL that every worker of every machine searches.

A library's passages have a table of their own, named by the library, so releases do not meet; it is filled by the
first worker that opens it. The vectors are then in no worker's memory but those of the background's firms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from data.store_url import UnavailableError
from models.matching.index import DenseIndex, DenseIndexError, Ids, Vectors
from models.matching.library import Floats, Library
from models.matching.pgvector import PgVectorIndex

FIRST = 4  # passages that are searched at first, for each firm that is wanted
TABLE = "match_"


class IndexedMeaning:
    """Cosines of queries with passages, from an index; those that no list can need are left out as -inf."""

    def __init__(self, index: DenseIndex, library: Library) -> None:
        self._index, self._library = index, library
        self._background_passages, self._background = index.held(_passages(library, library.background))

    def cosines(self, queries: Floats, wanted: Sequence[Ids], depth: int) -> Floats:
        """Shape (queries, passages): of the ``depth`` firms with the nearest passages, of the firms ``wanted`` by
        query, and of the background's firms every passage; -inf for the others.

        Exact where the index searches exactly: a firm that is left out has no passage as near as the others'.
        raises : UnavailableError where the database does not answer
        """
        found = np.full((len(queries), len(self._library.passages)), -np.inf, dtype=np.float32)
        with _available():
            for row, query, firms in zip(found, queries, wanted, strict=True):
                chosen = _passages(self._library, np.union1d(self._nearest(query, depth), firms))
                passages, vectors = self._index.held(chosen)  # one of a firm that just withdrew may be gone
                row[self._background_passages] = self._background @ query
                row[passages] = vectors @ query
        return found

    def remove(self, firm: int) -> None:
        """Take a firm out of the index, for every worker; a row that another worker took out is passed over."""
        with _available():
            self._index.remove(_passages(self._library, np.array([firm])))
        kept = self._library.firm_of[self._background_passages] != firm
        self._background_passages, self._background = self._background_passages[kept], self._background[kept]

    def _nearest(self, query: Vectors, depth: int) -> Ids:
        """The firms of the nearest passages, at least ``depth`` of them where there are so many."""
        count = len(self._library.passages)
        k = min(FIRST * depth, count)
        while True:
            ids = self._index.search(query[None, :], k)[0][0]
            firms: Ids = np.unique(self._library.firm_of[ids[ids >= 0]])
            if len(firms) >= depth or k >= count or (ids < 0).any():
                return firms
            k = min(2 * k, count)


def open_shared(url: str, library: Library, digest: str, vectors: Path) -> IndexedMeaning:
    """The library's table at ``url``, filled from the file ``vectors`` where it is empty.

    digest : of the library, which names the table
    raises : DenseIndexError for pgvector that is missing or too old, or a table of another encoder or dimension;
        UnavailableError where the database does not answer
    """
    rows = np.load(vectors, mmap_mode="r")
    with _available():
        index = PgVectorIndex(url, rows.shape[1], library.encoder_digest or "none", table=f"{TABLE}{digest[:16]}")
        if not index.record.count:
            numbers = np.arange(len(rows))
            try:
                index.add(numbers, rows, library.passages["enterprise_id"].tolist())
            except DenseIndexError:  # another worker filled it meanwhile
                if index.record.count != len(rows):
                    raise
            index.build()
        return IndexedMeaning(index, library)


def _passages(library: Library, firms: Ids) -> Ids:
    """Numbers of the passages of firms that have not withdrawn, in order."""
    live = firms[~library.withdrawn[firms]]
    spans = [np.arange(library.firm_start[firm], library.firm_start[firm + 1]) for firm in live]
    return np.concatenate([np.empty(0, np.int64), *spans]).astype(np.int64)


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except sa.exc.SQLAlchemyError as fault:
        raise UnavailableError(f"the index's database does not answer ({type(fault).__name__})") from fault
