"""Dense search shared by many processes: PostgreSQL with pgvector 0.8 or later, by URL.

A row is a passage with its firm and the attributes that filters use. Every search sets what it needs for its own
transaction, so a pool of connections in between changes nothing. An HNSW index proposes candidates where there is
one and the filter leaves many passages; else the search is exact. Cosines and their order are those of ``index``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import sqlalchemy as sa
from pgvector import Vector
from pgvector.psycopg import register_vector
from pgvector.sqlalchemy import VECTOR
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy.dialects.postgresql import JSONB

from models.matching.index import (
    EXACT_BELOW,
    DenseIndexError,
    FaissIndex,
    Ids,
    IndexRecord,
    Kind,
    Vectors,
    check_encoder,
    check_ids,
    check_k,
    check_vectors,
    exact_candidates,
    ranked,
)

LEAST_VERSION = (0, 8)  # the first with iterative scans; before it a filter loses most answers
OPENING = 7_313_271_160_816_001  # number of the lock under which tables are made
LINKS, BUILD_WIDTH = 16, 100  # HNSW: m and ef_construction
SEARCH_WIDTH = 400  # HNSW: ef_search
ITERATIVE = {  # for one transaction: go on until k passages pass the filter
    "hnsw.iterative_scan": "strict_order",
    "hnsw.ef_search": str(SEARCH_WIDTH),
    "hnsw.max_scan_tuples": str(2**31 - 1),
    "hnsw.scan_mem_multiplier": "1000",
}
EXACT = {  # HNSW has only index scans; a bitmap of passage numbers stays possible
    "enable_indexscan": "off",
    "enable_bitmapscan": "on",
    "enable_seqscan": "on",
    "enable_sort": "on",
}


def check_version(version: str | None) -> None:
    """Raises DenseIndexError unless the server has pgvector 0.8 or later."""
    if version is None:
        raise DenseIndexError("PostgreSQL has no extension 'vector': install pgvector 0.8 or later on the server")
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
    if numbers < LEAST_VERSION:
        raise DenseIndexError(f"pgvector is {version}; expected 0.8 or later: older ones lose answers behind a filter")


def open_engine(url: str) -> sa.Engine:
    """An engine on psycopg; raises DenseIndexError, without the password, for any other kind of database."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as fault:
        raise DenseIndexError("the index's URL cannot be read; expected postgresql://user@host/database") from fault
    if parsed.get_backend_name() != "postgresql":
        raise DenseIndexError(f"the index's URL begins with {parsed.drivername!r}; expected postgresql://")
    unprepared = {"prepare_threshold": None}  # a prepared statement would keep the plan of another search's settings
    return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, connect_args=unprepared)


