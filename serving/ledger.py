"""The append-only, hash-chained book of everything the counter decided or was told.

One table: decisions, order steps, releases and overrides are all records. A record's digest covers every one of
its columns and the digest before it, so one changed byte breaks the chain from there on. Appending takes a batch
and commits once. Where it lies is told by ``serving.ledger_store``.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from serving.ledger_store import CHAIN_LOCK, LedgerError, open_engine

GENESIS = "0" * 64
_PAGE = 2_000
_ROWS = 200  # in one INSERT, far below what a statement may hold
_HASHED_AT_ONCE = 2_000  # bytes; hashlib gives the interpreter's lock away for more, which costs more than the hash

metadata = sa.MetaData()
records_table = sa.Table(
    "records",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("owner", sa.String(80), nullable=False),
    sa.Column("subject", sa.String(120), nullable=False),
    sa.Column("unique_key", sa.String(240), nullable=True, unique=True),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("recorded_at", sa.String(32), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Index("records_by_subject", "subject", "seq"),
    sa.Index("records_by_kind", "kind", "owner", "seq"),
)


class Draft(NamedTuple):
    """A record before it has its place in the chain. ``unique_key`` makes appending it idempotent.

    only_with : unique key of a draft before it in the same batch; where that one was taken, this one is not written
    not_after : unique key of a record after which this one may not be written; where that one exists, it is returned
        in any case, also when ``unique_key`` was taken before it
    """

    kind: str
    owner: str  # the bank, enterprise or operator it belongs to
    subject: str  # decision, order or release it is about
    body: bytes  # canonical JSON
    unique_key: str | None = None
    fingerprint: str = ""  # digest of the request that asked for it
    only_with: str | None = None
    not_after: str | None = None


class Record(NamedTuple):
    """One line of the book."""

    seq: int
    kind: str
    owner: str
    subject: str
    unique_key: str | None
    fingerprint: str
    recorded_at: str
    body: bytes
    previous: str
    digest: str

    @property
    def content(self) -> Any:
        """The body as Python values."""
        return orjson.loads(self.body)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What ``verify`` found: ``breaks`` is empty when every record is as it was written."""

    n_records: int
    tip: str
    breaks: tuple[str, ...]


_COLUMNS = Record._fields
_NAMES = ", ".join(_COLUMNS)
_SELECT = f"SELECT {_NAMES} FROM records"  # noqa: S608  # column names, no values


def canonical_json(value: Any) -> bytes:
    """One text per value: sorted keys, no spaces, shortest float form that reads back bit for bit."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY)


def digest_of(text: str | bytes) -> str:
    """SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def record_digest(seq: int, draft: Draft, recorded_at: str, previous: str) -> str:
    """SHA-256 over every column of a record; each part is preceded by its length, so no two records share a text."""
    parts = (
        b"%d" % seq,
        draft.kind.encode(),
        draft.owner.encode(),
        draft.subject.encode(),
        b"-" if draft.unique_key is None else b"+" + draft.unique_key.encode(),
        draft.fingerprint.encode(),
        recorded_at.encode(),
    )
    body, end = memoryview(draft.body), previous.encode()
    state = hashlib.sha256(b"".join([b"%d:%b" % (len(part), part) for part in parts]) + b"%d:" % len(body))
    for start in range(0, len(body), _HASHED_AT_ONCE):
        state.update(body[start : start + _HASHED_AT_ONCE])
    state.update(b"%d:%b" % (len(end), end))
    return state.hexdigest()


def now_text() -> str:
    """The time of recording: UTC with microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


class Ledger:
    """The book at one URL. Safe for many processes: the chain's tip is read under the store's own lock."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = open_engine(url)
        # Appending is the hot path: it speaks to the driver itself, over one connection that it keeps.
        sqlite = self.engine.dialect.name == "sqlite"
        self._driver_error: type[Exception] = self.engine.dialect.loaded_dbapi.Error
        self._mark = "?" if sqlite else "%s"
        self._begin = "BEGIN IMMEDIATE" if sqlite else f"SELECT pg_advisory_xact_lock({CHAIN_LOCK})"
        as_text = "CAST(? AS TEXT)" if sqlite else "convert_from(%s, 'UTF8')"  # a body is bytes here, text in the store
        marks = [as_text if name == "body" else self._mark for name in _COLUMNS]
        self._lock = threading.Lock()
        self._kept: sa.PoolProxiedConnection | None = None
        row = f"({', '.join(marks)})"
        self._insert, self._more = f"INSERT INTO records ({_NAMES}) VALUES {row}", f", {row}"  # noqa: S608

    def append(self, drafts: Sequence[Draft]) -> list[tuple[Record, bool]]:
        """Write all drafts in one durable transaction, in order.

        Returns the record of each draft and whether it is new; a draft whose ``unique_key`` is taken gets the
        record that took it. Raises LedgerError when the commit is not certain.
        """
        with self._lock:
            try:
                connection, cursor = self._open()
                results = self._append(cursor, drafts)
                connection.commit()
            except BaseException as fault:
                self._drop()  # takes back what was not committed
                if isinstance(fault, (sa.exc.SQLAlchemyError, self._driver_error)):
                    raise LedgerError((str(fault).splitlines() or [type(fault).__name__])[0]) from fault
                raise
        return results

    def _open(self) -> tuple[sa.PoolProxiedConnection, Any]:
        """The kept connection in a new transaction; one that broke since the last time is replaced."""
        if self._kept is not None:
            try:
                cursor = self._kept.cursor()
                cursor.execute(self._begin)
            except self._driver_error:
                self._drop()
            else:
                return self._kept, cursor
        self._kept = self.engine.raw_connection()
        cursor = self._kept.cursor()
        cursor.execute(self._begin)
        return self._kept, cursor

    def _drop(self) -> None:
        connection, self._kept = self._kept, None
        if connection is not None:
            with suppress(self._driver_error):  # closing alone leaves the lock with whoever still holds a cursor
                connection.rollback()
            connection.invalidate()

    def _append(self, cursor: Any, drafts: Sequence[Draft]) -> list[tuple[Record, bool]]:
        named = dict.fromkeys(key for draft in drafts for key in (draft.unique_key, draft.not_after))
        keys = [key for key in named if key is not None]
        taken: dict[str | None, Record] = {}
        if keys:
            cursor.execute(f"{_SELECT} WHERE unique_key IN ({', '.join([self._mark] * len(keys))})", keys)
            taken = {record.unique_key: record for record in map(_as_record, cursor.fetchall())}
        cursor.execute("SELECT seq, digest FROM records ORDER BY seq DESC LIMIT 1")
        seq, previous = cursor.fetchone() or (0, GENESIS)
        recorded_at, fresh, results = now_text(), [], []
        lost = set(taken)  # keys that were taken before this batch
        for draft in drafts:
            earlier = taken.get(draft.unique_key) if draft.unique_key is not None else None
            if earlier is None and draft.only_with in lost:
                earlier = taken[draft.only_with]
            if draft.not_after in taken and draft.not_after is not None:
                earlier = taken[draft.not_after]
            if earlier is not None:
                results.append((earlier, False))
                continue
            seq += 1
            digest = record_digest(seq, draft, recorded_at, previous)
            record = Record(
                seq, draft.kind, draft.owner, draft.subject, draft.unique_key, draft.fingerprint, recorded_at,
                draft.body, previous, digest,
            )  # fmt: skip
            if draft.unique_key is not None:
                taken[draft.unique_key] = record
            previous = digest
            fresh.append(record)
            results.append((record, True))
        for start in range(0, len(fresh), _ROWS):
            part = fresh[start : start + _ROWS]
            # One statement gives the interpreter's lock away once, not once a record.
            cursor.execute(self._insert + self._more * (len(part) - 1), [value for record in part for value in record])
        return results

    def find(
        self,
        *,
        kind: str | None = None,
        owner: str | None = None,
        subject: str | None = None,
        after: int = 0,
        holding: str | None = None,
    ) -> list[Record]:
        """Records by any of kind, owner, subject and a text that the body holds, oldest first."""
        column = records_table.c
        wanted = [column.seq > after]
        wanted += [field == value for field, value in ((column.kind, kind), (column.owner, owner)) if value is not None]
        if subject is not None:
            wanted.append(column.subject == subject)
        if holding is not None:
            wanted.append(column.body.contains(holding, autoescape=True))
        return self._read(sa.and_(*wanted))

    def by_key(self, unique_key: str) -> Record | None:
        """The record that took this key, if any."""
        return next(iter(self._read(records_table.c.unique_key == unique_key)), None)

    def tip(self) -> int:
        """The number of the newest record; 0 in an empty book."""
        try:
            with self.engine.connect() as connection:
                return int(connection.execute(sa.select(sa.func.max(records_table.c.seq))).scalar() or 0)
        except sa.exc.SQLAlchemyError as fault:
            raise LedgerError(str(fault).splitlines()[0]) from fault

    def counts(self, kind: str) -> dict[str, int]:
        """How many records of a kind each owner has."""
        column = records_table.c
        query = sa.select(column.owner, sa.func.count()).where(column.kind == kind).group_by(column.owner)
        try:
            with self.engine.connect() as connection:
                return {owner: int(count) for owner, count in connection.execute(query.order_by(column.owner))}
        except sa.exc.SQLAlchemyError as fault:
            raise LedgerError(str(fault).splitlines()[0]) from fault

    def ping(self) -> None:
        """Raise LedgerError unless the store answers."""
        self._read(records_table.c.seq == 0)

    def verify(self, expected_tip: str | None = None) -> Verdict:
        """Recompute the whole chain. ``expected_tip`` (a digest noted elsewhere) also proves that no tail was cut."""
        n_records, previous, breaks, tip_seen = 0, GENESIS, [], expected_tip in (None, GENESIS)
        for record in self.walk():
            n_records += 1
            if record.seq != n_records:
                breaks.append(f"record {record.seq}: stands at place {n_records}, records are missing before it")
                n_records = record.seq
            if record.previous != previous:
                breaks.append(f"record {record.seq}: previous digest {record.previous[:12]}, found {previous[:12]}")
            draft = Draft(record.kind, record.owner, record.subject, record.body, record.unique_key, record.fingerprint)
            digest = record_digest(record.seq, draft, record.recorded_at, record.previous)
            if digest != record.digest:
                breaks.append(f"record {record.seq}: content gives {digest[:12]}, digest says {record.digest[:12]}")
            previous = record.digest
            tip_seen = tip_seen or previous == expected_tip
        if not tip_seen and expected_tip is not None:
            breaks.append(
                f"the tip {expected_tip[:12]} noted earlier is not in the chain: its end was cut or rewritten"
            )
        return Verdict(n_records, previous, tuple(breaks))

    def walk(self, kind: str | None = None, after: int = 0) -> Iterator[Record]:
        """Every record, or every one of a kind, in order, page by page."""
        column = records_table.c
        while page := self._read(sa.and_(column.seq > after, *([column.kind == kind] if kind else [])), _PAGE):
            yield from page
            after = page[-1].seq

    def close(self) -> None:
        """Give the connections back."""
        with self._lock:
            self._drop()
        self.engine.dispose()

    def _read(self, wanted: sa.ColumnElement[bool], limit: int | None = None) -> list[Record]:
        try:
            with self.engine.connect() as connection:
                return self._select(connection, wanted, limit)
        except sa.exc.SQLAlchemyError as fault:
            raise LedgerError(str(fault).splitlines()[0]) from fault

    @staticmethod
    def _select(connection: sa.Connection, wanted: sa.ColumnElement[bool], limit: int | None = None) -> list[Record]:
        query = sa.select(records_table).where(wanted).order_by(records_table.c.seq).limit(limit)
        return [_as_record(row) for row in connection.execute(query)]


def _as_record(row: Sequence[Any]) -> Record:
    record = Record(*row)
    return record._replace(body=record.body.encode())  # type: ignore[attr-defined]  # the store gives text