class PgVectorIndex:
    """A table of passages in PostgreSQL; see ``models.matching.index.DenseIndex``."""

    def __init__(
        self, url: str, dimension: int, encoder_digest: str, *, table: str = "match_passages", built_at: str = ""
    ) -> None:
        """Open the table, making it (and the extension) where it is missing.

        raises : DenseIndexError when pgvector is missing or before 0.8, or the table is of another encoder or dimension
        """
        self.dimension, self.encoder_digest, self.built_at = dimension, encoder_digest, built_at
        self._engine = open_engine(url)
        self._table = sa.Table(
            table,
            sa.MetaData(),
            sa.Column("passage_id", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("enterprise_id", sa.Text, nullable=False, index=True),
            sa.Column("attributes", JSONB, nullable=False),
            sa.Column("encoder_digest", sa.Text, nullable=False, index=True),
            sa.Column("built_at", sa.Text, nullable=False),
            sa.Column("embedding", VECTOR(dimension), nullable=False),
        )
        self._name, self._hnsw = sql.Identifier(table), sql.Identifier(f"{table}_hnsw")
        self._open()

    @property
    def record(self) -> IndexRecord:
        """Kind, count, dimension, encoder and the latest time of building of any row."""
        count, built_at = sa.func.count(), sa.func.max(self._table.c.built_at)
        with self._engine.connect() as connection:
            found = connection.execute(sa.select(count, built_at).select_from(self._table)).one()
        kind: Kind = "hnsw" if self._is_indexed() else "exact"
        return IndexRecord(kind, int(found[0]), self.dimension, self.encoder_digest, found[1] or self.built_at)

    def add(
        self,
        ids: Ids,
        vectors: Vectors,
        enterprises: Sequence[str] | None = None,
        attributes: Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        """Take in new passages, all or none.

        ids : (n,) int64, none in the table yet; vectors : (n, dimension), of unit length
        enterprises : each passage's firm; attributes : names and values that ``search`` may filter by
        """
        rows = check_vectors(vectors, self.dimension)
        numbers = check_ids(ids, len(rows))
        firms = [""] * len(rows) if enterprises is None else list(enterprises)
        values: list[Mapping[str, Any]] = [{}] * len(rows) if attributes is None else list(attributes)
        if not len(rows) == len(firms) == len(values):
            raise DenseIndexError(f"{len(rows)} vectors, {len(firms)} firms and {len(values)} sets of attributes")
        made = self.encoder_digest, self.built_at
        statement = sql.SQL("COPY {} FROM STDIN WITH (FORMAT BINARY)").format(self._name)
        try:
            with self._psycopg() as raw:
                register_vector(raw)
                with raw.cursor() as cursor, cursor.copy(statement) as copy:
                    copy.set_types(["int8", "text", "jsonb", "text", "text", "vector"])
                    for number, firm, value, row in zip(numbers.tolist(), firms, values, rows, strict=True):
                        copy.write_row((number, firm, Jsonb(dict(value)), *made, Vector(row)))
        except psycopg.errors.UniqueViolation as fault:
            raise DenseIndexError("a passage is in the table already; nothing was added") from fault

    def remove(self, ids: Ids) -> int:
        """Take passages out, at once; returns how many were there."""
        return self._delete(self._table.c.passage_id == sa.any_(_bigints(ids)))

    def build(self, exact_below: int = EXACT_BELOW, memory_mb: int = 512) -> None:
        """Make the HNSW index where there are ``exact_below`` passages or more and it is missing; else drop it.

        Until it is complete searches go on, exactly, and changes wait. Later changes keep it up by themselves.
        memory_mb : what the server may use while it builds
        """
        create = sql.SQL(
            "CREATE INDEX {} ON {} USING hnsw (embedding vector_ip_ops) WITH (m = {}, ef_construction = {})"
        )
        wanted = self.record.count >= exact_below
        with self._psycopg() as raw:
            if wanted and not self._is_indexed():
                raw.execute("SELECT set_config('maintenance_work_mem', %s, true)", [f"{memory_mb}MB"])
                raw.execute(create.format(self._hnsw, self._name, sql.Literal(LINKS), sql.Literal(BUILD_WIDTH)))
            elif not wanted:
                raw.execute(sql.SQL("DROP INDEX IF EXISTS {}").format(self._hnsw))
            raw.execute(sql.SQL("ANALYZE {}").format(self._name))

    def search(
        self,
        queries: Vectors,
        k: int,
        allowed: Ids | None = None,
        *,
        attributes: Mapping[str, Any] | None = None,
        exact: bool = False,
    ) -> tuple[Ids, Vectors]:
        """The k passages nearest to each query, best first, equal cosines by passage number.

        queries : (q, dimension), of unit length
        allowed : the passage numbers that may be found; None is all. Up to 100,000 of them are searched exactly
        attributes : only passages that have all these attributes may be found
        exact : use no index
        returns : passage numbers (q, k) and cosines (q, k); -1 and -inf where fewer than k may be found
        """
        check_k(k)
        queries = check_vectors(queries, self.dimension)
        conditions = []
        if allowed is not None:
            conditions.append(self._table.c.passage_id == sa.any_(_bigints(allowed)))
            exact = exact or len(allowed) <= EXACT_BELOW
        if attributes is not None:
            conditions.append(self._table.c.attributes.contains(dict(attributes)))
        ids, cosine = np.full((len(queries), k), -1, np.int64), np.full((len(queries), k), -np.inf, np.float32)
        for i, query in enumerate(queries):
            numbers, vectors = self._nearest(query, k, conditions, EXACT if exact else ITERATIVE)
            if len(numbers) < k and not exact and self._is_indexed():  # the scan may have ended before its end
                numbers, vectors = self._nearest(query, k, conditions, EXACT)
            ids[i], cosine[i] = ranked(query, numbers, vectors, k)
        return ids, cosine

    def held(self, ids: Ids) -> tuple[Ids, Vectors]:
        """Those of the passages that are there, each once and in order of their numbers, with their vectors."""
        query = sql.SQL("SELECT passage_id, embedding FROM {} WHERE passage_id = ANY(%s) ORDER BY passage_id")
        with self._psycopg() as raw:
            register_vector(raw)
            with raw.cursor(binary=True) as cursor:
                rows = cursor.execute(query.format(self._name), [np.unique(ids).tolist()]).fetchall()
        vectors = np.array(
            [vector.to_numpy() if isinstance(vector, Vector) else vector for _, vector in rows], np.float32
        )
        return np.array([number for number, _ in rows], np.int64), vectors.reshape(len(rows), self.dimension)

    def save(self, folder: Path) -> None:
        """Write a copy that ``FaissIndex.load`` reads."""
        record = self.record
        copy = FaissIndex(self.dimension, self.encoder_digest, record.built_at)
        table = self._table.c
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(table.passage_id, table.embedding).order_by(table.passage_id)).all()
        if rows:
            copy.add(np.array([row[0] for row in rows]), np.array([row[1] for row in rows], np.float32))
        copy.save(folder)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def _open(self) -> None:
        installed = "SELECT extversion FROM pg_extension WHERE extname = 'vector'"
        available = "SELECT default_version FROM pg_available_extensions WHERE name = 'vector'"
        with self._engine.begin() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(OPENING)))  # workers start together
            version = connection.scalar(sa.text(installed))
            if version is None:
                check_version(connection.scalar(sa.text(available)))
                try:
                    connection.execute(sa.text("CREATE EXTENSION vector"))
                except sa.exc.ProgrammingError as fault:
                    raise DenseIndexError("an owner of the database must run: CREATE EXTENSION vector") from fault
                version = connection.scalar(sa.text(installed))
            check_version(version)
            self._table.metadata.create_all(connection)
            digest = self._table.c.encoder_digest
            found = connection.execute(sa.select(sa.func.min(digest), sa.func.max(digest))).one()
            for each in found:
                if each is not None:
                    check_encoder(each, self.encoder_digest)
        with self._psycopg() as raw:
            width = "SELECT atttypmod FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attname = 'embedding'"
            row = raw.execute(width, [self._name.as_string(raw)]).fetchone()
        if row is None or row[0] != self.dimension:
            raise DenseIndexError(f"the table's vectors have the dimension {row and row[0]}; expected {self.dimension}")

    @contextmanager
    def _psycopg(self) -> Iterator[psycopg.Connection[Any]]:
        """The driver's own connection, for one transaction."""
        with self._engine.begin() as connection:
            raw = connection.connection.driver_connection
            if not isinstance(raw, psycopg.Connection):
                raise TypeError(f"the engine's driver is {type(raw).__name__}; expected psycopg")
            yield raw

    def _is_indexed(self) -> bool:
        with self._psycopg() as raw:
            row = raw.execute("SELECT to_regclass(%s) IS NOT NULL", [self._hnsw.as_string(raw)]).fetchone()
        return row is not None and bool(row[0])

    def _delete(self, condition: sa.ColumnElement[bool]) -> int:
        with self._engine.begin() as connection:
            return int(connection.execute(sa.delete(self._table).where(condition)).rowcount)

    def _nearest(
        self, query: Vectors, k: int, conditions: Sequence[sa.ColumnElement[bool]], settings: Mapping[str, str]
    ) -> tuple[Ids, Vectors]:
        """Candidates for the first k and their vectors, in one transaction with its own settings."""
        table = self._table.c
        score = table.embedding.max_inner_product(query)  # the negative inner product
        statement = sa.select(table.passage_id, table.embedding, score).where(*conditions).order_by(score)
        vectors: dict[int, Any] = {}

        def search(_: Vectors, limit: int) -> tuple[Vectors, Ids]:
            scores, ids = np.full((1, limit), -2, np.float32), np.full((1, limit), -1, np.int64)
            for i, (number, vector, negative) in enumerate(connection.execute(statement.limit(limit))):
                scores[0, i], ids[0, i], vectors[number] = -negative, number, vector
            return scores, ids

        with self._engine.begin() as connection:
            connection.execute(sa.select(*(sa.func.set_config(name, value, True) for name, value in settings.items())))
            found = exact_candidates(search, query[None, :], k)[0]
        held = np.array([vectors[number] for number in found.tolist()], np.float32)
        return found, held.reshape(len(found), self.dimension)


def _bigints(ids: Ids) -> sa.ColumnElement[Any]:
    return sa.cast(np.asarray(ids, np.int64).tolist(), sa.ARRAY(sa.BigInteger))
